"""Whatever comes in is refused clearly or answered normally; nothing of it is logged, and the
service goes on.
"""

import gzip
import io
import json
from collections.abc import Callable
from typing import Any

import pytest

from handoff.web import live, widget
from tests.handoff.conftest import PASSWORD, Frames, Service, eventually
from tests.handoff.logbook import Logbook
from tests.handoff.web.raw import Connection, shrink_buffers

FIFTY_MB = 50_000_000

REFUSED = {
    "": "message_empty",
    " \t\r\n ": "message_empty",
    "\u200b\u200d\ufeff": "message_empty",
    "\x00\x07\x1b\x7f": "message_empty",
    "\u202e\u2066\u200f": "message_empty",
    "marker-long " + "x" * 10_000: "message_too_long",
}

ACCEPTED = {
    "marker-control\x00 \x1b[31mred\x07": "marker-control [31mred",
    "marker-override \u202efdp.exe": "marker-override fdp.exe",
    "marker-\u0645\u0631\u062d\u0628\u0627\u200f!": "marker-\u0645\u0631\u062d\u0628\u0627\u200f!",
    "\U0001f973\U0001f469\u200d\U0001f469\u200d\U0001f467": (
        "\U0001f973\U0001f469\u200d\U0001f469\u200d\U0001f467"
    ),
    "<script>marker-html</script><img src=x onerror=alert(1)>": (
        "<script>marker-html</script><img src=x onerror=alert(1)>"
    ),
    "/marker-command": "/marker-command",
    "marker-line\u2028separator": "marker-line\u2028separator",
    "'; DROP TABLE message; -- marker-sql": "'; DROP TABLE message; -- marker-sql",
    "{marker-format} %s ${x}": "{marker-format} %s ${x}",
}

MARKERS = [
    "marker-",
    "\U0001f973",
    "x" * 50,
    "onerror",
    "DROP TABLE",
]


