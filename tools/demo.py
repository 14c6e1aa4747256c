"""The demo run's own secrets and settings."""

import os
import secrets
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tools import commands
from tools.clone import Clone
from tools.model import RASA_ENVIRON
from tools.ports import read_ports
from tools.problem import explain_output

LOGIN = "demo"
NAME = "Deniz Yalın"
PASSWORD = "DEVIR_DEMO_PASSWORD"
_ROLE = ("--role", "supervisor")  # a demo shows everything
_GENERATED = ("DEVIR_BOT_TOKEN", "DEVIR_IDENTITY_SECRET", "DEVIR_MASK_KEY")


def read_secrets(path: Path) -> dict[str, str]:
    """Return the KEY=VALUE lines of `path`, nothing when there is no such file."""
    if not path.is_file():
        return {}
    lines = path.read_text(encoding="utf-8").splitlines()
    pairs = (line.partition("=") for line in lines if line.strip() and not line.startswith("#"))
    return {key.strip(): value.strip() for key, _, value in pairs}


def store_secret(path: Path, key: str, value: str) -> None:
    """Set `key` in `path` and keep every other line; only the owner can read the file."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    kept = [line for line in lines if line.partition("=")[0].strip() != key]
    new = path.with_suffix(".new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write("\n".join([*kept, f"{key}={value}"]) + "\n")
    new.replace(path)


def make_secrets(path: Path) -> dict[str, str]:
    """Return the demo's secrets; what is missing is made at random, what is there stays."""
    known = read_secrets(path)
    if known:
        path.chmod(0o600)
    for key in _GENERATED:
        if not known.get(key):
            store_secret(path, key, secrets.token_urlsafe(32))
    return read_secrets(path)


def settings(environ: Mapping[str, str], made: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of the three processes: `environ`, completed for a demo.

    What `environ` sets wins, then the secrets in `made`, then the demo's own values.
    """
    ports = {setting: str(port) for setting, port in read_ports(environ).items()}
    standard = {
        "DEVIR_HOST": "127.0.0.1",
        "DEVIR_DATABASE_URL": "sqlite+aiosqlite:///var/devir.db",
        "DEVIR_SHOP_URL": "sqlite+aiosqlite:///var/shop.db",
        "DEVIR_BOT_URL": f"http://127.0.0.1:{ports['DEVIR_BOT_PORT']}",
        "DEVIR_ACTIONS_URL": f"http://127.0.0.1:{ports['DEVIR_ACTIONS_PORT']}",
        "DEVIR_PUBLIC_URL": f"http://127.0.0.1:{ports['DEVIR_PORT']}",
        "DEVIR_DEMO": "true",
        **RASA_ENVIRON,
    }
    generated = {key: made[key] for key in _GENERATED if key in made}
    chosen = {key: value for key, value in environ.items() if value}
    return {**standard, **generated, **chosen, **ports}


def prepare_data(clone: Clone, environ: Mapping[str, str]) -> None:
    """Migrate both databases and fill the demo shop; harmless when repeated. Raises Problem."""
    for doing, arguments in (
        ("Migrating the service's database", ("handoff", "migrate")),
        ("Migrating the shop's database", ("shop", "migrate")),
        ("Filling the demo shop", ("shop", "seed")),
    ):
        commands.run(
            [clone.service_python, "-m", *arguments],
            doing=doing,
            log=clone.logs / "data.log",
            root=clone.root,
            environ=environ,
        )


def make_agent(clone: Clone, environ: Mapping[str, str]) -> str:
    """Make the demo agent unless there is one, and return the password. Raises Problem.

    An agent whose password is not known here gets a new one.
    """
    password = _agent_command(clone, environ, "add-agent", "--name", NAME, *_ROLE, "--if-missing")
    if not password:
        if known := read_secrets(clone.secrets).get(PASSWORD):
            return known
        password = _agent_command(clone, environ, "reset-password")
    store_secret(clone.secrets, PASSWORD, password)
    return password


def _agent_command(clone: Clone, environ: Mapping[str, str], *arguments: str) -> str:
    """Run a command that prints a password, which is kept out of every log."""
    command: list[str | Path] = [clone.service_python, "-m", "handoff", *arguments]
    command += ["--login", LOGIN]
    # The service would take a password from here and print none.
    chosen = {key: value for key, value in environ.items() if key != "DEVIR_AGENT_PASSWORD"}
    done = subprocess.run(command, cwd=clone.root, env=chosen, capture_output=True, text=True)
    if done.returncode != 0:
        raise explain_output(done.stderr, "Making the demo agent", "nothing more was said")
    return done.stdout.strip()
