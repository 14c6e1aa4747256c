from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.processes import Processes
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
def running(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Processes]:
    """Rasa and the actions; a test that kills one starts it again."""
    processes = Processes(model, tmp_path_factory.mktemp("contract"))
    processes.fill_shop()
    try:
        processes.start_actions()
        processes.start_rasa()
        yield processes
    finally:
        processes.close()