on_one_database = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""What ends before the database need not be tried on both."""


async def is_well(service: Service) -> None:
    """A new customer is served as if nothing had happened."""
    customer = await service.new_customer()
    await customer.say("hello")
    (said,) = await customer.until_bot_said(1)
    assert said["text"] == "You said: hello"


async def error_of(frames: Frames, client_id: str) -> dict[str, Any]:
    (frame,) = await frames.until(
        lambda frame: frame["type"] == "error" and frame.get("client_id") == client_id
    )
    return frame


def said_by(author: str) -> Callable[[dict[str, Any]], bool]:
    return lambda frame: frame["type"] == "message" and frame["message"]["author"] == author


async def test_strange_texts_over_http_are_refused_clearly_or_stored_as_they_read(
    private: list[str], service: Service
) -> None:
    customer = await service.new_customer()
    private += [*MARKERS, customer.token]
    refused = {text: await customer.say(text) for text in REFUSED}
    accepted = {text: await customer.say(text) for text in ACCEPTED}

    assert {text: answer["error"]["code"] for text, answer in refused.items()} == REFUSED
    assert {answer["status"] for answer in refused.values()} == {422}
    assert {answer["status"] for answer in accepted.values()} == {201}
    stored = [message["text"] for message in await customer.messages("customer")]
    assert stored == list(ACCEPTED.values())
    said = await customer.until_bot_said(len(ACCEPTED))
    assert [message["text"] for message in said] == [f"You said: {text}" for text in stored]
    await is_well(service)


async def test_strange_texts_over_the_socket_are_refused_clearly_or_stored_as_they_read(
    private: list[str], service: Service
) -> None:
    customer = await service.new_customer()
    private += [*MARKERS, customer.token]
    frames = await customer.connect()
    for text, code in REFUSED.items():
        client_id = customer.next_id()
        await frames.send(type="send", client_id=client_id, text=text)
        assert (await error_of(frames, client_id))["code"] == code
    for text in ACCEPTED:
        await frames.send(type="send", client_id=customer.next_id(), text=text)
    await frames.until(lambda frame: frame["type"] == "ack", count=len(ACCEPTED))
    await frames.until(said_by("bot"), count=len(ACCEPTED))
    assert [message["text"] for message in frames.messages("customer")] == list(ACCEPTED.values())
    await is_well(service)


async def test_strange_texts_of_an_agent_are_refused_clearly_or_stored_as_they_read(
    private: list[str], service: Service
) -> None:
    private += [*MARKERS, PASSWORD]
    customer, agent, name = await service.in_hands()
    for kind in ("reply", "note"):
        refused = [await agent.write(name, text, kind=kind) for text in REFUSED]
        assert [(status, found["error"]["code"]) for status, found in refused] == [
            (422, code) for code in REFUSED.values()
        ]
        accepted = [await agent.write(name, text, kind=kind) for text in ACCEPTED]
        assert [(status, found["text"]) for status, found in accepted] == [
            (201, text) for text in ACCEPTED.values()
        ]
    assert [message["text"] for message in await customer.messages("agent")] == list(
        ACCEPTED.values()
    )


BROKEN = {
    "nothing": b"",
    "half": b'{"client_id": "marker-',
    "list": b"[]",
    "text": b'"marker-text"',
    "number": b"5",
    "null": b"null",
    "not utf-8": b'{"client_id": "marker-\xff\xfe"}',
    "utf-16": '{"client_id": "marker-16"}'.encode("utf-16"),
    "not json": b'{"client_id": NaN}',
    "half a surrogate": b'{"client_id": "marker-000001", "text": "\\ud83d"}',
    "deep": b'{"a":' + b"[" * 30_000,
    "form": b"client_id=marker-000001&text=hello",
}

WRONG: list[tuple[dict[str, Any], str]] = [
    ({}, "client_id"),
    ({"client_id": "marker-000001"}, "text"),
    ({"client_id": "short", "text": "x"}, "client_id"),
    ({"client_id": "x" * 65, "text": "x"}, "client_id"),
    ({"client_id": "marker 0001", "text": "x"}, "client_id"),
    ({"client_id": "marker-0001\n", "text": "x"}, "client_id"),
    ({"client_id": 12345678, "text": "x"}, "client_id"),
    ({"client_id": "marker-000001", "text": 5}, "text"),
    ({"client_id": "marker-000001", "text": None}, "text"),
    ({"client_id": "marker-000001", "text": ["x"]}, "text"),
    ({"client_id": "marker-000001", "text": "x", "extra": "marker-extra"}, "extra"),
    ({"client_id": "marker-000001", "text": "x", "author": "agent"}, "author"),
    ({"client_id": "marker-000001", "button": "marker-\x00"}, "button"),
    ({"client_id": "marker-000001", "button": "x" * 65}, "button"),
    ({"client_id": "marker-000001", "button": 3}, "button"),
]


async def post_raw(service: Service, path: str, body: bytes, **headers: str) -> tuple[int, Any]:
    async with service.http.post(
        f"{service.url}{path}", data=body, headers={"Origin": service.origin, **headers}
    ) as response:
        return response.status, await response.json()


@on_one_database
async def test_broken_bodies_and_wrong_fields_are_named(
    private: list[str], service: Service
) -> None:
    customer = await service.new_customer()
    private += ["marker-", customer.token]
    token = {"Authorization": f"Bearer {customer.token}"}

    answers = {
        name: await post_raw(service, "/widget/messages", body, **token)
        for name, body in BROKEN.items()
    }
    refused = {name: (status, found["error"]["code"]) for name, (status, found) in answers.items()}
    assert refused == dict.fromkeys(BROKEN, (400, "invalid_json"))
    for body, field in WRONG:
        answer = await customer.post(**body)
        assert (answer["status"], answer["error"]["code"]) == (422, "invalid_input"), body
        assert field in answer["error"]["fields"], body
        assert "marker-" not in json.dumps(answer["error"]), "an error repeats what was sent"
    assert (await customer.read())["conversation"] is None
    await is_well(service)


@on_one_database
async def test_broken_frames_and_wrong_fields_are_named_and_leave_the_socket_open(
    private: list[str], service: Service
) -> None:
    customer = await service.new_customer()
    private += ["marker-", customer.token]
    frames = await customer.connect()
    for body in BROKEN.values():
        await frames.ws.send_bytes(body)
    broken = await frames.until(lambda frame: frame["type"] == "error", count=len(BROKEN))
    assert {frame["code"] for frame in broken} == {"invalid_json"}

    wrong: list[tuple[dict[str, Any], str]] = [
        *(
            ({"type": "press" if "button" in body else "send", **body}, name)
            for body, name in WRONG
        ),
        ({}, "type"),
        ({"type": "marker-unknown"}, "type"),
        ({"type": ["send"]}, "type"),
        ({"type": "language", "language": "de"}, "language"),
        ({"type": "typing", "on": "yes"}, "on"),
        ({"type": "seen", "seq": "1"}, "seq"),
        ({"type": "seen", "seq": -1}, "seq"),
        ({"type": "seen", "seq": 2**80}, "seq"),
        ({"type": "seen", "seq": 1.5}, "seq"),
        ({"type": "ping", "extra": True}, "extra"),
        ({"type": "hello", "token": customer.token, "after": 0, "language": "en"}, "type"),
    ]
    for number, (frame, field) in enumerate(wrong, start=len(BROKEN) + 1):
        await frames.send(**frame)
        found = await frames.until(lambda heard: heard["type"] == "error", count=number)
        assert found[-1]["code"] == "invalid_input", frame
        assert field in found[-1]["fields"], (frame, found[-1])
        assert "marker-" not in found[-1]["message"] + json.dumps(found[-1]["fields"])

    await frames.send(type="send", client_id="message-000001", text="still here")
    await frames.until(lambda frame: frame["type"] == "ack")


async def test_wrong_fields_of_the_console_are_named(private: list[str], service: Service) -> None:
    _, agent, name = await service.handed_over()
    private += ["marker-", agent.csrf]
    api = f"/conversations/{name}"
    wrong: list[tuple[str, dict[str, Any], str]] = [
        (f"{api}/claim", {}, "epoch"),
        (f"{api}/claim", {"epoch": "1"}, "epoch"),
        (f"{api}/claim", {"epoch": True}, "epoch"),
        (f"{api}/claim", {"epoch": -1}, "epoch"),
        (f"{api}/claim", {"epoch": 2**40}, "epoch"),
        (f"{api}/claim", {"epoch": 1, "agent": "marker-other"}, "agent"),
        (f"{api}/note", {"client_id": "agent-000001"}, "text"),
        (f"{api}/note", {"client_id": "agent-000001", "text": {"marker-": 1}}, "text"),
        (f"{api}/note", {"client_id": "marker/0001", "text": "x"}, "client_id"),
    ]
    for path, body, field in wrong:
        status, found = await agent.post(path, body)
        assert (status, found["error"]["code"]) == (422, "invalid_input"), body
        assert list(found["error"]["fields"]) == [field]
    frames = await agent.connect()
    bad: list[dict[str, Any]] = [
        {"type": "watch", "conversation": "marker-\x00"},
        {"type": "watch", "conversation": 1},
        {"type": "typing", "conversation": name, "on": 1},
        {"type": "seen", "conversation": name, "seq": None},
        {"type": "marker-unknown"},
    ]
    for frame in bad:
        await frames.send(**frame)
    errors = await frames.until(lambda frame: frame["type"] == "error", count=len(bad))
    assert {frame["code"] for frame in errors} == {"invalid_input"}
    await frames.send(type="ping")
    await frames.until(lambda frame: frame["type"] == "pong")


@on_one_database
@pytest.mark.parametrize(
    ("login", "password"),
    [
        ("deniz\x00", PASSWORD),
        ("", PASSWORD),
        ("x" * 121, PASSWORD),
        ("deniz", ""),
        ("deniz", "x" * 257),
        ("deniz", 5),
        (None, PASSWORD),
    ],
)
async def test_impossible_logins_are_invalid_not_an_error_of_ours(
    service: Service, login: Any, password: Any
) -> None:
    body = json.dumps({"login": login, "password": password}).encode()
    status, found = await post_raw(service, "/console/api/login", body)
    assert (status, found["error"]["code"]) == (422, "invalid_input")


@pytest.mark.parametrize("login", ["İ" * 120, "ada@example.com", "\U0001f973", "deniz'--"])
async def test_odd_logins_are_simply_wrong_and_not_logged(
    private: list[str], service: Service, login: str
) -> None:
    private += [login, "marker-password"]
    body = json.dumps({"login": login, "password": "marker-password"}).encode()
    status, found = await post_raw(service, "/console/api/login", body)
    assert (status, found["error"]["code"]) == (401, "wrong_credentials")


async def test_wrong_numbers_and_times_in_addresses_are_named(service: Service) -> None:
    customer, agent, name = await service.in_hands()
    for query, field in [
        ("after=-1", "after"),
        ("after=abc", "after"),
        ("after=\u0663", "after"),
        ("after=99999999999999999999", "after"),
        ("after=" + "9" * 6000, "after"),
        ("limit=0", "limit"),
        ("limit=201", "limit"),
    ]:
        async with service.http.get(
            f"{service.url}/widget/messages?{query}", headers=customer.headers
        ) as response:
            found = await response.json()
            assert (response.status, found["error"]["code"]) == (422, "invalid_input"), query
            assert list(found["error"]["fields"]) == [field]
    for path in (
        "/conversations?view=everything",
        "/conversations?view=all&before=yesterday",
        "/conversations?view=all&before=2026-11-22T08:15:30",
        "/conversations?view=all&before=0001-01-01T00:00:00%2B14:00",
        "/conversations?limit=0",
        f"/conversations/{name}/messages?limit=0&before=3",
        f"/conversations/{name}/messages?before=x",
    ):
        async with agent._http.get(f"{service.url}/console/api{path}") as response:
            found = await response.json()
            assert (response.status, found["error"]["code"]) == (422, "invalid_input"), path


@on_one_database
async def test_headers_that_are_no_text_are_refused_like_wrong_ones(
    private: list[str], service: Service
) -> None:
    _, agent, name = await service.handed_over()
    cookies = agent._http.cookie_jar.filter_cookies(service.base)
    cookie = "; ".join(f"{key}={value.value}" for key, value in cookies.items())
    private += [cookie.partition("=")[2], "marker-"]
    body = b'{"epoch": 1}'
    asked: list[tuple[str, str, dict[str, str | bytes], int]] = [
        (
            "POST",
            f"/console/api/conversations/{name}/claim",
            {
                "Cookie": cookie,
                "X-CSRF-Token": b"marker-\xff\xfe",
                "Content-Length": str(len(body)),
            },
            403,
        ),
        ("GET", "/console/api/me", {"Cookie": b"devir=marker-\xff"}, 401),
        ("GET", "/widget/messages", {"Authorization": b"Bearer marker-\xff"}, 401),
        ("GET", "/widget/messages", {"Authorization": "Basic bWFya2VyLTpw"}, 401),
        ("GET", "/widget/messages", {"Authorization": "Bearer "}, 401),
        ("GET", "/widget/messages", {"Origin": b"https://marker-\xff"}, 403),
        ("GET", "/healthz", {"X-Request-ID": b"marker-\xff"}, 200),
    ]
    for method, path, headers, expected in asked:
        connection = await Connection.open(service)
        await connection.request(method, path, headers, body if method == "POST" else b"")
        status, _, _ = await connection.answer()
        assert status == expected, path
        await connection.close()
    await is_well(service)


@on_one_database
async def test_body_of_50_mb_is_refused_before_it_has_been_read(
    private: list[str], service: Service
) -> None:
    customer = await service.new_customer()
    private += [customer.token, "marker-"]
    for path, headers in (
        ("/widget/messages", customer.headers),
        ("/widget/sessions", {"Origin": service.origin}),
        ("/console/api/login", {}),
    ):
        connection = await Connection.open(service)
        await connection.request(
            "POST", path, {**headers, "Content-Length": str(FIFTY_MB)}, b"marker-" * 100
        )
        status, told, found = await connection.answer()
        assert (status, found["error"]["code"]) == (413, "body_too_large")
        assert found["error"]["limit"] == 65536
        assert told["connection"] == "close"
        await connection.end()
        assert await connection.ended()
        await connection.close()
    await is_well(service)


@on_one_database
async def test_endless_chunks_are_refused_when_they_become_too_many(
    private: list[str], service: Service
) -> None:
    customer = await service.new_customer()
    private += [customer.token, "marker-"]
    connection = await Connection.open(service)
    await connection.request(
        "POST", "/widget/messages", {**customer.headers, "Transfer-Encoding": "chunked"}
    )
    for _ in range(5):  # 80 KiB, and no end in sight
        await connection.write(b"4000\r\n" + (b"marker-" * 3000)[:0x4000] + b"\r\n")
    status, told, found = await connection.answer()
    assert (status, found["error"]["code"]) == (413, "body_too_large")
    assert told["connection"] == "close"
    await connection.close()
    await is_well(service)


@on_one_database
async def test_client_that_really_sends_50_mb_reads_why_it_was_refused(service: Service) -> None:
    customer = await service.new_customer()
    async with service.http.post(
        f"{service.url}/widget/messages",
        data=io.BytesIO(bytes(FIFTY_MB)),
        headers=customer.headers,
    ) as response:
        assert response.status == 413
        assert (await response.json())["error"]["code"] == "body_too_large"


@on_one_database
async def test_small_body_that_unpacks_to_50_mb_is_refused(service: Service) -> None:
    customer = await service.new_customer()
    status, found = await post_raw(
        service,
        "/widget/messages",
        gzip.compress(bytes(FIFTY_MB)),
        **{"Content-Encoding": "gzip", "Authorization": f"Bearer {customer.token}"},
    )
    assert (status, found["error"]["code"]) == (413, "body_too_large")


@on_one_database
async def test_body_that_is_not_what_its_headers_say_is_broken(
    private: list[str], service: Service
) -> None:
    customer = await service.new_customer()
    private += [customer.token, "marker-"]
    for headers, body in (
        ({"Transfer-Encoding": "chunked"}, b"marker-\r\n"),
        ({"Content-Encoding": "gzip", "Content-Length": "7"}, b"marker-"),
    ):
        connection = await Connection.open(service)
        await connection.request("POST", "/widget/messages", {**customer.headers, **headers}, body)
        status, _, _ = await connection.answer()
        assert status == 400
        await connection.close()
    connection = await Connection.open(service)
    await connection.write(b"marker- this is not HTTP at all\r\n\r\n")
    status, _, _ = await connection.answer()
    assert status == 400
    await connection.close()
    await is_well(service)


@on_one_database
async def test_frame_over_64_kib_closes_its_socket_and_no_other(
    private: list[str], service: Service
) -> None:
    customer = await service.new_customer()
    private += [customer.token, "marker-"]
    first, second = await customer.connect(), await customer.connect()
    await first.send(type="send", client_id="message-000001", text="marker-" * 10_000)
    await eventually(lambda: _close_code(first), lambda code: code == 1009)

    await second.send(type="send", client_id="message-000002", text="hello")
    await second.until(lambda frame: frame["type"] == "ack")
    assert [message["text"] for message in await customer.messages("customer")] == ["hello"]


@on_one_database
async def test_socket_that_never_says_hello_is_closed(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(widget, "HELLO_SECONDS", 0.2)
    frames = await service.open_socket("/widget/socket")
    await eventually(lambda: _close_code(frames), lambda code: code == 4401)
    assert frames.heard == []


@on_one_database
@pytest.mark.parametrize(
    ("first", "code"),
    [
        ('{"type": "ping"}', "not_authenticated"),
        ('{"type": "send", "client_id": "message-000001", "text": "marker-"}', "not_authenticated"),
        ('{"type": "hello", "token": "marker-x", "language": "en"}', "not_authenticated"),
        ('{"type": "hello", "token": "marker-\\u0000", "language": "en"}', "not_authenticated"),
        ('{"type": "hello", "language": "en"}', "invalid_input"),
        ("marker-", "invalid_json"),
    ],
)
async def test_socket_that_begins_otherwise_than_with_a_good_hello_is_told_and_closed(
    private: list[str], service: Service, first: str, code: str
) -> None:
    private.append("marker-")
    frames = await service.open_socket("/widget/socket")
    await frames.ws.send_str(first)
    (told,) = await frames.until(lambda frame: frame["type"] == "error")
    assert told["code"] == code
    await eventually(lambda: _close_code(frames), lambda closed: closed == 4401)
    await is_well(service)


async def test_address_of_a_socket_asked_for_as_a_page_is_refused(service: Service) -> None:
    agent = await service.new_agent()
    async with service.http.get(
        f"{service.url}/widget/socket", headers={"Origin": service.origin}
    ) as response:
        assert response.status == 422
        assert (await response.json())["error"]["code"] == "invalid_input"
    async with agent._http.get(
        f"{service.url}/console/socket", headers={"Origin": service.origin}
    ) as response:
        assert (await response.json())["error"]["code"] == "invalid_input"


async def test_socket_that_never_reads_is_cut_off_and_nothing_is_lost_for_anybody(
    logbook: Logbook, private: list[str], service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "SEND_SECONDS", 0.3)
    shrink_buffers(service)
    customer = await service.new_customer()
    private += ["marker-", customer.token]
    reading = await customer.connect()
    deaf = await Connection.open(service, receive_buffer=4096)
    await deaf.upgrade("/widget/socket", service.origin)
    await deaf.frame(type="hello", token=customer.token, after=0, language="en")

    texts = [f"marker-{number} " + "\U0001f973" * 3900 for number in range(20)]
    for text in texts:
        assert (await customer.say(text))["status"] == 201
    await eventually(lambda: _cut_off(logbook), lambda events: events == [{"side": "customer"}])
    assert await deaf.ended()
    await deaf.close()

    await reading.until(said_by("bot"), count=len(texts))
    assert [message["text"] for message in reading.messages("customer")] == texts
    back = await customer.connect()
    (welcome,) = await back.until(lambda frame: frame["type"] == "welcome")
    assert [
        message["text"] for message in welcome["messages"] if message["author"] == "customer"
    ] == texts
    await is_well(service)


async def test_console_that_never_reads_is_cut_off_and_the_others_go_on(
    logbook: Logbook, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "SEND_SECONDS", 0.3)
    shrink_buffers(service)
    customer, agent, name = await service.in_hands()
    reading = await agent.connect()
    await reading.send(type="watch", conversation=name)
    await reading.until(lambda frame: frame["type"] == "watching")
    cookies = agent._http.cookie_jar.filter_cookies(service.base)
    deaf = await Connection.open(service, receive_buffer=4096)
    cookie = "; ".join(f"{key}={value.value}" for key, value in cookies.items())
    await deaf.upgrade("/console/socket", service.origin, cookie)
    await deaf.frame(type="watch", conversation=name)

    for number in range(20):
        await customer.say(f"{number} " + "\U0001f973" * 3900)
    await eventually(lambda: _cut_off(logbook), lambda events: events == [{"side": "agent"}])
    await reading.until(said_by("customer"), count=20)
    await deaf.close()


async def _close_code(frames: Frames) -> int | None:
    return frames.ws.close_code


async def _cut_off(logbook: Logbook) -> list[dict[str, Any]]:
    return [
        {"side": entry["side"]} for entry in logbook.events if entry["event"] == "socket_cut_off"
    ]
