"""docs/protocol.md, "One turn of the bot", held by the real Rasa, model and actions."""

import json
import sqlite3
import threading
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.contract.processes import Processes
from tests.dialogue.processes import ROOT

ORDER, PHONE = "10482", "4821"  # of Elif Aydın, in the demo shop

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def conversation() -> str:
    return uuid.uuid4().hex


def texts(answer: Any) -> str:
    return "\n".join(reply.get("text", "") for reply in answer["replies"])


def events(running: Processes, conversation: str) -> list[dict[str, Any]]:
    with sqlite3.connect(running.database) as database:
        rows = database.execute(
            "SELECT data FROM event WHERE conversation_id = ? ORDER BY seq", (conversation,)
        )
        return [json.loads(data) for (data,) in rows]


# ── Definite answers ─────────────────────────────────────────────────────────────────────────────


def test_a_ready_bot_says_so_with_its_model(running: Processes) -> None:
    status, answer = running.ask("ready")
    assert status == 200
    assert answer["status"] == "ready"
    assert answer["model"]


@pytest.mark.parametrize("secret", ["Bearer wrong", "Bearer ", "wrong"])
def test_a_wrong_secret_is_refused(running: Processes, secret: str) -> None:
    for path, body in (("ready", None), ("turn", b"{}")):
        status, answer = running.ask(path, body, Authorization=secret)
        assert status == 401
        assert answer["error"]["code"] == "not_authenticated"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{", 400, "invalid_json"),
        (b"[]", 400, "invalid_json"),
        (b"{}", 422, "invalid_input"),
        (b'{"conversation_id": "c", "message_id": "m"}', 422, "invalid_input"),
        (b'{"conversation_id": "c", "message_id": "m", "text": ""}', 422, "invalid_input"),
        (b'{"conversation_id": "c", "message_id": "m", "payload": "/x"}', 422, "invalid_input"),
        (b'{"conversation_id": 1, "message_id": "m", "text": "a"}', 422, "invalid_input"),
        (b'{"conversation_id": "c", "message_id": "m", "text": "a", "b": 1}', 422, "invalid_input"),
        (b'"' + b"a" * 70_000 + b'"', 413, "body_too_large"),
    ],
)
def test_a_wrong_body_is_refused(running: Processes, body: bytes, status: int, code: str) -> None:
    answered, answer = running.ask("turn", body)
    assert answered == status
    assert answer["error"]["code"] == code


def test_a_bot_whose_model_cannot_be_loaded_is_not_ready(tmp_path: Path) -> None:
    broken = tmp_path / "broken.tar.gz"
    broken.write_bytes(b"no archive")
    processes = Processes(broken, tmp_path)
    try:
        processes.start_rasa()
        for status, answer in (processes.ask("ready"), processes.turn("c", text="merhaba")):
            assert status == 503
            assert answer["error"]["code"] == "not_ready"
    finally:
        processes.close()


# ── The answer ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("asks", "hint", "told"),
    [
        (f"{ORDER} numaralı siparişim nerede?", "tr", "numaralı sipariş"),
        (f"where is my order {ORDER}?", "en", f"order {ORDER}"),
    ],
)
def test_an_order_is_told_in_the_customers_language(
    running: Processes, conversation: str, asks: str, hint: str, told: str
) -> None:
    status, answer = running.turn(conversation, text=asks, language=hint, reset=True)
    assert status == 200
    understanding = answer["understanding"]
    assert understanding["intent"]["name"] == "track_order"
    assert len(understanding["ranking"]) == 5
    assert {"entity": "order_number", "value": ORDER} in understanding["entities"]
    assert understanding["language"] == hint
    status, answer = running.turn(conversation, text=PHONE, language=hint)
    assert status == 200
    assert told in texts(answer)
    assert answer["understanding"]["language"] == hint
    assert answer["handoff"] is None


@pytest.mark.parametrize(
    ("text", "language"),
    [("bir temsilciyle görüşmek istiyorum", "tr"), ("i want to talk to a human", "en")],
)
def test_who_asks_for_a_person_is_handed_over(
    running: Processes, conversation: str, text: str, language: str
) -> None:
    status, answer = running.turn(conversation, text=text, language=language)
    assert status == 200
    assert answer["handoff"]["reason"] == "asked"
    assert answer["handoff"]["summary"]
    assert set(answer["handoff"]["evidence"]) == {"slots", "failed_turns", "last_action"}
    assert all("custom" not in reply for reply in answer["replies"])


@pytest.mark.parametrize("text", ["/restart", "/session_start", '/verify{"x":"y"}', "/greet"])
def test_text_is_never_a_command(running: Processes, conversation: str, text: str) -> None:
    running.turn(conversation, text=f"{ORDER} numaralı siparişim nerede?")
    status, answer = running.turn(conversation, text=text)
    assert status == 200
    assert len(answer["understanding"]["ranking"]) == 5  # it went through the classifier
    kinds = [event["event"] for event in events(running, conversation)]
    assert "restart" not in kinds
    assert kinds.count("session_started") == 1


def test_every_button_of_an_answer_can_be_pressed(running: Processes, conversation: str) -> None:
    _, answer = running.turn(conversation, text="merhaba", reset=True)
    payloads = [b["payload"] for reply in answer["replies"] for b in reply.get("buttons", [])]
    assert payloads
    for payload in payloads:
        status, answer = running.turn(conversation, payload=payload)
        assert status == 200
        assert answer["understanding"]["intent"]["confidence"] == 1.0


