"""Changes of an order the assistant makes itself: asked for in pieces, confirmed, made once."""

import logging
from collections.abc import Sequence
from typing import Any, ClassVar

from rasa_sdk.events import EventType, FollowupAction, SlotSet

from actions import reading
from actions.base import Answer, ShopAnswer
from actions.connection import connection
from actions.drafts import (
    ALL,
    CONTENTS,
    Draft,
    Step,
    What,
    answered,
    next_step,
    open_lines,
    told,
)
from actions.forms import FormFilling
from actions.grievance import OUTCRIES, tells
from actions.handoff import hand_over
from actions.operations import note, note_open
from actions.outcomes import Outcome, tell_outcome
from actions.talk import Button, Talk
from actions.unavailable import tell_unavailable
from actions.wishes import EXPLAINED_FIRST, WISHES
from shop.base import Shop
from shop.clock import today
from shop.errors import ShopUnavailable
from shop.models import Handover, Order, Reason
from shop.outcomes import NotFound, Refused, Rule
from shop.rulebook import Rules
from shop.rules import (
    FAULTS,
    Stage,
    judge_return,
    left,
    may_cancel,
    may_change_address,
    stage,
)
from shop.variants import variants_of
from shop.wording import money

logger = logging.getLogger(__name__)

FORM = "change_form"
REASONS = (
    Reason.DOES_NOT_FIT,
    Reason.CHANGED_MIND,
    Reason.DAMAGED,
    Reason.DEFECTIVE,
    Reason.WRONG_ITEM,
)
_MOST = 5
"""Buttons shown at once; of more things, one is named in words."""
_SHORT = 6
"""Words up to which a yes is nothing but a yes."""
# What the rules answer, whatever is being asked.
_LEFT_TO_RULES = frozenset({"ask_human", "bot_challenge", "goodbye", "greet", "thank"})
_SURE = 0.8
"""Confidence from which a message is a wish rather than an address."""


class ValidateChangeForm(FormFilling):
    """Takes the answers into the draft. Only a yes to the very draft that was shown confirms it."""

    form: ClassVar[str] = FORM

    @property
    def then(self) -> Answer:
        return ActionChange()

    async def fill(self, talk: Talk, asked: str | None) -> dict[str, Any]:
        draft = Draft.of(talk.slot("change"))
        if draft is None:
            return {"change_answer": "left"}
        try:
            shop = await connection().shop()
            order = await shop.find_order(draft.number)
            if order is None or talk.verified_customer != order.customer.id:
                return {"change_answer": "left", "wish": draft.wish}
            filled: dict[str, Any] = {"change_answer": None}
            if asked:
                filled = await _answer(draft, order, shop, talk)
            if "change_answer" in filled and filled["change_answer"] is None:
                draft = Draft.of(filled.get("change")) or draft
                filled["change_answer"] = await _dead_end(draft, order, shop)
        except ShopUnavailable as error:
            logger.warning("%s: %s (%s)", error.code, error, self.name())
            return {"change_answer": "unavailable"}
        return filled


async def _dead_end(draft: Draft, order: Order, shop: Shop) -> str | None:
    """Return how the form ends when asking on leads nowhere; None when it goes on."""
    step = next_step(draft, order, shop.rules)
    if step is Step.VARIANT and not await _variants(draft, order, shop):
        return "no_variant"
    if draft.wish == CONTENTS and step is Step.CONFIRM:
        return "passed_on"
    return "refused" if _refusal(draft, step, order, shop.rules) else None


async def _answer(draft: Draft, order: Order, shop: Shop, talk: Talk) -> dict[str, Any]:
    step = next_step(draft, order, shop.rules)
    if talk.is_command:
        return _pressed(draft, step, order, talk)
    variants = await _variants(draft, order, shop) if step is Step.VARIANT else []
    return _written(draft, step, order, variants, talk)


def _pressed(draft: Draft, step: Step, order: Order, talk: Talk) -> dict[str, Any]:
    name, _, value = str(talk.entity("change_answer") or "").partition(":")
    if name == Step.CONFIRM and talk.intent == "affirm":
        if step is Step.CONFIRM and value == draft.digest:
            return {"change_answer": "confirmed"}
        return {"change_answer": None}
    if name:
        better = answered(draft, name, value, order)
        return {"change_answer": None} | ({"change": better.kept()} if better else {})
    return _left(draft, talk)


