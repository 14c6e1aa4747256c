"""Where the service is put together; read it as a table of contents."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import structlog
from aiohttp import web
from argon2 import PasswordHasher
from pydantic import SecretStr

from handoff import notices, operation_words
from handoff.bot import Bot, RasaBot
from handoff.channels.base import Channel, Impatient, Polled
from handoff.channels.configured import configured
from handoff.clock import Clock, utc_now
from handoff.conversation import Author
from handoff.customers import Customers
from handoff.desk import Desk
from handoff.echoes import Echoes
from handoff.fetching import Fetching
from handoff.guessing import Guessing
from handoff.handover import Handover
from handoff.identity import Identity
from handoff.inbox import Inbox
from handoff.intake import Intake
from handoff.media import Media
from handoff.operations import Operations
from handoff.outbox import Outbox
from handoff.privacy import Privacy
from handoff.read_marks import ReadMarks
from handoff.senders import Senders
from handoff.settings import Settings
from handoff.signals import Signals, from_other_processes
from handoff.signin import SignIn
from handoff.store.changes import Change, Kind
from handoff.store.connect import open_store
from handoff.turns import Patience, Turns
from handoff.typing_sign import TypingSign
from handoff.web import keys
from handoff.web.health import Readiness
from handoff.web.limits import Buckets
from handoff.web.live import Live
from handoff.web.middleware import add_headers, cross_origin, requests
from handoff.web.routes import add_routes
from handoff.web.schemas import BODY_LIMIT
from handoff.web.widget import FRAMES_PER_MESSAGE
from shop.connect import open_library, open_shop, open_tries

log = structlog.get_logger(__name__)

MakeBot = Callable[[aiohttp.ClientSession], Bot]


def create_app(
    settings: Settings,
    *,
    clock: Clock = utc_now,
    make_bot: MakeBot | None = None,
    channels: Sequence[Channel] = (),
    hasher: PasswordHasher | None = None,
    monotonic: Callable[[], float] = time.monotonic,
) -> web.Application:
    """Return the service as `settings` describe it; tests replace its surroundings.

    `clock` and `monotonic` tell the time, `make_bot` makes what answers turns, `channels` are
    accounts on platforms beside those that `settings` name, and `hasher` is for the agents'
    passwords.
    """
    app = web.Application(client_max_size=BODY_LIMIT, middlewares=[requests, cross_origin])
    app[keys.SETTINGS] = settings
    app[keys.CLOCK] = clock
    app[keys.MESSAGE_LIMIT] = Buckets(settings.messages_per_minute, monotonic)
    app[keys.FRAME_LIMIT] = Buckets(FRAMES_PER_MESSAGE * settings.messages_per_minute, monotonic)
    app[keys.FILE_LIMIT] = Buckets(settings.files_per_minute, monotonic)
    app[keys.SESSION_LIMIT] = Buckets(settings.sessions_per_minute, monotonic)
    app.on_response_prepare.append(add_headers)
    add_routes(app, with_demo=settings.demo)

    async def run(app: web.Application) -> AsyncIterator[None]:
        signals = Signals()
        async with (
            open_store(settings.database_url, signals.publish) as store,
            open_shop(settings.shop_url) as shop,
            open_tries(settings.shop_url) as tries,
            open_library(settings.shop_url) as library,
            aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as client,
        ):
            rasa = RasaBot(client, settings.bot_url, settings.bot_token.get_secret_value())
            live = Live(store)
            sentences = notices.load()
            accounts = (*channels, *configured(settings, client))
            app[keys.CHANNELS] = {(one.name, one.account): one for one in accounts}
            media = Media(Path(settings.media_dir), store, clock)
            outbox = Outbox(store, accounts, sentences, media, clock)
            sign = TypingSign(store, accounts)
            marks = ReadMarks(store, accounts)

            def typing(conversation_id: str, author: Author, on: bool) -> None:
                live.typing(conversation_id, author, on)
                sign.show(conversation_id, author, on)

            app[keys.TYPING] = typing
            handover = Handover(outbox, sentences, clock)
            privacy = Privacy(
                store,
                outbox,
                clock,
                key=_revealed(settings.mask_key),
                own_ibans=settings.own_ibans,
            )
            turns = Turns(
                store,
                make_bot(client) if make_bot else rasa,
                outbox,
                handover,
                clock,
                typing,
                Patience(timeout=settings.bot_timeout, at_once=settings.bot_concurrency),
            )
            signals.listen(live.hear)
            signals.listen(marks.hear)
            identity = Identity(
                store,
                clock,
                secret=_revealed(settings.identity_secret),
                audience=settings.public_url,
            )
            guessing = Guessing(tries, settings.proof_alarm)
            senders = Senders(identity, settings.bot_token.get_secret_value())

            app[keys.STORE] = store
            app[keys.SHOP] = shop
            app[keys.LIBRARY] = library
            app[keys.LIVE] = live
            echoes = Echoes(store, handover, privacy, media, clock)
            inbox = Inbox(store, outbox, handover, turns.add, privacy, senders, echoes, clock)
            intake = Intake(Customers(store, privacy, clock), inbox, outbox, echoes, clock)
            fetching = Fetching(store, inbox, media, accounts, clock)
            signals.listen(
                _waking(
                    {
                        Kind.TURN: turns.wake.set,
                        Kind.DELIVERY: outbox.wake,
                        Kind.ARRIVAL: fetching.wake.set,
                    }
                )
            )
            app[keys.MEDIA] = media
            app[keys.INBOX] = inbox
            app[keys.INTAKE] = intake
            app[keys.IDENTITY] = identity
            app[keys.DESK] = Desk(store, outbox, handover, privacy, clock)
            app[keys.PRIVACY] = privacy
            app[keys.OPERATIONS] = Operations(
                store, shop, outbox, privacy, operation_words.load_sentences(), clock
            )
            app[keys.SIGN_IN] = SignIn(
                store,
                clock,
                longest=timedelta(hours=settings.session_hours),
                idle=timedelta(minutes=settings.idle_minutes),
                hasher=hasher,
            )
            app[keys.READINESS] = Readiness(
                {
                    "database": store.check,
                    "bot": rasa.check,
                    "actions": lambda: _answers(client, f"{settings.actions_url}/health"),
                    "shop": shop.check,
                },
                {"proofs": guessing.warning},
            )
            async with (
                from_other_processes(settings.database_url, signals, live.catch_up),
                _working(
                    *(turns.run, outbox.run, fetching.run, media.run),
                    *(live.run, sign.run, marks.run, guessing.run),
                    *(partial(intake.poll, one) for one in accounts if isinstance(one, Polled)),
                    *(
                        partial(intake.catch_up, one)
                        for one in accounts
                        if isinstance(one, Impatient)
                    ),
                ),
            ):
                yield

    app.cleanup_ctx.append(run)
    app.on_shutdown.append(_close_sockets)
    return app


def _revealed(secret: SecretStr | None) -> str | None:
    return None if secret is None else secret.get_secret_value()


async def _close_sockets(app: web.Application) -> None:
    await app[keys.LIVE].close()


def _waking(alarms: Mapping[Kind, Callable[[], None]]) -> Callable[[Change], None]:
    def hear(change: Change) -> None:
        alarm = alarms.get(change.kind)
        if alarm is not None:
            alarm()

    return hear


@asynccontextmanager
async def _working(*workers: Callable[[], Coroutine[Any, Any, None]]) -> AsyncIterator[None]:
    """Run workers beside a block; one that fails is started again."""
    tasks = [asyncio.create_task(_again(worker)) for worker in workers]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _again(worker: Callable[[], Coroutine[Any, Any, None]]) -> None:
    while True:
        try:
            await worker()
        except Exception:
            log.exception("worker_failed", worker=getattr(worker, "__qualname__", None))
        await asyncio.sleep(1)


async def _answers(client: aiohttp.ClientSession, url: str) -> None:
    try:
        async with client.get(url, timeout=aiohttp.ClientTimeout(total=3)) as response:
            status = response.status
    except (aiohttp.ClientError, TimeoutError) as error:
        raise ConnectionError("does not answer; is the process running?") from error
    if status != 200:
        raise ConnectionError(f"answers with status {status}")
