"""The accounts on platforms that the settings name."""

import aiohttp

from handoff.channels.base import Channel
from handoff.channels.telegram import PolledTelegram, Telegram
from handoff.settings import Settings


def configured(settings: Settings, client: aiohttp.ClientSession) -> list[Channel]:
    """Return them; `client` calls the platforms and outlives them."""
    return [*_telegram(settings, client)]


def _telegram(settings: Settings, client: aiohttp.ClientSession) -> list[Channel]:
    if settings.telegram_token is None:
        return []
    secret = settings.telegram_secret
    kind = PolledTelegram if settings.telegram_polling else Telegram
    return [
        kind(
            client,
            token=settings.telegram_token.get_secret_value(),
            secret=secret.get_secret_value() if secret else None,
            api=settings.telegram_api,
        )
    ]
