"""A conversation as Rasa keeps it: what is said goes in, what is heard comes out."""

import re
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from rasa_sdk.executor import ActionExecutor

DOMAIN: dict[str, Any] = yaml.safe_load(
    (Path(__file__).parents[2] / "domain.yml").read_text(encoding="utf-8")
)

VERIFIED = {"verified_customer": "c-1", "verified_at": time.time()}
"""Slots of a customer who has just proven an order of theirs."""


@dataclass
class Heard:
    """What a customer hears from one action."""

    text: str | None = None
    buttons: list[tuple[str, str]] = field(default_factory=list)
    image: str | None = None
    custom: dict[str, Any] = field(default_factory=dict)


class Conversation:
    """Runs actions on a tracker that is kept as Rasa would keep it."""

    def __init__(self, executor: ActionExecutor, language: str | None = None) -> None:
        self._executor = executor
        self._events: list[dict[str, Any]] = []
        self._user: dict[str, Any] = {}
        self._heard = 0
        self.slots: dict[str, Any] = {
            name: slot.get("initial_value") for name, slot in DOMAIN["slots"].items()
        }
        self.slots |= {"language": language, "requested_slot": None}
        self.form: str | None = None
        self.id = "c-1"
        self.metadata: dict[str, Any] = {}
        """What the service says with each message."""
        self.followed_by: str | None = None
        """The action the last one asked for."""
        self.operations: list[dict[str, Any]] = []
        """What the service was told was done with orders; nobody hears that."""

    def hears(
        self,
        text: str,
        intent: str,
        confidence: float = 0.99,
        ranking: list[tuple[str, float]] | None = None,
        **entities: str,
    ) -> None:
        """Note a message of the customer with its meaning and what it carries."""
        self._user = {
            "text": text,
            "intent": {"name": intent, "confidence": confidence},
            "intent_ranking": [
                {"name": name, "confidence": sure}
                for name, sure in ranking or [(intent, confidence)]
            ],
            "entities": [{"entity": name, "value": value} for name, value in entities.items()],
        }
        self._note({"event": "action", "name": "action_listen"})
        self._heard += 1
        note = {"event": "user", "text": text, "parse_data": self._user}
        self._note(note | {"message_id": f"m-{self._heard}", "metadata": dict(self.metadata)})

    def remembers(self, **slots: Any) -> None:
        """Set slots, as the channel or an earlier action did."""
        for name, value in slots.items():
            self._note({"event": "slot", "name": name, "value": value})

    def asks(self, slot: str) -> None:
        """Have the form `slot` belongs to active and asking for it."""
        forms = DOMAIN["forms"].items()
        form = next(name for name, form in forms if slot in form["required_slots"])
        self._note({"event": "active_loop", "name": form})
        self.remembers(requested_slot=slot)

    async def runs(self, action: str) -> list[Heard]:
        """Run an action, keep its events, and return what the customer hears."""
        state = self.slots
        call = {
            "next_action": action,
            "version": "3.6.21",
            "domain": DOMAIN,
            "tracker": {
                "sender_id": self.id,
                "slots": dict(state),
                "latest_message": self._user,
                "events": list(self._events),
                "active_loop": {"name": self.form} if self.form else {},
                "latest_action_name": "action_listen",
            },
        }
        result = await self._executor.run(call)
        assert result is not None
        self._note({"event": "action", "name": action})
        self.followed_by = next(
            (e["name"] for e in result.events if e["event"] == "followup"), None
        )
        said = [self._utter(message) for message in result.responses]
        self.operations += [one.custom["operation"] for one in said if "operation" in one.custom]
        heard = [one for one in said if "operation" not in one.custom]
        for event in result.events:
            self._note(event)
        return heard

    async def fills(self, form: str = "order_form") -> list[Heard]:
        """Run a form's validation on the newest message, as when the form is run."""
        if self.form != form:
            self._note({"event": "active_loop", "name": form})
        return await self.runs(f"validate_{form}")

    def _note(self, event: dict[str, Any]) -> None:
        self._events.append(event)
        if event["event"] == "slot":
            self.slots[event["name"]] = event["value"]
        if event["event"] == "active_loop":
            self.form = event["name"]

    def _utter(self, message: dict[str, Any]) -> Heard:
        said: dict[str, Any] = {"text": message["text"]}
        if message["response"]:
            tr, *others = DOMAIN["responses"][message["response"]]
            said = others[0] if others and self.slots["language"] == "en" else tr
        text = said.get("text")
        if text and message["response"]:
            text = re.sub(r"{(\w+)}", lambda place: str(self._value(message, place[1])), text)
        buttons = [*(said.get("buttons") or ()), *message["buttons"]]
        self._note({"event": "bot", "text": text, "data": {"buttons": buttons}})
        return Heard(
            text=text,
            buttons=[(button["title"], button["payload"]) for button in buttons],
            image=message["image"],
            custom=message["custom"],
        )

    def _value(self, message: dict[str, Any], place: str) -> Any:
        return message[place] if place in message else self.slots[place]
