"""How often somebody may ask."""

import pytest

from handoff.errors import RateLimited
from handoff.web import limits
from handoff.web.limits import Buckets


class Seconds:
    """A clock that stands still until the test moves it."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_half_a_minutes_worth_may_come_at_once_and_the_rest_as_time_goes_by() -> None:
    clock = Seconds()
    buckets = Buckets(60, clock)
    for _ in range(30):
        buckets.take("ada")
    with pytest.raises(RateLimited) as refused:
        buckets.take("ada")
    assert refused.value.fields == {"retry_after": 1}

    clock.now += 1
    buckets.take("ada")
    with pytest.raises(RateLimited):
        buckets.take("ada")


def test_who_waits_as_long_as_told_is_let_through() -> None:
    clock = Seconds()
    buckets = Buckets(4, clock)
    buckets.take("ada")
    buckets.take("ada")
    with pytest.raises(RateLimited) as refused:
        buckets.take("ada")
    clock.now += refused.value.fields["retry_after"]
    buckets.take("ada")


def test_a_long_pause_saves_up_no_more_than_a_full_bucket() -> None:
    clock = Seconds()
    buckets = Buckets(10, clock)
    buckets.take("ada")
    clock.now += 3600
    for _ in range(5):
        buckets.take("ada")
    with pytest.raises(RateLimited):
        buckets.take("ada")


def test_one_who_asks_too_often_holds_up_nobody_else() -> None:
    buckets = Buckets(2, Seconds())
    buckets.take("ada")
    with pytest.raises(RateLimited):
        buckets.take("ada")
    buckets.take("bora")


def test_memory_is_bounded_and_forgets_who_was_quiet_longest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limits, "_MOST_KEYS", 3)
    buckets = Buckets(2, Seconds())
    for key in ("ada", "bora", "ceren", "deniz"):
        buckets.take(key)
    assert len(buckets._level) == 3
    with pytest.raises(RateLimited):
        buckets.take("deniz")
    buckets.take("ada")
