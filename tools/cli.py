"""The commands, and how their failures are told."""

import argparse
import os
import signal
import sys
from collections.abc import Sequence

from tools import checks, doctor, locks, run, simulate, upkeep
from tools.clone import Clone, this_clone
from tools.problem import Problem, explain_os_error


def main(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code; a Problem is one sentence on stderr and 1."""
    given = _parser().parse_args(arguments)
    end_when_told()
    clone = this_clone()
    try:
        return _call(given, clone)
    except Problem as problem:
        print(f"\n  {problem}", file=sys.stderr)
        return 1
    except OSError as error:
        explained = explain_os_error(error, f"`make {given.command}`")
        if explained is None:
            raise
        print(f"\n  {explained}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\n  Stopped.", file=sys.stderr)
        return 130


def end_when_told() -> None:
    """Let signals end this process, with whatever command is under way."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _leave)
    # What a shell starts in the background ignores it, with all that it starts.
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _leave(number: int, _frame: object) -> None:
    """End as an exception does, so that no command under way is left behind."""
    sys.exit(128 + number)


def _call(given: argparse.Namespace, clone: Clone) -> int:
    match given.command:
        case "run":
            return run.run(clone, os.environ)
        case "simulate":
            return simulate.simulate(clone, os.environ)
        case "test":
            return checks.check(clone, os.environ, checks.TESTS)
        case "check":
            return checks.check(clone, os.environ, checks.ALL)
        case "lint":
            return checks.check(clone, os.environ, checks.LINT)
        case "train":
            return upkeep.train(clone)
        case "bench":
            return upkeep.bench(clone)
        case "evaluate":
            return upkeep.evaluate(clone, given.data, given.train)
        case "seed":
            return upkeep.seed(clone, os.environ)
        case "doctor":
            return doctor.examine(clone, os.environ)
        case "lock":
            return locks.remake(clone, upgrade=given.upgrade)
        case "clean":
            return upkeep.clean(clone)
        case _:
            return upkeep.reset_demo(clone)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python3 -m tools", description="What make runs.")
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("run", "simulate", "test", "check", "lint", "train", "bench", "seed", "doctor"):
        commands.add_parser(name)
    evaluate = commands.add_parser("evaluate")
    evaluate.add_argument("--data")
    evaluate.add_argument("--train")
    for name in ("clean", "reset-demo"):
        commands.add_parser(name)
    commands.add_parser("lock").add_argument("--upgrade", action="store_true")
    return parser
