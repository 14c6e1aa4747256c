"""`make run`: everything from a clean clone to an open page."""

import asyncio
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from tools import clone as clones
from tools import demo, environments, health, model, ports
from tools.clone import Clone
from tools.commands import Said
from tools.problem import Problem
from tools.processes import Ended, Process, last_lines, read_procfile, run_together
from tools.progress import Progress

_READY_SECONDS = 180.0
_ASK_SECONDS = 0.25
_SPARE_BYTES = 300_000_000


@dataclass(frozen=True)
class Step:
    """One long step: what it is called, and what does it."""

    title: str
    work: Callable[[Said], None]


@dataclass(frozen=True)
class Company:
    """What runs beside the three processes: more of them, with ports and settings of their own.

    `addresses` are what is printed first when all is ready, each with its name.
    """

    command: str = "run"
    processes: tuple[Process, ...] = ()
    ports: Mapping[str, int] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)
    addresses: tuple[tuple[str, str], ...] = ()


def run(clone: Clone, environ: Mapping[str, str], company: Company = Company()) -> int:
    """Build what is missing, start the three processes and stay until they stop.

    Returns 0 after Ctrl-C or SIGTERM, 1 when a process ended by itself. Raises Problem.
    """
    chosen_ports = {**ports.read_ports(environ), **company.ports}
    clones.require_writable(clone)
    with clones.only_one(clone, "run"):
        ports.require_free(chosen_ports, company.command)
        building = build_steps(clone, (environments.RASA, environments.SERVICE))
        progress = Progress(len(building) + 2)
        take(building, progress)
        settings = {
            **demo.settings(environ, demo.make_secrets(clone.secrets)),
            **company.settings,
        }
        with progress.step("Prepare the databases") as said:
            said("tables, demo shop, demo agent")
            demo.prepare_data(clone, settings)
            password = demo.make_agent(clone, settings)
        ended = asyncio.run(_serve(clone, settings, progress, password, company))
    if ended is None:
        return 0
    log = clone.logs / f"{ended.name}.log"
    print(last_lines(log), file=sys.stderr)
    raise Problem(
        "process_ended",
        f"`{ended.name}` ended by itself (code {ended.code}) and the others were stopped: the"
        f" reason is in {clone.relative(log)}.",
    )


def install_steps(clone: Clone, wanted: Sequence[environments.Environment]) -> list[Step]:
    """Return what has to be installed before `wanted` environments are current.

    Raises Problem(disk_full) when there is no room for it.
    """
    missing = [one for one in wanted if not environments.is_current(clone, one)]
    new = [one for one in missing if not one.interpreter(clone).exists()]
    clones.require_space(clone, sum(one.size for one in new) + _SPARE_BYTES)
    return [Step(f"Install {one.holds}", _installer(clone, one)) for one in missing]


def build_steps(clone: Clone, wanted: Sequence[environments.Environment]) -> list[Step]:
    """Return what has to be done before `wanted` environments and the model are current.

    Raises Problem(disk_full) when there is no room for it.
    """
    steps = install_steps(clone, wanted)
    if not model.is_current(clone):
        steps.append(Step("Train the model", lambda said: model.train(clone, said)))
    return steps


def take(steps: Sequence[Step], progress: Progress) -> None:
    """Take each step in turn, showing it."""
    for step in steps:
        with progress.step(step.title) as said:
            step.work(said)


def _installer(clone: Clone, environment: environments.Environment) -> Callable[[Said], None]:
    return lambda said: environments.build(clone, environment, said)


async def _serve(
    clone: Clone,
    settings: Mapping[str, str],
    progress: Progress,
    password: str,
    company: Company,
) -> Ended | None:
    address = settings["DEVIR_PUBLIC_URL"]
    addresses = (
        *company.addresses,
        ("Shop page", f"{address}/demo"),
        ("Console", f"{address}/console"),
        ("Sign in", f"{demo.LOGIN}  {password}"),
    )
    local = f"http://127.0.0.1:{settings['DEVIR_PORT']}"
    started = time.monotonic()

    async def watch() -> None:
        with progress.step("Start the three processes") as said:
            while True:
                now = await asyncio.to_thread(health.ask, local)
                if now.ready:
                    break
                said(f"waiting for {now.waiting_for}")
                if time.monotonic() - started > _READY_SECONDS:
                    raise Problem(
                        "not_ready",
                        f"Not everything is ready after {_READY_SECONDS:.0f} seconds (waiting for"
                        f" {now.waiting_for}): the reason is in var/log/.",
                    )
                await asyncio.sleep(_ASK_SECONDS)
        print(_welcome(addresses), flush=True)

    return await run_together(
        [*read_procfile(clone.root / "Procfile"), *company.processes],
        environ=settings,
        root=clone.root,
        logs=clone.logs,
        watch=watch,
        stopping=lambda: print("\n  Stopping …", flush=True),
    )


def _welcome(addresses: Sequence[tuple[str, str]]) -> str:
    lines = "\n".join(f"    {name:11} {told}" for name, told in addresses)
    return f"""
  Devir is ready.

{lines}

  Ctrl-C stops it. What it logs: var/log/
"""
