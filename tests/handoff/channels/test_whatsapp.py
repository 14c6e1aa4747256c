"""What WhatsApp's Cloud API tells is understood, and it is told what it takes."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest

from handoff import notices
from handoff.channels.base import (
    WINDOW_CLOSED,
    Call,
    Echo,
    Event,
    Malformed,
    Outgoing,
    OutgoingButton,
    PermanentError,
    Picture,
    Received,
    RemoteFile,
    Report,
    SendError,
    StoredFile,
    TransientError,
    Unverified,
    Webhook,
    WindowClosed,
)
from handoff.channels.whatsapp import WhatsApp
from handoff.channels.whatsapp_messages import pieces
from handoff.conversation import Author
from handoff.ledger import State
from tests.fakes.trouble import after, half, hang_up, status, text
from tests.fakes.whatsapp import ECHOES, FakeWhatsApp, Phone, Sent, error
from tests.handoff.conftest import Service, eventually


@pytest.fixture
async def server() -> AsyncIterator[FakeWhatsApp]:
    async with FakeWhatsApp().serve() as server:
        server.reports = ()
        yield server


@pytest.fixture
async def client() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as client:
        yield client


@pytest.fixture
def whatsapp(server: FakeWhatsApp, client: aiohttp.ClientSession) -> WhatsApp:
    return connected(server, client)


def connected(server: FakeWhatsApp, client: aiohttp.ClientSession, **given: Any) -> WhatsApp:
    """Return the number of a server as the service knows it."""
    return WhatsApp(
        client,
        notices.load(),
        **{
            "api": server.api,
            "account": server.account,
            "token": server.token,
            "app_secret": server.app_secret,
            "verify_token": server.verify_token,
            "template": "reply_waiting",
            **given,
        },
    )


@pytest.fixture
def elif_(server: FakeWhatsApp) -> Phone:
    phone = server.phone()
    phone.wrote_at = server.now()
    return phone


# Being introduced, and proof of who calls


def webhook(body: bytes = b"", **given: Any) -> Webhook:
    return Webhook(
        given.pop("method", "POST"),
        "https://chat.example.com/channels/whatsapp/1",
        given.get("query", {}),
        given.get("headers", {}),
        body,
    )


def test_challenge_is_repeated_to_who_knows_the_verify_token(
    whatsapp: WhatsApp, server: FakeWhatsApp
) -> None:
    query = {"hub.mode": "subscribe", "hub.challenge": "1158201444"}
    known = {**query, "hub.verify_token": server.verify_token}
    assert whatsapp.greet(webhook(query=known)) == "1158201444"
    for wrong in (
        {},
        query,
        {**query, "hub.verify_token": "guessed"},
        {**query, "hub.verify_token": "ğ"},
        {**known, "hub.mode": "unsubscribe"},
    ):
        with pytest.raises(Unverified):
            whatsapp.greet(webhook(query=wrong))


def test_only_a_signature_over_the_raw_body_is_believed(
    whatsapp: WhatsApp, server: FakeWhatsApp
) -> None:
    # The platform escapes what is not ASCII, so that JSON written anew has another signature.
    raw = b'{"object": "whatsapp_business_account",  "entry": [], "name": "\\u015eule"}'
    signature = server.sign(raw)
    whatsapp.verify(webhook(raw, headers={"x-hub-signature-256": signature}))
    for body, header in (
        (orjson.dumps(orjson.loads(raw)), signature),
        (raw, ""),
        (raw, signature.removeprefix("sha256=")),
        (raw, signature[:-1]),
        (raw, signature.replace("sha256=", "sha1=")),
        (raw, "sha256=ğ"),
    ):
        with pytest.raises(Unverified):
            whatsapp.verify(webhook(body, headers={"x-hub-signature-256": header}))
    with pytest.raises(Unverified):
        whatsapp.verify(webhook(raw))


# What customers send


def told(whatsapp: WhatsApp, body: Any) -> list[Event]:
    return list(whatsapp.parse(webhook(orjson.dumps(body))))


def received(
    whatsapp: WhatsApp, server: FakeWhatsApp, phone: Phone, kind: str, content: Any
) -> Received:
    message = {**server.message(phone, kind=kind), kind: content}
    (event,) = told(whatsapp, server.batch((phone, message)))
    assert isinstance(event, Received)
    return event


def test_text_names_its_sender_by_user_and_by_number(
    whatsapp: WhatsApp, server: FakeWhatsApp, elif_: Phone
) -> None:
    message = server.message(elif_, text="kargom nerede")
    message["timestamp"] = "1795335900"
    (event,) = told(whatsapp, server.batch((elif_, message)))
    assert isinstance(event, Received)
    assert event.external_id == message["id"]
    assert event.text == "kargom nerede"
    assert event.sent_at == datetime(2026, 11, 22, 8, 25, tzinfo=UTC)
    assert event.sender.identities == (("user", elif_.user), ("phone", "905550000001"))
    assert event.sender.name == "Elif Aydın"
    assert event.address == "905550000001"


def test_customer_with_a_user_name_needs_no_number(
    whatsapp: WhatsApp, server: FakeWhatsApp
) -> None:
    phone = server.phone(None, name="Emma", user="GB.13491208655302741918")
    event = received(whatsapp, server, phone, "text", {"body": "hello"})
    assert event.sender.identities == (("user", "GB.13491208655302741918"),)
    assert event.address == "GB.13491208655302741918"


def test_older_form_without_user_ids_is_understood(
    whatsapp: WhatsApp, server: FakeWhatsApp, elif_: Phone
) -> None:
    body = server.batch((elif_, server.message(elif_, text="merhaba")))
    value = body["entry"][0]["changes"][0]["value"]
    del value["messages"][0]["from_user_id"], value["contacts"][0]["user_id"]
    (event,) = told(whatsapp, body)
    assert isinstance(event, Received)
    assert event.sender.identities == (("phone", "905550000001"),)
    assert event.sender.name == "Elif Aydın"


def test_batch_of_several_entries_is_read_whole_and_in_order(
    whatsapp: WhatsApp, server: FakeWhatsApp, elif_: Phone
) -> None:
    mert = server.phone("905550000002", "Mert")
    first = server.batch(
        (elif_, server.message(elif_, text="1")), (mert, server.message(mert, text="2"))
    )
    second = server.batch((elif_, server.message(elif_, text="3")))
    sent = Sent("wamid.1", elif_.user, {})
    third = server.body(
        {"statuses": [server.status(sent, "delivered"), server.status(sent, "sent")]}
    )
    body = {**first, "entry": [*first["entry"], *second["entry"], *third["entry"]]}
    events = told(whatsapp, body)
    texts = [(event.sender.name, event.text) for event in events if isinstance(event, Received)]
    assert texts == [("Elif Aydın", "1"), ("Mert", "2"), ("Elif Aydın", "3")]
    reports = [event.state for event in events if isinstance(event, Report)]
    assert reports == [State.DELIVERED, State.SENT]


def test_what_is_for_another_number_of_the_app_is_left_out(
    whatsapp: WhatsApp, server: FakeWhatsApp, elif_: Phone
) -> None:
    message = server.message(elif_, text="merhaba")
    assert told(whatsapp, server.batch((elif_, message), account="999")) == []


@pytest.mark.parametrize(
    ("kind", "content", "wanted"),
    [
        (
            "interactive",
            {"type": "button_reply", "button_reply": {"id": "abc.0", "title": "Evet"}},
            {"button": "abc.0"},
        ),
        (
            "interactive",
            {"type": "list_reply", "list_reply": {"id": "abc.4", "title": "M", "description": "M"}},
            {"button": "abc.4"},
        ),
        ("button", {"payload": "none of ours", "text": "Tamam"}, {"text": "Tamam"}),
        (
            "location",
            {"latitude": 41.01, "longitude": 28.97, "name": "Lale", "address": "Moda"},
            {
                "text": "Lale\nModa\n📍 https://www.openstreetmap.org/"
                "?mlat=41.010000&mlon=28.970000#map=17/41.010000/28.970000"
            },
        ),
        (
            "contacts",
            [{"name": {"formatted_name": "Can"}, "phones": [{"phone": "+90 555 000 00 09"}]}],
            {"text": "Can, +90 555 000 00 09"},
        ),
        ("sticker", {"id": "1", "mime_type": "image/webp"}, {"unsupported": "sticker"}),
        (
            "reaction",
            {"message_id": "wamid.1", "emoji": "👍"},
            {"text": "👍", "unsupported": "reaction"},
        ),
        ("revoke", {"original_message_id": "wamid.1"}, {"unsupported": "taken_back"}),
        ("order", {"catalog_id": "1", "product_items": []}, {"unsupported": "order"}),
        ("interactive", {"type": "nfm_reply", "nfm_reply": {}}, {"unsupported": "interactive"}),
        ("unsupported", {"type": "poll_creation"}, {"unsupported": "poll_creation"}),
        ("hologram", {"id": "1"}, {"unsupported": "hologram"}),
        ("HOLO\u0000GRAM", {}, {"unsupported": "unknown"}),
        ("text", {"body": 7}, {"unsupported": "text"}),
        ("location", {"latitude": "north"}, {"unsupported": "location"}),
        ("location", {"latitude": 910, "longitude": 1}, {"unsupported": "location"}),
        ("contacts", [7, {}], {"unsupported": "contacts"}),
        ("image", {"caption": "without a file"}, {"unsupported": "image"}),
    ],
)
def test_every_kind_of_message_says_what_it_holds(
    whatsapp: WhatsApp,
    server: FakeWhatsApp,
    elif_: Phone,
    kind: str,
    content: Any,
    wanted: dict[str, Any],
) -> None:
    event = received(whatsapp, server, elif_, kind, content)
    found = {"text": event.text, "button": event.button, "unsupported": event.unsupported}
    assert {name: value for name, value in found.items() if value is not None} == wanted
    assert event.press is None


@pytest.mark.parametrize(
    ("kind", "content", "text"),
    [
        ("image", {"mime_type": "image/jpeg", "caption": "böyle geldi"}, "böyle geldi"),
        ("document", {"mime_type": "application/pdf", "filename": "fatura.pdf"}, None),
        ("audio", {"mime_type": "audio/ogg; codecs=opus", "voice": True}, None),
        ("video", {"mime_type": "video/mp4"}, None),
    ],
)
def test_file_is_named_with_what_is_claimed_of_it(
    whatsapp: WhatsApp,
    server: FakeWhatsApp,
    elif_: Phone,
    kind: str,
    content: dict[str, Any],
    text: str | None,
) -> None:
    event = received(whatsapp, server, elif_, kind, {"id": "2754859441498128", **content})
    wanted = RemoteFile("2754859441498128", content["mime_type"], content.get("filename"))
    assert (event.files, event.text, event.unsupported) == ((wanted,), text, None)


@pytest.mark.parametrize(
    "edited",
    [
        {"type": "text", "text": {"body": "10482"}},
        {"type": "image", "image": {"id": "1", "caption": "10482"}},
    ],
)
def test_edit_names_the_message_it_changes(
    whatsapp: WhatsApp, server: FakeWhatsApp, elif_: Phone, edited: dict[str, Any]
) -> None:
    content = {"original_message_id": "wamid.1", "message": edited}
    event = received(whatsapp, server, elif_, "edit", content)
    assert (event.text, event.edits, event.files) == ("10482", "wamid.1", ())


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("edit", {"original_message_id": "wamid.1", "message": {"type": "image", "image": {}}}),
        ("edit", {"message": {"type": "text", "text": {"body": "of what?"}}}),
        ("reaction", {"message_id": "wamid.1"}),
        ("reaction", {"message_id": "wamid.1", "emoji": ""}),
        ("system", {"type": "customer_identity_changed", "body": "…"}),
        ("request_welcome", {}),
    ],
)
def test_what_no_customer_says_is_left_out(
    whatsapp: WhatsApp, server: FakeWhatsApp, elif_: Phone, kind: str, content: dict[str, Any]
) -> None:
    message = {**server.message(elif_, kind=kind), kind: content}
    assert told(whatsapp, server.batch((elif_, message))) == []


def test_what_has_no_known_form_harms_nothing_beside_it(
    whatsapp: WhatsApp, server: FakeWhatsApp, elif_: Phone
) -> None:
    good = server.message(elif_, text="merhaba")
    odd: list[Any] = [
        None,
        7,
        "text",
        [],
        {},
        {**good, "id": None},
        {**good, "id": "x" * 300},
        {**good, "id": "new\nline"},
        {**good, "type": None},
        {"id": "wamid.2", "type": "text", "text": {"body": "from nobody"}},
    ]
    body = server.body({"contacts": [None, 7, {"profile": 7}], "messages": [*odd, good]})
    body["entry"] += [None, {}, {"changes": 7}, {"changes": [None, {"field": "messages"}]}]
    body["entry"].append({"changes": [{"field": "account_update", "value": {"event": "…"}}]})
    (event,) = told(whatsapp, body)
    assert isinstance(event, Received)
    assert event.text == "merhaba"


@pytest.mark.parametrize("timestamp", ["", "soon", "9" * 30, "-" + "9" * 20, None])
def test_time_that_is_none_is_not_believed(
    whatsapp: WhatsApp, server: FakeWhatsApp, elif_: Phone, timestamp: Any
) -> None:
    message = {**server.message(elif_, text="merhaba"), "timestamp": timestamp}
    (event,) = told(whatsapp, server.batch((elif_, message)))
    assert isinstance(event, Received)
    assert event.sent_at is None


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"7", b"null", b'{"entry": [', b"\xff{}"])
def test_what_is_no_object_is_malformed(whatsapp: WhatsApp, body: bytes) -> None:
    with pytest.raises(Malformed):
        whatsapp.parse(webhook(body))


# What the shop writes in its own app


def echoed(whatsapp: WhatsApp, server: FakeWhatsApp, phone: Phone, kind: str, content: Any) -> Echo:
    (event,) = told(whatsapp, server.echoed((phone, server.echo(phone, kind, content))))
    assert isinstance(event, Echo)
    return event


def test_echo_names_the_customer_as_their_own_messages_do(
    whatsapp: WhatsApp, server: FakeWhatsApp, elif_: Phone
) -> None:
    message = server.echo(elif_, "text", {"body": "hemen bakıyorum"})
    assert (message["from"], message["to"]) == (server.number, "+905550000001")
    message["timestamp"] = "1795335900"
    (event,) = told(whatsapp, server.echoed((elif_, message)))
    assert isinstance(event, Echo)
    assert (event.external_id, event.text) == (message["id"], "hemen bakıyorum")
    assert event.sent_at == datetime(2026, 11, 22, 8, 25, tzinfo=UTC)
    assert event.address == "905550000001"
    (own,) = told(whatsapp, server.batch((elif_, server.message(elif_, text="selam"))))
    assert isinstance(own, Received)
    assert event.customer.identities == own.sender.identities


def test_echo_in_the_older_form_has_the_number_alone(
    whatsapp: WhatsApp, server: FakeWhatsApp, elif_: Phone
) -> None:
    message = server.echo(elif_, "text", {"body": "selam"})
    del message["to_user_id"]
    (event,) = told(whatsapp, server.body({"message_echoes": [message]}, which=ECHOES))
    assert isinstance(event, Echo)
    assert event.customer.identities == (("phone", "905550000001"),)


def test_echo_to_a_number_as_it_was_dialled_names_it_as_the_platform_does(
    whatsapp: WhatsApp, server: FakeWhatsApp
) -> None:
    phone = server.phone("551187654321", "João", user="BR.13491208655302741918")
    message = {**server.echo(phone, "text", {"body": "oi"}), "to": "+5511987654321"}
    (event,) = told(whatsapp, server.echoed((phone, message)))
    assert isinstance(event, Echo)
    names = (("user", "BR.13491208655302741918"), ("phone", "551187654321"))
    assert (event.customer.identities, event.address) == (names, "551187654321")


def test_echo_to_a_customer_with_a_user_name_needs_no_number(
    whatsapp: WhatsApp, server: FakeWhatsApp
) -> None:
    emma = server.phone(None, name="Emma", user="GB.13491208655302741918")
    event = echoed(whatsapp, server, emma, "text", {"body": "hello"})
    assert event.customer.identities == (("user", "GB.13491208655302741918"),)
    assert event.address == "GB.13491208655302741918"


@pytest.mark.parametrize(
    ("kind", "content", "wanted"),
    [
        (
            "image",
            {"id": "7", "mime_type": "image/jpeg", "caption": "böyle"},
            {"text": "böyle", "files": (RemoteFile("7", "image/jpeg", None),)},
        ),
        ("audio", {"id": "7"}, {"files": (RemoteFile("7", None, None),)}),
        (
            "interactive",
            {"type": "button", "body": {"text": "Hangisi?"}, "action": {"buttons": []}},
            {"text": "Hangisi?"},
        ),
        (
            "interactive",
            {"type": "button_reply", "button_reply": {"id": "a.0"}},
            {"unsupported": "interactive"},
        ),
        ("template", {"name": "reply_waiting"}, {"unsupported": "template"}),
        ("sticker", {"id": "1"}, {"unsupported": "sticker"}),
        (
            "edit",
            {
                "original_message_id": "wamid.1",
                "message": {"type": "text", "text": {"body": "yarın"}},
            },
            {"text": "yarın", "edits": "wamid.1"},
        ),
        ("revoke", {"original_message_id": "wamid.1"}, {"unsupported": "taken_back"}),
        ("hologram", {}, {"unsupported": "hologram"}),
    ],
)
def test_every_kind_of_echo_says_what_it_holds(
    whatsapp: WhatsApp,
    server: FakeWhatsApp,
    elif_: Phone,
    kind: str,
    content: Any,
    wanted: dict[str, Any],
) -> None:
    event = echoed(whatsapp, server, elif_, kind, content)
    names = ("text", "unsupported", "files", "edits")
    found = {name: getattr(event, name) for name in names}
    assert {name: value for name, value in found.items() if value} == wanted


def test_odd_echoes_harm_nothing_beside_them(
    whatsapp: WhatsApp, server: FakeWhatsApp, elif_: Phone
) -> None:
    good = server.echo(elif_, "text", {"body": "selam"})
    odd: list[Any] = [
        None,
        7,
        {},
        {**good, "id": None},
        {**good, "type": None},
        {**good, "to": 7, "to_user_id": "new\nline"},
        {**good, "type": "reaction", "reaction": {"emoji": ""}},
    ]
    value = {"contacts": [None, 7, {}], "message_echoes": [*odd, good]}
    (event,) = told(whatsapp, server.body(value, which=ECHOES))
    assert isinstance(event, Echo)
    assert event.text == "selam"
    assert told(whatsapp, server.body({"message_echoes": [good]}, which="history")) == []
    assert told(whatsapp, server.body({"message_echoes": good}, which=ECHOES)) == []
    other = server.body({"message_echoes": [good]}, which=ECHOES, account="999")
    assert told(whatsapp, other) == []


def test_echo_is_told_from_the_call_it_is_of(
    whatsapp: WhatsApp, server: FakeWhatsApp, elif_: Phone, tmp_path: Path
) -> None:
    def tells(kind: str, content: Any, *messages: Outgoing, part: int = 0) -> bool:
        event = echoed(whatsapp, server, elif_, kind, content)
        return whatsapp.tells_of(event, Call("1", "905550000001", "tr", messages, part))

    body = {"type": "button", "body": {"text": "Seçin"}}
    photo = {"id": "7", "caption": "Kupa"}
    picture = Picture("https://shop.example/cup.jpg", "a cup")
    file = StoredFile(tmp_path, "image/jpeg", "a.jpg")
    words = bubble(" ".join(f"kelime{number}" for number in range(1500)))
    assert tells("text", {"body": "Bir.\n\nİki."}, bubble("Bir. "), bubble("İki."))
    assert tells("interactive", body, bubble("Seçin", "Evet", "Hayır"))
    assert tells("image", photo, bubble("Kupa", picture=picture))
    assert tells("image", photo, bubble("Kupa", files=(file,)))
    assert tells("template", {}, bubble("Size bir yanıtımız var.", template="reply_waiting"))
    _, second, *_ = pieces(words)
    assert tells("text", {"body": second.text}, words, part=1)
    assert not tells("text", {"body": second.text}, words)
    assert not tells("text", {"body": "Bir."}, bubble("Bir."), bubble("İki."))
    assert not tells("text", {"body": "Kupa"}, bubble("Kupa", picture=picture))
    assert not tells("image", photo, bubble("Kupa"))
    assert not tells("text", {"body": "Evet"}, bubble("Hayır"))


# Reports


@pytest.mark.parametrize(
    ("reported", "code", "state", "why"),
    [
        ("sent", None, State.SENT, None),
        ("delivered", None, State.DELIVERED, None),
        ("read", None, State.READ, None),
        ("played", None, State.READ, None),
        ("failed", 131047, State.FAILED, WINDOW_CLOSED),
        ("failed", 131026, State.FAILED, "undeliverable"),
        ("failed", 131053, State.FAILED, "content_refused"),
        ("failed", 131042, State.FAILED, "account_restricted"),
        ("failed", 7, State.FAILED, "platform_failed"),
        ("failed", None, State.FAILED, "platform_failed"),
    ],
)
def test_report_tells_state_call_and_reason(
    whatsapp: WhatsApp,
    server: FakeWhatsApp,
    reported: str,
    code: int | None,
    state: State,
    why: str | None,
) -> None:
    sent = Sent("wamid.1", "905550000001", {"biz_opaque_callback_data": "call-7"})
    body = server.body({"statuses": [server.status(sent, reported, code)]})
    assert told(whatsapp, body) == [Report("wamid.1", state, "call-7", why)]


def test_state_that_is_not_known_is_left_out(whatsapp: WhatsApp, server: FakeWhatsApp) -> None:
    sent = Sent("wamid.1", "905550000001", {})
    assert told(whatsapp, server.body({"statuses": [server.status(sent, "warning")]})) == []


# What is said


def bubble(words: str | None = None, *titles: str, **given: Any) -> Outgoing:
    buttons = tuple(OutgoingButton(f"m.{number}", title) for number, title in enumerate(titles))
    return Outgoing(Author.BOT, words, buttons, **given)


async def say(
    whatsapp: WhatsApp, *waiting: Outgoing, to: str = "905550000001", language: str = "tr"
) -> str | None:
    """Send as the service does: what goes together in one call, each part in its own."""
    number = 0
    while waiting:
        count = whatsapp.together(waiting)
        assert count == 1 or whatsapp.together(waiting[:count]) == count
        for part in range(whatsapp.parts(waiting[0]) if count == 1 else 1):
            number += 1
            found = await whatsapp.send(
                Call(f"call-{number}", to, language, tuple(waiting[:count]), part)
            )
        waiting = waiting[count:]
    return found


async def test_text_is_sent_with_the_calls_name(whatsapp: WhatsApp, server: FakeWhatsApp) -> None:
    assert await say(whatsapp, bubble("Merhaba")) == server.sent[0].id
    assert server.sent[0].body == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": "905550000001",
        "biz_opaque_callback_data": "call-1",
        "type": "text",
        "text": {"body": "Merhaba"},
    }


async def test_customer_without_a_number_is_sent_to_by_user(
    whatsapp: WhatsApp, server: FakeWhatsApp
) -> None:
    await say(whatsapp, bubble("Hello"), to="GB.13491208655302741918")
    body = server.sent[0].body
    assert (body["recipient"], body.get("to")) == ("GB.13491208655302741918", None)


async def test_bubbles_go_together_and_the_last_ones_buttons_stand_below(
    whatsapp: WhatsApp, server: FakeWhatsApp
) -> None:
    await say(whatsapp, bubble("Bir."), bubble("İki."), bubble("Üç?", "Evet", "Hayır"))
    (sent,) = server.sent
    assert sent.text == "Bir.\n\nİki.\n\nÜç?"
    assert sent.choices == [("m.0", "Evet"), ("m.1", "Hayır")]


async def test_nothing_goes_below_buttons_pictures_or_a_text_that_is_full(
    whatsapp: WhatsApp, server: FakeWhatsApp
) -> None:
    picture = Picture("https://shop.example/cup.jpg", "a cup")
    await say(
        whatsapp,
        bubble("Seçin", "Evet"),
        bubble("a"),
        bubble("Kupa", picture=picture),
        bubble("b" * 4000),
        bubble("c" * 100),
        bubble("d" * 1000),
        bubble("e" * 100, "Tamam"),
    )
    assert [(sent.kind, sent.text[:1]) for sent in server.sent] == [
        ("interactive", "S"),
        ("text", "a"),
        ("image", "K"),
        ("text", "b"),
        ("text", "c"),
        ("interactive", "e"),
    ]


@pytest.mark.parametrize(
    ("titles", "kind", "shown"),
    [
        (["Evet", "Hayır", "x" * 20], "button", ["Evet", "Hayır", "x" * 20]),
        (["Evet", "x" * 21], "list", ["Evet", "x" * 21]),
        (["1", "2", "3", "4"], "list", ["1", "2", "3", "4"]),
        (["Aynı", "Aynı"], "list", ["Aynı", "Aynı"]),
        ([str(number) for number in range(10)], "list", [str(number) for number in range(10)]),
    ],
)
async def test_buttons_become_replies_or_the_rows_of_a_list(
    whatsapp: WhatsApp, server: FakeWhatsApp, titles: list[str], kind: str, shown: list[str]
) -> None:
    await say(whatsapp, bubble("Hangisi?", *titles))
    (sent,) = server.sent
    assert sent.content["type"] == kind
    assert sent.choices == [(f"m.{number}", title) for number, title in enumerate(shown)]


async def test_long_title_stands_whole_below_its_beginning(
    whatsapp: WhatsApp, server: FakeWhatsApp
) -> None:
    title = "Mavi desenli büyük kupa, 350 ml, kutulu"
    await say(whatsapp, bubble("Hangisi?", title, "Hiçbiri"))
    first, second = server.sent[0].content["action"]["sections"][0]["rows"]
    assert first == {"id": "m.0", "title": "Mavi desenli büyük…", "description": title}
    assert second == {"id": "m.1", "title": "Hiçbiri"}


@pytest.mark.parametrize("titles", [[f"Seçenek {n}" for n in range(11)], ["x" * 73, "y"]])
async def test_menu_that_no_list_can_hold_is_numbered(
    whatsapp: WhatsApp, server: FakeWhatsApp, titles: list[str]
) -> None:
    await say(whatsapp, bubble("Hangisi?", *titles))
    lines = "\n".join(f"{number}. {title}" for number, title in enumerate(titles, 1))
    assert [(sent.kind, sent.text) for sent in server.sent] == [("text", f"Hangisi?\n\n{lines}")]


@pytest.mark.parametrize(
    ("language", "body"), [("tr", "Lütfen birini seçin:"), ("en", "Please choose one:")]
)
async def test_text_too_long_to_stand_above_buttons_goes_before_them(
    whatsapp: WhatsApp, server: FakeWhatsApp, language: str, body: str
) -> None:
    await say(whatsapp, bubble("x" * 1025, "Evet"), language=language)
    assert [(sent.kind, sent.text) for sent in server.sent] == [
        ("text", "x" * 1025),
        ("interactive", body),
    ]


async def test_long_text_is_sent_in_parts(whatsapp: WhatsApp, server: FakeWhatsApp) -> None:
    words = " ".join(f"kelime{number}" for number in range(1500))
    await say(whatsapp, bubble(words))
    assert " ".join(sent.text for sent in server.sent) == words
    assert len(server.sent) > 2


async def test_picture_has_its_text_below_and_its_buttons(
    whatsapp: WhatsApp, server: FakeWhatsApp
) -> None:
    picture = Picture("https://shop.example/cup.jpg", "a cup")
    await say(whatsapp, bubble("Kupa, 149 TL", picture=picture))
    await say(whatsapp, bubble("Kupa, 149 TL", "Al", picture=picture))
    await say(whatsapp, bubble("Kupa", *"12345", picture=picture))
    await say(whatsapp, bubble("k" * 1025, picture=picture))
    image = {"link": "https://shop.example/cup.jpg"}
    assert server.sent[0].content == {**image, "caption": "Kupa, 149 TL"}
    assert server.sent[1].content["header"] == {"type": "image", "image": image}
    assert [sent.kind for sent in server.sent[2:4]] == ["image", "interactive"]
    assert [(sent.kind, sent.text[:1]) for sent in server.sent[4:]] == [
        ("image", ""),
        ("text", "k"),
    ]


@pytest.mark.parametrize(
    ("kind", "wanted"),
    [
        ("image/jpeg", ("image", {"caption": "buyurun"})),
        ("application/pdf", ("document", {"caption": "buyurun", "filename": "fatura.pdf"})),
        ("video/mp4", ("video", {"caption": "buyurun"})),
    ],
)
async def test_file_is_uploaded_and_sent_with_its_text(
    whatsapp: WhatsApp,
    server: FakeWhatsApp,
    tmp_path: Path,
    kind: str,
    wanted: tuple[str, dict[str, str]],
) -> None:
    path = tmp_path / "stored"
    path.write_bytes(b"what is in it")
    await say(whatsapp, bubble("buyurun", files=(StoredFile(path, kind, "fatura.pdf"),)))
    (sent,) = server.sent
    assert server.files[sent.content.pop("id")] == (kind, b"what is in it")
    assert (sent.kind, sent.content) == wanted


async def test_recording_has_no_text_so_that_it_follows(
    whatsapp: WhatsApp, server: FakeWhatsApp, tmp_path: Path
) -> None:
    path = tmp_path / "stored"
    path.write_bytes(b"OggS")
    await say(whatsapp, bubble("buyurun", files=(StoredFile(path, "audio/ogg", "ses.ogg"),)))
    assert [(sent.kind, sent.text) for sent in server.sent] == [("audio", ""), ("text", "buyurun")]


async def test_picture_larger_than_the_platform_takes_is_refused_before_it_is_sent(
    whatsapp: WhatsApp, server: FakeWhatsApp, tmp_path: Path
) -> None:
    path = tmp_path / "stored"
    path.write_bytes(bytes(5 * 1024 * 1024 + 1))
    with pytest.raises(PermanentError) as refused:
        await say(whatsapp, bubble(files=(StoredFile(path, "image/png", "a.png"),)))
    assert refused.value.code == "content_refused"
    assert server.troubles.asked == []


async def test_template_is_sent_by_the_shops_name_for_it_in_the_customers_language(
    server: FakeWhatsApp, client: aiohttp.ClientSession
) -> None:
    server.templates = {"yanit_var": {"tr": "APPROVED", "en": "PAUSED"}}
    whatsapp = connected(server, client, template="yanit_var")
    await say(whatsapp, bubble("Size bir yanıtımız var.", template="reply_waiting"))
    assert server.sent[0].content == {"name": "yanit_var", "language": {"code": "tr"}}
    with pytest.raises(PermanentError, match="template_refused"):
        await say(whatsapp, bubble("A reply.", template="reply_waiting"), language="en")


async def test_shop_without_a_template_hears_so(
    server: FakeWhatsApp, client: aiohttp.ClientSession
) -> None:
    whatsapp = connected(server, client, template=None)
    with pytest.raises(PermanentError, match="template_refused"):
        await say(whatsapp, bubble("A reply.", template="reply_waiting"))
    assert server.troubles.asked == []


# What goes wrong


@pytest.mark.parametrize(
    ("trouble", "kind", "code", "reached"),
    [
        (error(130429), TransientError, "rate_limited", False),
        (error(131056), TransientError, "rate_limited", False),
        (error(4, 403), TransientError, "rate_limited", False),
        (error(80007), TransientError, "rate_limited", False),
        (error(1, 500), TransientError, "platform_failed", True),
        (error(2, 503), TransientError, "platform_failed", False),
        (error(131000), TransientError, "platform_failed", False),
        (error(131047), WindowClosed, "window_closed", False),
        (error(190, 401), PermanentError, "account_refused", False),
        (error(10, 403), PermanentError, "account_refused", False),
        (error(133010), PermanentError, "account_refused", False),
        (error(368, 403), PermanentError, "account_restricted", False),
        (error(131026), PermanentError, "undeliverable", False),
        (error(131051), PermanentError, "content_refused", False),
        (error(132001, 404), PermanentError, "template_refused", False),
        (error(999_999), PermanentError, "status_400", False),
        (status(503), TransientError, "status_503", False),
        (status(502), TransientError, "status_502", True),
        (status(404), PermanentError, "status_404", False),
        (text("<html>", 500, "text/html"), TransientError, "status_500", True),
        (text("[]"), TransientError, "connection_lost", True),
        (hang_up, TransientError, "connection_lost", True),
        (after(hang_up), TransientError, "connection_lost", True),
        (half, TransientError, "connection_lost", True),
    ],
)
async def test_trouble_is_told_as_channels_tell_it(
    whatsapp: WhatsApp,
    server: FakeWhatsApp,
    trouble: Any,
    kind: type[SendError],
    code: str,
    reached: bool,
) -> None:
    server.troubles.come(trouble)
    with pytest.raises(SendError) as raised:
        await say(whatsapp, bubble("Merhaba"))
    found = raised.value
    assert (type(found), found.code) == (kind, code)
    assert getattr(found, "reached", False) is reached


async def test_pair_rate_asks_for_the_time_it_takes(
    whatsapp: WhatsApp, server: FakeWhatsApp
) -> None:
    server.pair_rate = 60
    await say(whatsapp, bubble("1"))
    with pytest.raises(TransientError) as raised:
        await say(whatsapp, bubble("2"))
    assert (raised.value.code, raised.value.retry_after) == ("rate_limited", 6)
    await say(whatsapp, bubble("3"), to="905550000002")


async def test_wait_that_the_platform_asks_for_is_kept(
    whatsapp: WhatsApp, server: FakeWhatsApp
) -> None:
    server.troubles.come(status(429, [("Retry-After", "17")]))
    with pytest.raises(TransientError) as raised:
        await say(whatsapp, bubble("1"))
    assert raised.value.retry_after == 17


async def test_nobody_there_means_not_reached(
    server: FakeWhatsApp, client: aiohttp.ClientSession
) -> None:
    whatsapp = connected(server, client, api="http://127.0.0.1:1/v26.0")
    with pytest.raises(TransientError) as raised:
        await say(whatsapp, bubble("1"))
    assert (raised.value.code, raised.value.reached) == ("connection_lost", False)


async def test_expired_token_refuses_the_account(
    server: FakeWhatsApp, client: aiohttp.ClientSession
) -> None:
    whatsapp = connected(server, client, token="expired")
    with pytest.raises(PermanentError, match="account_refused"):
        await say(whatsapp, bubble("1"))


async def test_upload_whose_answer_is_lost_has_reached_nobody(
    whatsapp: WhatsApp, server: FakeWhatsApp, tmp_path: Path
) -> None:
    path = tmp_path / "stored"
    path.write_bytes(b"%PDF")
    server.troubles.come(after(hang_up))
    with pytest.raises(TransientError) as raised:
        await say(whatsapp, bubble(files=(StoredFile(path, "application/pdf", "a.pdf"),)))
    assert raised.value.reached is False
    assert server.sent == []


# Files of customers


async def test_file_is_fetched_with_our_token(whatsapp: WhatsApp, server: FakeWhatsApp) -> None:
    kept = server.keep(b"x" * 200_000, "image/jpeg")
    pieces = [piece async for piece in whatsapp.fetch(RemoteFile(kept["id"]))]
    assert b"".join(pieces) == b"x" * 200_000


@pytest.mark.parametrize(
    "address",
    ["http://169.254.169.254/latest", "file:///etc/passwd", "http://127.0.0.1:1/", "", None, 7],
)
async def test_our_token_goes_nowhere_else(
    whatsapp: WhatsApp, server: FakeWhatsApp, address: Any
) -> None:
    server.troubles.come(text(orjson.dumps({"url": address})))
    with pytest.raises(PermanentError):
        [piece async for piece in whatsapp.fetch(RemoteFile("1"))]
    assert len(server.troubles.asked) == 1


async def test_file_that_is_gone_is_gone(whatsapp: WhatsApp) -> None:
    with pytest.raises(PermanentError, match="content_refused"):
        [piece async for piece in whatsapp.fetch(RemoteFile("7"))]


async def test_file_whose_store_is_away_is_asked_for_again(
    whatsapp: WhatsApp, server: FakeWhatsApp
) -> None:
    kept = server.keep(b"x", "image/jpeg")
    server.troubles.come(status(503))
    with pytest.raises(TransientError):
        [piece async for piece in whatsapp.fetch(RemoteFile(kept["id"]))]


# Typing and reading


async def test_typing_shows_below_the_customers_last_message(
    whatsapp: WhatsApp, server: FakeWhatsApp
) -> None:
    await whatsapp.typing("905550000001", None)
    assert server.troubles.asked == []
    await whatsapp.typing("905550000001", "wamid.7")
    assert (server.read, server.typing) == (["wamid.7"], ["wamid.7"])


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_what_is_answered_is_marked_as_read_and_what_waits_is_not(
    whatsapp: WhatsApp, server: FakeWhatsApp, make_service: Callable[..., Awaitable[Service]]
) -> None:
    service = await make_service(channels=[whatsapp])
    server.webhook = f"{service.url}/channels/whatsapp/{server.account}"
    phone = server.phone()
    bodies = [server.message(phone, text=words) for words in ("hello", "a person please", "hm?")]

    async def says(number: int) -> str:
        assert await server.call(server.batch((phone, bodies[number]))) == 200
        return str(bodies[number]["id"])

    async def read() -> list[str]:
        return list(server.read)

    first, second = await says(0), await says(1)
    await eventually(read, lambda ids: second in ids)
    third = await says(2)
    agent = await service.new_agent()
    (waiting,) = await eventually(agent.waiting, lambda waiting: len(waiting) == 1)
    assert third not in server.read
    await agent.claim(waiting["id"])
    await agent.write(waiting["id"], "I am here")
    await eventually(read, lambda ids: third in ids)
    assert len(server.read) == len(set(server.read))
    assert set(server.read) <= {first, second, third}
    assert server.typing == []
    await service.stop()


# After 24 hours


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("who_knows", ["we", "the platform"])
async def test_reply_after_a_day_waits_for_the_customer_whom_a_template_asks(
    whatsapp: WhatsApp,
    server: FakeWhatsApp,
    make_service: Callable[..., Awaitable[Service]],
    who_knows: str,
) -> None:
    service = await make_service(channels=[whatsapp], session_hours=168, idle_minutes=10_080)
    server.webhook = f"{service.url}/channels/whatsapp/{server.account}"
    phone = server.phone()
    await server.says(phone, "a person please")
    agent = await service.new_agent()
    (waiting,) = await eventually(agent.waiting, lambda waiting: len(waiting) == 1)
    await agent.claim(waiting["id"])
    joined = "Deniz Yalın has joined the conversation."
    await eventually(lambda: seen(server), lambda texts: joined in "\n".join(texts))
    server.ahead = 25 * 60 * 60
    if who_knows == "we":
        service.clock.forward(hours=25)

    async def deliveries() -> list[str]:
        found = (await agent.conversation(waiting["id"]))["messages"]
        return [one["delivery"]["state"] for one in found if one["author"] == "agent"]

    for words in ("here it is", "and more"):
        await agent.write(waiting["id"], words)
        await eventually(deliveries, lambda states: set(states) == {"parked"})
    await eventually(lambda: seen(server), lambda texts: texts[-1] == "reply_waiting")
    before = len(server.sent)
    await server.says(phone, "yes?")
    await eventually(deliveries, lambda states: set(states) == {"sent"})
    assert [sent.text for sent in server.sent[before:]] == ["here it is\n\nand more"]
    assert [sent.kind for sent in server.sent].count("template") == 1
    await service.stop()


async def seen(server: FakeWhatsApp) -> list[str]:
    return [sent.text for sent in server.sent]


# Setting up


ADDRESS = "https://chat.shop.example/channels/whatsapp/106540352242922"


async def test_account_that_works_is_said_to(whatsapp: WhatsApp, server: FakeWhatsApp) -> None:
    server.webhook = ADDRESS
    checks = await whatsapp.examine(ADDRESS, datetime.now(UTC))
    assert [(check.subject, check.ok) for check in checks] == [
        ("token", True),
        ("number", True),
        ("webhook", True),
        ("account", True),
        ("template", True),
        ("clock", True),
    ]
    told = " ".join(check.state for check in checks)
    assert "+15550783881, Lale" in told
    assert "messages and smb_message_echoes" in told
    assert server.token not in told
    assert server.app_secret not in told


async def amiss(whatsapp: WhatsApp, now: datetime | None = None) -> dict[str, str]:
    """Return what is not in order, with its fix."""
    checks = await whatsapp.examine(ADDRESS, now or datetime.now(UTC))
    return {check.subject: f"{check.state} → {check.fix}" for check in checks if not check.ok}


async def test_what_is_wrong_with_an_account_is_named(
    whatsapp: WhatsApp, server: FakeWhatsApp
) -> None:
    assert (
        "calls nobody → .venv/bin/python -m handoff set-webhook"
        in (await amiss(whatsapp))["webhook"]
    )
    server.webhook = "https://elsewhere.example/"
    assert "https://elsewhere.example/" in (await amiss(whatsapp))["webhook"]
    server.webhook, server.fields = ADDRESS, ["account_update"]
    assert "not for messages" in (await amiss(whatsapp))["webhook"]
    server.fields, server.on_app = ["messages"], True
    found = (await amiss(whatsapp))["webhook"]
    assert "not set for smb_message_echoes" in found
    assert "WhatsApp → Configuration" in found
    server.on_app, server.tells_app = None, False
    assert "does not tell the app" in (await amiss(whatsapp))["account"]
    server.tells_app, server.templates = True, {"reply_waiting": {"tr": "PENDING"}}
    wrong = (await amiss(whatsapp))["template"]
    assert "reply_waiting is not approved in tr: pending, en: not there" in wrong
    server.templates["reply_waiting"] = {"tr": "APPROVED", "en": "APPROVED"}
    server.scopes = ["whatsapp_business_messaging"]
    found = await amiss(whatsapp)
    assert "lacks whatsapp_business_management" in found["token"]
    assert "cannot be told" in found["account"]
    server.scopes.append("whatsapp_business_management")
    server.expires_at = int(server.now()) + 3 * 24 * 60 * 60 + 60
    assert "3 days" in (await amiss(whatsapp))["token"]
    server.expires_at = 0
    assert (
        "seconds ahead of"
        in (await amiss(whatsapp, datetime.now(UTC) + timedelta(minutes=5)))["clock"]
    )
    assert await amiss(whatsapp) == {}


@pytest.mark.parametrize(
    ("given", "subject", "fix"),
    [
        ({"token": "expired"}, "token", "DEVIR_WHATSAPP_TOKEN"),
        ({"api": "http://127.0.0.1:1"}, "token", "let this machine reach http://127.0.0.1:1"),
        ({"account": "999"}, "number", "DEVIR_WHATSAPP_PHONE_ID"),
        ({"app_secret": "of another app"}, "app secret", "DEVIR_WHATSAPP_APP_SECRET"),
        ({"template": None}, "template", "docs/channels.md"),
    ],
)
async def test_setting_that_is_wrong_is_named(
    server: FakeWhatsApp,
    client: aiohttp.ClientSession,
    given: dict[str, Any],
    subject: str,
    fix: str,
) -> None:
    server.webhook = ADDRESS
    found = await amiss(connected(server, client, **given))
    assert list(found) == [subject]
    assert fix in found[subject]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_webhook_is_set_and_greeted(
    whatsapp: WhatsApp,
    server: FakeWhatsApp,
    client: aiohttp.ClientSession,
    make_service: Callable[..., Awaitable[Service]],
) -> None:
    service = await make_service(channels=[whatsapp])
    address = f"{service.url}/channels/whatsapp/{server.account}"
    server.tells_app, server.fields = False, []
    assert await whatsapp.introduce(address) == f"Meta calls {address} from now on"
    both = ["messages", "smb_message_echoes"]
    assert (server.webhook, server.fields, server.tells_app) == (address, both, True)
    server.may_echo = False
    assert "but does not tell smb_message_echoes" in await whatsapp.introduce(address)
    assert server.fields == ["messages"]
    other = connected(server, client, verify_token="of another service")
    with pytest.raises(PermanentError):
        await other.introduce(address)
