"""What the service can count on when it calls the channel (docs/protocol.md, "One turn of the
bot").
"""

from __future__ import annotations

import asyncio
import json
import logging
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from rasa.core.agent import Agent
from rasa.shared.exceptions import RasaException

from bot.channel import MAX_BODY, MAX_TEXT, Gateway
from tests.bot.conftest import TOKEN, Actions, Bot, serving


def texts(body: dict[str, Any]) -> list[str]:
    return [reply["text"] for reply in body["replies"]]


def stored_events(database: Path) -> list[dict[str, Any]]:
    with sqlite3.connect(database) as connection:
        rows = connection.execute("SELECT data FROM event ORDER BY conversation_id, seq")
        return [json.loads(data) for (data,) in rows]


# ── Who may ask, and when ────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("credentials", [None, {}, {"token": ""}, {"token": "  "}, {"token": None}])
def test_the_channel_does_not_start_without_a_secret(credentials: Any) -> None:
    with pytest.raises(RasaException, match="DEVIR_BOT_TOKEN"):
        Gateway.from_credentials(credentials)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer "},
        {"Authorization": "Bearer wrong"},
        {"Authorization": TOKEN},
        {"Authorization": f"Basic {TOKEN}"},
        {"Authorization": f"Bearer {TOKEN}x"},
    ],
)
async def test_without_the_secret_nothing_is_answered(bot: Bot, headers: dict[str, str]) -> None:
    status, body = await bot.post(json={"text": "merhaba"}, headers=headers)
    assert status == 401
    assert body["error"]["code"] == "not_authenticated"


async def test_readiness_needs_the_secret_too(bot: Bot) -> None:
    assert (await bot.ready("wrong"))[0] == 401


async def test_a_loaded_bot_is_ready_and_names_its_model(bot: Bot) -> None:
    status, body = await bot.ready()
    assert status == 200
    assert body["status"] == "ready"
    assert body["model"]


@pytest.mark.parametrize("agent", [None, Agent()])
async def test_while_the_model_loads_a_message_is_refused_and_not_dropped(agent: Any) -> None:
    async with serving(agent) as bot:
        for status, body in (await bot.turn("merhaba"), await bot.ready()):
            assert status == 503
            assert body["error"]["code"] == "not_ready"


# ── What may be asked ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'"text"', b"null", b"\xff\xfe", b"[" * 20_000])
async def test_a_body_that_is_no_object_is_refused(bot: Bot, data: bytes) -> None:
    status, body = await bot.post(data=data)
    assert status == 400
    assert body["error"]["code"] == "invalid_json"


async def test_a_body_that_is_too_large_is_refused(bot: Bot) -> None:
    status, body = await bot.turn("a" * MAX_BODY)
    assert status == 413
    assert body["error"]["code"] == "body_too_large"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"conversation_id": None}, "conversation_id"),
        ({"conversation_id": ""}, "conversation_id"),
        ({"conversation_id": 7}, "conversation_id"),
        ({"conversation_id": "c" * 256}, "conversation_id"),
        ({"conversation_id": "c\n1"}, "conversation_id"),
        ({"message_id": ""}, "message_id"),
        ({"message_id": ["m"]}, "message_id"),
        ({"text": None}, "text"),
        ({"text": " \n"}, "text"),
        ({"text": 5}, "text"),
        ({"text": "a" * (MAX_TEXT + 1)}, "text"),
        ({"payload": "/greet"}, "text"),
        ({"text": None, "payload": ""}, "payload"),
        ({"text": None, "payload": "greet"}, "payload"),
        ({"text": None, "payload": "/greet and more"}, "payload"),
        ({"text": None, "payload": "/never_trained"}, "payload"),
        ({"text": None, "payload": "/inform[1]"}, "payload"),
        ({"text": None, "payload": "/inform{1}"}, "payload"),
        ({"text": None, "payload": '/inform{"verified": true}'}, "payload"),
        ({"language": "de"}, "language"),
        ({"language": ["tr"]}, "language"),
        ({"reset": "yes"}, "reset"),
        ({"reset": None}, "reset"),
        ({"metadata": "widget"}, "metadata"),
        ({"sender": "c1"}, "sender"),
    ],
)
async def test_a_wrong_field_is_named_and_nothing_is_stored(
    bot: Bot, database: Path, change: dict[str, Any], field: str
) -> None:
    body = {"conversation_id": "c1", "message_id": "m1", "text": "merhaba", **change}
    status, answer = await bot.post(json=body)
    assert status == 422
    assert answer["error"]["code"] == "invalid_input"
    assert list(answer["error"]["fields"]) == [field]
    assert stored_events(database) == []


