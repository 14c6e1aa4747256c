"""One turn of a conversation, on top of Rasa's message processor.

What differs from `MessageProcessor.handle_message`, and why:

- A turn ends with an answer or an exception. Rasa logs a failed action and goes on without its
  events, and answers an exhausted prediction limit with silence.
- A turn is saved once, as a whole, at its end. After a crash, or a failure, it can be run again.
- A message with a known id is answered from the stored events and changes nothing.
- A person's text never passes the code that reads `/intent` as a command.
- There are no sessions: the service decides when a conversation ends.
- Anger is answered at once, whatever else is answered (bot/anger.py), and a second wish is kept and
  offered when the first is done (bot/next_wish.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn, Optional, Union

from rasa.core.actions.action import (
    Action,
    ActionBotResponse,
    ActionExecutionRejection,
    ActionExtractSlots,
    RemoteAction,
    create_bot_utterance,
)
from rasa.core.channels.channel import OutputChannel, UserMessage
from rasa.core.nlg import NaturalLanguageGenerator
from rasa.core.policies.policy import PolicyPrediction
from rasa.core.processor import MessageProcessor
from rasa.core.tracker_store import FailSafeTrackerStore, TrackerStore
from rasa.engine.constants import PLACEHOLDER_MESSAGE, PLACEHOLDER_TRACKER
from rasa.shared.core.constants import ACTION_LISTEN_NAME, REQUESTED_SLOT
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecutionRejected,
    ActiveLoop,
    BotUttered,
    Event,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

from bot import next_wish, speed
from bot.anger import ACKNOWLEDGEMENT, FRUSTRATIONS_SLOT, Reaction, is_sign, reaction
from bot.answer import LANGUAGE_SLOT, TURN, Answer, answer_to, opens_turn
from bot.endpoint import KeptEndpoint
from bot.payload import read_payload

CHANNEL = "gateway"
MISSES_SLOT = "misses"
HAND_OVER = "action_handoff"
DEFAULT_LANGUAGE = "tr"


@dataclass(frozen=True)
class Turn:
    """A customer's message: its `text`, or the `payload` of a button; the other is None."""

    conversation_id: str
    message_id: str
    text: Optional[str]
    payload: Optional[str]
    language: Optional[str]
    reset: bool
    metadata: dict[str, Any]


class TurnFailed(Exception):
    """The bot cannot answer this turn. Nothing of it was saved."""


class PayloadRefused(ValueError):
    """A payload that means nothing to the loaded model."""


class NoOutput(OutputChannel):
    """Where Rasa would send messages. The answer is read from the events instead."""

    @classmethod
    def name(cls) -> str:
        return CHANNEL

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        """Do nothing."""


class StrictExtractSlots(ActionExtractSlots):
    """Fills slots as Rasa does, but lets a failing custom action fail the turn."""

    async def _run_custom_action(
        self,
        custom_action: str,
        output_channel: OutputChannel,
        nlg: NaturalLanguageGenerator,
        tracker: DialogueStateTracker,
        domain: Domain,
    ) -> list[Event]:
        action = RemoteAction(custom_action, self._action_endpoint)
        events = await action.run(output_channel, nlg, tracker, domain)
        return [event for event in events if isinstance(event, (SlotSet, BotUttered))]


