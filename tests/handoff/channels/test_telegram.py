"""What only Telegram has; what every platform has is in test_contract.py."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import orjson
import pytest

from handoff.__main__ import main
from handoff.bot import Answer
from handoff.channels.base import (
    Call,
    Outgoing,
    OutgoingButton,
    PermanentError,
    Picture,
    Reachability,
    Received,
    RemoteFile,
    StoredFile,
    TransientError,
    Unreachable,
    Unverified,
    Webhook,
)
from handoff.channels.telegram import Telegram
from handoff.channels.telegram_updates import events_of
from handoff.conversation import Author
from handoff.store.rows import Turn
from tests.fakes.telegram import SECRET, TOKEN, FakeTelegram
from tests.fakes.trouble import flood, hang_up, status, text
from tests.handoff.channels.rigs import TelegramRig
from tests.handoff.conftest import Service, eventually
from tests.handoff.logbook import captured

MakeService = Callable[..., Awaitable[Service]]

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
on_telegram = pytest.mark.parametrize("rig", [TelegramRig], indirect=True)

NOW = datetime(2026, 11, 22, 8, 15, 30, tzinfo=UTC)


# What an update means


def message(**content: Any) -> dict[str, Any]:
    frame = {
        "message_id": 7,
        "date": int(NOW.timestamp()),
        "from": {"id": 42, "is_bot": False, "first_name": "Elif", "language_code": "tr"},
        "chat": {"id": 42, "type": "private", "first_name": "Elif"},
    }
    return {"update_id": 1000, "message": {**frame, **content}}


def received(**content: Any) -> Received:
    (event,) = events_of(message(**content))
    assert isinstance(event, Received)
    return event


def test_text_comes_with_who_wrote_it_where_and_when() -> None:
    found = received(text="kargom nerede")
    assert (found.text, found.external_id, found.address) == ("kargom nerede", "42.7", "42")
    assert found.sent_at == NOW
    assert found.sender.identities == (("user", "42"),)
    assert (found.sender.name, found.sender.language) == ("Elif", "tr")


@pytest.mark.parametrize(
    ("code", "language"), [("tr", "tr"), ("tr-TR", "tr"), ("en", "en"), ("de", "en"), (None, None)]
)
def test_language_is_that_of_the_client(code: str | None, language: str | None) -> None:
    user = {"id": 42, "is_bot": False, "first_name": "Ada", "last_name": "Lovelace"}
    found = received(text="hello", **{"from": {**user, "language_code": code}})
    assert (found.sender.language, found.sender.name) == (language, "Ada Lovelace")


@pytest.mark.parametrize("command", ["/start", "/start order-10482"])
def test_pressing_start_is_a_greeting(command: str) -> None:
    assert received(text=command).text == "Merhaba"
    assert received(text=f"{command[1:]}").text == command[1:]


def test_of_a_photo_the_largest_size_is_fetched_and_its_caption_kept() -> None:
    sizes = [
        {"file_id": "small", "file_size": 900, "width": 90, "height": 60},
        {"file_id": "large", "file_size": 90_000, "width": 1280, "height": 853},
    ]
    found = received(photo=sizes, caption="broken")
    assert found.files == (RemoteFile("large", "image/jpeg", None, 90_000),)
    assert (found.text, found.unsupported) == ("broken", None)


@pytest.mark.parametrize(
    ("content", "file"),
    [
        (
            {
                "document": {
                    "file_id": "d",
                    "file_name": "fatura.pdf",
                    "mime_type": "application/pdf",
                    "file_size": 12,
                }
            },
            RemoteFile("d", "application/pdf", "fatura.pdf", 12),
        ),
        ({"voice": {"file_id": "v", "duration": 3}}, RemoteFile("v", "audio/ogg")),
        (
            {"voice": {"file_id": "v", "mime_type": "audio/ogg", "file_size": 9}},
            RemoteFile("v", "audio/ogg", None, 9),
        ),
        ({"audio": {"file_id": "a", "title": "x"}}, RemoteFile("a", "audio/mpeg")),
        ({"video": {"file_id": "m"}}, RemoteFile("m", "video/mp4")),
        ({"video_note": {"file_id": "n"}}, RemoteFile("n", "video/mp4")),
        (
            {"animation": {"file_id": "g"}, "document": {"file_id": "g", "mime_type": "video/mp4"}},
            RemoteFile("g", "video/mp4"),
        ),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_files_are_named_with_what_is_claimed_of_them(
    content: dict[str, Any], file: RemoteFile
) -> None:
    found = received(**content)
    assert (found.files, found.text, found.unsupported) == ((file,), None, None)


def test_place_is_a_link_to_a_map() -> None:
    where = {"latitude": 41.008238, "longitude": 28.978359}
    link = (
        "📍 https://www.openstreetmap.org/?mlat=41.008238&mlon=28.978359#map=17/41.008238/28.978359"
    )
    assert received(location=where).text == link
    venue = {"location": where, "title": "Kafe", "address": "Sultanahmet 1"}
    assert received(location=where, venue=venue).text == f"Kafe\nSultanahmet 1\n{link}"


def test_visiting_card_is_a_name_and_a_number() -> None:
    card = {"phone_number": "+905550000000", "first_name": "Elif", "last_name": "Aydın"}
    assert received(contact=card).text == "Elif Aydın, +905550000000"


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ({"sticker": {"file_id": "s", "emoji": "👍"}}, "sticker"),
        ({"poll": {"id": "1", "question": "?"}}, "poll"),
        ({"dice": {"emoji": "🎲", "value": 3}}, "dice"),
        ({"hologram": {"of": "the future"}}, "message"),
        ({}, "message"),
    ],
)
def test_what_there_is_no_place_for_is_named(content: dict[str, Any], kind: str) -> None:
    found = received(**content)
    assert (found.text, found.files, found.unsupported) == (None, (), kind)


def test_edit_names_the_message_that_it_changes() -> None:
    update = message(text="10483", edit_date=int(NOW.timestamp()) + 60)
    (event,) = events_of({"update_id": 1001, "edited_message": update["message"]})
    assert isinstance(event, Received)
    assert (event.edits, event.external_id, event.text) == ("42.7", "42.7.1001", "10483")
    assert event.sent_at == NOW + timedelta(seconds=60)


@pytest.mark.parametrize(
    "update",
    [
        message(text="hello", chat={"id": -100, "type": "supergroup", "title": "Friends"}),
        message(pinned_message={"message_id": 3}),
        message(write_access_allowed={}),
        {"update_id": 1, "channel_post": message(text="news")["message"]},
        {"update_id": 1, "message_reaction": {"chat": {"id": 42, "type": "private"}}},
        {
            "update_id": 1,
            "edited_message": message(location={"latitude": 1, "longitude": 2})["message"],
        },
        {"update_id": 1, "poll_answer": {"poll_id": "1"}},
        {"update_id": 1, "of_the_future": {"x": 1}},
        {"update_id": 1},
        {
            "update_id": 1,
            "callback_query": {"id": "1", "from": {"id": 42, "first_name": "E"}, "data": "x"},
        },
    ],
    ids=lambda update: ",".join(key for key in update if key != "update_id") or "nothing",
)
def test_what_does_not_concern_a_customers_own_chat_is_left_out(update: dict[str, Any]) -> None:
    assert list(events_of(update)) == []


@pytest.mark.parametrize(
    "content",
    [
        {"date": -1, "text": "x"},
        {"date": 10**15, "text": "x"},
        {"text": ["x"]},
        {"location": {"latitude": "north"}},
        {"photo": "none"},
        {"from": {"id": "me"}},
        {"message_id": None},
    ],
    ids=str,
)
def test_what_cannot_be_read_is_left_out_and_logged(content: dict[str, Any]) -> None:
    with captured() as book:
        assert list(events_of(message(**content))) == []
    assert [event["event"] for event in book.events] == ["update_unreadable"]


@pytest.mark.parametrize(("status", "reachable"), [("kicked", False), ("member", True)])
def test_block_and_its_end_are_told(status: str, reachable: bool) -> None:
    user = {"id": 42, "is_bot": False, "first_name": "Elif", "language_code": "tr"}
    change = {
        "chat": {"id": 42, "type": "private"},
        "from": user,
        "date": 1,
        "old_chat_member": {"status": "member"},
        "new_chat_member": {"status": status},
    }
    (event,) = events_of({"update_id": 1, "my_chat_member": change})
    assert isinstance(event, Reachability)
    assert (event.reachable, event.sender.identities) == (reachable, (("user", "42"),))


# What is sent


@pytest.fixture
async def fake() -> AsyncIterator[FakeTelegram]:
    made = FakeTelegram()
    await made.start()
    made.person(42, "Elif Aydın", "tr")
    yield made
    await made.stop()


@pytest.fixture
async def telegram(fake: FakeTelegram) -> AsyncIterator[Telegram]:
    async with aiohttp.ClientSession() as client:
        yield Telegram(client, token=TOKEN, secret=SECRET, api=fake.url)


def carrying(given: Outgoing, part: int = 0, address: str = "42") -> Call:
    return Call("c1", address, "tr", (given,), part)


def saying(words: str | None, **more: Any) -> Outgoing:
    return Outgoing(Author.BOT, words, **more)


async def send_whole(telegram: Telegram, given: Outgoing) -> None:
    for part in range(telegram.parts(given)):
        assert await telegram.send(carrying(given, part))


async def test_text_arrives_as_it_is(telegram: Telegram, fake: FakeTelegram) -> None:
    sent = await telegram.send(carrying(saying("*çok* <b>güzel</b> & _iyi_ 🎉")))
    (shown,) = fake.person(42).heard
    assert (shown.text, str(shown.id)) == ("*çok* <b>güzel</b> & _iyi_ 🎉", sent)


async def test_links_are_not_fetched_by_telegram(telegram: Telegram, fake: FakeTelegram) -> None:
    await telegram.send(carrying(saying("https://shop.example/track/secret")))
    assert '"is_disabled": true' in fake.troubles.asked[-1].body


async def test_long_text_comes_in_parts_and_the_buttons_with_the_last(
    telegram: Telegram, fake: FakeTelegram
) -> None:
    long = "\n\n".join(f"{number} " + "🎉" * 300 for number in range(20))  # two units each
    given = saying(long, buttons=(OutgoingButton("m.0", "Read on"),))
    assert telegram.parts(given) == 4
    await send_whole(telegram, given)
    heard = fake.person(42).heard
    assert "".join(one.text or "" for one in heard).replace("\n", "") == long.replace("\n", "")
    assert [one.buttons for one in heard] == [(), (), (), (("Read on", "m.0"),)]


async def test_picture_has_its_text_below_it_if_that_fits(
    telegram: Telegram, fake: FakeTelegram
) -> None:
    picture = Picture("https://shop.example/mug.png", "a mug")
    await send_whole(telegram, saying("Mug, 40 TL", picture=picture))
    await send_whole(telegram, saying("x" * 1025, picture=picture))
    await send_whole(telegram, saying(None, picture=picture))
    heard = [(one.picture, one.text) for one in fake.person(42).heard]
    assert heard == [
        (picture.url, "Mug, 40 TL"),
        (picture.url, None),
        (None, "x" * 1025),
        (picture.url, None),
    ]


async def test_picture_that_telegram_cannot_get_is_a_link(
    telegram: Telegram, fake: FakeTelegram
) -> None:
    picture = Picture("https://shop.example/mug.svg", "a mug")
    buttons = (OutgoingButton("m.0", "Buy"),)
    told = "Bad Request: failed to get HTTP URL content"
    fake.troubles.come(refusing(400, told))
    await send_whole(telegram, saying("Mug, 40 TL", picture=picture, buttons=buttons))
    fake.troubles.come(refusing(400, told))
    await send_whole(telegram, saying(None, picture=picture))
    first, second = fake.person(42).heard
    assert (first.text, first.buttons) == (f"Mug, 40 TL\n{picture.url}", (("Buy", "m.0"),))
    assert second.text == f"a mug\n{picture.url}"


async def test_picture_that_is_on_this_machine_alone_is_left_out(
    telegram: Telegram, fake: FakeTelegram
) -> None:
    picture = Picture("http://127.0.0.1:8080/mug.png", "a mug")
    await send_whole(telegram, saying("Mug, 40 TL", picture=picture))
    await send_whole(telegram, saying(None, picture=picture))
    assert [one.text for one in fake.person(42).heard] == ["Mug, 40 TL", "a mug"]
    assert [asked.path.rpartition("/")[2] for asked in fake.troubles.asked] == ["sendMessage"] * 2


@pytest.mark.parametrize(
    ("kind", "name", "method"),
    [
        ("image/jpeg", "foto.jpg", "sendPhoto"),
        ("audio/ogg", "ses.ogg", "sendVoice"),
        ("application/pdf", "iade ödemesi.pdf", "sendDocument"),
        ("image/gif", "a.gif", "sendDocument"),
    ],
)
async def test_file_is_uploaded_as_what_it_is(
    telegram: Telegram, fake: FakeTelegram, tmp_path: Any, kind: str, name: str, method: str
) -> None:
    path = tmp_path / "content"
    path.write_bytes(b"what is in it")
    given = saying(
        "here", files=(StoredFile(path, kind, name),), buttons=(OutgoingButton("m.0", "Ok"),)
    )
    await send_whole(telegram, given)
    (shown,) = fake.person(42).heard
    assert (shown.file, shown.text, shown.buttons) == (b"what is in it", "here", (("Ok", "m.0"),))
    assert fake.troubles.asked[-1].path.endswith(method)
    assert shown.name == name


async def test_several_files_are_several_calls(
    telegram: Telegram, fake: FakeTelegram, tmp_path: Any
) -> None:
    files = []
    for number in range(3):
        path = tmp_path / str(number)
        path.write_bytes(b"%d" % number)
        files.append(StoredFile(path, "image/png", f"{number}.png"))
    await send_whole(telegram, saying("three", files=tuple(files)))
    heard = [(one.file, one.text) for one in fake.person(42).heard]
    assert heard == [(b"0", None), (b"1", None), (b"2", "three")]


async def test_what_a_customer_has_sent_is_fetched(telegram: Telegram, fake: FakeTelegram) -> None:
    name = fake.keep_file(b"x" * 100_000)
    pieces = [piece async for piece in telegram.fetch(RemoteFile(name))]
    assert b"".join(pieces) == b"x" * 100_000
    with pytest.raises(PermanentError):
        _ = [piece async for piece in telegram.fetch(RemoteFile("made up"))]


# What goes wrong


def refusing(code: int, told: str, **parameters: Any) -> Any:
    body = {"ok": False, "error_code": code, "description": told, "parameters": parameters}
    return text(orjson.dumps(body), code)


@pytest.mark.parametrize(
    ("code", "told", "kind", "name"),
    [
        (403, "Forbidden: bot was blocked by the user", Unreachable, "blocked"),
        (403, "Forbidden: user is deactivated", Unreachable, "blocked"),
        (403, "Forbidden: bot can't initiate conversation with a user", Unreachable, "blocked"),
        (400, "Bad Request: chat not found", Unreachable, "blocked"),
        (400, "Bad Request: PEER_ID_INVALID", Unreachable, "blocked"),
        (400, "Bad Request: message text is empty", PermanentError, "content_refused"),
        (401, "Unauthorized", PermanentError, "account_refused"),
        (404, "Not Found", PermanentError, "account_refused"),
        (413, "Request Entity Too Large", PermanentError, "content_refused"),
        (418, "of the future", PermanentError, "status_418"),
        (429, "Too Many Requests: retry after 7", TransientError, "rate_limited"),
        (500, "Internal Server Error", TransientError, "status_500"),
        (502, "Bad Gateway", TransientError, "status_502"),
    ],
)
async def test_refusals_are_told_apart(
    telegram: Telegram,
    fake: FakeTelegram,
    code: int,
    told: str,
    kind: type[Exception],
    name: str,
) -> None:
    fake.troubles.come(refusing(code, told))
    with pytest.raises(kind) as refused:
        await telegram.send(carrying(saying("hello")))
    assert getattr(refused.value, "code", None) == name


async def test_how_long_to_wait_is_telegrams_own_wish(
    telegram: Telegram, fake: FakeTelegram
) -> None:
    for wish, found in ((7, 7.0), (None, None), ("soon", None)):
        fake.troubles.come(refusing(429, "Too Many Requests", retry_after=wish))
        with pytest.raises(TransientError) as refused:
            await telegram.send(carrying(saying("hello")))
        assert (refused.value.retry_after, refused.value.reached) == (found, False)


@pytest.mark.parametrize(
    ("trouble", "reached"),
    [
        (hang_up, True),
        (text("<html>a proxy</html>", 200, "text/html"), True),
        (text("[]", 200), True),
        (text('{"ok": false}', 200), True),
        (flood, True),
        (status(503), False),
        (status(502), True),
    ],
    ids=["hang up", "page", "list", "not ok", "flood", "503", "502"],
)
async def test_answer_that_is_none_may_have_been_a_yes(
    telegram: Telegram, fake: FakeTelegram, trouble: Any, reached: bool
) -> None:
    fake.troubles.come(trouble)
    with pytest.raises(TransientError) as refused:
        await telegram.send(carrying(saying("hello")))
    assert refused.value.reached is reached


async def test_platform_that_is_away_has_not_had_the_message(
    telegram: Telegram, fake: FakeTelegram
) -> None:
    await fake.stop()
    with pytest.raises(TransientError) as refused:
        await telegram.send(carrying(saying("hello")))
    assert (refused.value.code, refused.value.reached) == ("connection_lost", False)


async def test_token_is_in_no_error(telegram: Telegram, fake: FakeTelegram) -> None:
    fake.troubles.always = hang_up
    with pytest.raises(TransientError) as refused:
        await telegram.send(carrying(saying("hello")))
    chain: list[BaseException | None] = [refused.value]
    while chain[-1] is not None:
        assert TOKEN not in repr(chain[-1])
        last = chain[-1]
        chain.append(None if last.__suppress_context__ else last.__context__)


# The whole way


@on_sqlite
@on_telegram
async def test_button_stops_spinning(service: Service, rig: TelegramRig) -> None:
    await rig.says(1, "menu")
    await eventually(lambda: _shown(rig), lambda shown: len(shown) == 1)
    await rig.presses(1, "Return")
    await eventually(lambda: _spinning(rig), lambda spinning: not spinning)


@on_sqlite
@on_telegram
async def test_edited_message_is_no_new_turn(service: Service, rig: TelegramRig) -> None:
    await rig.says(1, "hello")
    await eventually(lambda: _shown(rig), lambda shown: len(shown) == 1)
    (mine,) = [one for one in rig.fake.person(1).screen if one.mine]
    assert await rig.fake.edits(1, mine.id, "hello there") == 200
    await rig.says(1, "and?")
    await eventually(lambda: _shown(rig), lambda shown: len(shown) == 2)
    assert len(service.bot.asked) == 2
    agent = await service.new_agent()
    (one,) = (await agent.get("/conversations?view=all"))["conversations"]
    seen = (await agent.conversation(one["id"]))["messages"]
    changed = next(entry for entry in seen if entry["author"] == "customer")
    assert (changed["text"], changed["earlier"][0]["text"]) == ("hello there", "hello")


@on_sqlite
@on_telegram
async def test_customer_sees_that_bot_and_agent_write(service: Service, rig: TelegramRig) -> None:
    person = rig.fake.person(1)
    everyday, go_on = service.bot.script, asyncio.Event()

    async def think(said: str, turn: Turn) -> Answer:
        await go_on.wait()
        return await everyday(said, turn)

    service.bot.script = think
    await rig.says(1, "a person please")
    await eventually(lambda: _typing(rig), lambda times: times == 1)
    go_on.set()
    agent = await service.new_agent()
    (waiting,) = await eventually(agent.waiting, lambda waiting: len(waiting) == 1)
    await agent.claim(waiting["id"])
    desk = await agent.connect()
    before = person.typing
    await desk.send(type="typing", conversation=waiting["id"], on=True)
    await eventually(lambda: _typing(rig), lambda times: times > before)
    await desk.send(type="typing", conversation=waiting["id"], on=False)


@on_sqlite
@on_telegram
async def test_sign_of_writing_that_fails_harms_nothing(service: Service, rig: TelegramRig) -> None:
    rig.fake.troubles.come(status(500))
    await rig.says(1, "slow")
    await eventually(lambda: _shown(rig), lambda shown: shown == ["That took a while."])


@on_sqlite
@on_telegram
@pytest.mark.parametrize("secret", [None, "", "wrong", SECRET + "x", "ş" * 8])
async def test_call_without_the_secret_is_refused(
    service: Service, rig: TelegramRig, secret: str | None
) -> None:
    headers = {} if secret is None else {"X-Telegram-Bot-Api-Secret-Token": secret}
    update = rig.fake.message(1, {"text": "let me in"})
    assert await rig.fake.deliver(update, headers=headers) == 401
    assert (await (await service.new_agent()).get("/conversations?view=all"))["conversations"] == []


def test_secret_that_is_no_text_is_refused_like_any_other(telegram: Telegram) -> None:
    headers = {"x-telegram-bot-api-secret-token": "\udcff" * 8}  # as aiohttp reads odd bytes
    with pytest.raises(Unverified):
        telegram.verify(Webhook("POST", ADDRESS, {}, headers, b"{}"))


@on_sqlite
async def test_without_a_public_address_telegram_is_asked(
    make_service: MakeService, fake: FakeTelegram
) -> None:
    fake.set_webhook("https://elsewhere.example/channels/telegram/1")
    service = await make_service(telegram_token=TOKEN, telegram_polling=True, telegram_api=fake.url)
    await eventually(lambda: _webhook(fake), lambda webhook: webhook is None)
    await fake.says(42, "hello")
    await eventually(lambda: _heard(fake), lambda heard: heard == ["You said: hello"])
    await service.stop()
    await fake.says(42, "while you were away")
    fake.troubles.come(status(502), hang_up)
    await service.start()
    await eventually(lambda: _heard(fake), lambda heard: len(heard) == 2, seconds=30)
    assert fake.person(42).heard[-1].text == "You said: while you were away"
    # Without a secret nobody can call.
    path = f"{service.url}/channels/telegram/{fake.account}"
    async with service.http.post(path, json=fake.message(42, {"text": "x"})) as response:
        assert response.status == 401


async def _shown(rig: TelegramRig) -> list[str]:
    return rig.shown(1)


async def _typing(rig: TelegramRig) -> int:
    return rig.fake.person(1).typing


async def _spinning(rig: TelegramRig) -> set[str]:
    return rig.fake.person(1).spinning


async def _webhook(fake: FakeTelegram) -> str | None:
    return fake.webhook


async def _heard(fake: FakeTelegram) -> list[str | None]:
    return [one.text for one in fake.person(42).heard]


# Setting up


ADDRESS = "https://chat.shop.example/channels/telegram/7000000001"


async def test_account_that_works_is_said_to(telegram: Telegram, fake: FakeTelegram) -> None:
    assert await telegram.introduce(ADDRESS) == f"Telegram calls {ADDRESS} from now on"
    assert (fake.webhook, fake.secret) == (ADDRESS, SECRET)
    checks = await telegram.examine(ADDRESS, datetime.now(UTC))
    assert [(check.subject, check.ok) for check in checks] == [
        ("token", True),
        ("webhook", True),
        ("clock", True),
    ]
    assert "@example_shop_bot" in checks[0].state


async def wrong(telegram: Telegram, now: datetime | None = None) -> dict[str, str]:
    """Return what is not in order, with its fix."""
    checks = await telegram.examine(ADDRESS, now or datetime.now(UTC))
    return {check.subject: f"{check.state} → {check.fix}" for check in checks if not check.ok}


async def test_what_is_wrong_with_an_account_is_named(
    telegram: Telegram, fake: FakeTelegram
) -> None:
    assert "calls nobody" in (await wrong(telegram))["webhook"]
    fake.set_webhook("https://elsewhere.example/")
    assert "https://elsewhere.example/" in (await wrong(telegram))["webhook"]
    fake.set_webhook(ADDRESS)
    assert "does not tell of callback_query" in (await wrong(telegram))["webhook"]
    await telegram.introduce(ADDRESS)
    fake.last_error = (
        datetime.now(UTC).timestamp(),
        "Wrong response from the webhook: 401 Unauthorized",
    )
    assert "set-webhook" in (await wrong(telegram))["secret"]
    fake.last_error = datetime.now(UTC).timestamp(), "Connection timed out"
    assert "Connection timed out" in (await wrong(telegram))["last call"]
    fake.last_error = None
    ahead = datetime.now(UTC) + timedelta(minutes=5)
    assert "seconds ahead of" in (await wrong(telegram, ahead))["clock"]
    fake.token = "7000000001:another"
    assert "BotFather" in (await wrong(telegram))["token"]
    await fake.stop()
    assert "connection_lost" in (await wrong(telegram))["token"]


def test_command_sets_the_webhook_of_what_is_configured(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DEVIR_BOT_TOKEN", "a secret for the tests")
    assert main(["set-webhook"]) == 1
    assert "docs/channels.md" in capsys.readouterr().err
    monkeypatch.setenv("DEVIR_TELEGRAM_TOKEN", TOKEN)
    monkeypatch.setenv("DEVIR_TELEGRAM_SECRET", SECRET)
    assert main(["set-webhook"]) == 0
    assert "https:// addresses only" in capsys.readouterr().out
