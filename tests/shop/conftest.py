"""A shop on each database it must run on."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import date

import pytest

from shop.base import Shop
from shop.connect import open_shop
from shop.migrate import migrate
from shop.seed import seed
from tests.postgres import PostgresServer

TODAY = date(2026, 11, 22)

NewUrl = Callable[[str], str]


@pytest.fixture(scope="session")
def new_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> NewUrl:
    """Gives the address of a new, empty database of the kind asked for."""

    def make(kind: str) -> str:
        if kind == "sqlite":
            return f"sqlite+aiosqlite:///{tmp_path_factory.mktemp('shop')}/shop.db"
        postgres: PostgresServer = request.getfixturevalue("postgres")
        return postgres.url(postgres.new_database())

    return make


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    """Which database the test runs on."""
    return str(request.param)


@pytest.fixture(scope="session")
def demo_url(kind: str, new_url: NewUrl) -> str:
    """A migrated shop with demo data, only to be read."""
    url = new_url(kind)
    asyncio.run(migrate(url))
    asyncio.run(seed(url, TODAY))
    return url


@pytest.fixture
def empty_url(kind: str, new_url: NewUrl) -> str:
    """A database of the test's own, without any table."""
    return new_url(kind)


@pytest.fixture
async def shop(demo_url: str) -> AsyncIterator[Shop]:
    """The demo shop, open."""
    async with open_shop(demo_url) as opened:
        yield opened
