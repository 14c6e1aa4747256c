from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager

import pytest
from rasa_sdk.executor import ActionExecutor

from actions.connection import connection
from tests.actions.conversation import Conversation
from tests.fakes.shop import FakeShop, FakeTries


@pytest.fixture(scope="session")
def executor() -> ActionExecutor:
    """The actions as the action server finds them."""
    executor = ActionExecutor()
    executor.register_package("actions")
    return executor


@pytest.fixture
def tries() -> FakeTries:
    """What counts wrong proofs."""
    return FakeTries()


@pytest.fixture
def shop(monkeypatch: pytest.MonkeyPatch, tries: FakeTries) -> Iterator[FakeShop]:
    """The shop the actions ask."""
    shop = FakeShop()

    @asynccontextmanager
    async def open_fake(_url: str) -> AsyncIterator[FakeShop]:
        yield shop

    @asynccontextmanager
    async def open_fake_tries(_url: str) -> AsyncIterator[FakeTries]:
        yield tries

    monkeypatch.setattr("actions.connection.open_shop", open_fake)
    monkeypatch.setattr("actions.connection.open_tries", open_fake_tries)
    connection.cache_clear()
    yield shop
    connection.cache_clear()


@pytest.fixture
def begin(executor: ActionExecutor, shop: FakeShop) -> Callable[..., Conversation]:
    """Begins a conversation in a language, Turkish where none is named."""

    def begin(language: str | None = None) -> Conversation:
        return Conversation(executor, language)

    return begin
