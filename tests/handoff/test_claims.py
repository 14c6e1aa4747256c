"""Which tokens of the shop's server are good, and what they say."""

import base64
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest

from handoff.claims import Claims, read_token
from handoff.errors import IdentityRefused

SECRET = "a secret that the shop's server knows too, long enough for any way to sign"
AUDIENCE = "https://chat.shop.example"
LIFE = timedelta(minutes=5)
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
GOOD: dict[str, Any] = {
    "sub": "c-17",
    "aud": AUDIENCE,
    "iat": int(NOW.timestamp()),
    "exp": int(NOW.timestamp()) + 300,
    "jti": "0f8fad5b-d9cb-469f",
}


def after(**by: float) -> int:
    return int((NOW + timedelta(**by)).timestamp())


def made(secret: str = SECRET, algorithm: str = "HS256", **changed: Any) -> str:
    said = {name: value for name, value in (GOOD | changed).items() if value is not None}
    return jwt.encode(said, secret, algorithm=algorithm)


def encoded(part: object) -> str:
    text = part if isinstance(part, str) else json.dumps(part)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read(token: str, now: datetime = NOW) -> Claims:
    return read_token(token, SECRET, AUDIENCE, now)


def test_a_token_names_the_customer() -> None:
    claims = read(made(name=" Elif Aydın "))
    assert claims == Claims("0f8fad5b-d9cb-469f", "c-17", None, "Elif Aydın", NOW + LIFE)


def test_a_token_may_name_an_e_mail_address_instead() -> None:
    claims = read(made(sub=None, email="elif@example.com"))
    assert (claims.customer, claims.email) == (None, "elif@example.com")


def test_an_id_counts_before_an_e_mail_address() -> None:
    claims = read(made(email="elif@example.com"))
    assert (claims.customer, claims.email) == ("c-17", None)


@pytest.mark.parametrize("audience", [AUDIENCE, [AUDIENCE, "https://other.example"]])
def test_we_may_be_one_audience_of_several(audience: object) -> None:
    assert read(made(aud=audience)).customer == "c-17"


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"aud": None}, "aud must be"),
        ({"aud": "https://other.example"}, "aud must be"),
        ({"aud": f"{AUDIENCE}/"}, "aud must be"),
        ({"jti": None}, "jti"),
        ({"jti": "short"}, "jti"),
        ({"jti": "x" * 129}, "jti"),
        ({"jti": 12345678}, "jti"),
        ({"iat": None}, "iat"),
        ({"exp": None}, "exp"),
        ({"exp": str(after(minutes=1))}, "exp"),
        ({"exp": float("inf")}, "exp"),
        ({"exp": float("nan")}, "exp"),
        ({"exp": True}, "exp"),
        ({"iat": -1}, "iat"),
        ({"exp": after(seconds=301)}, "five minutes"),
        ({"iat": after(minutes=-10), "exp": after(minutes=1)}, "five minutes"),
        ({"iat": after(minutes=-5), "exp": after()}, "expired"),
        ({"iat": after(seconds=31), "exp": after(seconds=90)}, "not good yet"),
        ({"nbf": after(seconds=31)}, "not good yet"),
        ({"sub": None}, "names nobody"),
        ({"sub": ""}, "sub"),
        ({"sub": "   "}, "sub"),
        ({"sub": 17}, "sub"),
        ({"sub": "c\x00-17"}, "printable"),
        ({"sub": "x" * 121}, "sub"),
        ({"sub": None, "email": "nobody"}, "email"),
        ({"sub": None, "email": "a b@example.com"}, "email"),
        ({"name": "Elif\nAydın"}, "printable"),
    ],
)
def test_a_claim_that_is_not_right_is_named(changed: dict[str, Any], told: str) -> None:
    with pytest.raises(IdentityRefused, match=told):
        read(made(**changed))


def test_the_clock_of_the_shop_may_be_half_a_minute_ahead() -> None:
    assert read(made(iat=after(seconds=30), exp=after(seconds=90)))


def test_what_a_claim_says_is_not_told_again() -> None:
    with pytest.raises(IdentityRefused) as refused:
        read(made(email="secret person", sub=None))
    assert "secret person" not in refused.value.message


HEADER = encoded({"alg": "HS256", "typ": "JWT"})


@pytest.mark.parametrize(
    "token",
    [
        "",
        "x",
        "..",
        "a.b.c",
        f"{HEADER}.{encoded(GOOD)}.",
        f"{encoded({'alg': 'none'})}.{encoded(GOOD)}.",
        made(secret=f"{SECRET}."),
        made(algorithm="HS512"),
        made()[:-2] + "AA",
        f"{HEADER}.{encoded(GOOD | {'sub': 'c-18'})}.{made().rpartition('.')[2]}",
        f"{encoded('[' * 2500)}.{encoded(GOOD)}.AAAA",
        f"{encoded('[]')}.{encoded(GOOD)}.AAAA",
        f"{encoded({'alg': ['HS256']})}.{encoded(GOOD)}.AAAA",
        jwt.encode({"a": "b"}, SECRET).replace(".", "\u2024"),
        "\ud800",
    ],
)
def test_what_was_not_signed_with_the_secret_is_refused(token: str) -> None:
    with pytest.raises(IdentityRefused):
        read(token)


def test_a_token_may_not_be_long() -> None:
    with pytest.raises(IdentityRefused, match="4096"):
        read(made(more="x" * 4096))


def test_the_documented_way_to_make_a_token_makes_a_good_one() -> None:
    page = (Path(__file__).parents[2] / "docs" / "identity.md").read_text(encoding="utf-8")
    (program,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    made_there: dict[str, Any] = {}
    exec(program, made_there)
    token = made_there["chat_token"]("c-17", "Elif Aydın", SECRET)
    claims = read_token(token, SECRET, AUDIENCE, datetime.now(UTC))
    assert (claims.customer, claims.name) == ("c-17", "Elif Aydın")
