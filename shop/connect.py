"""Opening a shop from its address, and what its database's failures mean."""

import os
import re
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, Literal

import asyncpg
from sqlalchemy import create_engine, event
from sqlalchemy.engine import URL, Connection, Dialect, Engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from shop.articles.library import Library
from shop.base import Shop
from shop.direct import Direct
from shop.errors import SettingInvalid, ShopUnavailable
from shop.rulebook import Rules
from shop.rulefile import load_rules, rules_path
from shop.server import check_server, is_server, open_server
from shop.sql import SqlShop
from shop.transactions import Done, Run, through
from shop.tries import Tries

SQLITE = "sqlite+aiosqlite"
POSTGRESQL = "postgresql+asyncpg"

ARTICLES = "DEVIR_ARTICLES_URL"
DEFAULT_URL = f"{SQLITE}:///var/shop.db"

Begin = Literal["DEFERRED", "IMMEDIATE"]

BUSY_MS = 5_000  # how long SQLite waits for another process to let go
_ASK_AGAIN_S = 0.01
_CONNECT_S = 5
_COMMAND_S = 10

_NOT_MIGRATED = re.compile(r"no such (table|column)|relation .* does not exist|column .* does not")
_LOCKED = re.compile(r"database (table )?is locked|lock ?timeout")
_NO_FILE = re.compile(r"unable to open database file")


@asynccontextmanager
async def open_shop(url: str, rules: Rules | None = None) -> AsyncIterator[Shop]:
    """The shop at `url`, closed when the context ends.

    `url` is sqlite+aiosqlite:///path or postgresql+asyncpg://user:password@host/database, or names
    the shop's server (see `shop.server`); its articles then lie in `database_url(url)`.
    `rules` are read from the file DEVIR_SHOP_RULES names when they are not given.
    Raises SettingInvalid for any other address and RulesInvalid for a file of rules that cannot be
    used (ValueErrors both). Connects on first use; ask `check()` to know.
    """
    rules = rules or load_rules(rules_path())
    database = database_url(url)
    async with open_engine(database) as engine, open_quick(database) as read:
        ours = SqlShop(lambda: connection(engine), rules, read=read)
        if not is_server(url):
            yield ours
            return
        async with open_server(url, rules, ours, os.environ) as theirs:
            yield theirs


@asynccontextmanager
async def open_tries(url: str) -> AsyncIterator[Tries]:
    """What counts wrong proofs beside the shop at `url`, closed when the context ends.

    Raises SettingInvalid like `open_shop`. Connects on first use.
    """
    async with open_quick(database_url(url), begin="IMMEDIATE") as run:
        yield Tries(run)


@asynccontextmanager
async def open_library(url: str, rules: Rules | None = None) -> AsyncIterator[Library]:
    """The articles of the shop at `url`, closed when the context ends. Raises as `open_shop`."""
    rules = rules or load_rules(rules_path())
    async with open_engine(database_url(url)) as engine:
        yield Library(lambda: connection(engine), rules)


def check_url(url: str) -> None:
    """Return if `url` could be a shop's, with what is set for it. Raises SettingInvalid if not."""
    parse(database_url(url))
    if is_server(url):
        check_server(url, os.environ)


def database_url(url: str) -> str:
    """The database Devir keeps for the shop at `url`: all of it, or its server's articles alone.

    The latter is what DEVIR_ARTICLES_URL names.
    """
    return (os.environ.get(ARTICLES) or DEFAULT_URL) if is_server(url) else url


@asynccontextmanager
async def open_engine(url: str, begin: Begin = "DEFERRED") -> AsyncIterator[AsyncEngine]:
    """The engine for `url`; `begin` IMMEDIATE makes writers on SQLite wait for each other."""
    address = parse(url)
    if address.drivername == SQLITE:
        engine = create_async_engine(address)
        _prepare_aiosqlite(engine, begin)
    else:
        engine = create_async_engine(
            address,
            pool_pre_ping=True,
            connect_args={"timeout": _CONNECT_S, "command_timeout": _COMMAND_S},
        )
    try:
        yield engine
    finally:
        await engine.dispose()


@asynccontextmanager
async def open_quick(url: str, begin: Begin = "DEFERRED") -> AsyncIterator[Run]:
    """What runs work that must not cost a turn much and need not survive a power cut.

    On SQLite it runs in the loop's own thread, and a commit waits for no disk.
    """
    address = parse(url)
    if address.drivername != SQLITE:
        async with open_engine(url, begin) as engine:
            yield through(lambda: connection(engine))
        return
    quick = create_engine(address.set(drivername="sqlite"))
    _prepare_sqlite(quick, busy_ms=0)
    event.listen(quick, "connect", _wait_for_no_disk)
    event.listen(quick, "begin", lambda opened: opened.exec_driver_sql(f"BEGIN {begin}"))
    direct = Direct(quick, BUSY_MS / 1000, _is_locked)

    async def run(work: Callable[[Connection], Done], /) -> Done:
        with _unavailable(address):
            return await direct(work)

    try:
        yield run
    finally:
        quick.dispose()


