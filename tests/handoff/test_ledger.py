"""How a message fares: what reports change, and how long a try waits for the next."""

import pytest

from handoff.ledger import Pace, State, after_report, wait_before

TOLD = (State.SENT, State.DELIVERED, State.READ, State.FAILED)


@pytest.mark.parametrize(
    ("state", "told", "after"),
    [
        (State.SENT, State.DELIVERED, State.DELIVERED),
        (State.SENT, State.READ, State.READ),
        (State.READ, State.DELIVERED, State.READ),
        (State.DELIVERED, State.SENT, State.DELIVERED),
        (State.SENT, State.FAILED, State.FAILED),
        (State.DELIVERED, State.FAILED, State.DELIVERED),
        (State.FAILED, State.DELIVERED, State.FAILED),
        (State.QUEUED, State.DELIVERED, State.DELIVERED),
    ],
)
def test_reports_only_raise_what_is_known(state: State, told: State, after: State) -> None:
    assert after_report(state, told) is after


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("told", TOLD)
def test_the_same_report_again_changes_nothing(state: State, told: State) -> None:
    once = after_report(state, told)
    assert after_report(once, told) is once


def test_waits_double_up_to_a_limit_and_are_spread() -> None:
    pace = Pace(first_wait=1, longest_wait=300)
    assert [wait_before(n, pace, 1.0) for n in (1, 2, 3, 4)] == [1, 2, 4, 8]
    assert wait_before(4, pace, 0.0) == 4
    assert wait_before(30, pace, 1.0) == 300