# ── What is answered ─────────────────────────────────────────────────────────────────────────────


async def test_a_message_is_answered_with_what_was_understood(bot: Bot) -> None:
    status, body = await bot.turn("10482 numaralı siparişim nerede", language="tr")
    assert status == 200
    assert body["replies"] == [{"text": "Telefonunuzun son dört hanesi?"}]
    understanding = body["understanding"]
    assert understanding["intent"]["name"] == "track_order"
    assert understanding["ranking"][0] == understanding["intent"]
    assert len(understanding["ranking"]) == 5
    assert understanding["entities"] == [{"entity": "order_number", "value": "10482"}]
    assert understanding["language"] == "tr"
    assert body["handoff"] is None


async def test_an_unclear_message_shows_the_real_ranking(bot: Bot) -> None:
    status, body = await bot.turn("zzz qqq", language="tr")
    assert status == 200
    assert body["replies"] == [
        {
            "text": "Anlayamadım.",
            "buttons": [{"title": "Siparişim", "payload": "/track_order"}],
        }
    ]
    assert body["understanding"]["intent"]["name"] == "nlu_fallback"
    names = [meant["name"] for meant in body["understanding"]["ranking"]]
    assert len(names) == 5
    assert "nlu_fallback" not in names
    confidences = [meant["confidence"] for meant in body["understanding"]["ranking"]]
    assert confidences == sorted(confidences, reverse=True)


@pytest.mark.parametrize(
    "text",
    [
        "👍",
        "\u200f\u200b",
        "\x00\x07",
        "٪",
        "???",
        "...!?,;:'()[]{}",
    ],
    ids=ascii,
)
async def test_what_says_nothing_to_the_bot_is_not_understood(bot: Bot, text: str) -> None:
    status, body = await bot.turn(text)
    assert status == 200
    assert body["replies"]
    assert body["understanding"]["intent"]["name"] == "nlu_fallback"


@pytest.mark.parametrize("text", ["где мой заказ", "我的订单", "أين طلبي"], ids=ascii)
async def test_in_other_scripts_an_order_is_meant_or_nothing_is_understood(
    bot: Bot, text: str
) -> None:
    status, body = await bot.turn(text)
    assert status == 200
    assert body["replies"]
    assert body["understanding"]["intent"]["name"] in {"track_order", "nlu_fallback"}


@pytest.mark.parametrize(
    "piece", ["a", "ş", "9", "-", "a@", "5(", "vallahi ", "nerede? ", "\u200b "]
)
async def test_the_longest_message_gets_a_normal_answer(
    bot: Bot, actions: Actions, piece: str
) -> None:
    actions.says("Bağlıyorum.")
    status, body = await bot.turn(f"x{piece * MAX_TEXT}"[:MAX_TEXT])
    assert status == 200
    assert body["replies"]


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("<b>merhaba</b>", "greet"),
        ("sipari\u200bşim nere\u200dde", "track_order"),
        ("\u202esiparişim nerede\u202c", "track_order"),
        ("s\u0327iparis\u0327im nerede", "track_order"),
        ("10482", "inform"),
        ("  #10482  ", "inform"),
    ],
    ids=ascii,
)
async def test_odd_writing_is_understood(bot: Bot, text: str, intent: str) -> None:
    status, body = await bot.turn(text)
    assert status == 200
    assert body["understanding"]["intent"]["name"] == intent