@asynccontextmanager
async def connection(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A connection in a transaction, committed at the end.

    Raises ShopUnavailable, with a sentence naming the fix, when the database fails.
    """
    with _unavailable(engine.url):
        async with engine.begin() as opened:
            yield opened


def parse(url: str) -> URL:
    """`url` taken apart. Raises SettingInvalid when it is no address of a database."""
    try:
        address = make_url(url)
    except ArgumentError:
        address = None
    if address is None or address.drivername not in (SQLITE, POSTGRESQL):
        raise SettingInvalid(
            f"DEVIR_SHOP_URL must begin with {SQLITE}:/// (a file), {POSTGRESQL}:// (a server) or"
            " https:// (the shop's own system)."
        )
    return address


def sqlite_file(url: str) -> Path | None:
    """The file an SQLite address names; None for a server or a database in memory."""
    address = parse(url)
    if address.drivername != SQLITE or address.database in (None, "", ":memory:"):
        return None
    return Path(str(address.database))


@contextmanager
def _unavailable(address: URL) -> Iterator[None]:
    """Turn the failures of the database at `address` into ours."""
    try:
        yield
    except (DBAPIError, PoolTimeout, asyncpg.PostgresError, OSError, TimeoutError) as error:
        raise ShopUnavailable(_fix(error, address)) from error


def _prepare_aiosqlite(engine: AsyncEngine, begin: Begin) -> None:
    _prepare_sqlite(engine.sync_engine, BUSY_MS)

    @event.listens_for(engine.sync_engine, "do_connect")
    def on_open(
        _dialect: Dialect, _entry: Any, arguments: list[Any], _more: dict[str, Any]
    ) -> None:
        # aiosqlite does not wait for its thread when a file cannot be opened, and the thread then
        # fails aloud if the loop is gone: let it fail here instead.
        sqlite3.connect(arguments[0]).close()

    @event.listens_for(engine.sync_engine, "begin")
    def on_begin(opened: Connection) -> None:
        opened.exec_driver_sql(f"BEGIN {begin}")


def _prepare_sqlite(engine: Engine, busy_ms: int) -> None:
    """Settings SQLite keeps per connection, and BEGIN under our control.

    Python's driver opens no transaction before DDL or SELECT, so that a migration could stop
    half-way and two reads could see two states.
    """

    @event.listens_for(engine, "connect")
    def on_connect(dbapi: Any, _entry: ConnectionPoolEntry) -> None:
        try:
            dbapi.isolation_level = None
            cursor = dbapi.cursor()
            cursor.execute(f"PRAGMA busy_timeout = {busy_ms}")
            _write_ahead(cursor)
            cursor.execute("PRAGMA foreign_keys = ON")
            cursor.close()
        except BaseException:
            dbapi.close()  # the pool does not know it yet, and its thread would outlive the loop
            raise


def _wait_for_no_disk(dbapi: Any, _entry: ConnectionPoolEntry) -> None:
    cursor = dbapi.cursor()
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.close()


def _write_ahead(cursor: Any) -> None:
    """Let readers and a writer work at once.

    Of several that switch a new file at the same moment SQLite tells some at once that it is busy,
    whatever the busy timeout (seen: 73 of 1,800).
    """
    give_up = time.monotonic() + BUSY_MS / 1000
    while True:
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
        except Exception as error:
            if not _is_locked(error) or time.monotonic() > give_up:
                raise
            time.sleep(_ASK_AGAIN_S)
        else:
            return


def _is_locked(error: Exception) -> bool:
    return _LOCKED.search(str(error)) is not None


def _fix(error: Exception, address: URL) -> str:
    """What to do about `error`; names the place without its password."""
    place = address.render_as_string(hide_password=True)
    told = str(error)
    if _NOT_MIGRATED.search(told):
        return f"The shop's tables are missing or old; run: python -m shop migrate --url {place}"
    if _is_locked(error):
        return f"The shop at {place} stayed locked by another process; end that one."
    if _NO_FILE.search(told):
        return f"The shop's file cannot be opened; run: python -m shop migrate --url {place}"
    if address.drivername == SQLITE:
        return f"The shop at {place} cannot be read; check the file and its disk."
    return f"The shop at {place} cannot be reached; start that server or correct DEVIR_SHOP_URL."