def test_twenty_customers_at_once_hear_their_own_orders(running: Processes) -> None:
    demo = yaml.safe_load((ROOT / "shop/demo/orders.yml").read_text(encoding="utf-8"))
    phones = {one["id"]: one["phone"][-4:] for one in demo["customers"]}
    theirs = [(one["number"], phones[one["customer"]]) for one in demo["orders"][:20]]

    def customer(at: int) -> list[str]:
        name, language = uuid.uuid4().hex, ("tr", "en")[at % 2]
        number, phone = theirs[at]
        said = [
            ("merhaba", f"{number} numaralı siparişim nerede", phone),
            ("hello", f"where is my order {number}", phone),
        ][at % 2]
        answers = [running.turn(name, text=text, language=language) for text in said]
        assert [status for status, _ in answers] == [200] * 3
        return [texts(answer) for _, answer in answers]

    with ThreadPoolExecutor(20) as customers:
        heard = list(customers.map(customer, range(20)))
    greetings = [answers[0] for answers in heard]
    assert greetings == greetings[:2] * 10
    numbers = [number for number, _ in theirs]
    assert [[n for n in numbers if n in answers[-1]] for answers in heard] == [[n] for n in numbers]


# ── The same message again, and what goes wrong ──────────────────────────────────────────────────


def test_the_same_message_again_changes_nothing(running: Processes, conversation: str) -> None:
    first = running.turn(conversation, "m1", text=f"{ORDER} numaralı siparişim nerede")
    stored = events(running, conversation)
    assert running.turn(conversation, "m1", text=f"{ORDER} numaralı siparişim nerede") == first
    assert events(running, conversation) == stored


@pytest.fixture
def restart(running: Processes) -> Callable[[], None]:
    """Kills Rasa without a warning and starts it again."""

    def again() -> None:
        running.kill("rasa")
        running.start_rasa()

    return again


def test_a_killed_rasa_remembers_what_it_answered(
    running: Processes, conversation: str, restart: Callable[[], None]
) -> None:
    asked = {"text": f"{ORDER} numaralı siparişim nerede", "reset": True}
    first = running.turn(conversation, "m1", **asked)
    assert first[0] == 200
    stored = events(running, conversation)
    restart()
    assert running.turn(conversation, "m1", **asked) == first
    assert events(running, conversation) == stored
    _, answer = running.turn(conversation, "m2", text=PHONE)
    assert ORDER in texts(answer)


@pytest.mark.parametrize("after_s", [0.0, 0.004, 0.012])
def test_a_turn_during_which_rasa_is_killed_is_saved_whole_or_run_again(
    running: Processes, conversation: str, after_s: float
) -> None:
    running.turn(conversation, "m1", text=f"{ORDER} numaralı siparişim nerede")
    before = len(events(running, conversation))

    def send() -> None:
        with suppress(OSError):  # it is killed meanwhile, which is the point
            running.turn(conversation, "m2", text=PHONE)

    sending = threading.Thread(target=send)
    sending.start()
    time.sleep(after_s)
    running.kill("rasa")
    sending.join()
    kinds = [event["event"] for event in events(running, conversation)[before:]]
    running.start_rasa()
    status, answer = running.turn(conversation, "m2", text=PHONE)
    assert status == 200
    assert ORDER in texts(answer)
    after = [event["event"] for event in events(running, conversation)[before:]]
    assert after.count("user") == 1
    assert kinds in ([], after)


def test_an_hour_of_silence_changes_nothing(running: Processes, conversation: str) -> None:
    running.turn(conversation, text=f"{ORDER} numaralı siparişim nerede", reset=True)
    running.kill("rasa")
    with sqlite3.connect(running.database) as database:
        database.execute(
            "UPDATE event SET data ="
            " json_set(data, '$.timestamp', json_extract(data, '$.timestamp') - 3660)"
            " WHERE conversation_id = ?",
            (conversation,),
        )
    running.start_rasa()
    status, answer = running.turn(conversation, text=PHONE)
    assert status == 200
    assert ORDER in texts(answer)
    kinds = [event["event"] for event in events(running, conversation)]
    assert kinds.count("session_started") == 1


def test_without_the_actions_a_turn_fails_and_can_be_sent_again(
    running: Processes, conversation: str
) -> None:
    running.turn(conversation, "m1", text=f"{ORDER} numaralı siparişim nerede")
    before = events(running, conversation)
    running.kill("actions")
    try:
        status, answer = running.turn(conversation, "m2", text=PHONE)
        assert status == 500
        assert answer["error"]["code"] == "turn_failed"
        assert events(running, conversation) == before
        # What needs no action is answered all the same.
        assert running.turn(uuid.uuid4().hex, text="merhaba")[0] == 200
    finally:
        running.start_actions()
    status, answer = running.turn(conversation, "m2", text=PHONE)
    assert status == 200
    assert ORDER in texts(answer)


def test_no_log_has_what_a_customer_wrote(running: Processes, conversation: str) -> None:
    secret = "gizli kelime kırkikindi"
    running.turn(conversation, text=secret)
    running.turn(conversation, text=f"/{secret}")
    running.kill("actions")
    try:
        running.turn(conversation, text=f"temsilci istiyorum {secret}")
    finally:
        running.start_actions()
    for log in running.folder.glob("*.log"):
        assert "kırkikindi" not in log.read_text("utf-8")
