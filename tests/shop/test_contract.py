"""The reference server fulfils docs/openapi-shop.yml, and the file says what the code knows."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
import yaml
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode, checks

from shop import models, outcomes
from shop.connect import open_shop
from shop.http import CONTRACT
from shop.migrate import migrate
from shop.seed import seed
from tests.fakes.shop_server import TOKEN, ShopServer
from tests.shop.conftest import TODAY

SCHEMA = schemathesis.openapi.from_path(CONTRACT)
SCHEMA.config.generation.update(with_security_parameters=False)  # the tests give the token
OPERATIONS: dict[str, Any] = {
    operation.label: operation
    for operation in (found.ok() for found in SCHEMA.get_all_operations())  # type: ignore[union-attr]
}
TAKING = [label for label in OPERATIONS if not label.endswith(("/health", "/campaigns"))]
ASKED_BY = {"customer_id", "language", "limit", "sku", "text", "variant"}
FILE = yaml.safe_load(Path(CONTRACT).read_text())

# Every order these name is in the demo's data, in another state.
NUMBERS = ["10482", "10391", "10510", "10277", "20714"]


def tried(times: int) -> settings:
    """The same so many examples each time."""
    return settings(
        max_examples=times,
        derandomize=True,
        database=None,
        deadline=None,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )


CONFORMS: Any = checks.CHECKS.get_by_names(
    [
        "not_a_server_error",
        "status_code_conformance",
        "content_type_conformance",
        "response_headers_conformance",
        "response_schema_conformance",
    ]
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The reference server in a thread of its own, offering the demo; gives its address."""
    url = f"sqlite+aiosqlite:///{tmp_path_factory.mktemp('contract')}/shop.db"
    told = list[str]()
    ready, over = threading.Event(), asyncio.Event()
    loop = asyncio.new_event_loop()

    async def serve() -> None:
        await migrate(url)
        await seed(url, TODAY)
        async with open_shop(url) as shop, ShopServer(shop).running() as address:
            told.append(address)
            ready.set()
            await over.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    assert ready.wait(60)
    yield told[0]
    loop.call_soon_threadsafe(over.set)
    thread.join(10)
    loop.close()


@pytest.mark.parametrize("label", OPERATIONS)
def test_every_answer_is_as_the_contract_says(label: str, server: str) -> None:
    operation = OPERATIONS[label]
    seen = set[int]()

    @tried(25)
    @given(data=st.data(), known=st.sampled_from([*NUMBERS, None]))
    def ask(data: st.DataObject, known: str | None) -> None:
        case = data.draw(operation.as_strategy())
        if known is not None and "{number}" in operation.path:
            case.path_parameters["number"] = known
        answer = case.call(base_url=server, headers={"Authorization": f"Bearer {TOKEN}"})
        case.validate_response(answer, checks=CONFORMS)
        assert answer.status_code in (200, 404, 409), case.as_curl_command()
        seen.add(answer.status_code)

    ask()
    assert seen & {200, 409}


@pytest.mark.parametrize("label", TAKING)
def test_what_the_contract_does_not_allow_is_refused(label: str, server: str) -> None:
    operation = OPERATIONS[label]

    @tried(25)
    @given(case=operation.as_strategy(generation_mode=GenerationMode.NEGATIVE))
    def ask(case: schemathesis.Case[Any]) -> None:
        assume(set(case.query) <= ASKED_BY)  # what the contract does not know is passed over
        answer = case.call(base_url=server, headers={"Authorization": f"Bearer {TOKEN}"})
        assert 400 <= answer.status_code < 500, case.as_curl_command()
        if answer.status_code == 400:
            case.validate_response(answer, checks=CONFORMS)

    ask()


@pytest.mark.parametrize("label", OPERATIONS)
@pytest.mark.parametrize("given_key", [None, "Bearer wrong", "Basic abc"])
def test_nothing_is_told_without_the_token(label: str, given_key: str | None, server: str) -> None:
    @tried(1)
    @given(case=OPERATIONS[label].as_strategy())
    def ask(case: schemathesis.Case[Any]) -> None:
        case.headers.pop("Authorization", None)
        answer = case.call(
            base_url=server, headers={"Authorization": given_key} if given_key else None
        )
        assert answer.status_code == 401
        case.validate_response(answer, checks=CONFORMS)

    ask()


def schema(name: str) -> dict[str, Any]:
    found: dict[str, Any] = FILE["components"]["schemas"][name]
    return found


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("OrderStatus", models.OrderStatus),
        ("Reason", models.Reason),
        ("Handover", models.Handover),
        ("Payer", models.Payer),
    ],
)
def test_the_file_names_what_the_code_knows(name: str, kind: Any) -> None:
    assert set(schema(name)["enum"]) == {str(one) for one in kind}


def test_the_file_names_every_rule_and_each_in_one_place() -> None:
    allowing = {
        *schema("Cancelled")["properties"]["rule"]["enum"],
        *schema("ReturnRule")["enum"],
        schema("AddressChanged")["properties"]["rule"]["const"],
    }
    refusing = set(schema("Rule")["enum"])
    assert allowing | refusing == {str(one) for one in outcomes.Rule}
    assert not allowing & refusing


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Order", models.Order),
        ("OrderLine", models.OrderLine),
        ("Customer", models.Customer),
        ("Address", models.Address),
        ("Shipment", models.Shipment),
        ("Return", models.Return),
        ("ReturnItem", models.ReturnItem),
        ("Refund", models.Refund),
        ("Product", models.Product),
        ("Variant", models.Variant),
        ("Price", models.Price),
        ("Campaign", models.Campaign),
        ("Refused", outcomes.Refused),
        ("Cancelled", outcomes.Cancelled),
        ("ReturnOpened", outcomes.ReturnOpened),
        ("ExchangeOpened", outcomes.ExchangeOpened),
        ("AddressChanged", outcomes.AddressChanged),
        ("Invoice", outcomes.Invoice),
    ],
)
def test_the_file_names_the_fields_the_code_reads(name: str, kind: type) -> None:
    assert set(schema(name)["properties"]) == set(kind.__dataclass_fields__)  # type: ignore[attr-defined]
