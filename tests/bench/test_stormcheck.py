"""The storm's judge sees every promise that was broken."""

from dataclasses import replace

import pytest

from bench.stormcheck import Stored, Verdict, Written, judge, table

ADA, BORA = ("telegram:1", "ada"), ("telegram:1", "bora")

WRITTEN = [
    Written(ADA, "a1", tries=2, first_try=1.0, acknowledged=1.5),
    Written(ADA, "a2", tries=1, first_try=2.0, acknowledged=2.5),
    Written(BORA, "b1", tries=1, first_try=1.0, acknowledged=1.2),
]


def stored(
    seq: int,
    author: str,
    text: str,
    *,
    place: tuple[str, str] = ADA,
    name: str | None = None,
    state: str | None = None,
    double: bool = False,
) -> Stored:
    return Stored(
        id=f"{place[1]}{seq}",
        place=place,
        seq=seq,
        author=author,
        public=True,
        text=text,
        source=place[0] if name else None,
        source_id=name,
        state=state,
        error=None,
        possibly_double=double,
    )


STORED = [
    stored(1, "customer", "hello", name="a1"),
    stored(2, "bot", "Hello!\nHow can I help?", state="sent"),
    stored(3, "customer", "a person", name="a2"),
    stored(4, "agent", "Agent 1 for Ada", state="delivered"),
    stored(1, "customer", "hello", place=BORA, name="b1"),
    stored(2, "bot", "Hello!\nHow can I help?", place=BORA, state="read", double=True),
]
REPLIES = [("c1", "Agent 1 for Ada")]
SCREENS = {
    ADA: ["Hello!\nHow can I help?", "Agent 1 for Ada"],
    BORA: ["Hello!\nHow can I help?\n1. Return", "Hello!\nHow can I help?"],
}


def broken(verdict: Verdict) -> list[str]:
    return [line.partition(":")[0] for line in verdict.broken]


def test_nothing_is_broken_when_every_promise_was_kept() -> None:
    verdict = judge(WRITTEN, REPLIES, STORED, SCREENS, 0)
    assert verdict.broken == []
    assert verdict.counts["messages acknowledged"] == 3
    assert verdict.counts["calls for them, with repetitions"] == 4
    assert verdict.counts["marked possibly double"] == 1
    assert verdict.counts["lines shown more than once"] == 2
    assert "| messages acknowledged" in table("SQLite", verdict, {"platforms": "telegram"})


@pytest.mark.parametrize(
    ("changed", "promise"),
    [
        (STORED[1:], "acknowledged but not stored"),
        ([*STORED, replace(STORED[0], seq=9)], "stored twice"),
        ([*STORED, replace(STORED[0], seq=9, source_id="x9")], "stored but never written"),
        ([replace(STORED[0], place=BORA), *STORED[1:]], "stored in another's conversation"),
        ([replace(STORED[0], seq=8), *STORED[1:]], "stored out of order"),
        ([*STORED[:3], *STORED[4:]], "agents' replies acknowledged but not stored once"),
        (
            [*STORED[:3], replace(STORED[3], state="failed"), *STORED[4:]],
            "messages that did not go out",
        ),
        (
            [*STORED[:5], replace(STORED[5], possibly_double=False)],
            "shown more than once without a mark",
        ),
        ([*STORED, stored(5, "bot", "Anything else?", state="sent")], "never shown"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_stored_wrongly_is_named(changed: list[Stored], promise: str) -> None:
    assert promise in broken(judge(WRITTEN, REPLIES, changed, SCREENS, 0))


def test_messages_that_were_under_way_together_may_stand_in_any_order() -> None:
    together = [replace(WRITTEN[0], acknowledged=3.0), *WRITTEN[1:]]
    swapped = [replace(STORED[0], seq=8), *STORED[1:]]
    assert judge(together, REPLIES, swapped, SCREENS, 0).broken == []


def test_message_of_another_on_a_screen_is_named() -> None:
    screens = {**SCREENS, BORA: [*SCREENS[BORA], "Agent 1 for Ada"]}
    assert broken(judge(WRITTEN, REPLIES, STORED, screens, 0)) == ["shown to another customer"]


def test_what_is_left_open_is_named() -> None:
    assert broken(judge(WRITTEN, REPLIES, STORED, SCREENS, 2)) == ["turns left open"]
    never = [*WRITTEN, Written(ADA, "a3", tries=9, first_try=1.0)]
    assert broken(judge(never, REPLIES, STORED, SCREENS, 0)) == ["never acknowledged"]
