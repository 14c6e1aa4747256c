"""What replaces a part of Rasa does what that part did."""

from __future__ import annotations

import copy
from typing import Any

import jsonschema
import pytest
import rasa
from jsonschema import Draft202012Validator
from rasa.core.actions.action import ActionExtractSlots, RemoteAction
from rasa.core.actions.forms import FormAction
from rasa.core.agent import Agent
from rasa.core.channels.channel import UserMessage
from rasa.core.nlg import TemplatedNaturalLanguageGenerator
from rasa.core.policies.rule_policy import RulePolicy
from rasa.engine.constants import PLACEHOLDER_MESSAGE, PLACEHOLDER_TRACKER
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActiveLoop,
    Event,
    Restarted,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.slots import TextSlot
from rasa.shared.core.trackers import DialogueStateTracker, EventVerbosity
from rasa.shared.exceptions import RasaException
from rasa.shared.utils.schemas.events import EVENT_SCHEMA

from bot import speed
from bot.processor import NoOutput


@pytest.fixture(autouse=True)
def _installed() -> None:
    speed.install()


def test_another_version_of_rasa_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rasa, "__version__", "3.6.22")
    with pytest.raises(RasaException, match=r"3\.6\.22"):
        speed.install()


@pytest.mark.parametrize(
    "result",
    [
        {"events": [], "responses": []},
        {"events": [{"event": "slot", "name": "a", "value": 1}], "responses": [{"text": "x"}]},
        {},
    ],
)
def test_a_right_result_of_an_action_passes(result: dict[str, Any]) -> None:
    jsonschema.validate(result, RemoteAction.action_response_format_spec())
    assert RemoteAction("a", None)._validate_action_result(result)


@pytest.mark.parametrize(
    "result",
    [
        None,
        [],
        "text",
        {"events": {}},
        {"events": [1]},
        {"responses": ["text"]},
        {"responses": None},
    ],
)
def test_a_wrong_result_of_an_action_is_refused(result: Any) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(result, RemoteAction.action_response_format_spec())
    with pytest.raises(RasaException, match="action_a"):
        RemoteAction("action_a", None)._validate_action_result(result)


@pytest.mark.parametrize(
    "event",
    [
        {"event": "slot", "name": "a", "value": None},
        {"event": "slot", "name": "a", "value": [1], "timestamp": 1.5, "metadata": {"b": 1}},
        {"event": "slot", "name": "a", "value": "x", "timestamp": None, "metadata": None},
        {"event": "slot", "name": "a"},
        {"event": "slot", "value": 1},
        {"event": "slot", "name": None, "value": 1},
        {"event": "slot", "name": "a", "value": 1, "timestamp": "now"},
        {"event": "slot", "name": "a", "value": 1, "timestamp": True},
        {"event": "slot", "name": "a", "value": 1, "metadata": []},
        {"event": "followup", "name": "action_listen"},
        {"event": "followup", "name": "action_listen", "timestamp": "now"},
        {"event": "action", "name": 1},
        {"event": "action", "name": "a", "policy": None, "confidence": 0, "hide_rule_turn": False},
        {"event": "action", "name": "a", "confidence": True},
        {"event": "action", "name": "a", "hide_rule_turn": 0},
        {"event": "active_loop", "name": None},
        {"event": "user", "text": 1},
        {"event": "user", "text": "a", "parse_data": {"entities": [{"entity": "b", "value": 1}]}},
        {"event": "user", "text": "a", "parse_data": {"entities": [{"entity": "b"}]}},
        {"event": "entities", "entities": [{"entity": "b", "value": 1, "start": 0}]},
        {"event": "entities", "entities": [{"entity": "b", "value": 1, "start": "0"}]},
        {"event": "entities"},
        {"event": "nothing"},
        {"event": None},
        {"name": "a", "value": 1},
    ],
    ids=str,
)
def test_an_event_is_right_where_its_schema_has_it(event: dict[str, Any]) -> None:
    right = Draft202012Validator(EVENT_SCHEMA).is_valid(event)
    result = {"events": [event], "responses": []}
    if right:
        assert RemoteAction("a", None)._validate_action_result(result)
    else:
        with pytest.raises(RasaException):
            RemoteAction("a", None)._validate_action_result(result)


