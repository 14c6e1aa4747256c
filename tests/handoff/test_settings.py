"""The service starts as it is configured, or says at once everything that is wrong."""

import base64
import os
import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from handoff.__main__ import main
from handoff.errors import ConfigurationError
from handoff.settings import load

TOKEN = "a secret for the tests"


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("DEVIR_"):
            monkeypatch.delenv(name)


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "DEVIR_BOT_TOKEN": TOKEN,
        "DEVIR_PORT": "9000",
        "DEVIR_WIDGET_ORIGINS": " https://shop.example/ , https://other.example,",
        "DEVIR_BOT_TIMEOUT": "7.5",
        "DEVIR_DEMO": "true",
        "DEVIR_UNKNOWN": "x",
    }.items():
        monkeypatch.setenv(name, value)
    settings = load()
    assert settings.port == 9000
    assert settings.public_url == "http://127.0.0.1:9000"
    assert settings.widget_origins == ("https://shop.example", "https://other.example")
    assert settings.bot_timeout == 7.5
    assert settings.demo is True
    assert settings.bot_token.get_secret_value() == TOKEN


def test_everything_that_is_wrong_is_named_at_once_without_a_value(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wrong = {
        "DEVIR_BOT_TOKEN": "short",
        "DEVIR_PORT": "0",
        "DEVIR_BOT_TIMEOUT": "forever",
        "DEVIR_LOG_FORMAT": "xml",
        "DEVIR_DATABASE_URL": "postgresql://devir:hunter2@db/devir",
        "DEVIR_SHOP_URL": "mysql://x",
        "DEVIR_WIDGET_ORIGINS": "*",
        "DEVIR_PUBLIC_URL": "chat.shop.example",
        "DEVIR_BOT_URL": "ftp://127.0.0.1",
        "DEVIR_TRUSTED_PROXIES": "-1",
    }
    for name, value in wrong.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError) as refused:
        load()
    told = str(refused.value)
    assert [name for name in wrong if name not in told] == []
    assert len(told.splitlines()) == 1 + len(wrong)
    assert "hunter2" not in told
    assert "short" not in told.replace("shorter", "")


def test_secret_has_no_default(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve"]) == 1
    told = capsys.readouterr().err
    assert "DEVIR_BOT_TOKEN is not set (secret shared with the Rasa process" in told


def test_secret_is_not_shown() -> None:
    settings = load(bot_token=TOKEN)
    assert TOKEN not in repr(settings)
    assert TOKEN not in str(settings.bot_token)


def test_settings_cannot_be_changed() -> None:
    settings = load(bot_token=TOKEN)
    with pytest.raises(ValidationError):
        settings.demo = True  # type: ignore[misc]


@pytest.mark.parametrize("url", ["http://chat.shop.example", "http://192.0.2.1:8080"])
def test_others_are_served_over_tls_only(url: str) -> None:
    with pytest.raises(ConfigurationError, match="DEVIR_PUBLIC_URL must begin with https://"):
        load(bot_token=TOKEN, public_url=url)


@pytest.mark.parametrize(
    ("url", "secure", "own"),
    [
        (
            "http://127.0.0.1:8080/",
            False,
            {"http://127.0.0.1:8080", "http://localhost:8080"},
        ),
        ("http://localhost", False, {"http://127.0.0.1", "http://localhost"}),
        ("https://chat.shop.example", True, {"https://chat.shop.example"}),
        ("https://Chat.Shop.example:443/devir", True, {"https://chat.shop.example"}),
        ("https://chat.shop.example:8443", True, {"https://chat.shop.example:8443"}),
    ],
)
def test_own_origins_are_those_browsers_will_name(url: str, secure: bool, own: set[str]) -> None:
    settings = load(bot_token=TOKEN, public_url=url, widget_origins="https://shop.example")
    assert settings.secure is secure
    assert settings.own_origins == own
    assert settings.allowed_origins == own | {"https://shop.example"}


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("https://Shop.Example", "https://shop.example"),
        ("https://shop.example:443", "https://shop.example"),
        ("http://localhost:80", "http://localhost"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("https://shop.example:8443/", "https://shop.example:8443"),
    ],
)
def test_origins_are_compared_as_browsers_write_them(written: str, meant: str) -> None:
    assert load(bot_token=TOKEN, widget_origins=written).widget_origins == (meant,)


@pytest.mark.parametrize(
    "written",
    [
        "*",
        "shop.example",
        "https://",
        "https://shop.example/page",
        "https://shop.example?x",
        "https://user@shop.example",
        "https://shop.example:99999",
        "https://shop.example https://other.example",
        "file:///shop.html",
        "null",
    ],
)
def test_what_is_no_origin_stops_the_start(written: str) -> None:
    with pytest.raises(ConfigurationError, match="DEVIR_WIDGET_ORIGINS"):
        load(bot_token=TOKEN, widget_origins=written)


WHATSAPP = {
    "whatsapp_token": "EAAsecret",
    "whatsapp_phone_id": "106540352242922",
    "whatsapp_app_secret": "a secret of the app",
    "whatsapp_verify_token": "a word for the greeting",
}


