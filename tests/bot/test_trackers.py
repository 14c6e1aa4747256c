"""Conversations on disk."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActionReverted,
    ActiveLoop,
    BotUttered,
    DefinePrevUserUtteredFeaturization,
    Event,
    Restarted,
    SessionStarted,
    SlotSet,
    UserUtteranceReverted,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker, EventVerbosity

from bot.trackers import SqliteTrackerStore

DOMAIN = Domain.from_yaml(
    """
    slots:
      order_number: {type: text, mappings: [{type: custom}]}
      requested_slot: {type: text, influence_conversation: true, mappings: [{type: custom}]}
      language: {type: categorical, values: [tr, en], mappings: [{type: custom}]}
    intents: [greet, track_order, inform, complaint, deny]
    responses:
      utter_greet: [{text: Merhaba}]
      utter_sorry: [{text: Üzgünüm}]
    forms:
      order_form: {required_slots: [order_number]}
    """
)


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "new" / "rasa.db")


@pytest.fixture
def store(path: str) -> SqliteTrackerStore:
    return SqliteTrackerStore(DOMAIN, path)


async def test_a_conversation_nobody_had_is_none(store: SqliteTrackerStore) -> None:
    assert await store.retrieve("c1") is None


async def test_what_was_saved_is_there_for_another_process(
    store: SqliteTrackerStore, path: str
) -> None:
    tracker = await store.get_or_create_tracker("c1", append_action_listen=False)
    tracker.update(UserUttered("10482 şu", {"name": "inform", "confidence": 0.9}, message_id="m1"))
    tracker.update(SlotSet("order_number", "10482"))
    await store.save(tracker)
    again = await SqliteTrackerStore(DOMAIN, path).retrieve("c1")
    assert again is not None
    assert [event.as_dict() for event in again.events] == [e.as_dict() for e in tracker.events]
    assert again.get_slot("order_number") == "10482"


async def test_only_what_is_new_is_written(store: SqliteTrackerStore, path: str) -> None:
    tracker = await store.get_or_create_tracker("c1", append_action_listen=False)
    for text in ("bir", "iki", "üç"):
        tracker.update(UserUttered(text))
        await store.save(tracker)
        await store.save(tracker)
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT seq FROM event").fetchall() == [(1,), (2,), (3,)]


async def test_a_tracker_left_behind_by_a_failed_turn_is_not_used_again(
    store: SqliteTrackerStore,
) -> None:
    tracker = await store.get_or_create_tracker("c1", append_action_listen=False)
    tracker.update(SlotSet("order_number", "10482"))
    await store.save(tracker)
    left_behind = await store.retrieve("c1")
    assert left_behind is not None
    left_behind.update(SlotSet("order_number", "99999"))
    fresh = await store.retrieve("c1")
    assert fresh is not None
    assert fresh.get_slot("order_number") == "10482"
    assert len(fresh.events) == 1


async def test_the_first_turn_of_a_conversation_can_fail_too(store: SqliteTrackerStore) -> None:
    tracker = await store.get_or_create_tracker("c1", append_action_listen=False)
    tracker.update(SlotSet("order_number", "99999"))
    assert await store.retrieve("c1") is None


async def test_two_turns_at_once_cannot_both_be_saved(store: SqliteTrackerStore, path: str) -> None:
    tracker = await store.get_or_create_tracker("c1", append_action_listen=False)
    tracker.update(UserUttered("bir"))
    await store.save(tracker)
    other = SqliteTrackerStore(DOMAIN, path)
    mine, theirs = await store.retrieve("c1"), await other.retrieve("c1")
    assert mine is not None
    assert theirs is not None
    theirs.update(UserUttered("onların"))
    await other.save(theirs)
    mine.update(UserUttered("benim"))
    with pytest.raises(sqlite3.IntegrityError):
        await store.save(mine)
    saved = await store.retrieve("c1")
    assert saved is not None
    assert [event.text for event in saved.events] == ["bir", "onların"]


async def test_turns_that_end_together_are_saved_or_refused_each_by_itself(
    store: SqliteTrackerStore, path: str
) -> None:
    trackers = []
    for number in range(6):
        tracker = await store.get_or_create_tracker(f"c{number}", append_action_listen=False)
        tracker.update(UserUttered(f"ben {number}"))
        tracker.update(SlotSet("order_number", f"{number}"))
        trackers.append(tracker)
    with sqlite3.connect(path) as other:
        other.execute("INSERT INTO event VALUES ('c3', 2, '{}')")
    saved = await asyncio.gather(*map(store.save, trackers), return_exceptions=True)
    assert [number for number, error in enumerate(saved) if error] == [3]
    assert isinstance(saved[3], sqlite3.IntegrityError)
    with sqlite3.connect(path) as connection:
        rows = connection.execute("SELECT conversation_id, count(*) FROM event GROUP BY 1")
        assert dict(rows) == {f"c{number}": 1 if number == 3 else 2 for number in range(6)}


async def test_a_file_that_cannot_be_written_fails_the_turns_and_is_tried_again_by_the_next(
    store: SqliteTrackerStore, path: str
) -> None:
    trackers = [store.init_tracker(f"c{number}") for number in range(3)]
    for tracker in trackers:
        tracker.update(UserUttered("merhaba"))
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        refused = await asyncio.gather(*map(store.save, trackers), return_exceptions=True)
        assert all(isinstance(one, sqlite3.OperationalError) for one in refused)
        other.execute("ROLLBACK")
    await asyncio.gather(*map(store.save, trackers))
    assert sorted(await store.keys()) == ["c0", "c1", "c2"]


async def test_a_turn_that_was_given_up_while_it_was_saved_harms_no_other(
    store: SqliteTrackerStore,
) -> None:
    trackers = [store.init_tracker(f"c{number}") for number in range(2)]
    for tracker in trackers:
        tracker.update(UserUttered("merhaba"))
    given_up, other = [asyncio.create_task(store.save(tracker)) for tracker in trackers]
    await asyncio.sleep(0)
    given_up.cancel()
    await other
    assert given_up.cancelled()
    assert await store.retrieve("c1") is not None


async def test_many_conversations_are_kept_apart_with_few_in_memory(path: str) -> None:
    store = SqliteTrackerStore(DOMAIN, path, remembered=2)
    for number in range(5):
        tracker = await store.get_or_create_tracker(f"c{number}", append_action_listen=False)
        tracker.update(UserUttered(f"ben {number}"))
        await store.save(tracker)
    for number in range(5):
        tracker = await store.retrieve(f"c{number}")
        assert [event.text for event in tracker.events] == [f"ben {number}"]
    assert sorted(await store.keys()) == [f"c{number}" for number in range(5)]


def test_a_commit_waits_for_the_disk(store: SqliteTrackerStore, path: str) -> None:
    full = 2
    assert store._database.execute("PRAGMA synchronous").fetchone() == (full,)
    assert store._database.execute("PRAGMA journal_mode").fetchone() == ("wal",)


LISTEN = ActionExecuted("action_listen")
FORM_ROUND = (ActionExecuted("order_form"), SlotSet("requested_slot", "order_number"), LISTEN)
CONVERSATION: list[Event] = [
    ActionExecuted("action_session_start"),
    SessionStarted(),
    LISTEN,
    UserUttered("merhaba", {"name": "greet", "confidence": 1.0}),
    DefinePrevUserUtteredFeaturization(use_text_for_featurization=False),
    ActionExecuted("utter_greet"),
    BotUttered("Merhaba"),
    LISTEN,
    UserUttered("siparişim nerede", {"name": "track_order", "confidence": 0.9}),
    SlotSet("language", "tr"),
    ActionExecuted("order_form"),
    ActiveLoop("order_form"),
    SlotSet("requested_slot", "order_number"),
    LISTEN,
    UserUttered("10482", {"name": "inform", "confidence": 0.9}),
    *FORM_ROUND,
    UserUttered("öff", {"name": "complaint", "confidence": 0.9}),
    ActionExecutionRejected("order_form"),
    ActionExecuted("utter_sorry"),
    *FORM_ROUND,
    UserUttered("dur", {"name": "deny", "confidence": 0.9}),
    UserUtteranceReverted(),
    UserUttered("bitti", {"name": "deny", "confidence": 0.9}),
    ActionExecuted("order_form"),
    ActiveLoop(None),
    LISTEN,
    ActionExecuted("utter_greet"),
    ActionReverted(),
    Restarted(),
    LISTEN,
    UserUttered("merhaba", {"name": "greet", "confidence": 1.0}),
]


def test_the_rules_read_a_growing_conversation_as_rasa_would_replay_it(
    store: SqliteTrackerStore,
) -> None:
    ours, rasas = store.init_tracker("c1"), DialogueStateTracker("c1", DOMAIN.slots)
    for event in CONVERSATION:
        ours.update(event)
        rasas.update(event)
        for state in ours.past_states(DOMAIN):
            state.get("user", {}).clear()  # Rasa changes what it gets
        assert ours.past_states(DOMAIN) == rasas.past_states(DOMAIN)
        assert ours.applied_events() == rasas.applied_events()


@pytest.mark.parametrize("verbosity", list(EventVerbosity))
def test_actions_get_the_state_rasa_would_send(
    store: SqliteTrackerStore, verbosity: EventVerbosity
) -> None:
    ours, rasas = store.init_tracker("c1"), DialogueStateTracker("c1", DOMAIN.slots)
    for event in CONVERSATION:
        ours.update(event)
        rasas.update(event)
        assert ours.current_state(verbosity) == rasas.current_state(verbosity)


@pytest.mark.parametrize("length", range(len(CONVERSATION) + 1))
def test_a_copy_is_what_a_replay_makes_and_goes_its_own_way(
    store: SqliteTrackerStore, length: int
) -> None:
    ours = store.init_tracker("c1")
    for event in CONVERSATION[:length]:
        ours.update(event)
    before = ours.current_state(EventVerbosity.ALL), ours.past_states(DOMAIN)
    twin, replayed = ours.copy(), DialogueStateTracker.copy(ours)
    assert twin.current_state(EventVerbosity.ALL) == replayed.current_state(EventVerbosity.ALL)
    assert twin.latest_message == replayed.latest_message
    for event in CONVERSATION[length:] or (SlotSet("language", "en"), ActiveLoop("order_form")):
        twin.update(event)
        replayed.update(event)
    if twin.active_loop:
        twin.interrupt_loop(is_interrupted=True)
    assert twin.past_states(DOMAIN) == replayed.past_states(DOMAIN)
    assert (ours.current_state(EventVerbosity.ALL), ours.past_states(DOMAIN)) == before