def test_what_was_said_is_not_put_into_words_for_a_log() -> None:
    assert RulePolicy.format_tracker_states([{"user": {"text": "my secret"}}]) == ""


async def test_the_sequential_runner_finds_what_dasks_finds(load: Any) -> None:
    agent: Agent = await load()
    processor = agent.processor
    runner = processor.graph_runner
    assert isinstance(runner, speed.SequentialGraphRunner)
    tracker = DialogueStateTracker("c1", agent.domain.slots)
    inputs = {PLACEHOLDER_MESSAGE: [UserMessage("siparişim nerede")], PLACEHOLDER_TRACKER: tracker}
    for target in (processor.model_metadata.nlu_target, processor.model_metadata.core_target):
        mine = runner.run(inputs, [target])[target]
        dasks = DaskGraphRunner.run(runner, inputs, [target])[target]
        if target == processor.model_metadata.nlu_target:
            assert mine[0].as_dict() == dasks[0].as_dict()
        else:
            assert mine == dasks


def user(intent: str) -> Event:
    return UserUttered("x", {"name": intent, "confidence": 1.0})


LISTEN, START = ActionExecuted("action_listen"), ActionExecuted("action_session_start")
GREETED = [START, LISTEN, user("greet"), ActionExecuted("utter_greet"), LISTEN]
IN_FORM = [
    *GREETED,
    user("track_order"),
    ActionExecuted("order_form"),
    ActiveLoop("order_form"),
    SlotSet("requested_slot", "order_number"),
    LISTEN,
]


@pytest.mark.parametrize(
    "events",
    [
        [],
        [START, LISTEN],
        [START, LISTEN, user("greet")],
        GREETED,
        [*GREETED, user("ask_human")],
        [*GREETED, user("nlu_fallback")],
        IN_FORM,
        [*IN_FORM, user("inform")],
        [*IN_FORM, user("greet"), ActionExecuted("utter_greet")],
        [*IN_FORM, user("inform"), ActionExecuted("order_form"), ActiveLoop(None)],
    ],
    ids=lambda events: f"{len(events)} events",
)
async def test_the_same_rules_apply_as_rasa_finds(load: Any, events: list[Event]) -> None:
    agent: Agent = await load()
    runner = agent.processor.graph_runner
    [policy] = [
        node._component
        for node in runner._instantiated_nodes.values()
        if isinstance(node._component, RulePolicy)
    ]
    tracker = DialogueStateTracker.from_events("c1", events, agent.domain.slots)
    states = policy._prediction_states(tracker, agent.domain)
    for lookup in policy.lookup.values():
        if not isinstance(lookup, dict):
            continue
        expected = set(lookup)
        for index, state in enumerate(reversed(states)):
            expected = {key for key in expected if policy._is_rule_applicable(key, index, state)}
        assert policy._get_possible_keys(lookup, states) == expected


def test_a_copied_slot_is_another_slot_with_the_same_value() -> None:
    slot = TextSlot("a", mappings=[], initial_value="x")
    slot.value = "y"
    other = copy.copy(slot)
    assert (type(other), other.name, other.value, other.initial_value) == (TextSlot, "a", "y", "x")
    other.value = "z"
    assert (slot.value, other.has_been_set) == ("y", True)


@pytest.mark.parametrize("kind", ["slot", "user", "bot", "action", "active_loop", "followup"])
def test_an_event_is_read_as_its_kind(kind: str) -> None:
    assert Event.resolve_by_type(kind).type_name == kind
    assert Event.resolve_by_type("topic") is None
    assert Event.resolve_by_type("unknown", SlotSet) is SlotSet
    with pytest.raises(ValueError, match="unknown"):
        Event.resolve_by_type("unknown")


