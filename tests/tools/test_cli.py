"""`python -m tools` as make calls it: what is wrong is one sentence, never a traceback."""

import hashlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
UV = """#!/bin/sh
case "$1 $2" in
  --version*) echo "uv 9.9.9" ;;
  "python find") exit 2 ;;
  *) echo "error: dns error" >&2; exit 2 ;;
esac
"""


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    for name in ("tools", "requirements"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "uv").write_text(UV)
    (tmp_path / "bin" / "uv").chmod(0o755)
    return tmp_path


def free_ports() -> dict[str, str]:
    """Return three ports nobody listens on."""
    listeners = [socket.create_server(("127.0.0.1", 0)) for _ in range(3)]
    numbers = [str(listener.getsockname()[1]) for listener in listeners]
    for listener in listeners:
        listener.close()
    return dict(zip(("DEVIR_PORT", "DEVIR_BOT_PORT", "DEVIR_ACTIONS_PORT"), numbers, strict=True))


def call(
    clone: Path, command: str, *options: str, **environ: str
) -> subprocess.CompletedProcess[str]:
    kept = {"PATH": f"{clone}/bin", "HOME": str(clone), **free_ports()}
    return subprocess.run(
        [sys.executable, "-m", "tools", command, *options],
        cwd=clone,
        env={**kept, **environ},
        capture_output=True,
        text=True,
    )


def sentence(done: subprocess.CompletedProcess[str]) -> str:
    """Return the one sentence a failed command ends with."""
    assert done.returncode == 1
    assert "Traceback" not in done.stdout + done.stderr
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1
    return lines[0].strip()


def test_a_taken_port(clone: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        taken = str(listener.getsockname()[1])
        said = sentence(call(clone, "run", DEVIR_PORT=taken))
    assert said.startswith(f"Port {taken} is taken by another program: stop it, or")
    assert not (clone / ".venv").exists()


def test_no_python_for_rasa(clone: Path) -> None:
    assert sentence(call(clone, "run")).startswith("Rasa needs Python 3.10, which is not on this")


def test_no_network(clone: Path) -> None:
    python = clone / "bin" / "python3.10"
    python.write_text("#!/bin/sh\necho 3.10\n")
    python.chmod(0o755)
    said = sentence(call(clone, "run"))
    assert said.startswith("Installing Rasa needs the package index, which does not answer")
    assert not (clone / ".venv-rasa" / ".devir-lock").exists()


def test_a_file_where_a_folder_should_be(clone: Path) -> None:
    (clone / "var").touch()
    assert sentence(call(clone, "run")).endswith("var is in the way of a folder: move it away.")


def test_what_a_run_keeps_is_for_its_owner_alone(clone: Path) -> None:
    sentence(call(clone, "run"))
    assert (clone / "var").stat().st_mode & 0o777 == 0o700


def test_a_second_run_in_the_same_clone(clone: Path) -> None:
    import fcntl

    (clone / "var").mkdir()
    with (clone / "var" / "run.lock").open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        assert sentence(call(clone, "run")).startswith("`make run` already runs in this clone")


def test_the_doctor_works_where_nothing_is_built(clone: Path) -> None:
    for name in ("bot", "data"):
        (clone / name).mkdir()
    for name in ("domain.yml", "config.yml"):
        (clone / name).touch()
    before = sorted(clone.rglob("*"))
    done = call(clone, "doctor")
    assert done.returncode == 1
    assert done.stderr == ""
    for line in (".venv ", ".venv-rasa", "model", "python 3.10"):
        assert f"PROBLEM  {line}" in done.stdout
    assert sorted(path for path in clone.rglob("*") if "__pycache__" not in path.parts) == before


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_training_told_to_stop_leaves_nothing_behind(clone: Path, number: signal.Signals) -> None:
    python = clone / ".venv-rasa" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text("#!/bin/sh\necho $$ > pid.new; mv pid.new pid; exec sleep 600\n")
    python.chmod(0o755)
    digest = hashlib.sha256((clone / "requirements" / "rasa.lock").read_bytes()).hexdigest()
    (clone / ".venv-rasa" / ".devir-lock").write_text(f"rasa {digest}\n")
    for name in ("domain.yml", "config.yml"):
        (clone / name).touch()
    with subprocess.Popen(
        # As a shell's background job, which is told to ignore SIGINT.
        ["sh", "-c", 'trap "" INT; exec "$0" -m tools train', sys.executable],
        cwd=clone,
        env={"PATH": "/usr/bin:/bin", "HOME": str(clone)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as tool:
        while not (clone / "pid").exists():
            assert tool.poll() is None
            time.sleep(0.01)
        tool.send_signal(number)
        _, said = tool.communicate()
    assert tool.returncode in {130, 128 + number}
    assert "Traceback" not in said
    with pytest.raises(ProcessLookupError):
        os.kill(int((clone / "pid").read_text()), 0)
    assert not list((clone / "var" / "models").glob("training-*"))


def test_evaluate_runs_in_rasas_environment_and_hands_on_its_exit_code(clone: Path) -> None:
    python = clone / ".venv-rasa" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text('#!/bin/sh\nprintf "%s|" "$@"\nexit 3\n')
    python.chmod(0o755)
    digest = hashlib.sha256((clone / "requirements" / "rasa.lock").read_bytes()).hexdigest()
    (clone / ".venv-rasa" / ".devir-lock").write_text(f"rasa {digest}\n")
    done = call(clone, "evaluate", "--data", "a test.csv", "--train", "train.csv")
    assert done.stdout == "-m|bench.understanding|--data|a test.csv|--train|train.csv|"
    assert done.returncode == 3
    assert call(clone, "evaluate").stdout == "-m|bench.understanding|"


def test_clean_keeps_databases_and_secrets_and_reset_demo_removes_them(clone: Path) -> None:
    for name in (".venv/bin/python", "var/models/devir.tar.gz", "var/devir.db", "var/demo.env"):
        (clone / name).parent.mkdir(parents=True, exist_ok=True)
        (clone / name).touch()
    assert call(clone, "clean").returncode == 0
    assert not (clone / ".venv").exists()
    assert not (clone / "var" / "models").exists()
    assert (clone / "var" / "devir.db").exists()
    assert (clone / "var" / "demo.env").exists()
    assert call(clone, "reset-demo").returncode == 0
    assert not (clone / "var" / "devir.db").exists()
    assert not (clone / "var" / "demo.env").exists()


def test_help_names_every_command_of_the_makefile() -> None:
    done = subprocess.run(["make"], cwd=ROOT, env=os.environ, capture_output=True, text=True)
    for command in (
        "run",
        "test",
        "check",
        "train",
        "bench",
        "evaluate",
        "seed",
        "doctor",
        "lock",
        "clean",
    ):
        assert f"make {command} " in done.stdout
    assert done.returncode == 0