def _written(
    draft: Draft, step: Step, order: Order, variants: Sequence[str], talk: Talk
) -> dict[str, Any]:
    named = reading.order_number(talk.text, besides=draft.number)
    of_address = draft.wish == "change_address"
    # What answers the question counts, whatever else it may be taken for: "too big" as a goodbye.
    better = None if _no_answer(step, talk) else told(draft, step, talk.text, order, variants)
    if better:
        return {"change": better.kept(), "change_answer": None}
    if named and named != draft.number and not of_address:
        wish = talk.intent if talk.intent in WISHES else draft.wish
        return {"change_answer": "left", "wish": wish, "order_number": None}
    if step is Step.CONFIRM and _says_yes(talk):
        return {"change_answer": "confirmed"}
    if talk.intent == "deny" or talk.intent in _LEFT_TO_RULES:
        return {}
    if talk.angry and talk.intent in OUTCRIES and not tells(talk.text):
        return {"change_answer": None}  # an outcry is no other wish
    if talk.intent == "inform" or (step is Step.ADDRESS and talk.confidence < _SURE):
        talk.say(_unreadable(step))
        return {"change_answer": None}
    return _left(draft, talk)


def _no_answer(step: Step, talk: Talk) -> bool:
    """Whether a message cannot be the answer; any words may be where the customer's own count."""
    if step is not Step.DETAIL:
        return talk.intent == "ask_human"
    other_wish = talk.intent in WISHES - {CONTENTS} and talk.confidence >= _SURE
    return other_wish or talk.intent == "deny" or talk.intent in _LEFT_TO_RULES


def _left(draft: Draft, talk: Talk) -> dict[str, Any]:
    """Leave the form for another wish of the order; what no wish of it is, is for the rules."""
    if talk.intent == draft.wish:
        return {"change_answer": None}
    if talk.intent in WISHES - EXPLAINED_FIRST:
        return {"change_answer": "left", "wish": talk.intent}
    if talk.intent == "inform":
        return {"change_answer": None}
    return {}


def _says_yes(talk: Talk) -> bool:
    return talk.intent == "affirm" and len(talk.text.split()) <= _SHORT


def _unreadable(step: Step) -> str:
    address = step is Step.ADDRESS
    return "utter_change_address_unreadable" if address else "utter_change_answer_unreadable"


class ActionAskChangeAnswer(ShopAnswer):
    """Asks the next question of the change, with a button for each answer there is."""

    action = "action_ask_change_answer"

    async def answer_from(self, shop: Shop, talk: Talk) -> list[EventType]:
        draft = Draft.of(talk.slot("change"))
        order = await shop.find_order(draft.number) if draft else None
        if draft is None or order is None:
            return hand_over(talk, "rule")
        step = next_step(draft, order, shop.rules)
        match step:
            case Step.WHAT:
                talk.say("utter_change_what", _choices(step, tuple(What), talk))
            case Step.DETAIL:
                talk.say("utter_change_detail")
            case Step.LINE:
                _ask_line(draft, order, talk)
            case Step.QUANTITY:
                _ask_quantity(draft, order, talk)
            case Step.VARIANT:
                await _ask_variant(draft, order, shop, talk)
            case Step.REASON:
                kept = stage(order, today(), shop.rules) is Stage.KEPT
                reasons = [one for one in REASONS if one in FAULTS or not kept]
                talk.say("utter_change_reason", _choices(step, reasons, talk))
            case Step.OPENED:
                talk.say("utter_change_opened", _choices(step, ("yes", "no"), talk))
            case Step.HANDOVER:
                talk.say("utter_change_handover", _choices(step, tuple(Handover), talk))
            case Step.ADDRESS:
                talk.say("utter_change_address")
            case Step.CONFIRM:
                _ask_to_confirm(draft, order, talk)
        return []


def _refusal(draft: Draft, step: Step, order: Order, rules: Rules) -> Refused | NotFound | None:
    """Return what the rules refuse as soon as it is known, before more is asked for nothing."""
    if draft.wish in ("cancel_order", "change_address"):  # what a wish for other contents became
        cancels = draft.wish == "cancel_order"
        verdict = may_cancel(order, today(), rules) if cancels else may_change_address(order, rules)
        return None if verdict.allowed else verdict.refusal()
    if draft.reason is None or step not in (Step.HANDOVER, Step.CONFIRM):
        return None
    found = judge_return(order, draft.items(order), Reason(draft.reason), today(), rules)
    return found if isinstance(found, (Refused, NotFound)) else None