async def test_everything_an_action_says_passes_through(bot: Bot, actions: Actions) -> None:
    actions.answers["action_scripted"] = {
        "events": [],
        "responses": [
            {
                "text": "Bir\n\nİki",
                "buttons": [{"title": "Evet", "payload": "/inform", "extra": 1}],
            },
            {"image": "https://shop.example/kupa.jpg"},
            {"custom": {"card": {"sku": "K1"}}},
        ],
    }
    _, body = await bot.turn("temsilciye bağlayın")
    assert body["replies"] == [
        {"text": "Bir\n\nİki", "buttons": [{"title": "Evet", "payload": "/inform"}]},
        {"image": "https://shop.example/kupa.jpg"},
        {"custom": {"card": {"sku": "K1"}}},
    ]


async def test_a_request_for_a_person_is_told_apart_from_the_replies(
    bot: Bot, actions: Actions
) -> None:
    asked = {
        "reason": "asked",
        "department": "orders",
        "summary": "Müşteri bir kişi istiyor.",
        "evidence": {"slots": {"order_number": "10482"}, "failed_turns": [], "last_action": None},
    }
    actions.answers["action_scripted"] = {
        "events": [],
        "responses": [{"text": "Bağlıyorum."}, {"custom": {"handoff": asked}}],
    }
    _, body = await bot.turn("temsilciye bağlayın")
    assert body["replies"] == [{"text": "Bağlıyorum."}]
    assert body["handoff"] == asked


async def test_a_request_for_a_person_is_an_answer_by_itself(bot: Bot, actions: Actions) -> None:
    actions.answers["action_scripted"] = {
        "events": [],
        "responses": [{"custom": {"handoff": {"reason": "rule"}}}],
    }
    status, body = await bot.turn("temsilciye bağlayın")
    assert status == 200
    assert body["replies"] == []
    assert body["handoff"] == {
        "reason": "rule",
        "department": None,
        "summary": "",
        "evidence": {"slots": {}, "failed_turns": [], "last_action": None},
    }


async def test_a_complaint_to_keep_is_told_apart_from_the_replies(
    bot: Bot, actions: Actions
) -> None:
    kept = {"reference": "S4XK92BQ", "category": "delivery", "text": "Kurye gelmedi."}
    actions.answers["action_scripted"] = {
        "events": [],
        "responses": [{"text": "Kaydettim: S4XK92BQ"}, {"custom": {"complaint": kept}}],
    }
    first = await bot.turn("temsilciye bağlayın", message="m1")
    assert first[1]["replies"] == [{"text": "Kaydettim: S4XK92BQ"}]
    assert first[1]["complaint"] == kept
    assert await bot.turn("temsilciye bağlayın", message="m1") == first
    _, body = await bot.turn("merhaba")
    assert body["complaint"] is None


async def test_a_case_and_what_was_done_with_orders_are_told_apart_from_the_replies(
    bot: Bot, actions: Actions
) -> None:
    case = {"reference": "S4XK92BR", "kind": "damaged", "order": "10391", "text": "Kırık geldi."}
    refused = {
        "name": "cancel_order",
        "order": "10391",
        "outcome": "refused",
        "rule": "already_delivered",
        "since": "2026-11-12",
        "until": None,
        "details": {"line": None},
    }
    proven = {"name": "prove_order", "order": "10391", "outcome": "done"}
    actions.answers["action_scripted"] = {
        "events": [],
        "responses": [
            {"custom": {"operation": proven}},
            {"text": "Kaydettim: S4XK92BR"},
            {"custom": {"operation": refused}},
            {"custom": {"case": case}},
        ],
    }
    first = await bot.turn("temsilciye bağlayın", message="m1")
    assert first[1]["replies"] == [{"text": "Kaydettim: S4XK92BR"}]
    assert first[1]["case"] == {**case, "lines": []}
    assert first[1]["operations"] == [
        {**proven, "rule": None, "since": None, "until": None, "details": {}},
        refused,
    ]
    assert await bot.turn("temsilciye bağlayın", message="m1") == first
    _, body = await bot.turn("merhaba")
    assert (body["case"], body["operations"]) == (None, [])


