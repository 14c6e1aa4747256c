"""What forms have in common."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

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
        """
        talk = Talk(dispatcher, tracker, domain)
        slots: Sequence[str] = domain["forms"][self.form]["required_slots"]
        asked = talk.slot("requested_slot")
        filled = await self.fill(talk, asked if asked in slots else None)
        missing = (name for name in slots if filled.get(name, talk.slot(name)) is None)
        return [
            *(SlotSet(name, value) for name, value in filled.items()),
            SlotSet("requested_slot", next(missing, None)),
        ]

    @abstractmethod
    async def fill(self, talk: Talk, asked: str | None) -> dict[str, Any]:
        """Return slots and their values from the message, none to leave it to the rules.

        `asked` is the slot the form has asked for, None when the form begins. A slot with None is
        asked for (again).
        """
