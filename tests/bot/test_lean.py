"""Serving without TensorFlow, in a process of its own: this one has long loaded it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bot import lean

ROOT = Path(__file__).parents[2]
LOAD = """
import asyncio, sys
from bot import lean
lean.install()
from rasa.core.agent import load_agent
agent = asyncio.run(load_agent(sys.argv[1]))
parsed = asyncio.run(agent.parse_message("siparişim nerede kaldı"))
import tensorflow
print(parsed["intent"]["name"], hasattr(tensorflow, "__file__"))
"""
COMPUTE = """
from bot import lean
lean.install()
from rasa.utils.tensorflow.layers import DenseForSparse
DenseForSparse(units=3)
"""


def python(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "ignore", "-c", code, *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_a_model_is_served_without_tensorflow(model: str) -> None:
    done = python(LOAD, model)
    assert done.stdout.splitlines()[-1:] == ["track_order False"], done.stderr


def test_what_needs_it_says_so() -> None:
    done = python(COMPUTE)
    assert done.returncode != 0
    assert "DenseForSparse needs TensorFlow" in done.stderr


def test_it_is_never_left_out_half() -> None:
    assert "tensorflow" in sys.modules  # this process runs Rasa with all it has
    with pytest.raises(RuntimeError, match="already"):
        lean.install()
