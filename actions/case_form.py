"""A delivery that went wrong: what happened to what, kept as a case under a number."""

from collections.abc import Mapping
from typing import Any, ClassVar

from rasa_sdk.events import EventType, FollowupAction, SlotSet

from actions.accounts import asks
from actions.base import Answer, ShopAnswer
from actions.cases import KINDS, NOT_ARRIVED, kind_named
from actions.drafts import ALL, Draft, named_line, open_lines
from actions.forms import FormFilling
from actions.grievance import tells
from actions.handoff import hand_over
from actions.references import reference
from actions.rulewords import right
from actions.talk import Button, Talk
from actions.telling import is_account
from shop.base import Shop
from shop.clock import today
from shop.models import Order, Reason, ReturnItem
from shop.rulebook import Rules
from shop.rules import Stage, Verdict, left, may_return, stage
from shop.wording import Language, day, day_to

FORM = "case_form"
WISH = "delivery_problem"
ARRIVED = frozenset({Stage.RETURNABLE, Stage.KEPT, Stage.DELIVERED})
"""Stages of an order in which a case is opened; before, the parcel itself is looked for."""
_REASONS = {"damaged": Reason.DAMAGED, "wrong": Reason.WRONG_ITEM}
_MOST = 5
"""Buttons shown at once; of more things, one is named in words."""

Names = Mapping[str, tuple[str, str]]
"""A line's place in the order and its name, in Turkish and in English."""


def begin_case(order: Order) -> list[EventType]:
    """Return the events that begin a case about an order that has arrived."""
    names = {str(at): _names(order, at) for at in open_lines(order)}
    return [
        SlotSet("case_lines", names),
        SlotSet("case_kind", None),
        SlotSet("case_line", None),
        SlotSet("case_text", None),
        FollowupAction(FORM),
    ]


class ValidateCaseForm(FormFilling):
    """Takes what happened, to what, and how. What was told before the proof is not asked again."""

    form: ClassVar[str] = FORM

    @property
    def then(self) -> Answer:
        return ActionCase()

    async def fill(self, talk: Talk, asked: str | None) -> dict[str, Any]:
        names: Names = talk.slot("case_lines") or {}
        if asked is None:
            told = _told_before(talk)
            filled = {"case_kind": kind_named(told), "case_line": _line_in(told, names)}
            filled["case_text"] = told if tells(told) else None
        else:
            filled = _answered(talk, asked, names)
        if filled.get("case_kind", talk.slot("case_kind")) == NOT_ARRIVED or len(names) == 1:
            known = filled.get("case_line", talk.slot("case_line"))
            if filled and known is None:
                filled["case_line"] = ALL
        return filled


def _answered(talk: Talk, asked: str, names: Names) -> dict[str, Any]:
    """Return what a message answers; nothing when it is for the rules."""
    pressed = {slot: talk.entity(slot) for slot in ("case_kind", "case_line")}
    if pressed["case_kind"] in KINDS:
        return {"case_kind": pressed["case_kind"]}
    if pressed["case_line"] in (ALL, *names):
        return {"case_line": pressed["case_line"]}
    of_it = talk.intent in (WISH, "complaint", "inform")
    if talk.is_command or talk.intent == "ask_human" or (asks(talk.text) and not of_it):
        return {}
    value: str | None
    match asked:
        case "case_kind":
            value = kind_named(talk.text)
            if value and tells(talk.text):
                return {asked: value, "case_text": talk.text}
        case "case_line":
            value = _line_in(talk.text, names)
        case _:
            value = talk.text if is_account(talk) else None
    if value:
        return {asked: value}
    if of_it:
        talk.say(f"utter_{asked}_unreadable")
        return {asked: None}
    return {}


class ActionAskCaseLine(Answer):
    """Asks what of the order it is about."""

    action = "action_ask_case_line"

    async def answer(self, talk: Talk) -> list[EventType]:
        names: Names = talk.slot("case_lines") or {}
        buttons = [_choice(at, _said(name, talk.language)) for at, name in names.items()]
        every = _choice(ALL, talk.sentence("utter_choice_line_all"))
        talk.say("utter_ask_case_line", [*buttons[: _MOST - 1], every])
        return []


