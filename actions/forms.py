"""What forms have in common."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

from rasa_sdk import Action, Tracker
from rasa_sdk.events import ActionExecuted, EventType, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.base import Answer
from actions.talk import Talk
from actions.wording import Domain


class FormFilling(Action, ABC):
    """Fills a form's slots from a message; Rasa calls it as `validate_` and the form's name."""

    form: ClassVar[str]
    """The form's name in domain.yml."""

    def name(self) -> str:
        return f"validate_{self.form}"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain
    ) -> list[EventType]:
        """Fill what the message fills, and say at once which slot is asked for next.

        Without the latter Rasa would call a second time when the form begins. If nothing is filled,
        Rasa leaves the message to the rules and comes back here, for the question, after them.
        A form that is complete is answered in the same call, as the rules have it: a call of its
        own for that took a third of an order-tracking turn.
        """
        talk = Talk(dispatcher, tracker, domain)
        slots: Sequence[str] = domain["forms"][self.form]["required_slots"]
        asked = talk.slot("requested_slot")
        filled = await self.fill(talk, asked if asked in slots else None)
        missing = next((name for name in slots if filled.get(name, talk.slot(name)) is None), None)
        events = [
            *(SlotSet(name, value) for name, value in filled.items()),
            SlotSet("requested_slot", missing),
        ]
        if missing is None:
            talk.leaves_form(filled)
            events += await self._answer(talk)
        return events

    async def _answer(self, talk: Talk) -> list[EventType]:
        events = await self.then.answer(talk)
        if not any(event["event"] == "followup" for event in events):
            events = [*events, FollowupAction("action_listen")]
        return [ActionExecuted(self.then.action), *events]

    @property
    @abstractmethod
    def then(self) -> Answer:
        """What data/rules.yml has run when the form is complete."""

    @abstractmethod
    async def fill(self, talk: Talk, asked: str | None) -> dict[str, Any]:
        """Return slots and their values from the message, none to leave it to the rules.

        `asked` is the slot the form has asked for, None when the form begins. A slot with None is
        asked for (again).
        """
