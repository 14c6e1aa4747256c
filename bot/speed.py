"""Where Rasa 3.6.21 spends a turn's time without need, put right.

Each change replaces one function of Rasa by one that does the same; `install` refuses any other
version of Rasa, because what is replaced here is not part of its public interface. Measured on two
cores, one conversation after another; the ratios count.
"""

from __future__ import annotations

import gc
import json
import random
from functools import lru_cache
from graphlib import TopologicalSorter
from typing import Any, Optional, Union

import rasa
import rasa.core.processor
from jsonschema import Draft202012Validator
from rasa.core.actions.action import ActionExtractSlots, RemoteAction
from rasa.core.actions.forms import FormAction
from rasa.core.channels.channel import OutputChannel
from rasa.core.nlg import NaturalLanguageGenerator, TemplatedNaturalLanguageGenerator
from rasa.core.nlg.response import ResponseVariationFilter
from rasa.core.policies.rule_policy import SHOULD_NOT_BE_SET, RulePolicy
from rasa.engine.graph import GraphNode
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.shared.core.constants import (
    ACTION_VALIDATE_SLOT_MAPPINGS,
    DEFAULT_SLOT_NAMES,
    MAPPING_TYPE,
    PREVIOUS_ACTION,
    REQUESTED_SLOT,
    USER,
    SlotMappingType,
)
from rasa.shared.core.domain import Domain, State
from rasa.shared.core.events import ActionExecuted, Event, Restarted, SlotSet
from rasa.shared.core.slots import Slot
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.exceptions import RasaException
from rasa.shared.nlu.constants import ACTION_NAME, INTENT
from rasa.shared.utils.schemas.events import EVENT_SCHEMA

_KNOWN_RASA = "3.6.21"
_CUSTOM = str(SlotMappingType.CUSTOM)
_resolve_by_type = Event.resolve_by_type
_run_extraction = ActionExtractSlots.run
_replay = FormAction._temporary_tracker  # noqa: SLF001 - replaced
_NOTHING: dict[str, Any] = {}
_TYPES: dict[str, tuple[type, ...]] = {
    "array": (list,),
    "boolean": (bool,),
    "null": (type(None),),
    "number": (int, float),
    "object": (dict,),
    "string": (str,),
}
_RuleState = tuple[bool, tuple[tuple[str, str, Any], ...]]


