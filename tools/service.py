"""`.venv/bin/python -m tools.service`: the part of `make doctor` that asks the service's own code.

It alone of these modules needs an environment; the others do not import it.
"""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from dataclasses import asdict

import aiohttp
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from handoff.channels.configured import address_of, configured
from handoff.clock import utc_now
from handoff.errors import ConfigurationError
from handoff.settings import Settings, load
from handoff.store.migrate import check_current
from shop.connect import open_shop, sqlite_file
from shop.errors import RulesInvalid, SettingInvalid, ShopUnavailable
from tools.doctor import Finding


async def examine() -> list[Finding]:
    """Return how the settings and the two databases are; creates no database."""
    try:
        settings = load()
    except ConfigurationError as error:
        return [Finding("settings", str(error), ok=False)]
    return [
        Finding("settings", "complete"),
        await _ask("conversations", settings.database_url, _check_conversations),
        await _ask("shop's data", settings.shop_url, _check_shop),
        *await _check_channels(settings),
    ]


async def _check_channels(settings: Settings) -> list[Finding]:
    async with aiohttp.ClientSession() as client:
        return [
            Finding(f"{account.name} {check.subject}", check.state, check.ok, check.fix)
            for account in configured(settings, client)
            for check in await account.examine(address_of(account, settings), utc_now())
        ]


async def _ask(subject: str, url: str, check: Callable[[str], Awaitable[None]]) -> Finding:
    place = make_url(url).render_as_string(hide_password=True)
    try:
        file = sqlite_file(url) if url.startswith("sqlite") else None
        if file is not None and not file.exists():
            return Finding(subject, f"{place} is not there yet", ok=False, fix="make run")
        await check(url)
    except (LookupError, RulesInvalid, SettingInvalid, ShopUnavailable) as error:
        return Finding(subject, str(error), ok=False)
    except (SQLAlchemyError, OSError) as error:
        return Finding(
            subject, f"{place} cannot be used ({type(error).__name__})", ok=False, fix="check it"
        )
    return Finding(subject, f"reachable and up to date ({place})")


async def _check_conversations(url: str) -> None:
    await check_current(url)


async def _check_shop(url: str) -> None:
    async with open_shop(url) as shop:
        await shop.check()


if __name__ == "__main__":
    json.dump([asdict(finding) for finding in asyncio.run(examine())], sys.stdout)
