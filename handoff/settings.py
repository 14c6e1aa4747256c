"""The one place that reads the environment. Every setting is described in docs/operations.md."""

import re
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Sequence
from typing import Annotated, Any, Self
from urllib.parse import urlsplit

from pydantic import (
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from stdnum import iban

from handoff.errors import ConfigurationError
from shop.server import is_server

PREFIX = "DEVIR_"
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


class Settings(BaseSettings):
    """How this installation is set up; immutable, made once by `load`."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore")

    host: str = Field("127.0.0.1", description="address the service listens on")
    port: int = Field(8080, ge=1, le=65535, description="port the service listens on")
    public_url: str = Field(
        default_factory=lambda known: f"http://127.0.0.1:{known.get('port', 8080)}",
        description="address under which browsers reach the service",
    )
    widget_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="origins of the shop's pages that carry the widget, separated by commas"
    )
    database_url: str = Field(
        "sqlite+aiosqlite:///var/devir.db",
        description="where conversations are stored: sqlite+aiosqlite:///… or postgresql+asyncpg://…",
    )
    shop_url: str = Field(
        "sqlite+aiosqlite:///var/shop.db",
        description="where orders, products and articles are stored",
    )
    bot_url: str = Field("http://127.0.0.1:5005", description="the Rasa process")
    bot_token: SecretStr = Field(
        min_length=16, description="secret shared with the Rasa process, at least 16 characters"
    )
    actions_url: str = Field("http://127.0.0.1:5055", description="the action server, for /readyz")
    bot_timeout: float = Field(
        15.0, gt=0, le=120, description="seconds a turn may take before a person is asked for"
    )
    bot_concurrency: int = Field(
        32, ge=1, le=512, description="turns sent to the bot at the same time"
    )
    messages_per_minute: int = Field(
        60,
        ge=1,
        description="messages one customer may send per minute; half of it may come at once",
    )
    media_dir: str = Field(
        "var/media",
        min_length=1,
        description="folder of the pictures, documents and voice messages in conversations; several"
        " service processes share one",
    )
    files_per_minute: int = Field(
        20,
        ge=1,
        description="files that may be sent from the widget at one address per minute; half of"
        " them may come at once",
    )
    sessions_per_minute: int = Field(
        60, ge=1, description="new widget sessions one address may open per minute"
    )
    trusted_proxies: int = Field(
        0,
        ge=0,
        le=5,
        description="reverse proxies in front, whose X-Forwarded-For entries are believed",
    )
    session_hours: int = Field(
        12, ge=1, le=168, description="hours an agent stays signed in at most"
    )
    idle_minutes: int = Field(
        120, ge=5, description="minutes without use after which an agent is signed out"
    )
    visitor_days: int = Field(
        180, ge=1, description="days a customer's browser keeps its conversation"
    )
    identity_secret: SecretStr | None = Field(
        None,
        min_length=32,
        description="secret shared with the shop's server, which signs tokens that name its"
        " customers, at least 32 characters; without one none is accepted",
    )
    proof_alarm: int = Field(
        50,
        ge=1,
        description="wrong proofs of orders that everybody together may try within fifteen minutes"
        " before an alarm is raised",
    )
    mask_key: SecretStr | None = Field(
        None,
        description="secret that seals what hidden numbers were, 32 bytes in base64; without one"
        " they are not kept",
    )
    own_ibans: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="the shop's own IBANs, separated by commas: these are not hidden"
    )
    departments: Annotated[tuple[str, ...], NoDecode] = Field(
        ("payments",),
        description="departments an agent can transfer a conversation to, separated by commas",
    )
    telegram_token: SecretStr | None = Field(
        None,
        description="token of the shop's Telegram bot, as BotFather gives it",
    )
    telegram_secret: SecretStr | None = Field(
        None,
        description="secret by which Telegram shows that it is Telegram, 16 to 256 of A-Z a-z 0-9"
        " _ -",
    )
    telegram_polling: bool = Field(
        False, description="ask Telegram for messages instead of being called by it"
    )
    telegram_api: str = Field("https://api.telegram.org", description="where Telegram is called")
    whatsapp_token: SecretStr | None = Field(
        None, description="token of a system user that opens WhatsApp's Cloud API"
    )
    whatsapp_phone_id: str | None = Field(
        None, pattern=r"^[0-9]{5,30}$", description="id of the shop's number there, digits alone"
    )
    whatsapp_app_secret: SecretStr | None = Field(
        None, min_length=16, description="secret of the app, which signs what Meta tells"
    )
    whatsapp_verify_token: SecretStr | None = Field(
        None,
        min_length=16,
        description="what Meta says when it is introduced, at least 16 characters",
    )
    whatsapp_template: str | None = Field(
        None,
        pattern=r"^[a-z0-9_]{1,512}$",
        description="name of the approved template that says that a reply waits",
    )
    whatsapp_api: str = Field(
        "https://graph.facebook.com/v26.0", description="where WhatsApp's Cloud API is called"
    )
    twilio_account: str | None = Field(
        None, description="sid of the shop's Twilio account, AC and 32 of 0-9 a-f"
    )
    twilio_token: SecretStr | None = Field(
        None, description="primary auth token of the Twilio account"
    )
    twilio_number: str | None = Field(
        None, description="the shop's WhatsApp number at Twilio, such as +14155238886"
    )
    twilio_template: str | None = Field(
        None,
        description="sid (HX…) of the approved template that says that a reply is waiting",
    )
    twilio_api: str = Field("https://api.twilio.com", description="where Twilio is called")
    log_format: str = Field("json", pattern="^(json|console)$", description="json or console")
    demo: bool = Field(False, description="serve the demo shop page at /demo")

    @field_validator("widget_origins", "departments", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        if isinstance(value, str):
            return tuple(part.strip().rstrip("/") for part in value.split(",") if part.strip())
        return value

    @field_validator("widget_origins")
    @classmethod
    def _origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(_origin(given) for given in value)

    @field_validator("mask_key")
    @classmethod
    def _key(cls, value: SecretStr | None) -> SecretStr | None:
        return None if value is None else SecretStr(_fernet_key(value.get_secret_value()))

    @field_validator("telegram_token")
    @classmethod
    def _bot_token(cls, value: SecretStr | None) -> SecretStr | None:
        return _fitting(value, r"[0-9]{3,}:[A-Za-z0-9_-]{30,}", "looks like 123456789:AbC…")

    @field_validator("telegram_secret")
    @classmethod
    def _header_secret(cls, value: SecretStr | None) -> SecretStr | None:
        return _fitting(value, r"[A-Za-z0-9_-]{16,256}", "make one with: openssl rand -hex 32")

    @field_validator("twilio_account")
    @classmethod
    def _account_sid(cls, value: str | None) -> str | None:
        return _matching(value, r"AC[0-9a-f]{32}", "it begins with AC")

    @field_validator("twilio_number")
    @classmethod
    def _number(cls, value: str | None) -> str | None:
        return _matching(value, r"\+[0-9]{6,15}", "it begins with + and the country's code")

    @field_validator("twilio_template")
    @classmethod
    def _content_sid(cls, value: str | None) -> str | None:
        return _matching(value, r"HX[0-9a-f]{32}", "it begins with HX")

    @field_validator("own_ibans", mode="before")
    @classmethod
    def _compact(cls, value: Any) -> Any:
        if isinstance(value, str):
            return tuple(iban.compact(part) for part in value.split(",") if part.strip())
        return value

    @field_validator("own_ibans")
    @classmethod
    def _ibans(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not all(map(iban.is_valid, value)):
            raise ValueError("must be IBANs whose check digits are right")
        return value

    @field_validator("database_url", "shop_url")
    @classmethod
    def _known_database(cls, value: str, info: ValidationInfo) -> str:
        if info.field_name == "shop_url" and is_server(value):
            return value
        if not value.startswith(("sqlite+aiosqlite:///", "postgresql+asyncpg://")):
            raise ValueError("must begin with sqlite+aiosqlite:/// or postgresql+asyncpg://")
        return value

    @field_validator(
        *("public_url", "bot_url", "actions_url", "telegram_api", "whatsapp_api", "twilio_api")
    )
    @classmethod
    def _plain_url(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.port == 0:
            raise ValueError("must be an address such as http://127.0.0.1:8080")
        return value.rstrip("/")

    @model_validator(mode="after")
    def _https_in_public(self) -> Self:
        parts = urlsplit(self.public_url)
        if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
            raise ValueError(
                "DEVIR_PUBLIC_URL must begin with https:// unless it is this machine itself"
            )
        return self

    @model_validator(mode="after")
    def _whole_telegram(self) -> Self:
        if self.telegram_token is None:
            if self.telegram_secret is not None or self.telegram_polling:
                raise ValueError(
                    "DEVIR_TELEGRAM_TOKEN is not set, but other settings of Telegram are"
                )
        elif self.telegram_secret is None and not self.telegram_polling:
            raise ValueError(
                "DEVIR_TELEGRAM_SECRET is not set, and Telegram needs it unless"
                " DEVIR_TELEGRAM_POLLING is true"
            )
        return self

    @model_validator(mode="after")
    def _whole_whatsapp(self) -> Self:
        return self._whole("WhatsApp", ("token", "phone_id", "app_secret", "verify_token"))

    @model_validator(mode="after")
    def _whole_twilio(self) -> Self:
        return self._whole("Twilio", ("account", "token", "number"))

    def _whole(self, platform: str, needed: Sequence[str]) -> Self:
        group = platform.lower()
        missing = [name for name in needed if getattr(self, f"{group}_{name}") is None]
        begun = len(missing) < len(needed) or getattr(self, f"{group}_template") is not None
        if missing and begun:
            names = ", ".join(f"{PREFIX}{group}_{name}".upper() for name in missing)
            raise ValueError(f"{platform} is set up in part only; set {names} too")
        return self

    @property
    def secure(self) -> bool:
        """Whether browsers reach the service over TLS."""
        return self.public_url.startswith("https://")

    @property
    def allowed_origins(self) -> frozenset[str]:
        """Origins whose pages may open a widget session: the shop's, and the service's own."""
        return frozenset(self.widget_origins) | self.own_origins

    @property
    def own_origins(self) -> frozenset[str]:
        """Origins under which browsers know the service itself; loopback has two names."""
        parts = urlsplit(self.public_url)
        names = {"127.0.0.1", "localhost"} if parts.hostname in _LOOPBACK else {parts.hostname}
        port = f":{parts.port}" if parts.port else ""
        return frozenset(_origin(f"{parts.scheme}://{name}{port}") for name in names)


def _origin(given: str) -> str:
    """Return an origin as browsers write it: in lower case, without the usual port."""
    parts = urlsplit(given.lower())
    host, port = parts.hostname, parts.port
    known = f"{parts.scheme}://{parts.netloc}"
    if parts.scheme not in {"http", "https"} or not host or "@" in known or given.lower() != known:
        raise ValueError("must be origins such as https://shop.example, without a path")
    usual = {"http": 80, "https": 443}[parts.scheme]
    return known.removesuffix(f":{usual}") if port == usual else known


def _fitting(given: SecretStr | None, pattern: str, told: str) -> SecretStr | None:
    _matching(given.get_secret_value() if given is not None else None, pattern, told)
    return given


def _matching(given: str | None, pattern: str, told: str) -> str | None:
    if given is not None and not re.fullmatch(pattern, given):
        raise ValueError(f"is not of the right form; {told}")
    return given


def _fernet_key(given: str) -> str:
    """Return 32 bytes of either base64 as Fernet writes them."""
    try:
        key = b64decode(given.rstrip("=").replace("+", "-").replace("/", "_") + "=", b"-_", True)
    except ValueError:
        key = b""
    if len(key) != 32:
        raise ValueError("must be 32 bytes in base64; make one with: openssl rand -base64 32")
    return urlsafe_b64encode(key).decode()


def load(**overrides: Any) -> Settings:
    """Read the settings from the environment; `overrides` win.

    Raises ConfigurationError with one message that names every missing or wrong setting.
    """
    try:
        return Settings(**overrides)
    except ValidationError as error:
        lines = [_explain(dict(problem)) for problem in error.errors()]
        raise ConfigurationError("The service cannot start:\n" + "\n".join(lines)) from None


def _explain(problem: dict[str, Any]) -> str:
    if not problem["loc"]:
        return f"  - {str(problem['msg']).removeprefix('Value error, ')}"
    name = str(problem["loc"][0])
    described = Settings.model_fields[name].description
    told = str(problem["msg"]).removeprefix("Value error, ")
    wrong = "is not set" if problem["type"] == "missing" else told[:1].lower() + told[1:]
    return f"  - {PREFIX}{name.upper()} {wrong} ({described})"
