"""What a token of the shop's server says: who its customer is. Pure.

A token is a JWT signed with HMAC-SHA256; docs/identity.md says what is in it.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Self

import jwt
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from pydantic import model_validator as validator

from handoff.errors import IdentityRefused

LIFE = timedelta(minutes=5)
"""How long a token may be good."""
SKEW = timedelta(seconds=30)
"""How far the shop's clock may be ahead of ours."""
LONGEST = 4096

_Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
_Time = Annotated[float, Field(ge=0, le=4_000_000_000, allow_inf_nan=False)]


@dataclass(frozen=True, slots=True)
class Claims:
    """Who a token names: the shop's `customer` id or, without one, an `email` address.

    `id` is the token's own and `expires_at` the time from which it is good no more.
    """

    id: str
    customer: str | None
    email: str | None
    name: str | None
    expires_at: datetime


class _Body(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")

    jti: Annotated[str, StringConstraints(min_length=8, max_length=128)]
    iat: _Time
    exp: _Time
    nbf: _Time = 0
    sub: _Name | None = None
    email: Annotated[_Name, StringConstraints(pattern=r"^\S+@\S+$")] | None = None
    name: _Name | None = None

    @validator(mode="after")
    def _somebody(self) -> Self:
        told = [value for value in (self.sub, self.email, self.name) if value is not None]
        if not all(map(str.isprintable, told)):
            raise ValueError("sub, email and name must be printable")
        if self.sub is None and self.email is None:
            raise ValueError("it names nobody: sub must be the customer's id, or email an address")
        return self


def read_token(token: str, secret: str, audience: str, now: datetime) -> Claims:
    """Return what `token` says. Raises IdentityRefused, with what the shop's server must mend."""
    if len(token) > LONGEST:
        raise IdentityRefused(f"the token must have at most {LONGEST} characters")
    try:
        said = jwt.decode(
            token,
            secret,
            algorithms=["HS256"],
            audience=audience,
            # Times are read by our own clock, and what else is wrong is told better below.
            options={
                "verify_exp": False,
                "verify_iat": False,
                "verify_nbf": False,
                "verify_sub": False,
                "verify_jti": False,
            },
        )
        body = _Body.model_validate(said)
    except (jwt.InvalidAudienceError, jwt.MissingRequiredClaimError) as error:
        raise IdentityRefused(f"the token's aud must be {audience}") from error
    except ValidationError as error:
        raise IdentityRefused(f"correct the token's claims: {_wrong(error)}") from error
    except (jwt.PyJWTError, ValueError, RecursionError) as error:
        raise IdentityRefused(
            "the token must be a JWT signed with HS256 and DEVIR_IDENTITY_SECRET"
        ) from error
    life = timedelta(seconds=body.exp - body.iat)
    expires_at = datetime.fromtimestamp(body.exp, UTC)
    if life > LIFE:
        raise IdentityRefused("the token may be good for five minutes at most: exp minus iat")
    if now >= expires_at:
        raise IdentityRefused("the token has expired; make one for each page view")
    if datetime.fromtimestamp(max(body.iat, body.nbf), UTC) > now + SKEW:
        raise IdentityRefused("the token is not good yet; set the clock of the shop's server")
    return Claims(
        id=body.jti,
        customer=body.sub,
        email=None if body.sub else body.email,
        name=body.name,
        expires_at=expires_at,
    )


def _wrong(error: ValidationError) -> str:
    """Return which claims are wrong, without what they say."""
    told = (
        f"{'.'.join(map(str, one['loc'])) or 'sub'} ({one['msg']})"
        for one in error.errors(include_input=False, include_url=False)
    )
    return ", ".join(told)