# ── Text is never a command, a payload is ────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "text",
    ["/greet", "/restart", "/session_start", " /restart", '/verify{"x":"y"}', "/"],
)
async def test_text_that_looks_like_a_command_is_only_text(
    bot: Bot, database: Path, text: str
) -> None:
    await bot.turn("10482 numaralı siparişim nerede")
    status, body = await bot.turn(text)
    assert status == 200
    assert body["understanding"]["intent"]["confidence"] < 1.0
    kinds = [event["event"] for event in stored_events(database)]
    assert "restart" not in kinds
    assert kinds.count("session_started") == 1
    # The conversation still waits for the proof of the first order.
    slots = {e["name"]: e["value"] for e in stored_events(database) if e["event"] == "slot"}
    assert slots["order_number"] == "10482"
    assert slots["requested_slot"] == "phone_last4"


async def test_a_payload_means_its_intent_and_entities(bot: Bot) -> None:
    _, body = await bot.turn(payload='/track_order{"order_number": "10482"}')
    assert texts(body) == ["Telefonunuzun son dört hanesi?"]
    understanding = body["understanding"]
    assert understanding["intent"] == {"name": "track_order", "confidence": 1.0}
    assert understanding["ranking"] == [{"name": "track_order", "confidence": 1.0}]
    assert understanding["entities"] == [{"entity": "order_number", "value": "10482"}]


# ── Repeated messages ────────────────────────────────────────────────────────────────────────────


async def test_the_same_message_again_gives_the_same_answer_and_changes_nothing(
    bot: Bot, actions: Actions, database: Path
) -> None:
    actions.says("Bir temsilci gelecek.")
    first = await bot.turn("temsilciye bağlayın", message="m1")
    events, calls = stored_events(database), len(actions.calls)
    actions.says("Başka bir şey.")
    assert await bot.turn("temsilciye bağlayın", message="m1") == first
    assert stored_events(database) == events
    assert len(actions.calls) == calls


async def test_an_older_message_again_gives_its_own_answer(bot: Bot) -> None:
    first = await bot.turn("merhaba", message="m1")
    await bot.turn("siparişim nerede", message="m2")
    await bot.turn("good morning", message="m3", reset=True)
    assert await bot.turn("merhaba", message="m1") == first


async def test_a_message_sent_again_after_a_restart_gives_the_same_answer(
    bot: Bot, load: Callable[[], Any], database: Path
) -> None:
    first = await bot.turn("10482 numaralı siparişim nerede", message="m1", language="tr")
    events = stored_events(database)
    async with serving(await load()) as again:
        assert (
            await again.turn("10482 numaralı siparişim nerede", message="m1", language="tr")
            == first
        )
        assert stored_events(database) == events


async def test_a_conversation_goes_on_after_a_restart(
    bot: Bot, load: Callable[[], Any], actions: Actions
) -> None:
    actions.says("Yolda.")
    await bot.turn("10482 numaralı siparişim nerede")
    async with serving(await load()) as again:
        _, body = await again.turn("4821")
    assert texts(body) == ["Yolda."]


async def test_the_same_message_id_in_two_conversations_is_two_messages(bot: Bot) -> None:
    _, one = await bot.turn("merhaba", message="m1", conversation="c1")
    _, two = await bot.turn("siparişim nerede", message="m1", conversation="c2")
    assert texts(one) == ["Merhaba!"]
    assert texts(two) == ["Sipariş numaranız?"]


# ── Failures are definite, and leave nothing behind ──────────────────────────────────────────────


async def refuse(_: dict[str, Any]) -> web.Response:
    return web.json_response({"error": "broken", "action_name": "action_scripted"}, status=500)


async def answer_garbage(_: dict[str, Any]) -> web.Response:
    return web.Response(text="<html>", content_type="text/html")


async def hang(_: dict[str, Any]) -> dict[str, Any]:
    await asyncio.sleep(30)
    return {}