def test_whatsapp_is_set_up_whole_or_not_at_all() -> None:
    assert load(bot_token=TOKEN, **WHATSAPP).whatsapp_template is None
    for name in WHATSAPP:
        rest = {other: value for other, value in WHATSAPP.items() if other != name}
        with pytest.raises(ConfigurationError) as refused:
            load(bot_token=TOKEN, **rest)
        named = re.findall(r"DEVIR_WHATSAPP_\w+", str(refused.value))
        assert named == [f"DEVIR_{name.upper()}"]
        assert "secret of the app" not in str(refused.value)
    with pytest.raises(ConfigurationError, match="DEVIR_WHATSAPP_TOKEN, DEVIR_WHATSAPP_PHONE_ID"):
        load(bot_token=TOKEN, whatsapp_template="reply_waiting")


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("whatsapp_phone_id", "+90 555 000 00 00"),
        ("whatsapp_phone_id", "../me"),
        ("whatsapp_app_secret", "short"),
        ("whatsapp_verify_token", "short"),
        ("whatsapp_template", "Bir yanıt var"),
        ("whatsapp_api", "graph.facebook.com"),
    ],
)
def test_what_whatsapp_never_looks_like_stops_the_start(name: str, written: str) -> None:
    with pytest.raises(ConfigurationError, match=f"DEVIR_{name.upper()}"):
        load(bot_token=TOKEN, **{**WHATSAPP, name: written})


def test_service_does_not_start_on_a_database_that_is_not_migrated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DEVIR_BOT_TOKEN", TOKEN)
    monkeypatch.setenv("DEVIR_DATABASE_URL", f"sqlite+aiosqlite:///{tmp_path / 'devir.db'}")
    assert main(["serve"]) == 1
    assert "run: python -m handoff migrate" in capsys.readouterr().err


SECRET_BYTES = bytes(range(224, 256))


@pytest.mark.parametrize(
    "written",
    [
        base64.b64encode(SECRET_BYTES).decode(),
        base64.urlsafe_b64encode(SECRET_BYTES).decode(),
        base64.urlsafe_b64encode(SECRET_BYTES).decode().rstrip("="),
    ],
)
def test_key_is_taken_in_every_form_of_base64(written: str) -> None:
    key = load(bot_token=TOKEN, mask_key=written).mask_key
    assert key is not None
    assert key.get_secret_value() == base64.urlsafe_b64encode(SECRET_BYTES).decode()


@pytest.mark.parametrize(
    "written",
    ["", "hunter2", "hunter2" * 8, base64.b64encode(SECRET_BYTES[1:]).decode(), "ş" * 43],
)
def test_what_is_no_key_stops_the_start_and_is_not_shown(written: str) -> None:
    with pytest.raises(ConfigurationError, match="openssl rand -base64 32") as refused:
        load(bot_token=TOKEN, mask_key=written)
    assert "DEVIR_MASK_KEY" in str(refused.value)
    assert not written or written not in str(refused.value)


def test_own_ibans_are_checked_and_compared_without_blanks() -> None:
    settings = load(
        bot_token=TOKEN, own_ibans=" tr33 0006 1005 1978 6457 8413 26 ,DE89370400440532013000,"
    )
    assert settings.own_ibans == ("TR330006100519786457841326", "DE89370400440532013000")
    with pytest.raises(ConfigurationError, match="DEVIR_OWN_IBANS must be IBANs"):
        load(bot_token=TOKEN, own_ibans="TR330006100519786457841327")


TWILIO = {
    "twilio_account": "AC" + "0" * 32,
    "twilio_token": "a token",
    "twilio_number": "+14155238886",
}


def test_account_at_twilio_is_set_as_a_whole_or_the_start_is_refused_with_what_is_missing() -> None:
    load(bot_token=TOKEN, **TWILIO)
    with pytest.raises(ConfigurationError, match="DEVIR_TWILIO_TOKEN, DEVIR_TWILIO_NUMBER"):
        load(bot_token=TOKEN, twilio_account=TWILIO["twilio_account"])
    with pytest.raises(ConfigurationError, match="DEVIR_TWILIO_ACCOUNT"):
        load(bot_token=TOKEN, twilio_template="HX" + "0" * 32)


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("twilio_account", "SK" + "0" * 32),
        ("twilio_number", "whatsapp:+14155238886"),
        ("twilio_number", "14155238886"),
        ("twilio_template", "reply_waiting"),
    ],
)
def test_what_cannot_be_of_twilio_is_told(name: str, wrong: str) -> None:
    with pytest.raises(ConfigurationError, match=f"DEVIR_{name.upper()} is not of the right form"):
        load(bot_token=TOKEN, **{**TWILIO, name: wrong})


BOT_OF_TELEGRAM = "7000000001:AAfake-token-of-a-bot-that-is-nowhere-0"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"telegram_token": BOT_OF_TELEGRAM}, "DEVIR_TELEGRAM_SECRET is not set"),
        ({"telegram_secret": "s" * 32}, "DEVIR_TELEGRAM_TOKEN is not set"),
        ({"telegram_polling": "true"}, "DEVIR_TELEGRAM_TOKEN is not set"),
        (
            {"telegram_token": "hunter2", "telegram_polling": "true"},
            "DEVIR_TELEGRAM_TOKEN is not of the right form",
        ),
        (
            {"telegram_token": BOT_OF_TELEGRAM, "telegram_secret": "hunter2, with blanks"},
            "DEVIR_TELEGRAM_SECRET is not of the right form",
        ),
    ],
)
def test_half_an_account_of_telegram_stops_the_start_and_is_not_shown(
    given: dict[str, str], told: str
) -> None:
    with pytest.raises(ConfigurationError, match=told) as refused:
        load(bot_token=TOKEN, **given)
    assert "hunter2" not in str(refused.value)
    assert BOT_OF_TELEGRAM not in str(refused.value)


@pytest.mark.parametrize("how", [{"telegram_secret": "s" * 32}, {"telegram_polling": "true"}])
def test_telegram_calls_us_or_is_asked(how: dict[str, str]) -> None:
    settings = load(bot_token=TOKEN, telegram_token=BOT_OF_TELEGRAM, **how)
    assert settings.telegram_token is not None
