"""Calls are spread so that a platform need not refuse them."""

from handoff.channels.pacing import Pacer


def test_a_burst_goes_at_once_and_the_rest_at_the_rate() -> None:
    pacer = Pacer(rate=2, burst=3)
    assert [pacer.wait(10.0) for _ in range(6)] == [0, 0, 0, 0.5, 1.0, 1.5]


def test_what_was_not_used_is_there_again_after_a_while_but_no_more_than_a_burst() -> None:
    pacer = Pacer(rate=1, burst=2)
    for _ in range(3):
        pacer.wait(10.0)
    assert pacer.wait(12.0) == 0
    assert [pacer.wait(1000.0) for _ in range(3)] == [0, 0, 1.0]


def test_each_key_has_a_pace_of_its_own() -> None:
    pacer = Pacer(rate=1, burst=1)
    assert [pacer.wait(10.0, key) for key in ("a", "b", "a")] == [0, 0, 1.0]


def test_keys_that_are_silent_are_forgotten() -> None:
    pacer = Pacer(rate=1, burst=1)
    for number in range(1000):
        pacer.wait(float(2 * number), f"chat {number}")
    assert len(pacer._free_at) == 1