@pytest.mark.parametrize(
    "broken",
    [
        refuse,
        answer_garbage,
        hang,
        {"events": "none", "responses": []},
        {"events": [{"event": "unheard_of"}], "responses": [{"text": "x"}]},
        {"events": [{"event": "slot"}], "responses": [{"text": "x"}]},
        {"events": [], "responses": []},
        {"events": [{"event": "followup", "name": "action_scripted"}], "responses": []},
    ],
    ids=[
        "error",
        "garbage",
        "hangs",
        "wrong shape",
        "unknown event",
        "half an event",
        "says nothing",
        "endless",
    ],
)
@pytest.mark.filterwarnings("ignore::UserWarning")
async def test_a_turn_whose_action_fails_is_an_error_and_can_be_run_again(
    load: Callable[[], Any], actions: Actions, database: Path, broken: Any
) -> None:
    Gateway.from_credentials({"token": TOKEN})
    async with serving(await load(), turn_timeout=1) as bot:
        await bot.turn("merhaba")
        before = stored_events(database)
        actions.answers["action_scripted"] = broken
        status, body = await bot.turn("temsilciye bağlayın", message="m1")
        assert status == 500
        assert body["error"]["code"] == "turn_failed"
        assert stored_events(database) == before
        actions.says("Bağlıyorum.")
        status, body = await bot.turn("temsilciye bağlayın", message="m1")
        assert status == 200
        assert texts(body) == ["Bağlıyorum."]


async def test_an_action_that_fails_while_slots_are_filled_fails_the_turn(
    bot: Bot, actions: Actions
) -> None:
    actions.answers["action_validate_slot_mappings"] = refuse
    status, body = await bot.turn("merhaba")
    assert status == 500
    assert body["error"]["code"] == "turn_failed"


async def test_an_action_server_that_is_away_fails_the_turn(bot: Bot, actions: Actions) -> None:
    async def cut(_: dict[str, Any]) -> web.StreamResponse:
        raise ConnectionResetError

    actions.answers["action_scripted"] = cut
    status, _ = await bot.turn("temsilciye bağlayın")
    assert status == 500


async def test_calls_of_actions_share_a_connection_which_an_action_server_may_drop(
    bot: Bot, actions: Actions
) -> None:
    actions.says("Geldi.")
    for _ in range(3):
        assert (await bot.turn("temsilciye bağlayın"))[0] == 200
    assert len(actions.connections) == 1
    actions.connections[0].close()
    await asyncio.sleep(0.1)
    assert (await bot.turn("temsilciye bağlayın"))[0] == 200
    assert len(actions.connections) == 2


async def test_a_conversation_that_cannot_be_saved_is_not_answered(
    bot: Bot, database: Path
) -> None:
    await bot.turn("merhaba")
    with sqlite3.connect(database) as connection:
        connection.execute("DROP TABLE event")
    assert (await bot.turn("merhaba"))[0] == 500
    assert (await bot.turn("merhaba", conversation="c2"))[0] == 500


async def test_the_log_of_a_failure_has_the_ids_but_not_what_was_said(
    bot: Bot, actions: Actions, caplog: pytest.LogCaptureFixture
) -> None:
    actions.answers["action_scripted"] = {"events": [{"event": "x"}], "responses": "gizli yanıt"}
    with caplog.at_level(logging.INFO):
        await bot.turn("temsilciye bağlayın gizlice", conversation="c7", message="m7")
    assert "turn_failed conversation=c7 message=m7" in caplog.text
    assert "gizli" not in caplog.text


# ── One conversation is one conversation ─────────────────────────────────────────────────────────


async def test_turns_of_one_conversation_run_one_after_another_and_those_of_many_at_once(
    bot: Bot, actions: Actions
) -> None:
    running: dict[str, int] = {}
    most: dict[str, int] = {}
    most_at_all = 0
    both = asyncio.Event()

    async def count(call: dict[str, Any]) -> dict[str, Any]:
        nonlocal most_at_all
        who = call["sender_id"]
        running[who] = running.get(who, 0) + 1
        most[who] = max(most.get(who, 0), running[who])
        most_at_all = max(most_at_all, sum(running.values()))
        if len(most) == 2:
            both.set()
        await both.wait()
        running[who] -= 1
        return {"events": [], "responses": [{"text": "ok"}]}

    actions.answers["action_scripted"] = count
    answers = await asyncio.gather(
        *(bot.turn("temsilciye bağlayın", conversation=c) for c in ("c1", "c1", "c1", "c2"))
    )
    assert [status for status, _ in answers] == [200] * 4
    assert most == {"c1": 1, "c2": 1}
    assert most_at_all == 2


