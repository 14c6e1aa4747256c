"""Agents, their signed-in browsers, and wrong tries to sign in."""

from datetime import datetime
from typing import Any

from sqlalchemy import Select, delete, func, insert, select, update

from handoff.clock import new_id
from handoff.store.base import Transaction
from handoff.store.rows import Agent, AgentSession
from handoff.store.tables import agent, agent_session, login_failure


async def add(
    tx: Transaction, *, login: str, name: str, role: str, password_hash: str, now: datetime
) -> Agent:
    """Store a new agent; `login` must be free."""
    created = Agent(
        id=new_id(),
        login=login,
        name=name,
        role=role,
        password_hash=password_hash,
        created_at=now,
        disabled_at=None,
    )
    await tx.execute(
        insert(agent).values({column.name: getattr(created, column.name) for column in agent.c})
    )
    return created


async def _one(tx: Transaction, query: Select[Any]) -> Agent | None:
    row = (await tx.execute(query)).first()
    return Agent(**row._mapping) if row else None


async def by_login(tx: Transaction, login: str) -> Agent | None:
    """Return the agent who signs in as `login`, or None."""
    return await _one(tx, select(agent).where(agent.c.login == login))


async def get(tx: Transaction, agent_id: str) -> Agent | None:
    """Return an agent, or None."""
    return await _one(tx, select(agent).where(agent.c.id == agent_id))


async def set_password(tx: Transaction, agent_id: str, password_hash: str) -> None:
    """Give an agent a new password and sign them out everywhere."""
    await tx.execute(
        update(agent).where(agent.c.id == agent_id).values(password_hash=password_hash)
    )
    await tx.execute(delete(agent_session).where(agent_session.c.agent_id == agent_id))


async def disable(tx: Transaction, agent_id: str, now: datetime) -> None:
    """Let an agent in no more, and sign them out everywhere."""
    await tx.execute(update(agent).where(agent.c.id == agent_id).values(disabled_at=now))
    await tx.execute(delete(agent_session).where(agent_session.c.agent_id == agent_id))


async def add_session(
    tx: Transaction, *, token_hash: str, agent_id: str, csrf: str, now: datetime
) -> None:
    """Store a signed-in browser."""
    await tx.execute(
        insert(agent_session).values(
            token_hash=token_hash, agent_id=agent_id, csrf=csrf, created_at=now, used_at=now
        )
    )


async def session(
    tx: Transaction, token_hash: str, *, created_since: datetime, used_since: datetime
) -> AgentSession | None:
    """Return a signed-in browser, or None.

    None also when it is too old, too long unused, or of an agent who may no longer sign in.
    """
    row = (
        await tx.execute(
            select(
                agent,
                agent_session.c.csrf,
                agent_session.c.used_at,
                agent_session.c.created_at.label("session_created_at"),
            )
            .join(agent_session, agent_session.c.agent_id == agent.c.id)
            .where(
                agent_session.c.token_hash == token_hash,
                agent_session.c.created_at >= created_since,
                agent_session.c.used_at >= used_since,
                agent.c.disabled_at.is_(None),
            )
        )
    ).first()
    if row is None:
        return None
    found = Agent(**{column.name: row._mapping[column] for column in agent.c})
    return AgentSession(
        token_hash=token_hash,
        csrf=row.csrf,
        created_at=row.session_created_at,
        used_at=row.used_at,
        agent=found,
    )


async def present(tx: Transaction, *, since: datetime) -> int:
    """Return how many agents have used their console since then."""
    query = select(func.count(agent_session.c.agent_id.distinct())).where(
        agent_session.c.used_at >= since
    )
    return int((await tx.execute(query)).scalar_one())


async def touch_session(tx: Transaction, token_hash: str, now: datetime) -> None:
    """Remember that a browser was used."""
    await tx.execute(
        update(agent_session).where(agent_session.c.token_hash == token_hash).values(used_at=now)
    )


async def end_old_sessions(tx: Transaction, *, created_before: datetime) -> None:
    """Forget the browsers that signed in before a time."""
    await tx.execute(delete(agent_session).where(agent_session.c.created_at < created_before))


async def end_session(tx: Transaction, token_hash: str) -> None:
    """Sign a browser out."""
    await tx.execute(delete(agent_session).where(agent_session.c.token_hash == token_hash))


async def add_failure(tx: Transaction, *, login: str, address: str, now: datetime) -> None:
    """Keep a wrong try to sign in."""
    await tx.execute(
        insert(login_failure).values(id=new_id(), login=login, address=address, at=now)
    )


async def failures(
    tx: Transaction, *, login: str, address: str, since: datetime
) -> tuple[int, int]:
    """Return how often `login`, and how often `address`, was wrong since then.

    Older tries are dropped. Until the transaction ends nobody else counts the same login or
    address, so that many tries at once do not all see the same few.
    SQLite admits one writer anyway.
    """
    if tx.shared:
        for number, name in enumerate((login, address), start=1):
            await tx.execute(select(func.pg_advisory_xact_lock(number, func.hashtext(name))))
    await tx.execute(delete(login_failure).where(login_failure.c.at < since))
    row = (
        await tx.execute(
            select(
                func.count().filter(login_failure.c.login == login),
                func.count().filter(login_failure.c.address == address),
            ).select_from(login_failure)
        )
    ).one()
    return int(row[0]), int(row[1])


async def clear_failures(tx: Transaction, login: str) -> None:
    """Forget the wrong tries of a login after a right one."""
    await tx.execute(delete(login_failure).where(login_failure.c.login == login))
