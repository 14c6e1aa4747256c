"""Rasa without TensorFlow, for serving a model that has no use for it.

Rasa 3.6 imports TensorFlow for its neural components whether or not a model has one: 300 of the 530
MB the process held, and a third of the time it took to start. Here its modules are stand-ins that
can be imported, subclassed and used as decorators; whoever would compute with them gets an error.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, Optional

_LEFT_OUT = frozenset({"keras", "tensorflow", "tensorflow_hub"})


class _StandIn(type):
    """Classes whose attributes are stand-ins too, so that `tf.keras.layers.Layer` is one."""

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Absent

    def __call__(cls, *arguments: Any, **options: Any) -> Any:
        if cls is not Absent:
            raise RuntimeError(
                f"{cls.__name__} needs TensorFlow, which this process leaves out (bot/lean.py). "
                "Start it with `python -m rasa` instead of `python -m bot`."
            )
        used_as_decorator = len(arguments) == 1 and callable(arguments[0]) and not options
        return arguments[0] if used_as_decorator else Absent


class Absent(metaclass=_StandIn):
    """Anything of TensorFlow's."""


class _Module(ModuleType):
    __version__ = ""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Absent


class _Finder(MetaPathFinder, Loader):
    def find_spec(
        self, name: str, path: Optional[Sequence[str]], target: Optional[ModuleType] = None
    ) -> Optional[ModuleSpec]:
        if name.partition(".")[0] not in _LEFT_OUT:
            return None
        return ModuleSpec(name, self, is_package=True)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _Module(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """There is nothing in it."""


def install() -> None:
    """Leave TensorFlow out of this process; raises RuntimeError when it is already loaded."""
    if "tensorflow" in sys.modules:
        raise RuntimeError("TensorFlow is loaded already: leave it out before Rasa is imported.")
    sys.meta_path.insert(0, _Finder())
