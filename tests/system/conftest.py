"""One installation for all tests here; it is whole again after each."""

from collections.abc import AsyncIterator, Iterator

import aiohttp
import pytest

from tests.system.installation import ACTIONS, BOT, HANDOFF, Installation
from tools.clone import this_clone
from tools.model import is_current, train


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    clone = this_clone()
    if not is_current(clone):
        train(clone)
    made = Installation(tmp_path_factory.mktemp("installation"), clone.model)
    try:
        for name in (ACTIONS, BOT, HANDOFF):
            made.start(name)
        yield made
    finally:
        made.close()


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session
