"""What replaces a part of Rasa does what that part did."""

from __future__ import annotations

import copy
from typing import Any

import jsonschema
import pytest
import rasa
from rasa.core.actions.action import RemoteAction
from rasa.core.agent import Agent
from rasa.core.channels.channel import UserMessage
from rasa.core.policies.rule_policy import RulePolicy
from rasa.engine.constants import PLACEHOLDER_MESSAGE, PLACEHOLDER_TRACKER
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.shared.core.events import ActionExecuted, ActiveLoop, Event, SlotSet, UserUttered
from rasa.shared.core.slots import TextSlot
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.exceptions import RasaException

from bot import speed


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