def _ask_line(draft: Draft, order: Order, talk: Talk) -> None:
    places = open_lines(order)[:_MOST]
    buttons = [_choice(Step.LINE, str(at), line_name(order, at, talk)) for at in places]
    if draft.wish == "return_item" and len(buttons) < _MOST:
        buttons.append(_choice(Step.LINE, ALL, talk.sentence("utter_choice_line_all")))
    name = f"{draft.wish}_{draft.what}" if draft.wish == CONTENTS else draft.wish
    talk.say(f"utter_change_line_{name}", buttons)


def _ask_quantity(draft: Draft, order: Order, talk: Talk) -> None:
    had = left(order, draft.line) if isinstance(draft.line, int) else 1
    if draft.wish == CONTENTS:
        numbers = [count for count in range(1, _MOST + 1) if count != had]
        assert isinstance(draft.line, int)
        name, places = "utter_change_quantity_to", {"product": line_name(order, draft.line, talk)}
    else:
        numbers = list(range(1, min(had, _MOST) + 1))
        name, places = "utter_change_quantity", {}
    talk.say(name, [_choice(Step.QUANTITY, str(n), str(n)) for n in numbers], **places)


async def _ask_variant(draft: Draft, order: Order, shop: Shop, talk: Talk) -> None:
    names = await _variants(draft, order, shop)
    buttons = [_choice(Step.VARIANT, name, name) for name in names[:_MOST]]
    assert isinstance(draft.line, int)
    talk.say("utter_change_variant", buttons, product=line_name(order, draft.line, talk))


async def _variants(draft: Draft, order: Order, shop: Shop) -> list[str]:
    """Return the other variants of the chosen product that are in stock."""
    assert isinstance(draft.line, int)
    line = order.lines[draft.line]
    pieces = draft.quantity or left(order, draft.line)
    return [
        one.name
        for one in await variants_of(shop, line)
        if one.stock >= pieces and one.name != line.variant
    ]


def _ask_to_confirm(draft: Draft, order: Order, talk: Talk) -> None:
    address = draft.new_address()
    items = draft.items(order)
    yes = {
        "title": talk.sentence("utter_choice_confirm"),
        "payload": f'/affirm{{"change_answer": "{Step.CONFIRM}:{draft.digest}"}}',
    }
    no = {"title": talk.sentence("utter_choice_stop"), "payload": "/deny"}
    what = [f"{item.quantity} × {line_name(order, item.line, talk)}" for item in items] or [
        f"{line.quantity} × {line_name(order, at, talk)}" for at, line in enumerate(order.lines)
    ]
    talk.say(
        f"utter_confirm_{draft.wish}",
        [yes, no],
        number=order.number,
        what=", ".join(what),
        total=money(order.total, order.currency, talk.language),
        address=address_line(draft) if address else "",
        variant=draft.variant or "",
        reason=talk.sentence(f"utter_choice_reason_{draft.reason}") if draft.reason else "",
        handover=(
            talk.sentence(f"utter_choice_handover_{draft.handover}") if draft.handover else ""
        ),
    )


