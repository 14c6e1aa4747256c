"""Signed-in browsers are kept no longer than they are of use."""

from sqlalchemy import func, select

from handoff.store.tables import agent_session
from handoff.web import keys
from tests.handoff.conftest import Service


async def test_sessions_that_have_ended_are_forgotten_at_the_next_sign_in(
    service: Service,
) -> None:
    await service.new_agent()
    await service.sign_in("deniz")
    assert await _kept(service) == 2

    service.clock.forward(hours=service.settings.session_hours + 1)
    await service.sign_in("deniz")
    assert await _kept(service) == 1


async def _kept(service: Service) -> int:
    async with service.app[keys.STORE].read() as tx:
        found = await tx.execute(select(func.count()).select_from(agent_session))
        return int(found.scalar_one())