async def test_twenty_conversations_at_once_keep_apart(bot: Bot, actions: Actions) -> None:
    async def echo(call: dict[str, Any]) -> dict[str, Any]:
        return {"events": [], "responses": [{"text": call["tracker"]["slots"]["order_number"]}]}

    actions.answers["action_scripted"] = echo

    async def customer(number: int) -> list[str]:
        name = f"c{number}"
        await bot.turn(f"{10_000 + number} numaralı siparişim nerede", conversation=name)
        return texts((await bot.turn("4821", conversation=name))[1])

    said = await asyncio.gather(*(customer(n) for n in range(20)))
    assert said == [[str(10_000 + n)] for n in range(20)]


async def test_an_hour_of_silence_does_not_end_the_conversation(
    bot: Bot, load: Callable[[], Any], actions: Actions, database: Path
) -> None:
    actions.says("Yolda.")
    await bot.turn("10482 numaralı siparişim nerede", message="m1")
    with sqlite3.connect(database) as connection:
        connection.execute(
            "UPDATE event SET data ="
            " json_set(data, '$.timestamp', json_extract(data, '$.timestamp') - 3660)"
        )
    async with serving(await load()) as later:
        _, body = await later.turn("4821")
    assert texts(body) == ["Yolda."]
    kinds = [event["event"] for event in stored_events(database)]
    assert kinds.count("session_started") == 1


# ── After a person had the conversation ──────────────────────────────────────────────────────────


async def test_a_reset_ends_the_form_and_keeps_what_was_told(bot: Bot, actions: Actions) -> None:
    await bot.turn("10482 numaralı siparişim nerede")
    _, body = await bot.turn("merhaba", reset=True)
    assert texts(body) == ["Merhaba!"]
    state = actions.calls[-1]["tracker"]
    assert state["active_loop"] == {}
    assert state["slots"]["requested_slot"] is None
    assert state["slots"]["order_number"] == "10482"


async def test_without_a_reset_the_form_goes_on(bot: Bot) -> None:
    await bot.turn("10482 numaralı siparişim nerede")
    _, body = await bot.turn("merhaba")
    assert texts(body) == ["Merhaba!", "Telefonunuzun son dört hanesi?"]


async def test_a_reset_clears_the_misses(bot: Bot, actions: Actions) -> None:
    actions.says("Anlamadım.", {"event": "slot", "name": "misses", "value": 1.0})
    await bot.turn("temsilciye bağlayın")
    await bot.turn("merhaba")
    assert actions.calls[-1]["tracker"]["slots"]["misses"] == 1.0
    await bot.turn("merhaba", reset=True)
    assert actions.calls[-1]["tracker"]["slots"]["misses"] == 0


# ── The language ─────────────────────────────────────────────────────────────────────────────────


async def languages(bot: Bot, *turns: tuple[str, Any]) -> list[str]:
    return [
        (await bot.turn(text, language=hint))[1]["understanding"]["language"]
        for text, hint in turns
    ]


async def test_a_clear_message_decides_its_own_language(bot: Bot) -> None:
    assert await languages(bot, ("good evening to you", "tr"), ("iyi akşamlar dilerim", "tr")) == [
        "en",
        "tr",
    ]


async def test_where_the_message_is_unclear_the_hint_counts(bot: Bot) -> None:
    assert await languages(bot, ("10482", "en")) == ["en"]


async def test_without_message_or_hint_it_is_turkish(bot: Bot) -> None:
    assert await languages(bot, ("10482", None)) == ["tr"]


async def test_the_same_hint_again_does_not_undo_the_language_of_the_conversation(
    bot: Bot,
) -> None:
    assert await languages(bot, ("where is my parcel", "tr"), ("10482", "tr")) == ["en", "en"]


async def test_a_customer_who_switches_the_language_gets_it(bot: Bot) -> None:
    assert await languages(
        bot, ("iyi akşamlar dilerim", "tr"), ("10482", "en"), ("20931", "en")
    ) == ["tr", "en", "en"]


async def test_the_bot_answers_in_the_language_it_names(bot: Bot) -> None:
    for text, hint, said in (("selam size", "tr", "Merhaba!"), ("good morning", "tr", "Hello!")):
        _, body = await bot.turn(text, language=hint)
        assert texts(body) == [said]
