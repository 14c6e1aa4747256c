"""What an evaluation found out, to be told in tables and pictures."""

from __future__ import annotations

from dataclasses import dataclass, field

from bench.understanding.figures import Found, Judged


@dataclass(frozen=True)
class Part:
    """Messages judged together: a language's, or a file's."""

    name: str
    judged: tuple[Judged, ...]


@dataclass(frozen=True)
class Steadiness:
    """How many messages keep their likeliest intent when they are typed in another way, and how
    many of `count` the one the assistant acts on.
    """

    way: str
    count: int
    best: int
    answered: int


@dataclass(frozen=True)
class Evaluation:
    """Everything measured in one run; what was not measured is empty.

    `tested` are messages the pipeline was not trained on, `crossed` its own examples, each judged
    by a pipeline trained without it. `milliseconds` are those of single messages.
    """

    title: str
    threshold: float
    tested: tuple[Part, ...] = ()
    crossed: tuple[Part, ...] = ()
    entities: dict[str, dict[str, Found]] = field(default_factory=dict)
    steadiness: dict[str, tuple[Steadiness, ...]] = field(default_factory=dict)
    milliseconds: tuple[float, ...] = ()
    examples: int = 0
    training_seconds: float = 0.0
    model_bytes: int = 0
    notes: tuple[str, ...] = ()
