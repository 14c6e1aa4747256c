"""The accounts on platforms that the settings name."""

import aiohttp

from handoff import notices
from handoff.channels.base import Channel
from handoff.channels.telegram import PolledTelegram, Telegram
from handoff.channels.twilio import Twilio
from handoff.channels.twilio_api import Credentials
from handoff.channels.whatsapp import WhatsApp
from handoff.settings import Settings


def configured(settings: Settings, client: aiohttp.ClientSession) -> list[Channel]:
    """Return them; `client` calls the platforms and outlives them."""
    return [
        *_telegram(settings, client),
        *_whatsapp(settings, client),
        *_twilio(settings, client),
    ]


def address_of(channel: Channel, settings: Settings) -> str:
    """Return where the platform is to call us."""
    return f"{settings.public_url}/channels/{channel.name}/{channel.account}"


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


def _whatsapp(settings: Settings, client: aiohttp.ClientSession) -> list[Channel]:
    # All of them are set, or none: the settings see to that.
    if not (
        settings.whatsapp_token
        and settings.whatsapp_phone_id
        and settings.whatsapp_app_secret
        and settings.whatsapp_verify_token
    ):
        return []
    return [
        WhatsApp(
            client,
            notices.load(),
            api=settings.whatsapp_api,
            account=settings.whatsapp_phone_id,
            token=settings.whatsapp_token.get_secret_value(),
            app_secret=settings.whatsapp_app_secret.get_secret_value(),
            verify_token=settings.whatsapp_verify_token.get_secret_value(),
            template=settings.whatsapp_template,
        )
    ]


def _twilio(settings: Settings, client: aiohttp.ClientSession) -> list[Channel]:
    account, token, number = settings.twilio_account, settings.twilio_token, settings.twilio_number
    if account is None or token is None or number is None:
        return []
    credentials = Credentials(account, token.get_secret_value(), number.removeprefix("+"))
    return [
        Twilio(
            client,
            credentials,
            callback=f"{settings.public_url}/channels/twilio/{credentials.number}",
            template=settings.twilio_template,
            api=settings.twilio_api,
        )
    ]