FORM = Domain.from_yaml(
    """
    slots:
      order_number: {type: text, mappings: [{type: custom}]}
      requested_slot: {type: text, mappings: [{type: custom}]}
    intents: [inform, track_order]
    forms:
      order_form: {required_slots: [order_number]}
    """
)
ONE_BY_ENTITY = FORM.merge(
    Domain.from_yaml(
        "entities: [colour]\n"
        "slots: {colour: {type: text, mappings: [{type: from_entity, entity: colour}]}}"
    )
)


async def extracted(domain: Domain) -> list[Event]:
    said = UserUttered(
        "kırmızı", {"name": "inform"}, [{"entity": "colour", "value": "red"}], message_id="m1"
    )
    tracker = DialogueStateTracker.from_events("c1", [LISTEN, said], domain.slots)
    output, nlg = NoOutput(), TemplatedNaturalLanguageGenerator({})
    events: list[Event] = await ActionExtractSlots(None).run(output, nlg, tracker, domain)
    return events


async def test_slots_are_filled_by_their_mappings_where_there_are_any() -> None:
    assert await extracted(FORM) == []
    assert await extracted(ONE_BY_ENTITY) == [SlotSet("colour", "red")]


@pytest.mark.parametrize(
    "events",
    [
        [START, LISTEN, user("track_order")],
        [*IN_FORM, user("inform")],
        [*IN_FORM, user("inform"), Restarted(), LISTEN, user("track_order")],
    ],
    ids=["a form begins", "it goes on", "after a restart"],
)
def test_a_form_sends_the_tracker_that_a_replay_makes(events: list[Event]) -> None:
    form = FormAction("order_form", None)
    filled: list[Event] = [SlotSet("order_number", "10482")]
    tracker = DialogueStateTracker.from_events("c1", events, FORM.slots)
    asked = SlotSet("requested_slot", form.get_slot_to_fill(tracker))
    replayed = DialogueStateTracker.from_events(
        "c1",
        [*tracker.events_after_latest_restart(), asked, ActionExecuted("order_form"), *filled],
        FORM.slots,
    )
    before = tracker.current_state(EventVerbosity.ALL)
    temporary = form._temporary_tracker(tracker, filled, FORM)
    ours, theirs = (one.current_state(EventVerbosity.ALL) for one in (temporary, replayed))
    for one in (ours, theirs):
        for event in one["events"]:
            event.pop("timestamp")
        one.pop("latest_event_time")
    assert ours == theirs
    assert temporary.latest_action_name == replayed.latest_action_name
    assert tracker.current_state(EventVerbosity.ALL) == before


@pytest.mark.parametrize(
    ("language", "channel", "texts"),
    [
        ("tr", "gateway", {"Merhaba", "Selam"}),
        ("en", "gateway", {"Hello"}),
        ("en", "elsewhere", {"Hello"}),
        ("tr", "only_there", {"Alo"}),
    ],
)
async def test_every_response_that_suits_is_said_and_no_other(
    language: str, channel: str, texts: set[str]
) -> None:
    english = [{"type": "slot", "name": "language", "value": "en"}]
    turkish = [{"type": "slot", "name": "language", "value": "tr"}]
    responses = [
        {"text": "Merhaba", "condition": turkish},
        {"text": "Selam", "condition": turkish},
        {"text": "Hello", "condition": english},
        {"text": "Alo", "channel": "only_there"},
    ]
    nlg = TemplatedNaturalLanguageGenerator({"utter_greet": responses})
    slots = {"language": language}
    said = [nlg.generate_from_slots("utter_greet", slots, channel) for _ in range(100)]
    assert {one["text"] for one in said if one} == texts
    assert nlg.generate_from_slots("utter_unknown", slots, channel) is None
