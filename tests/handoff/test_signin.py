"""Agents, their passwords, and the commands that make them."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from argon2 import extract_parameters
from argon2.profiles import RFC_9106_LOW_MEMORY
from sqlalchemy import select

from handoff.__main__ import main
from handoff.clock import utc_now
from handoff.errors import InvalidInput, NotAuthenticated, WrongCredentials
from handoff.signin import SignIn
from handoff.store.connect import open_store
from handoff.store.tables import agent, agent_session
from handoff.web import keys
from tests.handoff.conftest import PASSWORD, MovableClock, Service

HOURS = {"longest": timedelta(hours=12), "idle": timedelta(hours=2)}


async def let_in(url: str, login: str, password: str) -> str:
    """Sign in and return the agent's name. Raises WrongCredentials."""
    async with open_store(url, lambda _: None) as store:
        signed_in = await SignIn(store, utc_now, **HOURS).sign_in(
            login, password, address="127.0.0.1"
        )
        return signed_in.agent.name


def test_new_agent_gets_a_random_password_that_lets_them_in(
    database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["--login", "Deniz", "--name", "Deniz Yalın", "--url", database_url]
    assert main(["add-agent", *given]) == 0
    password = capsys.readouterr().out.strip()
    assert len(password) >= 16
    assert asyncio.run(let_in(database_url, "deniz", password)) == "Deniz Yalın"

    assert main(["add-agent", *given]) == 1
    assert "is taken" in capsys.readouterr().err
    assert main(["add-agent", *given, "--if-missing"]) == 0
    assert capsys.readouterr().out == ""
    assert asyncio.run(let_in(database_url, "deniz", password)) == "Deniz Yalın"


async def test_password_is_stored_so_that_guessing_it_is_work(database_url: str) -> None:
    async with open_store(database_url, lambda _: None) as store:
        await SignIn(store, utc_now, **HOURS).add_agent("deniz", "Deniz", "agent", PASSWORD)
        async with store.read() as tx:
            hashed = (await tx.execute(select(agent.c.password_hash))).scalar_one()
    assert extract_parameters(hashed) == RFC_9106_LOW_MEMORY


def test_new_password_ends_the_old_one_and_every_session(
    database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    async def sign_in_with(password: str) -> str:
        async with open_store(database_url, lambda _: None) as store:
            signed_in = await SignIn(store, utc_now, **HOURS).sign_in(
                "deniz", password, address="127.0.0.1"
            )
            return signed_in.token

    async def is_signed_in(token: str) -> bool:
        async with open_store(database_url, lambda _: None) as store:
            try:
                await SignIn(store, utc_now, **HOURS).session(token)
            except NotAuthenticated:
                return False
            return True

    main(["add-agent", "--login", "deniz", "--name", "Deniz", "--url", database_url])
    old = capsys.readouterr().out.strip()
    token = asyncio.run(sign_in_with(old))
    assert asyncio.run(is_signed_in(token))
    capsys.readouterr()
    assert main(["reset-password", "--login", "deniz", "--url", database_url]) == 0
    new = capsys.readouterr().out.strip()
    assert new != old
    assert not asyncio.run(is_signed_in(token))
    with pytest.raises(WrongCredentials):
        asyncio.run(sign_in_with(old))
    assert asyncio.run(is_signed_in(asyncio.run(sign_in_with(new))))

    assert main(["reset-password", "--login", "nobody", "--url", database_url]) == 1
    assert "no agent 'nobody'" in capsys.readouterr().err


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_password_from_the_environment_is_set_and_not_printed(
    database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DEVIR_AGENT_PASSWORD", PASSWORD)
    made = ["--login", "deniz", "--url", database_url]
    assert main(["add-agent", "--name", "Deniz", *made]) == 0
    assert main(["reset-password", *made]) == 0
    assert capsys.readouterr() == ("", "")
    assert asyncio.run(let_in(database_url, "deniz", PASSWORD)) == "Deniz"


@pytest.mark.parametrize("command", [["add-agent", "--name", "Ece"], ["reset-password"]])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_short_password_is_refused_by_every_command(
    database_url: str,
    command: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    main(["add-agent", "--login", "deniz", "--name", "Deniz", "--url", database_url])
    password = capsys.readouterr().out.strip()
    monkeypatch.setenv("DEVIR_AGENT_PASSWORD", "short")
    login = "ece" if command[0] == "add-agent" else "deniz"
    assert main([*command, "--login", login, "--url", database_url]) == 1
    assert "at least 12 characters" in capsys.readouterr().err
    assert asyncio.run(let_in(database_url, "deniz", password)) == "Deniz"


@pytest.mark.parametrize(
    ("login", "name", "field"),
    [
        ("  ", "Deniz", "login"),
        ("deniz\x00", "Deniz", "login"),
        ("deniz", "", "name"),
        ("deniz", "x" * 121, "name"),
        ("deniz", "Deniz\u202e", "name"),
    ],
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_agents_have_a_login_and_a_name_that_can_be_shown(
    database_url: str, login: str, name: str, field: str
) -> None:
    async with open_store(database_url, lambda _: None) as store:
        with pytest.raises(InvalidInput) as refused:
            await SignIn(store, utc_now, **HOURS).add_agent(login, name, "agent", PASSWORD)
    assert list(refused.value.fields["fields"]) == [field]


async def test_neither_passwords_nor_tokens_are_stored(database_url: str) -> None:
    async with open_store(database_url, lambda _: None) as store:
        sign_in = SignIn(store, utc_now, **HOURS)
        await sign_in.add_agent("deniz", "Deniz", "agent", PASSWORD)
        signed_in = await sign_in.sign_in("deniz", PASSWORD, address="127.0.0.1")
        async with store.read() as tx:
            stored = (await tx.execute(select(agent.c.password_hash))).scalar_one()
            token_hash = (await tx.execute(select(agent_session.c.token_hash))).scalar_one()
    assert stored.startswith("$argon2id$")
    assert "m=65536,t=3" in stored
    assert signed_in.token not in token_hash
    assert len(token_hash) == 64


async def test_long_passwords_count_to_their_last_character(service: Service) -> None:
    sign_in = service.app[keys.SIGN_IN]
    long = "x" * 200
    await sign_in.add_agent("deniz", "Deniz", "agent", long)
    with pytest.raises(WrongCredentials):
        await sign_in.sign_in("deniz", long[:-1], address="127.0.0.1")
    await sign_in.sign_in("deniz", long, address="127.0.0.1")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_use_of_a_session_is_not_written_down_every_time(database_url: str) -> None:
    clock = MovableClock()
    async with open_store(database_url, lambda _: None) as store:
        sign_in = SignIn(store, clock, **HOURS)
        await sign_in.add_agent("deniz", "Deniz", "agent", PASSWORD)
        token = (await sign_in.sign_in("deniz", PASSWORD, address="127.0.0.1")).token
        first = (await sign_in.session(token)).used_at
        clock.forward(seconds=20)
        assert (await sign_in.session(token)).used_at == first
        clock.forward(seconds=20)
        await sign_in.session(token)
        assert (await sign_in.session(token)).used_at > first


def test_command_on_a_database_that_cannot_be_used_says_what_to_check(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'devir.db'}"
    assert main(["add-agent", "--login", "deniz", "--name", "Deniz", "--url", url]) == 1
    told = capsys.readouterr().err
    assert "DEVIR_DATABASE_URL" in told or "migrate" in told
    assert "Traceback" not in told
