"""What the rules read of a conversation, kept as it grows."""

from __future__ import annotations

from typing import Optional

from rasa.shared.core.domain import Domain, State
from rasa.shared.core.events import ActionExecuted, Event
from rasa.shared.core.trackers import DialogueStateTracker


class PastStates:
    """The state before each action of a conversation, and the present one.

    Rasa replays the whole conversation three times a turn to find them, which takes a quarter of a
    plain turn. Here a follower of the conversation is taken on from where it stood; only after
    events that take back others (a form's second round, a restart) it begins anew.
    """

    def __init__(self) -> None:
        self._follower: Optional[DialogueStateTracker] = None
        self._applied: list[Event] = []
        self._states: list[State] = []

    def of(self, tracker: DialogueStateTracker, domain: Domain) -> list[State]:
        """The states of `tracker`, oldest first; the caller may change them.

        They are those of `DialogueStateTracker.past_states` without options.
        """
        applied = tracker.applied_events()
        follower = self._follower
        if follower is None or not self._continued_by(applied):
            follower = self._follower = tracker.init_copy()
            self._applied, self._states = [], []
        for event in applied[len(self._applied) :]:
            if isinstance(event, ActionExecuted):
                self._states.append(domain.get_active_state(follower))
            follower.update(event)
        self._applied = applied
        states = [*self._states, domain.get_active_state(follower)]
        return [{kind: part.copy() for kind, part in state.items()} for state in states]

    def _continued_by(self, applied: list[Event]) -> bool:
        known = self._applied
        return len(known) <= len(applied) and all(map(_same, known, applied))


def _same(one: Event, other: Event) -> bool:
    return one is other
