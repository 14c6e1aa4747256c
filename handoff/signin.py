"""Letting agents in: passwords, signed-in browsers, and the brake on guessing."""

import asyncio
import secrets
from base64 import b64encode
from dataclasses import dataclass
from datetime import timedelta

import structlog
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import ARGON2_VERSION

from handoff.clock import Clock, new_token
from handoff.digest import digest
from handoff.errors import InvalidInput, NotAuthenticated, RateLimited, WrongCredentials
from handoff.store import agents
from handoff.store.base import Store
from handoff.store.rows import Agent, AgentSession

log = structlog.get_logger(__name__)

WINDOW = timedelta(minutes=15)
PER_LOGIN = 10
PER_ADDRESS = 30
SHORTEST_PASSWORD = 12
LONGEST_NAME = 120
_TOUCH = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A fresh session: `token` is for the cookie and is stored nowhere."""

    token: str
    csrf: str
    agent: Agent


class SignIn:
    """Who an agent's browser belongs to."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        *,
        longest: timedelta,
        idle: timedelta,
        hasher: PasswordHasher | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._longest = longest
        self._idle = idle
        # argon2id with the library's defaults, 64 MiB and 3 passes; OWASP asks for 19 MiB and 2.
        self._hasher = hasher or PasswordHasher()
        self._nobody = _hash_of_nothing(self._hasher)

    async def sign_in(
        self, login: str, password: str, *, address: str, replaces: str | None = None
    ) -> SignedIn:
        """Check a password and begin a session; the one of token `replaces` ends.

        Raises WrongCredentials, the same after the same work whether the login exists, and
        RateLimited after 10 wrong tries of a login or 30 of an address within 15 minutes.
        """
        login = _normal(login)
        now = self._clock()
        async with self._store.write() as tx:
            by_login, by_address = await agents.failures(
                tx, login=login, address=address, since=now - WINDOW
            )
            if by_login >= PER_LOGIN or by_address >= PER_ADDRESS:
                raise RateLimited(
                    "too many wrong passwords; wait a quarter of an hour",
                    retry_after=int(WINDOW.total_seconds()),
                )
            # Counted before it is checked, so that many tries at once are not all checked.
            await agents.add_failure(tx, login=login, address=address, now=now)
            agent = await agents.by_login(tx, login)
        known = agent is not None and agent.disabled_at is None
        right = await asyncio.to_thread(
            self._verify, agent.password_hash if agent and known else self._nobody, password
        )
        if agent is None or not known or not right:
            log.info("sign_in_refused")
            raise WrongCredentials("login or password is wrong")
        token, csrf = new_token(), new_token()
        async with self._store.write() as tx:
            await agents.clear_failures(tx, login)
            await agents.end_old_sessions(tx, created_before=now - self._longest)
            if replaces:
                await agents.end_session(tx, digest(replaces))
            await agents.add_session(
                tx, token_hash=digest(token), agent_id=agent.id, csrf=csrf, now=now
            )
        log.info("signed_in", agent=agent.id)
        return SignedIn(token, csrf, agent)

    async def session(self, token: str | None) -> AgentSession:
        """Return the session of a cookie's token, and remember that it was used.

        Raises NotAuthenticated.
        """
        now = self._clock()
        token_hash = digest(token or "")
        async with self._store.read() as tx:
            found = await agents.session(
                tx,
                token_hash,
                created_since=now - self._longest,
                used_since=now - self._idle,
            )
        if found is None:
            raise NotAuthenticated("sign in")
        if now - found.used_at > _TOUCH:
            async with self._store.write() as tx:
                await agents.touch_session(tx, token_hash, now)
        return found

    async def sign_out(self, session: AgentSession) -> None:
        """End a session."""
        async with self._store.write() as tx:
            await agents.end_session(tx, session.token_hash)
        log.info("signed_out", agent=session.agent.id)

    async def add_agent(
        self, login: str, name: str, role: str, password: str | None = None
    ) -> str | None:
        """Store a new agent.

        Returns the password, made at random unless given, or None when the login is taken. Raises
        InvalidInput for a login or name that cannot be shown, or too short a password.
        """
        login, name = _normal(login), name.strip()
        for field, value in (("login", login), ("name", name)):
            if not value or not value.isprintable() or len(value) > LONGEST_NAME:
                raise InvalidInput(
                    f"choose a {field} of 1 to {LONGEST_NAME} visible characters",
                    fields={field: "empty, too long or not printable"},
                )
        password, hashed = await self._hash(password)
        async with self._store.write() as tx:
            if await agents.by_login(tx, login):
                return None
            await agents.add(
                tx,
                login=login,
                name=name,
                role=role,
                password_hash=hashed,
                now=self._clock(),
            )
        return password

    async def reset_password(self, login: str, password: str | None = None) -> str | None:
        """Give an agent a new password and sign them out everywhere.

        Returns the password, made at random unless given, or None when there is no such agent.
        Raises InvalidInput for too short a password.
        """
        password, hashed = await self._hash(password)
        async with self._store.write() as tx:
            agent = await agents.by_login(tx, _normal(login))
            if agent is None:
                return None
            await agents.set_password(tx, agent.id, hashed)
        return password

    async def _hash(self, password: str | None) -> tuple[str, str]:
        """Return the password, made at random unless given, and what is stored of it."""
        password = password or secrets.token_urlsafe(12)
        if len(password) < SHORTEST_PASSWORD:
            raise InvalidInput(
                f"choose a password of at least {SHORTEST_PASSWORD} characters",
                fields={"password": "too short"},
            )
        return password, await asyncio.to_thread(self._hasher.hash, password)

    def _verify(self, hashed: str, password: str) -> bool:
        try:
            return self._hasher.verify(hashed, password)
        except (VerificationError, InvalidHashError):
            return False


def _hash_of_nothing(hasher: PasswordHasher) -> str:
    """Return a hash that no password has, and that costs as much to check as another.

    Made up instead of computed: the work would hold up every start.
    """
    salt, tag = (
        b64encode(secrets.token_bytes(length)).decode().rstrip("=")
        for length in (hasher.salt_len, hasher.hash_len)
    )
    costs = f"m={hasher.memory_cost},t={hasher.time_cost},p={hasher.parallelism}"
    return f"$argon2id$v={ARGON2_VERSION}${costs}${salt}${tag}"


def _normal(login: str) -> str:
    # Lower case may be longer ("İ"), and the column holds no more.
    return login.strip().lower()[:LONGEST_NAME]