class TurnProcessor(MessageProcessor):
    """Rasa's message processor with turns that are definite and can be repeated."""

    tracker_store: TrackerStore
    action_endpoint: Optional[EndpointConfig]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Rasa wraps every store so that a failed read becomes an empty conversation and a failed
        # write stays in memory. We want both to fail the turn.
        if isinstance(self.tracker_store, FailSafeTrackerStore):
            self.tracker_store = self.tracker_store._tracker_store  # noqa: SLF001 - has no public name
        self.on_circuit_break = _too_many_actions
        handler = self.model_metadata.predict_schema.nodes[self.model_metadata.nlu_target]
        self._understanding = handler.needs["messages"]
        self._output = NoOutput()
        if self.action_endpoint:
            self.action_endpoint = KeptEndpoint(self.action_endpoint)
        speed.leave_out_of_collections()

    async def close(self) -> None:
        """Close the connections to the action server."""
        if isinstance(self.action_endpoint, KeptEndpoint):
            await self.action_endpoint.close()

    async def turn(self, turn: Turn) -> Answer:
        """Answer a message and save the conversation; for a known message, only repeat the answer.

        Raises PayloadRefused, or TurnFailed or whatever made the turn fail. The caller runs one
        turn of a conversation at a time.
        """
        tracker = await self.get_tracker(turn.conversation_id)
        known = answer_to(turn.message_id, tracker.events)
        if known:
            return known
        if not tracker.events:
            await self._update_tracker_session(tracker, self._output)
        if turn.reset:
            tracker.update_with_events(_reset_events(tracker), self.domain)
        self._hear(turn, tracker)
        await self.run_action_extract_slots(self._output, tracker)
        await self._respond(tracker)
        await self._offer_next_wish(tracker)
        answer = answer_to(turn.message_id, tracker.events)
        if answer is None or answer.empty:
            raise TurnFailed("The bot had nothing to say.")
        await self.save_tracker(tracker)
        return answer

    def _hear(self, turn: Turn, tracker: DialogueStateTracker) -> None:
        parsed = self._parse_payload(turn.payload) if turn.payload else self._parse(turn, tracker)
        offered = next_wish.offered(tracker)
        if offered:
            parsed = next_wish.accepted(parsed, offered)
        language = _language(parsed["language"], turn.language, tracker)
        angry = turn.text is not None and is_sign(parsed, tracker)
        message = UserUttered(
            turn.text or turn.payload,
            parsed["intent"],
            parsed["entities"],
            parsed,
            input_channel=CHANNEL,
            message_id=turn.message_id,
            metadata={**turn.metadata, TURN: {"language": language, "hint": turn.language}},
        )
        tracker.update(message, self.domain)
        if tracker.get_slot(LANGUAGE_SLOT) != language:
            tracker.update(SlotSet(LANGUAGE_SLOT, language), self.domain)
        if angry:
            signs = (tracker.get_slot(FRUSTRATIONS_SLOT) or 0) + 1
            tracker.update(SlotSet(FRUSTRATIONS_SLOT, signs), self.domain)
        tracker.update_with_events(next_wish.heard(parsed, offered, tracker), self.domain)

    async def _respond(self, tracker: DialogueStateTracker) -> None:
        """Answer as the dialogue has it, or as anger demands."""
        how = reaction(tracker)
        if how is Reaction.HAND_OVER:
            await self._run_alone(HAND_OVER, tracker)
        elif how is Reaction.ACKNOWLEDGE_ONLY:
            await self._run_alone(ACKNOWLEDGEMENT, tracker)
        else:
            if how is Reaction.ACKNOWLEDGE_FIRST:
                action = ActionBotResponse(ACKNOWLEDGEMENT)
                said = await action.run(self._output, self.nlg, tracker, self.domain)
                tracker.update_with_events(said, self.domain)
            await self._run_prediction_loop(self._output, tracker)

    async def _run_alone(self, name: str, tracker: DialogueStateTracker) -> None:
        """Run one action as the whole answer, and listen."""
        for step in (name, ACTION_LISTEN_NAME):
            prediction = PolicyPrediction.for_action_name(self.domain, step)
            action = self._get_action(step)
            await self._run_action(action, tracker, self._output, self.nlg, prediction)

    async def _offer_next_wish(self, tracker: DialogueStateTracker) -> None:
        wish = next_wish.to_offer(tracker)
        if wish is None:
            return
        title = await self.nlg.generate(f"{next_wish.TITLE}{wish}", tracker, CHANNEL)
        if title is None:
            raise TurnFailed(f"domain.yml has no response {next_wish.TITLE}{wish}.")
        offer = await self.nlg.generate(
            next_wish.OFFER, tracker, CHANNEL, wish=wish, title=title["text"]
        )
        if offer is None:
            raise TurnFailed(f"domain.yml has no response {next_wish.OFFER}.")
        said = create_bot_utterance({**offer, "utter_action": next_wish.OFFER})
        tracker.update(said, self.domain)

    def _parse(self, turn: Turn, tracker: DialogueStateTracker) -> dict[str, Any]:
        """Run the pipeline up to, and without, Rasa's last node, which reads `/intent`."""
        found = self.graph_runner.run(
            inputs={
                PLACEHOLDER_MESSAGE: [UserMessage(turn.text)],
                PLACEHOLDER_TRACKER: tracker,
            },
            targets=[self._understanding],
        )
        message = found[self._understanding][0]
        nothing: dict[str, Any] = {
            "text": turn.text,
            "entities": [],
            "language": None,
            "mood": None,
            "second_intent": None,
        }
        return {**nothing, **message.as_dict(only_output_properties=True)}

    def _parse_payload(self, payload: str) -> dict[str, Any]:
        try:
            parsed = read_payload(payload, self.domain.intents, self.domain.entities)
        except ValueError as error:
            raise PayloadRefused(str(error)) from error
        return {"text": payload, **parsed}

    async def run_action_extract_slots(
        self, output_channel: OutputChannel, tracker: DialogueStateTracker
    ) -> DialogueStateTracker:
        action = StrictExtractSlots(self.action_endpoint)
        events = await action.run(output_channel, self.nlg, tracker, self.domain)
        tracker.update_with_events(events, self.domain)
        return tracker

    async def _run_action(
        self,
        action: Action,
        tracker: DialogueStateTracker,
        output_channel: OutputChannel,
        nlg: NaturalLanguageGenerator,
        prediction: PolicyPrediction,
    ) -> bool:
        """Run an action and log its events; unlike Rasa's, what it raises is raised.

        Nothing is sent and no reminder is set: the answer is read from the events.
        """
        draft = tracker
        if prediction.events:
            draft = tracker.copy()
            draft.update_with_events(prediction.events, self.domain)
        try:
            events = await action.run(output_channel, nlg, draft, self.domain) or []
        except ActionExecutionRejection:
            events = [
                ActionExecutionRejected(
                    action.name(), prediction.policy_name, prediction.max_confidence
                )
            ]
        if not any(isinstance(event, ActionExecutionRejected) for event in events):
            tracker.update_with_events(prediction.events, self.domain)
            tracker.update(action.event_for_successful_execution(prediction))
        tracker.update_with_events(events, self.domain)
        if any(isinstance(event, UserUttered) for event in events):
            await self.run_action_extract_slots(output_channel, tracker)
        return bool(self.should_predict_another_action(action.name()))

    def _has_session_expired(self, tracker: DialogueStateTracker) -> bool:
        return False


