"""`make doctor`: what is in order here, what is not, and what to do about it."""

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tools import demo, environments, health, model, ports
from tools.chromium import SETTING, find_chromium
from tools.clone import Clone
from tools.environments import OLDEST_UV, RASA_PYTHON
from tools.problem import Problem
from tools.pythons import require_python

_MODES_OF_OTHERS = 0o077


@dataclass(frozen=True)
class Here:
    """What is examined."""

    clone: Clone
    environ: Mapping[str, str]


@dataclass(frozen=True)
class Finding:
    """One line of the report: what was looked at, how it is, and the fix when it is wrong.

    `ok` None means neither right nor wrong: it is not running, or should be looked at.
    """

    subject: str
    state: str
    ok: bool | None = True
    fix: str = ""

    def __str__(self) -> str:
        sign = {True: "ok", False: "PROBLEM", None: "-"}[self.ok]
        fix = f" → {self.fix}" if self.fix else ""
        return f"  {sign:8} {self.subject:20} {self.state}{fix}"


def examine(clone: Clone, environ: Mapping[str, str]) -> int:
    """Print what is in order and what is not; 0 without a problem, else 1.

    Changes nothing and works in a clone where nothing is built yet.
    """
    findings: list[Finding] = []
    for look in _LOOKS:
        try:
            found = look(Here(clone, environ))
        except Problem as problem:
            found = [Finding(look.__name__.removeprefix("_"), str(problem), ok=False)]
        for finding in found:
            print(finding, flush=True)
        findings += found
    wrong = sum(finding.ok is False for finding in findings)
    print(f"\n  {wrong} problem{'s' * (wrong != 1)}." if wrong else "\n  All in order.")
    return 1 if wrong else 0


def _pythons(here: Here) -> list[Finding]:
    own = Finding("python", "{}.{}.{}".format(*sys.version_info[:3]))
    subject = f"python {RASA_PYTHON}"
    try:
        found = require_python(RASA_PYTHON, environments.find_uv(here.clone), here.environ)
        return [own, Finding(subject, str(found))]
    except Problem as problem:
        return [own, Finding(subject, str(problem), ok=False)]


def _uv(here: Here) -> list[Finding]:
    if found := environments.find_uv(here.clone):
        return [Finding("uv", str(found))]
    wanted = ".".join(map(str, OLDEST_UV))
    return [Finding("uv", f"none from {wanted} on; `make run` installs the locked one", ok=None)]


def _environments(here: Here) -> list[Finding]:
    findings = []
    for one in (environments.SERVICE, environments.RASA):
        if environments.is_current(here.clone, one):
            findings.append(Finding(one.folder, f"holds what its lock says ({one.holds})"))
        else:
            there = one.interpreter(here.clone).exists()
            state = "is older than its lock" if there else "is not there"
            findings.append(Finding(one.folder, state, ok=False, fix="make run"))
    return findings


def _model(here: Here) -> list[Finding]:
    if model.is_current(here.clone):
        return [Finding("model", "made from what is here now")]
    state = "older than what it is made from" if here.clone.model.exists() else "not trained yet"
    return [Finding("model", state, ok=False, fix="make train")]


def _secrets(here: Here) -> list[Finding]:
    if not here.clone.secrets.exists():
        return [Finding("secrets", "none yet; `make run` makes the demo's own", ok=None)]
    path = here.clone.relative(here.clone.secrets)
    mode = here.clone.secrets.stat().st_mode & 0o777
    if mode & _MODES_OF_OTHERS:
        return [
            Finding(
                "secrets", "readable by others", ok=False, fix=f"chmod 600 {here.clone.secrets}"
            )
        ]
    return [Finding("secrets", f"{path}, readable by you alone")]


def _service(here: Here) -> list[Finding]:
    """The settings and the databases, as the service's own code sees them."""
    if not environments.is_current(here.clone, environments.SERVICE):
        return [Finding("settings", "cannot be read before .venv is built", ok=None)]
    if not here.clone.secrets.exists() and "DEVIR_BOT_TOKEN" not in here.environ:
        return [Finding("settings", "none yet; `make run` makes the demo's own", ok=None)]
    done = subprocess.run(
        [here.clone.service_python, "-m", "tools.service"],
        cwd=here.clone.root,
        env=demo.settings(here.environ, demo.read_secrets(here.clone.secrets)),
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        said = (done.stderr.splitlines() or ["it said nothing"])[-1]
        return [Finding("settings", f"cannot be examined: {said}", ok=False)]
    return [Finding(**found) for found in json.loads(done.stdout)]


def _processes(here: Here) -> list[Finding]:
    chosen = ports.read_ports(here.environ)
    now = health.ask(f"http://127.0.0.1:{chosen['DEVIR_PORT']}")
    findings = []
    if now.parts:
        findings.append(Finding("service", f"answers on port {chosen['DEVIR_PORT']}"))
        for name, state in now.parts.items():
            good = state == "ok"
            fix = "" if good else "the reason is in var/log/"
            findings.append(Finding(name, "ready" if good else state, ok=good, fix=fix))
        for name, told in now.warnings.items():
            fix = "docs/operations.md, “Wrong proofs”"
            findings.append(Finding(name, told, ok=None, fix=fix))
        return findings
    for setting, port in chosen.items():
        if ports.is_free(port):
            findings.append(Finding(f"port {port}", "free", ok=True))
        else:
            fix = f"stop it, or make run {setting}={ports.another(port, chosen)}"
            findings.append(Finding(f"port {port}", "taken by another program", ok=False, fix=fix))
    findings.append(Finding("service", "not running; `make run` starts it", ok=None))
    return findings


def _browser(here: Here) -> list[Finding]:
    if found := find_chromium(here.environ):
        return [Finding("chromium", str(found))]
    fix = f"`make test` installs it as root; otherwise apt-get install chromium, or {SETTING}"
    return [Finding("chromium", "not there, and the browser tests need it", ok=None, fix=fix)]


_LOOKS: tuple[Callable[[Here], list[Finding]], ...] = (
    *(_pythons, _uv, _environments, _model, _secrets, _service, _processes, _browser),
)
