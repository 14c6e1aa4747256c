"""Files lie in the folder once, whole, and no longer than a message has them."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from handoff.errors import ConfigurationError, DevirError
from handoff.files import LIMIT
from handoff.media import prepare
from handoff.web import keys
from tests.fakes import files
from tests.handoff.conftest import Service

MakeService = Callable[..., Awaitable[Service]]


@pytest.fixture
async def service(make_service: MakeService) -> Service:
    return await make_service()


def test_folder_is_made_before_the_service_starts(tmp_path: Path) -> None:
    folder = tmp_path / "var" / "media"
    prepare(folder)
    prepare(folder)
    assert list(folder.iterdir()) == []


def test_folder_that_cannot_be_used_stops_the_start_with_a_sentence(tmp_path: Path) -> None:
    taken = tmp_path / "media"
    taken.write_text("no folder")
    with pytest.raises(ConfigurationError, match="let DEVIR_MEDIA_DIR name a folder"):
        prepare(taken)


async def test_same_file_lies_in_the_folder_once(service: Service) -> None:
    customer = await service.new_customer()
    for name in ("one.pdf", "two.pdf"):
        assert (await customer.send_file(files.PDF, name))["status"] == 201
    shown = [message["files"][0]["name"] for message in await customer.messages("customer")]
    assert shown == ["one.pdf", "two.pdf"]
    (path,) = stored(service)
    assert path.read_bytes() == files.PDF
    assert path.stat().st_mode & 0o777 == 0o600


async def test_file_in_a_message_stays_and_one_in_none_goes_after_a_day(service: Service) -> None:
    media = service.app[keys.MEDIA]
    customer = await service.new_customer()
    await customer.send_file(files.PDF, "kept.pdf")
    await media.keep(_pieces(files.OGG), "nobody's.ogg")
    await media.remove_unused()
    assert len(stored(service)) == 2
    service.clock.forward(hours=25)
    await media.remove_unused()
    assert [path.read_bytes() for path in stored(service)] == [files.PDF]


async def test_what_a_crash_left_behind_goes_too(service: Service) -> None:
    customer = await service.new_customer()
    await customer.send_file(files.PDF)
    left = stored(service)[0].with_name("half.new")
    left.write_bytes(b"half of it")
    service.clock.forward(hours=25)
    await service.app[keys.MEDIA].remove_unused()
    assert not left.exists()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (files.SVG, "file_type_refused"),
        (files.ZIP, "file_type_refused"),
        (files.photo()[:-200], "file_broken"),
        (files.bomb(), "file_broken"),
        (b"", "file_broken"),
        (files.PDF + bytes(LIMIT), "file_too_large"),
    ],
)
async def test_nothing_is_left_of_what_was_refused(
    service: Service, content: bytes, code: str
) -> None:
    with pytest.raises(DevirError) as refused:
        await service.app[keys.MEDIA].keep(_pieces(content), "photo.png")
    assert refused.value.code == code
    assert stored(service) == []


async def _pieces(content: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(content), 64_000):
        yield content[start : start + 64_000]


def stored(service: Service) -> list[Path]:
    """Return the files in the folder."""
    return sorted(path for path in Path(service.settings.media_dir).rglob("*") if path.is_file())
