"""The ports of the three processes."""

import socket
from collections.abc import Iterator

import pytest

from tools.ports import PORTS, is_free, read_ports, require_free
from tools.problem import Problem


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_without_settings_the_standard_ports_are_used() -> None:
    assert read_ports({"DEVIR_BOT_PORT": ""}) == PORTS


def test_a_setting_moves_one_port() -> None:
    assert read_ports({"DEVIR_PORT": "9090"}) == {**PORTS, "DEVIR_PORT": 9090}


@pytest.mark.parametrize("value", ["0", "65536", "-1", "http", "٨٠", "80.5"])
def test_what_is_no_port_is_refused_by_name(value: str) -> None:
    with pytest.raises(Problem, match="DEVIR_PORT") as caught:
        read_ports({"DEVIR_PORT": value})
    assert caught.value.code == "wrong_port"


def test_two_processes_cannot_share_a_port() -> None:
    with pytest.raises(Problem, match="given twice"):
        read_ports({"DEVIR_PORT": "9000", "DEVIR_BOT_PORT": "9000"})


def test_a_taken_port_is_named_with_a_free_one_in_its_place(taken: int) -> None:
    with pytest.raises(Problem) as caught:
        require_free({"DEVIR_PORT": taken})
    assert caught.value.code == "port_taken"
    assert f"Port {taken} is taken" in str(caught.value)
    proposed = int(str(caught.value).rpartition("DEVIR_PORT=")[2].rstrip("`."))
    assert is_free(proposed)


def test_a_port_is_free_again_when_its_listener_is_gone(taken: int) -> None:
    assert not is_free(taken)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number = probe.getsockname()[1]
    require_free({"DEVIR_PORT": number})
