"""The figures of an evaluation, from what was expected and what was understood.

Out of scope and refused are both None here: a message no intent is expected of, and a message no
intent was given to.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

THRESHOLDS = tuple(step / 200 for step in range(201))


@dataclass(frozen=True)
class Judged:
    """A labelled message and what was understood.

    `expected` is the labelled intent; `best` the likeliest one, and `confidence` (0 to 1) how
    likely; `answered` the one the assistant acts on as it is configured.
    """

    text: str
    expected: str | None
    best: str | None
    confidence: float
    answered: str | None

    def at(self, threshold: float) -> str | None:
        """The intent acted on when confidences below `threshold` are refused and nothing else."""
        return self.best if self.confidence >= threshold else None


@dataclass(frozen=True)
class Score:
    """Shares, 0 to 1, nan of nothing: `accuracy` of the in-scope messages answered with their own
    intent, `loss` of those refused, `recall` of the out-of-scope messages refused; and `mcc`, the
    Matthews correlation coefficient (-1 to 1) over all messages, refusing being a class.
    """

    accuracy: float
    loss: float
    recall: float
    mcc: float


@dataclass(frozen=True)
class Point:
    """The score at a threshold."""

    threshold: float
    score: Score


@dataclass(frozen=True)
class Bin:
    """The messages in an interval of confidence: how many, their mean confidence, how many of
    them are right as a share.
    """

    count: int
    confidence: float
    right: float


@dataclass(frozen=True)
class Found:
    """Of one intent or entity: how many were expected, found, and found where expected."""

    expected: int
    found: int
    right: int

    @property
    def precision(self) -> float:
        """The share of what was found that is right; nan when nothing was found."""
        return share(self.right, self.found)

    @property
    def recall(self) -> float:
        """The share of what was expected that was found; nan when nothing was expected."""
        return share(self.right, self.expected)


@dataclass(frozen=True)
class Confusion:
    """Messages of one intent taken for another: how many, and some of them."""

    expected: str | None
    taken_for: str | None
    count: int
    examples: tuple[str, ...]


@dataclass(frozen=True)
class Span:
    """An entity in a text: its name, and the characters from `start` up to `end`."""

    name: str
    start: int
    end: int


def share(part: float, whole: float) -> float:
    """`part` of `whole`; nan of nothing."""
    return part / whole if whole else math.nan


def score(expected: Sequence[str | None], answered: Sequence[str | None]) -> Score:
    """The score of answers; both sequences go by message."""
    pairs = list(zip(expected, answered, strict=True))
    inside = [(want, given) for want, given in pairs if want is not None]
    outside = [given for want, given in pairs if want is None]
    return Score(
        share(sum(want == given for want, given in inside), len(inside)),
        share(sum(given is None for _, given in inside), len(inside)),
        share(sum(given is None for given in outside), len(outside)),
        correlation(expected, answered),
    )


def configured(judged: Sequence[Judged]) -> Score:
    """The score of what the assistant acts on."""
    return score([one.expected for one in judged], [one.answered for one in judged])


def curve(judged: Sequence[Judged]) -> tuple[Point, ...]:
    """The score at each of THRESHOLDS."""
    expected = [one.expected for one in judged]
    return tuple(Point(t, score(expected, [one.at(t) for one in judged])) for t in THRESHOLDS)


def best(points: Sequence[Point]) -> Point:
    """The point with the highest correlation, the lowest threshold among equals."""
    return max(points, key=lambda point: (point.score.mcc, -point.threshold))


def correlation(expected: Sequence[str | None], answered: Sequence[str | None]) -> float:
    """Matthews correlation coefficient for many classes (Gorodkin 2004); 0 when either side knows
    one class alone.
    """
    count = len(expected)
    right = sum(want == given for want, given in zip(expected, answered, strict=True))
    wanted, givens = Counter(expected), Counter(answered)
    shared = sum(wanted[name] * givens[name] for name in wanted)
    spread = (count**2 - sum(n**2 for n in wanted.values())) * (
        count**2 - sum(n**2 for n in givens.values())
    )
    return (right * count - shared) / math.sqrt(spread) if spread else 0.0


def by_intent(judged: Iterable[Judged]) -> dict[str | None, Found]:
    """Of each intent expected or understood, without a threshold."""
    expected: Counter[str | None] = Counter()
    found: Counter[str | None] = Counter()
    right: Counter[str | None] = Counter()
    for one in judged:
        expected[one.expected] += 1
        found[one.best] += 1
        right[one.expected] += one.best == one.expected
    return {name: Found(expected[name], found[name], right[name]) for name in {*expected, *found}}


def reliability(judged: Iterable[Judged], bins: int = 15) -> tuple[Bin, ...]:
    """Confidence beside the share of right intents, in `bins` equal intervals from 0 to 1."""
    members: list[list[Judged]] = [[] for _ in range(bins)]
    for one in judged:
        members[min(int(one.confidence * bins), bins - 1)].append(one)
    return tuple(
        Bin(
            len(group),
            share(sum(one.confidence for one in group), len(group)),
            share(sum(one.best == one.expected for one in group), len(group)),
        )
        for group in members
    )


def calibration_error(bins: Sequence[Bin]) -> float:
    """Expected calibration error: the mean distance between confidence and the share of right ones,
    each bin weighing as many as it has.
    """
    filled = [one for one in bins if one.count]
    total = sum(one.count for one in filled)
    return share(sum(one.count * abs(one.right - one.confidence) for one in filled), total)


def confusions(judged: Iterable[Judged], examples: int = 2) -> list[Confusion]:
    """Which intents are taken for which, without a threshold, the most frequent first; `examples`
    of each, the surest first.
    """
    wrong: defaultdict[tuple[str | None, str | None], list[Judged]] = defaultdict(list)
    for one in judged:
        if one.best != one.expected:
            wrong[one.expected, one.best].append(one)
    found = [
        Confusion(
            expected,
            taken_for,
            len(group),
            tuple(one.text for one in sorted(group, key=lambda one: -one.confidence)[:examples]),
        )
        for (expected, taken_for), group in wrong.items()
    ]
    return sorted(found, key=lambda one: (-one.count, one.expected or "", one.taken_for or ""))


def by_entity(pairs: Iterable[tuple[Sequence[Span], Sequence[Span]]]) -> dict[str, Found]:
    """Of each entity's name, from the spans expected and found in each text.

    A found span is right when it has the name of an expected one and the same characters but for
    one at either end (a sign, a bracket); each expected span is found once.
    """
    expected: Counter[str] = Counter()
    found: Counter[str] = Counter()
    right: Counter[str] = Counter()
    for wanted, given in pairs:
        expected.update(span.name for span in wanted)
        found.update(span.name for span in given)
        left = list(wanted)
        for span in given:
            match = next((other for other in left if _same(span, other)), None)
            if match:
                left.remove(match)
                right[span.name] += 1
    names = sorted({*expected, *found})
    return {name: Found(expected[name], found[name], right[name]) for name in names}


def total(found: Mapping[str, Found]) -> Found:
    """All names taken together."""
    return Found(
        sum(one.expected for one in found.values()),
        sum(one.found for one in found.values()),
        sum(one.right for one in found.values()),
    )


def percentile(values: Sequence[float], percent: float) -> float:
    """The value that `percent` (0 to 100) of `values` do not exceed; nan of nothing."""
    if not values:
        return math.nan
    return sorted(values)[max(0, math.ceil(len(values) * percent / 100) - 1)]


def folds(labels: Sequence[str], count: int, order: Sequence[int]) -> list[int]:
    """The fold (0 to `count` - 1) each example is held out in; every label is spread evenly.

    `order` is a permutation of the examples' places: chance, handed in.
    """
    fold = [0] * len(labels)
    following = 0
    for label in sorted(set(labels)):
        for place in order:
            if labels[place] == label:
                fold[place] = following % count
                following += 1
    return fold


def _same(found: Span, wanted: Span) -> bool:
    return (
        found.name == wanted.name
        and abs(found.start - wanted.start) <= 1
        and abs(found.end - wanted.end) <= 1
    )
