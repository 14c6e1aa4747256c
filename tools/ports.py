"""The ports of the three processes."""

import socket
from collections.abc import Mapping
from contextlib import ExitStack

from tools.problem import Problem

PORTS = {"DEVIR_PORT": 8080, "DEVIR_BOT_PORT": 5005, "DEVIR_ACTIONS_PORT": 5055}
"""The setting that names each port, and its value where it is not set."""


SIMULATOR = {"DEVIR_SIMULATOR_PORT": 8090}
"""The simulator's own."""


def read_ports(environ: Mapping[str, str], wanted: Mapping[str, int] = PORTS) -> dict[str, int]:
    """Return the port for each setting that is `wanted`. Raises Problem(wrong_port)."""
    ports: dict[str, int] = {}
    for setting, standard in wanted.items():
        value = environ.get(setting) or str(standard)
        if not (value.isascii() and value.isdigit() and 1 <= int(value) <= 65535):
            raise Problem("wrong_port", f"{setting}={value} is no port: give a number to 65535.")
        if int(value) in ports.values():
            raise Problem("wrong_port", f"{setting}={value} is given twice: give each its own.")
        ports[setting] = int(value)
    return ports


def is_free(port: int) -> bool:
    """Return whether a process could listen on `port` of the loopback address."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def require_free(ports: Mapping[str, int], command: str = "run") -> None:
    """Raise Problem(port_taken) for the first port somebody else listens on.

    It tells how to call `command` with another one.
    """
    for setting, port in ports.items():
        if not is_free(port):
            raise Problem(
                "port_taken",
                f"Port {port} is taken by another program: stop it, or choose another port with"
                f" `make {command} {setting}={another(port, ports)}`.",
            )


def any_free(count: int) -> list[int]:
    """Return ports that nobody listens on now."""
    with ExitStack() as held:
        probes = [held.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [int(probe.getsockname()[1]) for probe in probes]


def another(port: int, ports: Mapping[str, int]) -> int:
    """Return a free port near `port` that none of `ports` uses."""
    near = range(port + 10, min(port + 1000, 65536), 10)
    return next((n for n in near if n not in ports.values() and is_free(n)), port + 10)
