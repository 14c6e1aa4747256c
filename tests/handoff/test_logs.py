"""Logs hold ids and outcomes, in one form, and nothing anybody wrote."""

import asyncio
import json
import logging

import pytest
import structlog
from sqlalchemy.exc import IntegrityError

from tests.handoff.logbook import captured


def test_each_entry_is_one_line_with_its_level_and_a_time_in_utc() -> None:
    with captured() as book:
        structlog.get_logger("handoff.test").info("turn", outcome="answered", ms=3)
        structlog.get_logger("handoff.test").warning("bot_failed", code="two\nlines")
        logging.getLogger("aiohttp.server").error("trouble with %s", "something")
    first, second, third = book.events
    assert (first["event"], first["outcome"], first["ms"]) == ("turn", "answered", 3)
    assert first["level"] == "info"
    assert first["timestamp"].endswith("Z")
    assert second["code"] == "two\nlines"
    assert (third["event"], third["level"]) == ("trouble with something", "error")
    assert len(book.text.splitlines()) == 3


def test_request_and_conversation_ids_go_with_every_entry_inside() -> None:
    with captured() as book:
        log = structlog.get_logger("handoff.test")
        with structlog.contextvars.bound_contextvars(request_id="r1", conversation="c1"):
            log.info("inside")
            logging.getLogger("aiohttp").warning("also inside")
        log.info("outside")
    inside, also, outside = book.events
    assert (inside["request_id"], inside["conversation"]) == ("r1", "c1")
    assert also["request_id"] == "r1"
    assert "request_id" not in outside


def test_chatter_of_libraries_and_debugging_is_left_out() -> None:
    with captured() as book:
        for name in ("aiohttp.access", "sqlalchemy.engine", "asyncio", "aiosqlite"):
            logging.getLogger(name).info("marker")
            logging.getLogger(name).debug("marker")
        structlog.get_logger("handoff.test").debug("marker")
    assert book.text == ""


@pytest.mark.parametrize("field", ["text", "token", "password", "body", "email", "phone"])
def test_what_must_not_be_logged_is_dropped_should_a_call_name_it(field: str) -> None:
    with captured() as book:
        structlog.get_logger("handoff.test").info("event", **{field: "marker", "seq": 1})
    (entry,) = book.events
    assert entry["seq"] == 1
    assert "marker" not in book.text


@pytest.mark.parametrize("form", ["json", "console"])
def test_exception_is_logged_by_type_and_place_and_not_by_what_it_says(form: str) -> None:
    with captured(form) as book:
        try:
            raise_with_content()
        except IntegrityError:
            structlog.get_logger("handoff.test").exception("request_failed")
            logging.getLogger("aiohttp.server").exception("Error handling request")
    assert book.text.count("IntegrityError") == 2
    assert "raise_with_content" in book.text
    assert "test_logs.py" in book.text
    assert "marker" not in book.text


def raise_with_content() -> None:
    cause = ValueError("Failing row contains (marker-cause)")
    raise IntegrityError("INSERT marker-statement", {"text": "marker-row"}, cause)


@pytest.mark.parametrize("form", ["json", "console"])
async def test_exception_nobody_waited_for_is_logged_without_what_it_says(form: str) -> None:
    async def fail() -> None:
        raise ValueError("marker")

    with captured(form) as book:
        task = asyncio.create_task(fail())
        await asyncio.wait([task])
        asyncio.get_running_loop().call_exception_handler(
            {
                "message": "Task exception was never retrieved",
                "exception": task.exception(),
                "future": task,
            }
        )
    assert "Task exception was never retrieved" in book.text
    assert "ValueError" in book.text
    assert "marker" not in book.text


def test_written_line_breaks_and_colours_cannot_fake_an_entry() -> None:
    fake = 'x\n{"event": "signed_in", "level": "info"}\x1b[2K'
    with captured() as book:
        structlog.get_logger("handoff.test").info("request", route=fake)
    (entry,) = book.events
    assert entry["route"] == fake
    assert "\x1b" not in book.text
    with captured("console") as book:
        structlog.get_logger("handoff.test").info("request", route=fake)
    assert len(book.text.splitlines()) == 1
    assert "\x1b" not in book.text


def test_entries_of_people_are_readable_without_json() -> None:
    with captured("console") as book:
        structlog.get_logger("handoff.test").info("turn", outcome="answered")
    assert "turn" in book.text
    assert "outcome=answered" in book.text
    with pytest.raises(json.JSONDecodeError):
        json.loads(book.text)
