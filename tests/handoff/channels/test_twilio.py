"""What is particular to WhatsApp through Twilio; what platforms share: test_contract.py."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest

from handoff.channels.base import (
    Call,
    Channel,
    Malformed,
    Outgoing,
    OutgoingButton,
    PermanentError,
    Picture,
    Reachability,
    Received,
    RemoteFile,
    Report,
    StoredFile,
    TransientError,
    Unreachable,
    Unverified,
    Webhook,
)
from handoff.channels.lending import Lender
from handoff.channels.twilio import Twilio, sign
from handoff.channels.twilio_api import Credentials
from handoff.conversation import Author
from handoff.ledger import State
from tests.fakes.trouble import after, hang_up, status, text
from tests.fakes.twilio import CREDENTIALS, TEMPLATE, FakeTwilio
from tests.handoff.conftest import Service, eventually

PHONE = "905550000001"
CALLBACK = "https://chat.shop.example/channels/twilio/14155238886"


@pytest.fixture
async def server() -> AsyncIterator[FakeTwilio]:
    running = FakeTwilio()
    running.reports = ()
    await running.start()
    yield running
    await running.stop()


@pytest.fixture
async def channel(server: FakeTwilio) -> AsyncIterator[Twilio]:
    async with aiohttp.ClientSession() as client:
        yield Twilio(client, CREDENTIALS, callback=CALLBACK, template=TEMPLATE, api=server.url)


def webhook(
    form: dict[str, str], *, url: str = CALLBACK, signed: str | None = None, **headers: str
) -> Webhook:
    """A call of Twilio, rightly signed unless `signed` is another signature."""
    fields = list(form.items())
    signature = sign(CREDENTIALS.token, url, fields) if signed is None else signed
    query = dict(part.split("=") for part in url.partition("?")[2].split("&") if part)
    return Webhook(
        "POST", url, query, {"x-twilio-signature": signature}, urlencode(fields).encode()
    )


def outgoing(text: str | None, *titles: str, **more: Any) -> Outgoing:
    buttons = tuple(OutgoingButton(f"id.{number}", name) for number, name in enumerate(titles))
    return Outgoing(Author.BOT, text, buttons, **more)


def a_call(*messages: Outgoing, part: int = 0, to: str = "whatsapp:+905550000001") -> Call:
    return Call("call-1", to, "tr", messages, part)


def received(channel: Channel, form: dict[str, str]) -> Received:
    (event,) = channel.parse(webhook(form))
    assert isinstance(event, Received)
    return event


# Signatures


def test_signature_is_that_of_the_example_in_twilios_documentation() -> None:
    fields = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+12349013030",
        "Digits": "1234",
        "From": "+12349013030",
        "To": "+18005551212",
    }
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert sign("12345", url, list(fields.items())) == "0/KCTR6DLpKmkAf8muzZqo1nDgQ="


async def test_rightly_signed_call_is_verified_and_fields_nobody_knows_yet_belong_to_it(
    channel: Twilio, server: FakeTwilio
) -> None:
    channel.verify(webhook(server.message(PHONE, "merhaba çok şükür 👍", NewField="")))


@pytest.mark.parametrize("signed", ["", "a", "ğ", sign("another token", CALLBACK, [])])
async def test_wrongly_signed_call_is_refused(
    channel: Twilio, server: FakeTwilio, signed: str
) -> None:
    with pytest.raises(Unverified):
        channel.verify(webhook(server.message(PHONE, "hello"), signed=signed))


async def test_what_was_signed_for_another_address_or_other_fields_is_refused(
    channel: Twilio, server: FakeTwilio
) -> None:
    form = server.message(PHONE, "hello")
    elsewhere = sign(CREDENTIALS.token, "https://other.example/", list(form.items()))
    with pytest.raises(Unverified):
        channel.verify(webhook(form, signed=elsewhere))
    right = sign(CREDENTIALS.token, CALLBACK, list(form.items()))
    with pytest.raises(Unverified):
        channel.verify(webhook({**form, "Body": "goodbye"}, signed=right))


@pytest.mark.parametrize("body", [b"\xff\xfe", b"%ff=%", b"", b"a=1&" * 1000, b'{"a": 1}'])
async def test_body_that_is_no_form_of_twilios_is_refused(channel: Twilio, body: bytes) -> None:
    with pytest.raises(Unverified):
        channel.verify(Webhook("POST", CALLBACK, {}, {"x-twilio-signature": "a"}, body))


@pytest.mark.parametrize(
    "signed_for",
    [
        "https://chat.shop.example:443/channels/twilio/1?call=a%20b",
        "https://chat.shop.example/channels/twilio/1?call=a%20b",
        "https://chat.shop.example/channels/twilio/1?call=a%20b#rc=5&rp=all",
        "https://chat.shop.example:8443/channels/twilio/1?call=a%20b",
    ],
)
async def test_port_and_fragment_may_have_been_signed_or_not(
    channel: Twilio, server: FakeTwilio, signed_for: str
) -> None:
    form = server.message(PHONE, "hello")
    signature = sign(CREDENTIALS.token, signed_for, list(form.items()))
    url = "https://chat.shop.example:8443/channels/twilio/1?call=a%20b"
    channel.verify(webhook(form, url=url, signed=signature))


# In


async def test_message_names_its_sender_by_number_and_is_answered_there(
    channel: Twilio, server: FakeTwilio
) -> None:
    server.person(PHONE, "Elif Aydın")
    form = server.message(PHONE, "kargom nerede")
    event = received(channel, form)
    assert event.external_id == form["MessageSid"]
    assert event.sender.identities == (("phone", "+905550000001"),)
    assert event.sender.name == "Elif Aydın"
    assert (event.address, event.text) == ("whatsapp:+905550000001", "kargom nerede")


async def test_customer_who_hides_the_number_is_known_by_their_id(
    channel: Twilio, server: FakeTwilio
) -> None:
    form = server.message(PHONE, "hello", ExternalUserId="TR.4711")
    assert received(channel, form).sender.identities == (
        ("user", "TR.4711"),
        ("phone", "+905550000001"),
    )
    hidden = received(channel, {**form, "From": "whatsapp:TR.4711", "WaId": ""})
    assert hidden.sender.identities == (("user", "TR.4711"),)
    assert hidden.address == "whatsapp:TR.4711"


async def test_file_comes_with_the_text_below_it(channel: Twilio, server: FakeTwilio) -> None:
    event = received(channel, server.photo(PHONE, b"\xff\xd8", text="kırık geldi"))
    (file,) = event.files
    assert (file.type, event.text, event.unsupported) == ("image/jpeg", "kırık geldi", None)
    assert received(channel, server.photo(PHONE, b"\xff\xd8")).text is None


async def test_file_is_fetched_with_our_token_and_its_store_is_not_shown_it(
    channel: Twilio, server: FakeTwilio
) -> None:
    content = bytes(range(256)) * 1000
    (file,) = received(channel, server.photo(PHONE, content)).files
    assert b"".join([piece async for piece in channel.fetch(file)]) == content


async def test_file_is_fetched_from_twilio_alone(channel: Twilio, server: FakeTwilio) -> None:
    for elsewhere in ("https://evil.example/a", "file:///etc/passwd", "http://127.0.0.1:1/a"):
        with pytest.raises(PermanentError):
            await anext(channel.fetch(RemoteFile(elsewhere)))


async def test_file_that_is_gone_is_given_up_and_one_that_cannot_be_had_now_is_not(
    channel: Twilio, server: FakeTwilio
) -> None:
    (file,) = received(channel, server.photo(PHONE, b"abc")).files
    with pytest.raises(PermanentError):
        await anext(channel.fetch(RemoteFile(f"{file.reference}0")))
    for trouble in (status(503), hang_up):
        server.troubles.come(trouble, trouble)  # a file is asked for again at once
        with pytest.raises(TransientError):
            await anext(channel.fetch(file))


async def test_location_becomes_words_and_a_map(channel: Twilio, server: FakeTwilio) -> None:
    form = server.message(
        PHONE,
        MessageType="location",
        Latitude="41.0082",
        Longitude="28.9784",
        Label="Kadıköy İskelesi",
    )
    text = received(channel, form).text
    assert text is not None
    assert text.startswith("Kadıköy İskelesi\n📍 https://www.openstreetmap.org/?mlat=41.008200")


@pytest.mark.parametrize("place", [("", "28"), ("nan", "28"), ("91", "0"), ("x", "y")])
async def test_place_that_is_none_is_unsupported(
    channel: Twilio, server: FakeTwilio, place: tuple[str, str]
) -> None:
    form = server.message(PHONE, MessageType="location", Latitude=place[0], Longitude=place[1])
    assert received(channel, form).unsupported == "location"


async def test_visiting_card_is_unsupported_and_so_is_what_nobody_knows(
    channel: Twilio, server: FakeTwilio
) -> None:
    card = server.photo(PHONE, b"BEGIN:VCARD", kind="text/vcard")
    assert (received(channel, card).unsupported, received(channel, card).files) == ("contact", ())
    strange = server.message(PHONE, MessageType="hologram")
    assert received(channel, strange).unsupported == "hologram"


async def test_pressed_button_of_a_template_is_its_title(
    channel: Twilio, server: FakeTwilio
) -> None:
    form = server.message(PHONE, MessageType="button", ButtonText="Show me", ButtonPayload="x")
    assert received(channel, form).text == "Show me"


@pytest.mark.parametrize(
    "change", [{"MessageSid": "", "SmsSid": ""}, {"From": ""}, {"To": "whatsapp:+1"}]
)
async def test_message_that_names_no_sender_or_is_for_another_number_cannot_be_read(
    channel: Twilio, server: FakeTwilio, change: dict[str, str]
) -> None:
    with pytest.raises(Malformed):
        channel.parse(webhook({**server.message(PHONE, "hello"), **change}))


# Reports


@pytest.mark.parametrize(
    ("told", "state"),
    [
        ("queued", State.SENT),
        ("sent", State.SENT),
        ("delivered", State.DELIVERED),
        ("read", State.READ),
    ],
)
async def test_report_tells_of_which_call_it_is(channel: Twilio, told: str, state: State) -> None:
    form = {"MessageSid": "SM1", "MessageStatus": told, "To": "whatsapp:+905550000001"}
    call = webhook(form, url=f"{CALLBACK}?call=call-1")
    channel.verify(call)
    assert channel.parse(call) == [Report("SM1", state, "call-1")]


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("63016", "window_closed"),
        ("63018", "rate_limited"),
        ("63019", "content_refused"),
        ("99999", "platform_failed"),
        ("", "platform_failed"),
    ],
)
async def test_failure_is_told_with_our_name_of_its_code(
    channel: Twilio, code: str, name: str
) -> None:
    form = {"MessageSid": "SM1", "MessageStatus": "undelivered", "ErrorCode": code}
    assert channel.parse(webhook(form)) == [Report("SM1", State.FAILED, None, name)]


@pytest.mark.parametrize("code", ["63003", "63014", "21610"])
async def test_customer_who_cannot_be_reached_is_told_beside_the_failure(
    channel: Twilio, code: str
) -> None:
    to = "whatsapp:+905550000001"
    form = {"MessageSid": "SM1", "MessageStatus": "failed", "ErrorCode": code, "To": to}
    report, gone = channel.parse(webhook(form))
    assert report == Report("SM1", State.FAILED, None, "blocked")
    assert isinstance(gone, Reachability)
    assert gone.sender.identities == (("phone", "+905550000001"),)
    assert not gone.reachable


async def test_status_that_nobody_knows_yet_changes_nothing(channel: Twilio) -> None:
    assert channel.parse(webhook({"MessageSid": "SM1", "MessageStatus": "teleported"})) == []


# Out


async def test_message_is_sent_and_its_reports_are_asked_for_with_the_calls_id(
    channel: Twilio, server: FakeTwilio
) -> None:
    sid = await channel.send(a_call(outgoing("Merhaba")))
    (sent,) = server.sent
    assert (sent.sid, sent.text, sent.form["To"]) == (sid, "Merhaba", "whatsapp:+905550000001")
    assert sent.form["StatusCallback"] == f"{CALLBACK}?call=call-1#rc=5&rp=all"


async def test_buttons_become_a_numbered_list(channel: Twilio, server: FakeTwilio) -> None:
    await channel.send(a_call(outgoing("Which one?", "Track", "Return")))
    assert server.sent[0].text == "Which one?\n\n1. Track\n2. Return"


async def test_bubbles_go_together_up_to_one_with_buttons_and_as_far_as_they_fit(
    channel: Twilio, server: FakeTwilio
) -> None:
    hello, menu = outgoing("Hello"), outgoing("Which one?", "Track")
    assert channel.together([hello, hello, menu, hello]) == 3
    assert channel.together([hello, outgoing("x" * 1600)]) == 1
    assert channel.together([hello, outgoing(None, template="reply_waiting")]) == 1
    assert channel.together([outgoing("See", picture=Picture("https://a/b", "")), hello]) == 1
    await channel.send(a_call(hello, menu))
    assert server.sent[0].text == "Hello\n\nWhich one?\n\n1. Track"


async def test_long_text_takes_several_calls(channel: Twilio, server: FakeTwilio) -> None:
    message = outgoing("word " * 700)
    assert channel.parts(message) == 3
    for part in range(3):
        await channel.send(a_call(message, part=part))
    assert " ".join(sent.text for sent in server.sent).split() == ["word"] * 700


async def test_picture_is_sent_by_its_address_if_twilio_can_reach_it(
    channel: Twilio, server: FakeTwilio
) -> None:
    await channel.send(a_call(outgoing("Mug", picture=Picture("https://shop.example/m.png", "m"))))
    await channel.send(a_call(outgoing("Mug", picture=Picture("http://127.0.0.1/m.png", "m"))))
    assert server.sent[0].form["MediaUrl"] == "https://shop.example/m.png"
    assert "MediaUrl" not in server.sent[1].form


async def test_file_follows_the_text_by_an_address_that_is_signed(
    channel: Twilio, server: FakeTwilio
) -> None:
    file = StoredFile(Path("/media/aa") / ("a" * 64), "application/pdf", "fatura.pdf")
    message = outgoing("Your invoice", files=(file,))
    assert channel.parts(message) == 2
    for part in range(2):
        await channel.send(a_call(message, part=part))
    text_, lent = server.sent
    assert (text_.text, "MediaUrl" in text_.form) == ("Your invoice", False)
    address = lent.form["MediaUrl"]
    assert address.startswith(f"{CALLBACK}/files/")
    assert channel.lent(address.split("/")[-2], datetime.now(UTC)) == "a" * 64
    assert channel.parts(outgoing(None, files=(file, file))) == 2


async def test_template_is_sent_by_its_sid_with_no_text_beside_it(
    channel: Twilio, server: FakeTwilio
) -> None:
    await channel.send(a_call(outgoing("We have a reply.", template="reply_waiting")))
    assert server.sent[0].form["ContentSid"] == TEMPLATE
    assert "Body" not in server.sent[0].form


async def test_without_a_template_none_can_be_sent(server: FakeTwilio) -> None:
    async with aiohttp.ClientSession() as client:
        channel = Twilio(client, CREDENTIALS, callback=CALLBACK, api=server.url)
        with pytest.raises(PermanentError) as failed:
            await channel.send(a_call(outgoing("We have a reply.", template="reply_waiting")))
    assert failed.value.code == "template_refused"
    assert not server.sent


@pytest.mark.parametrize(
    ("http_status", "code", "name", "kind"),
    [
        (401, 20003, "account_refused", PermanentError),
        (400, 21211, "blocked", Unreachable),
        (400, 21617, "content_refused", PermanentError),
        (400, 63016, "window_closed", PermanentError),
        (429, 20429, "rate_limited", TransientError),
        (429, 0, "status_429", TransientError),
        (503, 0, "status_503", TransientError),
        (418, 0, "status_418", PermanentError),
        (302, 0, "status_302", PermanentError),
    ],
)
async def test_refusal_is_told_with_our_name_of_its_code(
    channel: Twilio,
    server: FakeTwilio,
    http_status: int,
    code: int,
    name: str,
    kind: type[Exception],
) -> None:
    server.troubles.come(text(f'{{"code": {code}, "status": {http_status}}}', http_status))
    with pytest.raises(kind) as failed:
        await channel.send(a_call(outgoing("hello")))
    assert getattr(failed.value, "code", None) == name


async def test_token_that_is_not_good_any_more_is_the_accounts_trouble(
    server: FakeTwilio,
) -> None:
    expired = Credentials(CREDENTIALS.account, "an old token", CREDENTIALS.number)
    async with aiohttp.ClientSession() as client:
        channel = Twilio(client, expired, callback=CALLBACK, api=server.url)
        with pytest.raises(PermanentError) as failed:
            await channel.send(a_call(outgoing("hello")))
    assert failed.value.code == "account_refused"


async def test_wish_to_wait_is_told(channel: Twilio, server: FakeTwilio) -> None:
    server.troubles.come(status(429, [("Retry-After", "7")]))
    with pytest.raises(TransientError) as failed:
        await channel.send(a_call(outgoing("hello")))
    assert failed.value.retry_after == 7
    assert not failed.value.reached


@pytest.mark.parametrize("lost", [hang_up, status(502)])
async def test_message_whose_answer_is_lost_may_have_reached_the_platform(
    channel: Twilio, server: FakeTwilio, lost: Any
) -> None:
    server.troubles.come(after(lost))
    with pytest.raises(TransientError) as failed:
        await channel.send(a_call(outgoing("hello")))
    assert failed.value.reached
    assert [sent.text for sent in server.sent] == ["hello"]


async def test_answer_that_cannot_be_read_is_one_nevertheless(
    channel: Twilio, server: FakeTwilio
) -> None:
    server.troubles.come(text("<html>", 201))
    assert await channel.send(a_call(outgoing("hello"))) is None


async def test_platform_that_is_not_there_has_not_had_the_message() -> None:
    async with aiohttp.ClientSession() as client:
        channel = Twilio(client, CREDENTIALS, callback=CALLBACK, api="http://127.0.0.1:1")
        with pytest.raises(TransientError) as failed:
            await channel.send(a_call(outgoing("hello")))
    assert (failed.value.code, failed.value.reached) == ("connection_lost", False)


# Setting up

AGAIN = ".venv/bin/python -m handoff set-webhook"


async def test_account_in_order_is_said_to_be_and_nothing_secret_is_told(
    channel: Twilio, server: FakeTwilio
) -> None:
    await channel.introduce(CALLBACK)
    checks = await channel.examine(CALLBACK, datetime.now(UTC))
    assert [(check.subject, check.ok) for check in checks] == [
        ("token", True),
        ("sender", True),
        ("template", True),
        ("clock", True),
    ]
    assert CREDENTIALS.token not in str(checks)


async def amiss(channel: Twilio, now: datetime | None = None) -> dict[str, str]:
    """Return what is not in order, with its fix."""
    checks = await channel.examine(CALLBACK, now or datetime.now(UTC))
    return {check.subject: f"{check.state} → {check.fix}" for check in checks if not check.ok}


async def test_sender_is_told_where_the_service_is_and_to_call_again(
    channel: Twilio, server: FakeTwilio
) -> None:
    assert "calls nobody" in (await amiss(channel))["sender"]
    assert CALLBACK in await channel.introduce(CALLBACK)
    assert server.sender == {"status": "ONLINE", "callback_url": f"{CALLBACK}#rc=5&rp=all"}
    assert await amiss(channel) == {}


async def test_sender_of_the_sandbox_is_set_by_hand(channel: Twilio, server: FakeTwilio) -> None:
    server.sender = None
    assert "console" in await channel.introduce(CALLBACK)
    assert "none of the account's senders" in (await amiss(channel))["sender"]


async def test_what_is_wrong_with_an_account_is_named(channel: Twilio, server: FakeTwilio) -> None:
    await channel.introduce(CALLBACK)
    assert server.sender is not None
    server.sender["callback_url"] = "https://elsewhere.example/"
    assert (await amiss(channel))["sender"] == (
        f"Twilio calls https://elsewhere.example/ instead → {AGAIN}"
    )
    server.sender["callback_url"] = CALLBACK
    assert (await amiss(channel))["sender"] == (
        f"Twilio calls the service, but only once → {AGAIN}"
    )
    server.sender["status"] = "OFFLINE"
    assert "is offline" in (await amiss(channel))["sender"]
    server.approval = "pending"
    assert "reply_waiting: pending" in (await amiss(channel))["template"]
    server.template = "HX-another"
    assert "cannot be read" in (await amiss(channel))["template"]
    server.status = "suspended"
    assert "the account is suspended" in (await amiss(channel))["token"]
    ahead = datetime.now(UTC) + timedelta(minutes=10)
    assert "ahead of the platform's" in (await amiss(channel, ahead))["clock"]


@pytest.mark.parametrize("trouble", [status(401), text('{"code": 20003}', 401)])
async def test_token_that_is_refused_is_named_with_its_fix(
    channel: Twilio, server: FakeTwilio, trouble: Any
) -> None:
    server.troubles.come(trouble)
    (check,) = await channel.examine(CALLBACK, datetime.now(UTC))
    assert (check.subject, check.state, check.ok) == ("token", "refused", False)
    assert "DEVIR_TWILIO_TOKEN" in check.fix


async def test_twilio_that_cannot_be_reached_is_no_fault_of_the_account(
    channel: Twilio, server: FakeTwilio
) -> None:
    server.troubles.come(status(503))
    (check,) = await channel.examine(CALLBACK, datetime.now(UTC))
    assert "cannot be tried" in check.state
    assert server.url in check.fix


async def test_without_a_template_the_doctor_says_what_that_means(server: FakeTwilio) -> None:
    async with aiohttp.ClientSession() as client:
        channel = Twilio(client, CREDENTIALS, callback=CALLBACK, api=server.url)
        await channel.introduce(CALLBACK)
        assert "24 hours" in (await amiss(channel))["template"]


# Files that Twilio fetches from us


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_nothing_is_lent_that_was_not_signed(
    make_service: Callable[..., Awaitable[Service]], server: FakeTwilio
) -> None:
    service = await make_service(
        twilio_account=CREDENTIALS.account,
        twilio_token=CREDENTIALS.token,
        twilio_number=f"+{CREDENTIALS.number}",
        twilio_api=server.url,
    )
    place = f"{service.url}/channels/twilio/{CREDENTIALS.number}/files"
    gone = Lender(place.removesuffix("/files"), CREDENTIALS.token).lend(
        StoredFile(Path("/media/aa") / ("a" * 64), "image/png", "a.png"), datetime.now(UTC)
    )
    for address in (f"{place}/{'a' * 64}.9999999999.{'0' * 32}/a.png", f"{place}/x/y", gone):
        async with service.http.get(address) as response:
            assert response.status == 404


# What Twilio could not bring


Made = Callable[..., Awaitable[Service]]


@pytest.fixture
async def service(make_service: Made, server: FakeTwilio) -> Service:
    made = await make_service(
        twilio_account=CREDENTIALS.account,
        twilio_token=CREDENTIALS.token,
        twilio_number=f"+{CREDENTIALS.number}",
        twilio_api=server.url,
    )
    server.webhook = f"{made.url}/channels/twilio/{CREDENTIALS.number}"
    return made


async def heard(server: FakeTwilio) -> list[str]:
    return [shown.text for shown in server.person(PHONE).heard]


async def said(service: Service) -> list[str]:
    """Return what the only customer has written, as agents see it."""
    agent = await service.new_agent()
    (one,) = (await agent.get("/conversations?view=all"))["conversations"]
    seen = (await agent.conversation(one["id"]))["messages"]
    return [entry["text"] for entry in seen if entry["author"] == "customer"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_what_was_written_while_the_service_was_down_is_taken_once_and_in_order(
    service: Service, server: FakeTwilio
) -> None:
    assert await server.says(PHONE, "hello") == 200
    await eventually(lambda: heard(server), lambda texts: texts == ["You said: hello"])
    await service.stop()
    for number in range(3):
        server.message(PHONE, f"are you there {number}")
    late = server.message(PHONE, "the last one")
    await service.start()
    await eventually(lambda: heard(server), lambda texts: "the last one" in "".join(texts))
    assert await server.tell(late) == 200
    assert await said(service) == [
        "hello",
        *(f"are you there {n}" for n in range(3)),
        "the last one",
    ]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_what_was_written_before_the_service_ever_heard_anything_is_not_taken(
    service: Service, server: FakeTwilio
) -> None:
    await service.stop()
    server.message(PHONE, "to somebody else")
    await service.start()
    await server.says(PHONE, "hello")
    await eventually(lambda: heard(server), lambda texts: texts == ["You said: hello"])
    assert await said(service) == ["hello"]


async def test_log_is_read_page_by_page_back_to_the_time_asked_for(
    channel: Twilio, server: FakeTwilio
) -> None:
    now = datetime.now(UTC)
    for number in range(250):
        server.message(PHONE, str(number))
        server.heard[-1] = now - timedelta(minutes=250 - number), server.heard[-1][1]
    since = now - timedelta(minutes=150, seconds=30)
    events = await channel.missed(since)
    assert [event.text for event in events if isinstance(event, Received)] == [
        str(number) for number in range(100, 250)
    ]
    assert all(event.sent_at >= since for event in events)  # type: ignore[union-attr, operator]


async def test_file_in_the_log_is_fetched_like_any_other(
    channel: Twilio, server: FakeTwilio
) -> None:
    server.photo(PHONE, b"abc", text="kırık geldi")
    (event,) = await channel.missed(datetime.now(UTC) - timedelta(minutes=1))
    assert isinstance(event, Received)
    (file,) = event.files
    assert (event.text, file.type) == ("kırık geldi", "image/jpeg")
    assert b"".join([piece async for piece in channel.fetch(file)]) == b"abc"


@pytest.mark.parametrize("trouble", [status(503), text("{}"), text("<html>")])
async def test_log_that_cannot_be_read_is_told(
    channel: Twilio, server: FakeTwilio, trouble: Any
) -> None:
    server.troubles.come(trouble)
    with pytest.raises(TransientError):
        await channel.missed(datetime.now(UTC))