class SequentialGraphRunner(DaskGraphRunner):
    """Runs the nodes of a graph one after another, in an order worked out once per target.

    Dask's runner builds and sorts the graph anew on each of the three or more runs of a turn.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._plans: dict[tuple[str, ...], list[tuple[str, GraphNode, list[str]]]] = {}

    def run(
        self, inputs: Optional[dict[str, Any]] = None, targets: Optional[list[str]] = None
    ) -> dict[str, Any]:
        wanted = tuple(targets or self._graph_schema.target_names)
        if wanted not in self._plans:
            self._plans[wanted] = self._plan(wanted)
        done: dict[str, Any] = {name: (name, value) for name, value in (inputs or {}).items()}
        for name, node, needs in self._plans[wanted]:
            done[name] = node(*(done.get(need, need) for need in needs))
        return dict(done[name] for name in wanted)

    def _plan(self, targets: tuple[str, ...]) -> list[tuple[str, GraphNode, list[str]]]:
        nodes = self._graph_schema.minimal_graph_schema(list(targets)).nodes
        order = TopologicalSorter({name: node.needs.values() for name, node in nodes.items()})
        return [
            (name, self._instantiated_nodes[name], list(nodes[name].needs.values()))
            for name in order.static_order()
            if name in nodes
        ]


def install() -> None:
    """Apply all changes; raises RasaException on any other version of Rasa."""
    if rasa.__version__ != _KNOWN_RASA:
        raise RasaException(
            f"bot/speed.py knows Rasa {_KNOWN_RASA} and found {rasa.__version__}. "
            "Read what each function there replaces, adapt it, then raise _KNOWN_RASA."
        )
    rasa.core.processor.DaskGraphRunner = SequentialGraphRunner
    RemoteAction._validate_action_result = _validate_action_result  # noqa: SLF001 - replaced
    RulePolicy._get_possible_keys = _possible_keys  # noqa: SLF001 - replaced
    RulePolicy.format_tracker_states = staticmethod(_unsaid)
    Slot.__copy__ = _copy_of_slot
    Event.resolve_by_type = staticmethod(_kind_of_event)
    ActionExtractSlots.run = _extract_slots
    FormAction._temporary_tracker = _temporary_tracker  # noqa: SLF001 - replaced
    TemplatedNaturalLanguageGenerator._random_response_for = _one_response  # noqa: SLF001 - replaced


def leave_out_of_collections() -> None:
    """Let garbage collections pass over all there is now: a loaded model stays until the process
    ends, and looking through it takes 0.25 s in which no turn is answered.
    """
    gc.collect()
    gc.freeze()


def _validate_action_result(action: RemoteAction, result: Any) -> bool:
    """Check an action server's answer against Rasa's schema; raises RasaException.

    Rasa checks the constant schema itself on every answer (76 % of a turn with an action), then
    tries each event against the schemas of all 23 kinds (another 27 %). Here the schemas are
    prepared once, and an event is held against that of its own kind.
    """
    if not _is_answer(result):
        raise RasaException(
            f"The action server's answer for {action.name()} does not follow the schema of Rasa's "
            "action webhook."
        )
    return True


def _possible_keys(_: RulePolicy, lookup: dict[str, str], states: list[State]) -> set[str]:
    """The keys of the rules that fit a conversation's newest states.

    Rasa holds every rule against every state of the conversation; that takes 14 % of a plain turn
    with our rules and grows with the conversation. Here only the rules for the last action and
    intent are held, each prepared once, and none looks further back than it is long.
    """
    newest_first = states[::-1]
    rules = _by_newest(tuple(lookup))
    return {
        key
        for said in {_said(newest_first[0]), None}
        for key in rules.get((_done(newest_first[0]), said), ())
        if _applies(_prepared_rule(key), newest_first)
    }


def _unsaid(_: list[State]) -> str:
    """Nothing. Rasa puts all states of the conversation into words for its debugging log, in every
    prediction and whether it is kept or not; ours must not tell what was said.
    """
    return ""


@lru_cache(maxsize=16)
def _by_newest(keys: tuple[str, ...]) -> dict[tuple[Optional[str], Optional[str]], list[str]]:
    """Rules by the last action and the intent that their newest state asks for, None for any."""
    found: dict[tuple[Optional[str], Optional[str]], list[str]] = {}
    for key in keys:
        newest = json.loads(key)[-1]
        found.setdefault((_done(newest), _said(newest)), []).append(key)
    return found


def _done(state: State) -> Optional[str]:
    action: Optional[str] = state.get(PREVIOUS_ACTION, _NOTHING).get(ACTION_NAME)
    return action


def _said(state: State) -> Optional[str]:
    """The intent, where it counts: a state that begins the conversation fits any that does."""
    return state.get(USER, _NOTHING).get(INTENT) if state.get(PREVIOUS_ACTION) else None


def _applies(rule: tuple[_RuleState, ...], states: list[State]) -> bool:
    for (goes_on, conditions), state in zip(rule, states, strict=False):
        if not goes_on or not state.get(PREVIOUS_ACTION):
            if goes_on or state.get(PREVIOUS_ACTION):
                return False  # one begins the conversation, the other does not
            continue
        for kind, name, value in conditions:
            found = state.get(kind, _NOTHING).get(name)
            if value != SHOULD_NOT_BE_SET:
                if found != value:
                    return False
            elif found and found != SHOULD_NOT_BE_SET:
                return False
    return True


@lru_cache(maxsize=10_000)
def _prepared_rule(key: str) -> tuple[_RuleState, ...]:
    """The states of a rule, newest first: whether something came before, and what must be so."""
    return tuple(
        (
            bool(state.get(PREVIOUS_ACTION)),
            tuple(
                (kind, name, tuple(value) if isinstance(value, list) else value)
                for kind, part in state.items()
                for name, value in part.items()
                if value
            ),
        )
        for state in reversed(json.loads(key))
    )


def _copy_of_slot(slot: Slot) -> Slot:
    """A copy of a slot. Rasa copies every slot six times a turn; the way any object is copied takes
    8 % of a plain turn.
    """
    fresh: Slot = object.__new__(type(slot))
    fresh.__dict__.update(slot.__dict__)
    return fresh


def _one_response(
    self: TemplatedNaturalLanguageGenerator,
    utter_action: str,
    output_channel: str,
    filled_slots: dict[str, Any],
) -> Optional[dict[str, Any]]:
    """One of the responses that suit, by chance. Rasa lets NumPy make an array of them to choose
    from, for which it takes 2 % of a plain turn.
    """
    if utter_action not in self.responses:
        return None
    suitable: list[dict[str, Any]] = ResponseVariationFilter(
        self.responses
    ).responses_for_utter_action(utter_action, output_channel, filled_slots)
    return random.choice(suitable) if suitable else None


@lru_cache(maxsize=64)
def _kind_of_event(type_name: str, default: Optional[type[Event]] = None) -> Optional[type[Event]]:
    """The class of an event by its name, looked for once. Rasa goes through all classes for each
    event of an action's answer and of a conversation that is read from disk.
    """
    found: Optional[type[Event]] = _resolve_by_type(type_name, default)
    return found


async def _extract_slots(
    self: ActionExtractSlots,
    output_channel: OutputChannel,
    nlg: NaturalLanguageGenerator,
    tracker: DialogueStateTracker,
    domain: Domain,
) -> list[Event]:
    """Fill slots by their mappings, unless actions alone fill them, as with us. Rasa goes through
    all mappings in each turn, and again when a form begins: 6 % of a plain turn.
    """
    if ACTION_VALIDATE_SLOT_MAPPINGS in domain.user_actions or any(
        mapping[MAPPING_TYPE] != _CUSTOM or "action" in mapping
        for slot in domain.slots
        if slot.name not in DEFAULT_SLOT_NAMES
        for mapping in slot.mappings
    ):
        found: list[Event] = await _run_extraction(self, output_channel, nlg, tracker, domain)
        return found
    return []


def _temporary_tracker(
    self: FormAction,
    current_tracker: DialogueStateTracker,
    additional_events: list[Event],
    domain: Domain,
) -> DialogueStateTracker:
    """A tracker that has the form's run and more events behind the conversation's own; Rasa replays
    the whole conversation for it, twice a form.
    """
    if any(isinstance(event, Restarted) for event in current_tracker.events):
        return _replay(self, current_tracker, additional_events, domain)
    twin: DialogueStateTracker = current_tracker.copy()
    asked = SlotSet(REQUESTED_SLOT, self.get_slot_to_fill(current_tracker))
    for event in (asked, ActionExecuted(self.name()), *additional_events):
        twin.update(event)
    return twin


def _is_answer(result: Any) -> bool:
    if not isinstance(result, dict):
        return False
    events, responses = result.get("events", []), result.get("responses", [])
    return (
        isinstance(events, list)
        and isinstance(responses, list)
        and all(isinstance(response, dict) for response in responses)
        and all(_is_event(event) for event in events)
    )


def _is_event(event: Any) -> bool:
    kind = event.get("event") if isinstance(event, dict) else None
    schema = _event_schemas().get(kind) if isinstance(kind, str) else None
    return schema is not None and schema.fits(event)


class _EventSchema:
    """The schema of one kind of event. Nearly all say no more than the types of some values, and
    are held against them directly: at a twentieth of the time.
    """

    def __init__(self, kind: dict[str, Any]) -> None:
        common = {name: part for name, part in EVENT_SCHEMA.items() if name != "oneOf"}
        values = {**common["properties"], **kind["properties"]}
        self._whole = Draft202012Validator({**common, "allOf": [kind]})
        self._flat = all(value.keys() <= {"type", "const"} for value in values.values())
        self._required = (*common["required"], *kind.get("required", ()))
        self._types = {
            name: _types(value["type"]) for name, value in values.items() if "type" in value
        }

    def fits(self, event: dict[str, Any]) -> bool:
        """Whether `event`, which is of this kind, follows the schema."""
        if not self._flat:
            return bool(self._whole.is_valid(event))
        return all(name in event for name in self._required) and all(
            type(event[name]) in types for name, types in self._types.items() if name in event
        )


def _types(named: Union[str, list[str]]) -> frozenset[type]:
    """What Python reads JSON of these types as."""
    names = [named] if isinstance(named, str) else named
    return frozenset(kind for name in names for kind in _TYPES[name])


@lru_cache(maxsize=1)
def _event_schemas() -> dict[str, _EventSchema]:
    """The schema of each kind of event, by the kind's name."""
    return {
        kind["properties"]["event"]["const"]: _EventSchema(kind) for kind in EVENT_SCHEMA["oneOf"]
    }
