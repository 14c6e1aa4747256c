"""What must be true after the storm. Pure: it compares what was written, stored and shown."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import permutations
from typing import Any

Place = tuple[str, str]
"""Where a conversation is held: the platform's account and the customer's address there."""

_MENU = re.compile(r"^\d+\. ")
"""A line that a platform without buttons makes of one."""


@dataclass
class Written:
    """A customer's message: when it was first brought, and when it was first acknowledged."""

    place: Place
    source_id: str
    tries: int = 0
    first_try: float | None = None
    acknowledged: float | None = None


@dataclass(frozen=True)
class Stored:
    """A row of the transcript, with how it fared on its platform if it had to go there."""

    id: str
    place: Place
    seq: int
    author: str
    public: bool
    text: str | None
    source: str | None
    source_id: str | None
    state: str | None
    error: str | None
    possibly_double: bool


@dataclass
class Verdict:
    """What was counted, and every promise that was broken: empty when all were kept."""

    counts: dict[str, int] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)

    def count(
        self, name: str, found: Sequence[object] | int, *, must_be_none: bool = False
    ) -> None:
        """Keep a number; of what must not be, the first few are named."""
        number = found if isinstance(found, int) else len(found)
        self.counts[name] = number
        if must_be_none and number:
            some = "" if isinstance(found, int) else f": {list(found)[:3]}"
            self.broken.append(f"{name}: {number}{some}")


def judge(
    written: Sequence[Written],
    replies: Sequence[tuple[str, str]],
    stored: Sequence[Stored],
    screens: Mapping[Place, Sequence[str]],
    open_turns: int,
) -> Verdict:
    """Return what became of everything; `replies` are the agents', as (conversation's id, text)."""
    verdict = Verdict()
    _inbound(verdict, written, stored)
    _order(verdict, written, stored)
    verdict.count("turns left open", open_turns, must_be_none=True)
    outgoing = [one for one in stored if one.public and one.author != "customer"]
    _outbound(verdict, replies, outgoing)
    _screens(verdict, outgoing, screens)
    return verdict


def _inbound(verdict: Verdict, written: Sequence[Written], stored: Sequence[Stored]) -> None:
    known = Counter((one.place[0], one.source_id) for one in stored if one.author == "customer")
    where = {(one.place[0], one.source_id): one.place for one in stored}
    acknowledged = [one for one in written if one.acknowledged is not None]
    verdict.count("messages written by customers", written)
    verdict.count("calls for them, with repetitions", sum(one.tries for one in written))
    verdict.count("messages acknowledged", acknowledged)
    names = [(one.place[0], one.source_id) for one in acknowledged]
    verdict.count(
        "acknowledged but not stored",
        [name for name in names if not known[name]],
        must_be_none=True,
    )
    verdict.count(
        "never acknowledged",
        [one.source_id for one in written if one.acknowledged is None],
        must_be_none=True,
    )
    verdict.count("stored twice", [name for name in known if known[name] > 1], must_be_none=True)
    ours = {(one.place[0], one.source_id) for one in written}
    verdict.count(
        "stored but never written", [name for name in known if name not in ours], must_be_none=True
    )
    verdict.count(
        "stored in another's conversation",
        [
            one.source_id
            for one in written
            if where.get((one.place[0], one.source_id), one.place) != one.place
        ],
        must_be_none=True,
    )


def _order(verdict: Verdict, written: Sequence[Written], stored: Sequence[Stored]) -> None:
    """What was acknowledged before another was first brought must stand before it."""
    seqs = {(one.place[0], one.source_id): one.seq for one in stored if one.author == "customer"}
    by_place: dict[Place, list[Written]] = defaultdict(list)
    for one in written:
        by_place[one.place].append(one)

    def place(one: Written) -> int | None:
        return seqs.get((one.place[0], one.source_id))

    wrong = [
        (before.source_id, after.source_id)
        for entries in by_place.values()
        for before, after in permutations(entries, 2)
        if before.acknowledged is not None
        and after.first_try is not None
        and before.acknowledged < after.first_try
        and (place(before) or 0) > (place(after) or 1 << 30)
    ]
    verdict.count("stored out of order", wrong, must_be_none=True)


def _outbound(
    verdict: Verdict, replies: Sequence[tuple[str, str]], outgoing: Sequence[Stored]
) -> None:
    for author, name in (("bot", "bot"), ("agent", "agents"), ("system", "notices")):
        verdict.count(f"messages to customers, {name}", [m for m in outgoing if m.author == author])
    texts = Counter(one.text for one in outgoing if one.author == "agent")
    verdict.count(
        "agents' replies acknowledged but not stored once",
        [text for _, text in replies if texts[text] != 1],
        must_be_none=True,
    )
    arrived = ("sent", "delivered", "read")
    verdict.count(
        "messages that did not go out",
        [(one.state, one.error) for one in outgoing if one.state not in arrived],
        must_be_none=True,
    )


def _screens(
    verdict: Verdict, outgoing: Sequence[Stored], screens: Mapping[Place, Sequence[str]]
) -> None:
    """Compare line by line: platforms may merge messages or cut them in parts."""
    missing, foreign, silent, doubled = [], [], [], 0
    flagged = [one for one in outgoing if one.possibly_double]
    for place in {*screens, *(one.place for one in outgoing)}:
        mine = [one for one in outgoing if one.place == place]
        shown = Counter(_lines(screens.get(place, ())))
        wanted = Counter(line for one in mine for line in _lines([one.text or ""]))
        doubtful = Counter(
            line for one in mine if one.possibly_double for line in _lines([one.text or ""])
        )
        missing += [(place, line) for line in wanted if shown[line] < wanted[line]]
        foreign += [(place, line) for line in shown if line not in wanted and not _MENU.match(line)]
        for line in wanted:
            more = shown[line] - wanted[line]
            doubled += max(0, more)
            if more > 0 and not doubtful[line]:
                silent.append((place, line, more))
    verdict.count("never shown", missing, must_be_none=True)
    verdict.count("shown to another customer", foreign, must_be_none=True)
    verdict.count("marked possibly double", flagged)
    verdict.count("lines shown more than once", doubled)
    verdict.count("shown more than once without a mark", silent, must_be_none=True)


def _lines(texts: Iterable[str]) -> list[str]:
    return [line.strip() for text in texts for line in text.splitlines() if line.strip()]


def table(title: str, verdict: Verdict, others: Mapping[str, Any]) -> str:
    """Return everything that was counted as a table in Markdown."""
    rows = [("", title), *((name, str(value)) for name, value in others.items())]
    rows += [(name, f"{number:,}") for name, number in verdict.counts.items()]
    wide = max(len(name) for name, _ in rows)
    lines = [f"| {name:{wide}} | {value:>12} |" for name, value in rows]
    return "\n".join([lines[0], f"|{'-' * (wide + 2)}|{'-' * 13}:|", *lines[1:]])
