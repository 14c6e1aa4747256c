from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.dialogue.processes import Customer, Gateway, demo_shop, running_bot
from tools.clone import this_clone
from tools.model import is_current, train


@pytest.fixture(scope="session")
def model() -> Path:
    """The model of what is here now, trained first when it is not."""
    clone = this_clone()
    if not is_current(clone):
        train(clone)
    return clone.model


@pytest.fixture(scope="session")
def gateway(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    folder = tmp_path_factory.mktemp("bot")
    with running_bot(model, folder, demo_shop(folder)) as gateway:
        yield gateway


@pytest.fixture
def customer(gateway: Gateway) -> Callable[[str], Customer]:
    """Brings a new customer, on a page in a language."""
    gateway.forget_wrong_proofs()
    return lambda language: Customer(gateway, language)