def _too_many_actions(*_: Union[Path, Any]) -> NoReturn:
    raise TurnFailed("The bot predicted action after action without coming to an end.")


def _reset_events(tracker: DialogueStateTracker) -> list[Event]:
    """What clears the running dialogue: the active form, the slot it asked for, the misses, the
    signs of anger, the wish that waits.

    The misses are set even when they are 0 already: actions count failed turns from there on.
    """
    events: list[Event] = []
    if tracker.active_loop:
        events.append(ActiveLoop(None))
    if tracker.get_slot(REQUESTED_SLOT) is not None:
        events.append(SlotSet(REQUESTED_SLOT, None))
    for name in (MISSES_SLOT, FRUSTRATIONS_SLOT, next_wish.SLOT):
        slot = tracker.slots.get(name)
        if slot and (name == MISSES_SLOT or slot.value != slot.initial_value):
            events.append(SlotSet(name, slot.initial_value))
    return events


def _language(clear: Optional[str], hint: Optional[str], tracker: DialogueStateTracker) -> str:
    """The language to answer in: the message's own where it is clear; else the hint, if it is new;
    else that of the conversation so far. The same hint again says nothing new: a customer who
    writes English on a Turkish page stays with English when only a number follows.
    """
    if clear:
        return clear
    previous = next((event for event in reversed(tracker.events) if opens_turn(event)), None)
    if hint and (previous is None or hint != previous.metadata[TURN]["hint"]):
        return hint
    return tracker.get_slot(LANGUAGE_SLOT) or hint or DEFAULT_LANGUAGE