class ActionCase(ShopAnswer):
    """Opens the case, tells its number, and what follows: a return, or a person.

    The request is a reply of its own, `{"case": {"reference", "kind", "order", "lines", "text"}}`.
    What did not come is looked for by a person; what came damaged or wrong can be sent back.
    """

    action = "action_case"

    async def answer_from(self, shop: Shop, talk: Talk) -> list[EventType]:
        kind, text = talk.slot("case_kind"), talk.slot("case_text")
        if kind is None or text is None:
            return []  # a person has taken over
        order = await talk.read_verified_order(shop)
        if order is None:
            return [SlotSet("wish", WISH), FollowupAction("order_form")]
        items = _items(order, talk.slot("case_line"))
        told = reference(talk.message_id)
        talk.say("utter_case_opened", reference=told, what=_what(order, items, talk))
        talk.ask_service(
            {
                "case": {
                    "reference": told,
                    "kind": KINDS[kind],
                    "order": order.number,
                    "lines": [{"line": item.line, "quantity": item.quantity} for item in items],
                    "text": text,
                }
            }
        )
        if talk.takes_photos:
            talk.say("utter_case_photo")
        verdict = _judged(order, items, kind, shop.rules)
        if verdict and verdict.allowed:
            since, until = verdict.term()
            talk.say(
                "utter_case_fault",
                right=right(talk, verdict.rule),
                since=day(since, talk.language, today()),
                until_to=day_to(until, talk.language, today()),
            )
            talk.say("utter_offer_return_item")
            return [*_closed(), *_offered(order, kind, items, talk)]
        at = stage(order, today(), shop.rules)
        return hand_over(talk, "rule", topic=WISH, stage=at) + _closed()


def _closed() -> list[EventType]:
    return [SlotSet(slot, None) for slot in ("case_lines", "case_kind", "case_line", "case_text")]


def _offered(order: Order, kind: str, items: list[ReturnItem], talk: Talk) -> list[EventType]:
    """Return the events that keep what was told for the return that is offered."""
    key = f"{talk.conversation_id}:{order.number}:{talk.message_id}"
    line = items[0].line if len(items) == 1 else ALL
    draft = Draft("return_item", order.number, key, line=line, reason=_REASONS[kind])
    return [
        SlotSet("wish", draft.wish),
        SlotSet("change", draft.kept()),
        SlotSet("change_answer", "offered"),
    ]


def _judged(order: Order, items: list[ReturnItem], kind: str, rules: Rules) -> Verdict | None:
    """Return whether all of it may go back for what is wrong with it; None when it did not come."""
    if kind not in _REASONS or not items:
        return None
    verdicts = [may_return(order, item, _REASONS[kind], today(), rules) for item in items]
    return next((one for one in verdicts if not one.allowed), verdicts[0])


def _items(order: Order, line: str | None) -> list[ReturnItem]:
    places = [at for at in open_lines(order) if line in (None, ALL, str(at))]
    return [ReturnItem(at, left(order, at)) for at in places]


def _what(order: Order, items: list[ReturnItem], talk: Talk) -> str:
    return ", ".join(_said(_names(order, item.line), talk.language) for item in items)


def _told_before(talk: Talk) -> str:
    """Return the message that told of the trouble; "" where a button did."""
    told = next((turn.text for turn in reversed(talk.history) if turn.intent == WISH), "")
    return "" if told.startswith("/") else told


def _line_in(text: str, names: Names) -> str | None:
    found = named_line(text, {int(at): name for at, name in names.items()})
    return found if len(names) > 1 else None


def _names(order: Order, at: int) -> tuple[str, str]:
    line = order.lines[at]
    size = f" ({line.variant})" if line.variant else ""
    return f"{line.name.tr}{size}", f"{line.name.en}{size}"


def _said(name: tuple[str, str], language: Language) -> str:
    return name[language == "en"]


def _choice(value: str, title: str) -> Button:
    return {"title": title, "payload": f'/inform{{"case_line": "{value}"}}'}