class ActionChange(ShopAnswer):
    """Makes the change that was confirmed, tells what came of it, or follows another wish.

    The draft's key goes with it: pressed twice, or answered again, it is made once.
    """

    action = "action_change"

    async def answer_from(self, shop: Shop, talk: Talk) -> list[EventType]:
        draft = Draft.of(talk.slot("change"))
        done: list[EventType] = [SlotSet("change", None), SlotSet("change_answer", None)]
        match talk.slot("change_answer"):
            case "unavailable":
                return _put_off(draft) + tell_unavailable(talk)
            case "left":
                return [*done, FollowupAction("order_form")]
        order = await shop.find_order(draft.number) if draft else None
        if draft is None or talk.slot("change_answer") is None:
            return done  # a person has taken over
        if order is None or talk.verified_customer != order.customer.id:
            return [*done, SlotSet("wish", draft.wish), FollowupAction("order_form")]
        match talk.slot("change_answer"):
            case "no_variant":
                assert isinstance(draft.line, int)
                name = line_name(order, draft.line, talk)
                talk.say("utter_change_no_variant", product=name)
                told = [talk.sentence(f"utter_choice_what_{What.VARIANT}"), name]
                return hand_over(talk, "rule", topic=draft.wish, told=told) + done
            case "passed_on":
                wanted = _wanted(draft, order, talk)
                talk.say("utter_change_passed_on", wanted=wanted)
                at = stage(order, today(), shop.rules)
                return hand_over(talk, "rule", topic=CONTENTS, stage=at, told=[wanted]) + done
            case "refused":
                refusal = _refusal(draft, Step.CONFIRM, order, shop.rules)
                assert refusal is not None
                return _told(refusal, draft, order, shop.rules, talk) + done
        try:
            outcome = await _make(draft, order, shop)
        except ShopUnavailable as error:
            # Whether it was made is open: with the same key it is asked again, and made once.
            logger.warning("%s: %s (%s, tried again)", error.code, error, self.action)
            try:
                outcome = await _make(draft, order, shop)
            except ShopUnavailable as error:
                logger.warning("%s: %s (%s, given up)", error.code, error, self.action)
                note_open(talk, draft.wish, order.number)
                return _put_off(draft) + tell_unavailable(talk, "utter_change_uncertain")
        return _told(outcome, draft, order, shop.rules, talk) + done

    def left_open(self) -> list[EventType]:
        return [SlotSet("change_answer", "put_off")]


def _wanted(draft: Draft, order: Order, talk: Talk) -> str:
    """Return in a sentence what is to be different about the order."""
    product = line_name(order, draft.line, talk) if isinstance(draft.line, int) else ""
    return talk.sentence(
        f"utter_wanted_{draft.what}",
        product=product,
        variant=draft.variant or "",
        quantity=draft.quantity or "",
        detail=draft.detail or "",
    )


def _put_off(draft: Draft | None) -> list[EventType]:
    """Return the events that leave a change for another try; its draft, with its key, is kept."""
    wish = draft.wish if draft else None
    return [SlotSet("change_answer", "put_off"), SlotSet("wish", wish)]


def _told(
    outcome: Outcome, draft: Draft, order: Order, rules: Rules, talk: Talk
) -> list[EventType]:
    """Tell what came of it; where only a person can go on, one takes over."""
    note(talk, draft.wish, order.number, outcome)
    told = tell_outcome(outcome, order, rules, talk)
    if not told or (isinstance(outcome, Refused) and outcome.rule is Rule.NOT_SUPPORTED):
        return hand_over(talk, "rule", topic=draft.wish)
    if isinstance(outcome, Refused):
        talk.say("utter_person_offer")
    return []


async def _make(draft: Draft, order: Order, shop: Shop) -> Outcome:
    number, key = draft.number, draft.key
    if draft.wish == "cancel_order":
        return await shop.cancel_order(number, key=key)
    if draft.wish == "change_address":
        address = draft.new_address()
        assert address is not None
        return await shop.change_address(number, address, key=key)
    assert draft.reason is not None
    assert draft.handover is not None
    reason, handover = Reason(draft.reason), Handover(draft.handover)
    items = draft.items(order)
    if draft.wish == "return_item":
        return await shop.request_return(number, items, reason=reason, handover=handover, key=key)
    assert draft.variant is not None
    return await shop.exchange(
        number, items[0], draft.variant, reason=reason, handover=handover, key=key
    )


def line_name(order: Order, at: int, talk: Talk) -> str:
    """Return what a line of the order is called, with its size or colour."""
    line = order.lines[at]
    name = line.name.in_(talk.language)
    return f"{name} ({line.variant})" if line.variant else name


def address_line(draft: Draft) -> str:
    """Return the new address in a line."""
    address = draft.new_address()
    assert address is not None
    place = f"{address.district} / {address.city}"
    where = f"{address.postcode} {place}" if address.postcode else place
    return f"{address.recipient}, {address.street}, {where}"


def _choices(step: Step, values: Sequence[str], talk: Talk) -> list[Button]:
    return [_choice(step, value, talk.sentence(f"utter_choice_{step}_{value}")) for value in values]


def _choice(step: Step, value: str, title: str) -> Button:
    return {"title": title, "payload": f'/inform{{"change_answer": "{step}:{value}"}}'}
