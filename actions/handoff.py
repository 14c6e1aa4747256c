"""That and why a person takes over, with the evidence they need."""

from collections.abc import Sequence
from typing import Any

from rasa_sdk.events import ActiveLoop, EventType, SlotSet

from actions.drafts import Draft
from actions.summary import TOPICS, Facts, Reason, summarise
from actions.talk import Talk
from actions.turns import last_action, since_reset
from actions.unavailable import SLOT, reached
from shop.rules import Stage

_SAID: dict[Reason, str] = {
    "asked": "utter_handoff",
    "unclear": "utter_handoff_unclear",
    "rule": "utter_handoff",
}
_DEPARTMENTS = {"payment_problem": "payments", "refund_status": "payments"}
"""Which department a topic belongs to, where not any will do."""
_FAILED_TURNS = 5
"""The newest misses are enough to see what went wrong."""


def hand_over(
    talk: Talk,
    reason: Reason,
    *,
    topic: str | None = None,
    stage: Stage | None = None,
    told: Sequence[str] | None = None,
) -> list[EventType]:
    """Tell the customer that a person takes over, and ask the service for one.

    `topic` is the intent it is about, by default the last one that says what the customer wants;
    `stage` is what was just seen of the order; `told` is what the customer has told of a change,
    by default what is kept of it. The request is a reply of its own, `{"handoff":
    {"reason", "department", "summary", "evidence": {"slots", "failed_turns", "last_action"}}}`.
    Returns the events that end the form and the counts of misses and of anger.
    """
    upset = bool(talk.slot("frustrations"))
    talk.say("utter_handoff_upset" if upset and reason == "rule" and not topic else _SAID[reason])
    told = told_of(talk) if told is None else tuple(told)
    talk.ask_service({"handoff": _request(talk, reason, topic, stage, told, upset=upset)})
    return [
        ActiveLoop(None),
        SlotSet("requested_slot", None),
        SlotSet("misses", 0),
        SlotSet("frustrations", 0),
        *reached(talk),
    ]


def told_of(talk: Talk) -> tuple[str, ...]:
    """Return what the customer has told of the change that is being agreed on, ready to read."""
    kind = talk.slot("case_kind")
    if kind and (talk.active_form == "case_form" or talk.slot("case_text")):
        return (talk.sentence(f"utter_choice_case_{kind}"),)
    draft = Draft.of(talk.slot("change"))
    spoken_of = talk.active_form == "change_form" or talk.slot("change_answer") is not None
    if draft is None or not spoken_of:
        return ()
    address = draft.new_address()
    told = [talk.sentence(f"utter_choice_what_{draft.what}")] if draft.what else []
    told += [talk.sentence(f"utter_choice_reason_{draft.reason}")] if draft.reason else []
    told += [draft.variant] if draft.variant else []
    told += [talk.sentence(f"utter_choice_handover_{draft.handover}")] if draft.handover else []
    if address:
        told.append(f"{address.street}, {address.district} / {address.city}")
    return tuple(told)


def _request(
    talk: Talk,
    reason: Reason,
    topic: str | None,
    stage: Stage | None,
    told: tuple[str, ...],
    *,
    upset: bool,
) -> dict[str, Any]:
    history = since_reset(talk.history)
    failed = [turn for turn in history if turn.missed]
    if reason == "unclear":
        failed.append(history[-1])  # its own count is among the events this answer returns
    verified = talk.verified_order
    number = talk.slot("order_number") or verified
    slots = {"order_number": talk.slot("order_number"), "verified_order": verified}
    topic = topic or next((t.intent for t in reversed(history) if t.intent in TOPICS), None)
    facts = Facts(
        reason=reason,
        topic=topic,
        next_topic=talk.slot("next_wish"),
        order_number=number,
        verified=bool(number) and number == verified,
        stage=stage,
        failed_proofs=int(talk.slot("failed_proofs") or 0),
        upset=upset,
        shop_down=bool(talk.slot(SLOT)),
        told=told,
    )
    return {
        "reason": reason,
        "department": _DEPARTMENTS.get(topic or ""),
        "summary": summarise(facts, talk.language),
        "evidence": {
            "slots": {name: value for name, value in slots.items() if value},
            "failed_turns": [
                {
                    "text": turn.text,
                    "intent": turn.guesses[0].intent if turn.guesses else None,
                    "confidence": round(turn.guesses[0].confidence, 4) if turn.guesses else 0.0,
                }
                for turn in failed[-_FAILED_TURNS:]
            ],
            "last_action": last_action(talk.events),
        },
    }
