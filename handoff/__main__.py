"""`python -m handoff serve|migrate|set-webhook|add-agent|reset-password|new-migration`."""

import argparse
import asyncio
import gc
import os
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import aiohttp
import uvloop
from aiohttp import web
from sqlalchemy.exc import SQLAlchemyError

from handoff import logs, media, settings
from handoff.app import create_app
from handoff.channels.base import SendError
from handoff.channels.configured import address_of, configured
from handoff.clock import utc_now
from handoff.errors import ConfigurationError, InvalidInput
from handoff.signin import SignIn
from handoff.store.connect import open_store
from handoff.store.migrate import check_current, migrate, write_revision
from shop.errors import RulesInvalid, SettingInvalid

DATABASE = "DEVIR_DATABASE_URL"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 when done, 1 with a sentence on stderr when not."""
    given = _parser().parse_args(arguments)
    try:
        if given.command == "serve":
            return _serve()
        return asyncio.run(_run(given))
    except (ConfigurationError, InvalidInput, LookupError, RulesInvalid, SettingInvalid) as error:
        print(error, file=sys.stderr)
    except (SQLAlchemyError, OSError) as error:
        print(
            f"The database cannot be used ({type(error).__name__}): check {DATABASE}.",
            file=sys.stderr,
        )
    return 1


async def _leave_out_of_collections(_: web.Application) -> None:
    """Let garbage collections pass over all there is now: it stays until the process ends.

    Looking through it stops everything for 0.1 s. At 200 webhooks a second one in a hundred waited
    86 to 99 ms for its answer, and 10 to 15 ms since (`bench/platforms.py`).
    """
    gc.collect()
    gc.freeze()


def _serve() -> int:
    loaded = settings.load()
    logs.configure(loaded.log_format)
    asyncio.run(check_current(loaded.database_url))
    media.prepare(Path(loaded.media_dir))
    app = create_app(loaded)
    app.on_startup.append(_leave_out_of_collections)
    web.run_app(
        app,
        host=loaded.host,
        port=loaded.port,
        access_log=None,
        print=None,
        shutdown_timeout=5,
        loop=uvloop.new_event_loop(),
    )
    return 0


async def _run(given: argparse.Namespace) -> int:
    if given.command == "set-webhook":
        return await _introduce()
    if given.command == "migrate":
        await migrate(given.url)
        print("The conversations' tables are up to date.")
        return 0
    if given.command == "new-migration":
        await write_revision(given.url, given.message)
        return 0
    return await _agent(given)


async def _introduce() -> int:
    """Tell every platform that an account is set for where the service is."""
    loaded = settings.load()
    failed = False
    async with aiohttp.ClientSession() as client:
        accounts = configured(loaded, client)
        if not accounts:
            raise ConfigurationError("No platform is set; docs/channels.md says how to do it.")
        for one in accounts:
            try:
                told = await one.introduce(address_of(one, loaded))
            except SendError as error:
                told, failed = f"failed ({error.code}); `make doctor` says why", True
            print(f"{one.name}: {told}.")
    return 1 if failed else 0


async def _agent(given: argparse.Namespace) -> int:
    async with open_store(given.url, lambda _: None) as store:
        sign_in = SignIn(store, utc_now, longest=timedelta(0), idle=timedelta(0))
        password = os.environ.get("DEVIR_AGENT_PASSWORD")
        if given.command == "reset-password":
            made = await sign_in.reset_password(given.login, password)
            if made is None:
                print(f"There is no agent {given.login!r}.", file=sys.stderr)
                return 1
        else:
            made = await sign_in.add_agent(given.login, given.name, given.role, password)
            if made is None:
                if given.if_missing:
                    return 0
                print(f"The login {given.login!r} is taken.", file=sys.stderr)
                return 1
    if password is None:
        print(made)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m handoff", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("serve", help="run the service")
    default = os.environ.get(DATABASE) or settings.Settings.model_fields["database_url"].default
    migration = commands.add_parser("migrate", help="make or update the tables")
    commands.add_parser("set-webhook", help="tell Telegram and the like where the service is")
    writing = commands.add_parser(
        "new-migration", help="write a revision for what tables.py has and the database has not"
    )
    writing.add_argument("message")
    adding = commands.add_parser(
        "add-agent",
        help="let somebody into the console; prints a password unless DEVIR_AGENT_PASSWORD is set",
    )
    adding.add_argument("--login", required=True)
    adding.add_argument("--name", required=True, help="what customers see")
    adding.add_argument("--role", choices=("agent", "supervisor"), default="agent")
    adding.add_argument(
        "--if-missing", action="store_true", help="print nothing and succeed when the login exists"
    )
    resetting = commands.add_parser(
        "reset-password", help="give an agent a new password and sign them out everywhere"
    )
    resetting.add_argument("--login", required=True)
    for command in (migration, writing, adding, resetting):
        command.add_argument("--url", default=default, help=f"the database ({DATABASE})")
    return parser


if __name__ == "__main__":
    sys.exit(main())
