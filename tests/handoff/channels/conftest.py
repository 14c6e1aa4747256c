"""A service on a platform, whichever it is."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from tests.handoff.channels.rigs import RIGS, Rig
from tests.handoff.conftest import Service


@pytest.fixture(params=RIGS, ids=lambda rig: rig.channel)
async def rig(request: pytest.FixtureRequest) -> AsyncIterator[Rig]:
    """Each platform in turn."""
    made: Rig = request.param()
    made.settings = await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def service(
    make_service: Callable[..., Awaitable[Service]], rig: Rig
) -> AsyncIterator[Service]:
    """A service that is configured for the platform and called by it."""
    made = await make_service(**rig.settings)
    rig.attach(made)
    yield made
    # Before the platform: a call of it that is under way would be left open there.
    await made.stop()
