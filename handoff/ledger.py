"""How a message fares that a platform must be called for. Pure rules."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """Where a message is on its way."""

    PARKED = "parked"
    """Waits for the customer to write, because the platform takes nothing before."""
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"


_RANK = {
    State.PARKED: 0,
    State.QUEUED: 0,
    State.SENDING: 1,
    State.SENT: 2,
    State.DELIVERED: 3,
    State.READ: 4,
}


def after_report(state: State, told: State) -> State:
    """Return how a message fares after a platform's report, which may be late or out of order.

    It only rises. What has failed stays failed, and what has arrived cannot fail any more.
    """
    if state is State.FAILED:
        return state
    if told is State.FAILED:
        return state if _RANK[state] >= _RANK[State.DELIVERED] else told
    return told if _RANK[told] > _RANK[state] else state


@dataclass(frozen=True, slots=True)
class Pace:
    """How patient the workers are; times in seconds.

    `report_wait` is how long a platform that names our calls has to tell that one has arrived
    although its answer was lost, before the message is sent again.
    """

    attempts: int = 8
    first_wait: float = 1.0
    longest_wait: float = 300.0
    report_wait: float = 10.0
    timeout: float = 30.0
    lease: float = 60.0
    poll: float = 1.0
    give_back: float = 5.0
    at_once: int = 16


def wait_before(attempt: int, pace: Pace, jitter: float) -> float:
    """Return the seconds to wait after failed attempt number `attempt` (from 1): doubling, capped.

    `jitter` between 0 and 1 spreads it over the upper half, so that what failed together does not
    return together.
    """
    full = min(pace.longest_wait, pace.first_wait * 2.0 ** (attempt - 1))
    return full * (0.5 + 0.5 * jitter)
