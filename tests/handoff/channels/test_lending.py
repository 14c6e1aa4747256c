"""What is lent to a platform can be had by who was told, for a while, and nothing else can."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from handoff.channels.base import StoredFile
from handoff.channels.lending import LENT_FOR, Lender

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ADDRESS = "https://chat.shop.example/channels/twilio/14155238886"
SHA256 = "0123456789abcdef" * 4
FILE = StoredFile(Path("/var/media/01") / SHA256, "application/pdf", "Fatura 10482.pdf")
LENDER = Lender(ADDRESS, "a secret")


def name_of(address: str) -> str:
    return address.split("/")[-2]


def test_address_tells_what_the_file_is_called_and_not_where_it_lies() -> None:
    address = LENDER.lend(FILE, NOW)
    assert address.startswith(f"{ADDRESS}/files/{SHA256}.")
    assert address.endswith("/Fatura%2010482.pdf")
    assert "/var/media" not in address


def test_file_is_had_until_its_time_is_over() -> None:
    name = name_of(LENDER.lend(FILE, NOW))
    assert LENDER.lent(name, NOW) == SHA256
    assert LENDER.lent(name, NOW + LENT_FOR - timedelta(seconds=1)) == SHA256
    assert LENDER.lent(name, NOW + LENT_FOR) is None


@pytest.mark.parametrize(
    "change",
    [
        lambda name: name.replace("0123", "3210", 1),
        lambda name: name.replace(".", ".9", 1),
        lambda name: name[:-1] + ("0" if name[-1] != "0" else "1"),
        lambda name: name.rpartition(".")[0],
        lambda name: "",
        lambda name: "../../etc/passwd",
        lambda name: f"{name}\n",
    ],
)
def test_another_file_another_time_and_what_was_made_up_are_not_lent(change: object) -> None:
    assert callable(change)
    assert LENDER.lent(change(name_of(LENDER.lend(FILE, NOW))), NOW) is None


def test_account_with_another_secret_lends_nothing_of_ours() -> None:
    assert Lender(ADDRESS, "another").lent(name_of(LENDER.lend(FILE, NOW)), NOW) is None
