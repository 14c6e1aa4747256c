"""A server that fails is left alone, tried once, and trusted again when it answers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.breaker import Breaker


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> Breaker:
    return Breaker(clock, failures=3, rest=30)


def enter(breaker: Breaker) -> int:
    ticket = breaker.enter()
    assert ticket is not None
    return ticket


def fail(breaker: Breaker, times: int) -> None:
    for _ in range(times):
        breaker.failed(enter(breaker))


def test_it_opens_after_so_many_failures_in_a_row(breaker: Breaker) -> None:
    fail(breaker, 2)
    breaker.succeeded(enter(breaker))
    fail(breaker, 2)
    assert breaker.enter() is not None
    fail(breaker, 1)
    assert breaker.enter() is None


def test_after_its_rest_one_probe_passes_and_no_second(breaker: Breaker, clock: Clock) -> None:
    fail(breaker, 3)
    clock.now += 29.9
    assert breaker.enter() is None
    clock.now += 0.1
    assert breaker.enter() is not None
    assert breaker.enter() is None


def test_a_probe_that_succeeds_closes_it(breaker: Breaker, clock: Clock) -> None:
    fail(breaker, 3)
    clock.now += 30
    breaker.succeeded(enter(breaker))
    fail(breaker, 2)
    assert breaker.enter() is not None


def test_a_probe_that_fails_opens_it_for_a_whole_rest(breaker: Breaker, clock: Clock) -> None:
    fail(breaker, 3)
    clock.now += 30
    fail(breaker, 1)
    clock.now += 29.9
    assert breaker.enter() is None
    clock.now += 0.1
    assert breaker.enter() is not None


def test_a_probe_nobody_waits_for_leaves_room_for_another(breaker: Breaker, clock: Clock) -> None:
    fail(breaker, 3)
    clock.now += 30
    breaker.abandoned(enter(breaker))
    assert breaker.enter() is not None


def test_a_server_that_asks_for_rest_gets_it_at_once(breaker: Breaker, clock: Clock) -> None:
    breaker.failed(enter(breaker), asked_to_rest=7)
    clock.now += 6.9
    assert breaker.enter() is None
    clock.now += 0.1
    assert breaker.enter() is not None


def test_no_server_gets_more_than_five_minutes(breaker: Breaker, clock: Clock) -> None:
    breaker.failed(enter(breaker), asked_to_rest=86_400)
    clock.now += 300
    assert breaker.enter() is not None


def test_answers_to_questions_from_before_it_opened_count_no_more(
    breaker: Breaker, clock: Clock
) -> None:
    early, late = enter(breaker), enter(breaker)
    fail(breaker, 3)
    breaker.succeeded(early)
    assert breaker.enter() is None
    clock.now += 30
    probe = enter(breaker)
    breaker.failed(late)
    breaker.abandoned(late)
    assert breaker.enter() is None
    breaker.succeeded(probe)
    assert breaker.enter() is not None


@given(st.lists(st.sampled_from(["ask", "succeed", "fail", "abandon", "wait"]), max_size=60))
def test_whatever_happens_a_server_that_answers_again_is_asked_again(steps: list[str]) -> None:
    clock = Clock()
    breaker = Breaker(clock, failures=3, rest=30)
    passes: list[int] = []
    for step in steps:
        if step == "ask":
            ticket = breaker.enter()
            passes += [ticket] if ticket is not None else []
        elif step == "wait":
            clock.now += 31
        elif passes:
            told = {"succeed": breaker.succeeded, "fail": breaker.failed}
            told.get(step, breaker.abandoned)(passes.pop(0))
    for ticket in passes:
        breaker.abandoned(ticket)
    clock.now += 31
    breaker.succeeded(enter(breaker))
    assert {breaker.enter() for _ in range(5)} != {None}
