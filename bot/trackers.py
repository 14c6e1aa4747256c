"""Conversations on disk: every event a row of one SQLite file, written before the answer leaves."""

from __future__ import annotations

import copy
import json
from collections import OrderedDict
from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import Any, Optional

from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.domain import Domain, State
from rasa.shared.core.events import (
    ActionExecuted,
    ActionReverted,
    ActiveLoop,
    Event,
    Restarted,
    SessionStarted,
    UserUtteranceReverted,
    UserUttered,
)
from rasa.shared.core.trackers import (
    ACTIVE_LOOP,
    DialogueStateTracker,
    EventVerbosity,
    TrackerActiveLoop,
)

from bot.eventfile import EventWriter, connect
from bot.states import PastStates


class StoredTracker(DialogueStateTracker):
    """A tracker that knows how many of its events are on disk, and what the rules read of it."""

    stored = 0
    active_loop: Optional[TrackerActiveLoop]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._past_states = PastStates()

    def past_states(
        self,
        domain: Domain,
        omit_unset_slots: bool = False,
        ignore_rule_only_turns: bool = False,
        rule_only_data: Optional[dict[str, Any]] = None,
    ) -> list[State]:
        if omit_unset_slots or ignore_rule_only_turns:
            states: list[State] = super().past_states(
                domain, omit_unset_slots, ignore_rule_only_turns, rule_only_data
            )
            return states
        return self._past_states.of(self, domain)

    def applied_events(self) -> list[Event]:
        """The events that count, without those that were taken back.

        As Rasa finds them, but by each event's own class: asking whether it is of one kind after
        the other took 7 % of a turn.
        """
        loops = {event.name for event in self.events if type(event) is ActiveLoop}
        applied: list[Event] = []
        for event in self.events:
            kind = type(event)
            if kind is Restarted or kind is SessionStarted:
                applied = []
            elif kind is ActionReverted:
                self._undo_till_previous(ActionExecuted, applied)
            elif kind is UserUtteranceReverted:
                self._undo_till_previous(UserUttered, applied)
                self._undo_till_previous(ActionExecuted, applied)
            elif (
                kind is ActionExecuted
                and event.action_name in loops
                and not self._first_loop_execution_or_unhappy_path(event.action_name, applied)
            ):
                self._undo_till_previous_loop_execution(event.action_name, applied)
            else:
                applied.append(event)
        return applied

    def current_state(
        self, event_verbosity: EventVerbosity = EventVerbosity.NONE
    ) -> dict[str, Any]:
        """The conversation as actions get it. Rasa copies the message that began a form, part by
        part: a tenth of what it does itself for a call of an action.
        """
        loop, self.active_loop = self.active_loop, None
        try:
            state: dict[str, Any] = super().current_state(event_verbosity)
        finally:
            self.active_loop = loop
        return {**state, ACTIVE_LOOP: dict(vars(loop)) if loop else {}}

    def copy(self) -> StoredTracker:
        """A duplicate; Rasa replays the conversation for it, 7 % of a plain turn."""
        twin = object.__new__(type(self))
        twin.__dict__.update(self.__dict__)
        twin.events = self.events.copy()
        twin.slots = {name: copy.copy(slot) for name, slot in self.slots.items()}
        twin.active_loop = copy.copy(self.active_loop)
        twin._past_states = PastStates()
        return twin


class SqliteTrackerStore(TrackerStore):
    """Keeps conversations in the SQLite file `path`.

    Against Rasa's SQLTrackerStore: the write-ahead log with full synchronisation (one flush for
    all turns that end at the same time), a primary key over conversation and position, so that two
    turns at once cannot both be saved, and the trackers of recent conversations kept in memory. A
    tracker is lent: `retrieve` takes it out, `save` puts it back once its events are on disk, so
    that one left behind by a failed turn is never reused.
    """

    def __init__(
        self,
        domain: Optional[Domain] = None,
        path: str = "var/rasa.db",
        remembered: int = 500,
        event_broker: Optional[EventBroker] = None,
        host: Optional[str] = None,
    ) -> None:
        """`remembered` conversations are kept in memory; `host` is what Rasa passes, unused."""
        super().__init__(domain, event_broker)
        self._remembered = remembered
        self._trackers: OrderedDict[str, StoredTracker] = OrderedDict()
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        self._writer = EventWriter(path)
        self._database = connect(path)

    def init_tracker(self, sender_id: str) -> StoredTracker:
        return StoredTracker(sender_id, self.domain.slots)

    async def retrieve(self, sender_id: str) -> Optional[StoredTracker]:
        """The conversation with all its events, or None."""
        remembered = self._trackers.pop(sender_id, None)
        if remembered is not None:
            return remembered
        events = [json.loads(data) for data in self._read(sender_id)]
        if not events:
            return None
        tracker: StoredTracker = StoredTracker.from_dict(sender_id, events, self.domain.slots)
        tracker.stored = len(events)
        return tracker

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Write the events that are not on disk yet; they are there when this returns.

        Raises sqlite3.IntegrityError when someone else has written to the conversation meanwhile.
        """
        stored = getattr(tracker, "stored", 0)
        rows = [
            (tracker.sender_id, position, json.dumps(event.as_dict()))
            for position, event in enumerate(islice(tracker.events, stored, None), stored + 1)
        ]
        if not rows:
            return
        await self._writer.write(rows)
        if isinstance(tracker, StoredTracker):
            tracker.stored += len(rows)
            self._remember(tracker)

    async def keys(self) -> Iterable[str]:
        """The ids of all conversations."""
        rows = self._database.execute("SELECT DISTINCT conversation_id FROM event")
        return [conversation_id for (conversation_id,) in rows]

    def _remember(self, tracker: StoredTracker) -> None:
        self._trackers[tracker.sender_id] = tracker
        while len(self._trackers) > self._remembered:
            self._trackers.popitem(last=False)

    def _read(self, conversation_id: str) -> list[str]:
        rows = self._database.execute(
            "SELECT data FROM event WHERE conversation_id = ? ORDER BY seq", (conversation_id,)
        )
        return [data for (data,) in rows]
