"""A change of an order being agreed on: what is known of it and what is asked next. Pure."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any, Self

from actions import reading
from shop.models import Address, Handover, Order, Reason, ReturnItem
from shop.rulebook import Rules
from shop.rules import FAULTS, complete, left
from shop.text import same_word, words

CHANGES = frozenset({"cancel_order", "change_address", "exchange_item", "return_item"})
"""Wishes that the assistant carries out itself."""
SENDS_BACK = frozenset({"exchange_item", "return_item"})
"""Of these, those for which goods come back."""
CONTENTS = "change_order"
"""The wish to have something else in an order: asked for here, and done by a person."""
MOST_PIECES = 99
LONGEST_DETAIL = 500
ALL = "all"
"""Stands for every line in the place of one."""


class Step(StrEnum):
    """A question of the form."""

    WHAT = "what"
    LINE = "line"
    QUANTITY = "quantity"
    VARIANT = "variant"
    REASON = "reason"
    OPENED = "opened"
    HANDOVER = "handover"
    ADDRESS = "address"
    DETAIL = "detail"
    CONFIRM = "confirm"


class What(StrEnum):
    """What is to be different about an order before it is packed."""

    ADDRESS = "address"
    VARIANT = "variant"
    QUANTITY = "quantity"
    REMOVE = "remove"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Draft:
    """What is known of a change. `line` is a line's place in the order, or ALL.

    `what` and `detail`, the customer's own words, are of the wish CONTENTS.
    `key` tells one wish of one customer from all others, for as long as it is spoken of.
    """

    wish: str
    number: str
    key: str
    line: int | str | None = None
    quantity: int | None = None
    variant: str | None = None
    reason: str | None = None
    opened: bool | None = None
    handover: str | None = None
    address: dict[str, Any] | None = None
    what: str | None = None
    detail: str | None = None

    @classmethod
    def of(cls, slot: Mapping[str, Any] | None) -> Self | None:
        """Return the draft kept in a slot, None when there is none."""
        return cls(**slot) if slot else None

    def kept(self) -> dict[str, Any]:
        """Return it as a slot keeps it."""
        return asdict(self)

    @property
    def digest(self) -> str:
        """Eight characters that change with whatever is confirmed."""
        return hashlib.sha256(repr(self).encode()).hexdigest()[:8]

    def items(self, order: Order) -> list[ReturnItem]:
        """Return what goes back."""
        if self.line == ALL:
            return [ReturnItem(at, left(order, at), self.opened) for at in open_lines(order)]
        if not isinstance(self.line, int):
            return []
        return [ReturnItem(self.line, self.quantity or left(order, self.line), self.opened)]

    def new_address(self) -> Address | None:
        """Return the address told, None before it is."""
        return Address(**self.address) if self.address else None


def open_lines(order: Order) -> list[int]:
    """Return the places of lines of which something is not on its way back yet."""
    return [at for at in range(len(order.lines)) if left(order, at) > 0]


def begun(wish: str, order: Order, key: str, text: str = "") -> Draft:
    """Return the draft of a new wish; of a single thing in an order no line is asked for.

    `text` is how the customer told a wish for other CONTENTS: what it answers is not asked again.
    """
    draft = Draft(wish, order.number, key)
    lines = open_lines(order)
    draft = replace(draft, line=lines[0]) if len(lines) == 1 else draft
    if wish != CONTENTS:
        return draft
    said = _NUMBERED.sub(" ", text)
    for step in (Step.WHAT, Step.LINE):
        draft = told(draft, step, said, order) or draft
    return draft


def next_step(draft: Draft, order: Order, rules: Rules) -> Step:
    """Return what is asked next."""
    if draft.wish == "change_address":
        return Step.CONFIRM if draft.address else Step.ADDRESS
    if draft.wish == "cancel_order":
        return Step.CONFIRM
    if draft.wish == CONTENTS:
        return _next_of_contents(draft)
    if draft.line is None:
        return Step.LINE
    if isinstance(draft.line, int) and left(order, draft.line) > 1 and draft.quantity is None:
        return Step.QUANTITY
    if draft.wish == "exchange_item" and draft.variant is None:
        return Step.VARIANT
    if draft.reason is None:
        return Step.REASON
    if draft.opened is None and _depends_on_opening(draft, order, rules):
        return Step.OPENED
    return Step.CONFIRM if draft.handover else Step.HANDOVER


def _next_of_contents(draft: Draft) -> Step:
    if draft.what is None:
        return Step.WHAT
    if draft.what == What.OTHER:
        return Step.CONFIRM if draft.detail else Step.DETAIL
    if draft.line is None:
        return Step.LINE
    if draft.what == What.VARIANT and draft.variant is None:
        return Step.VARIANT
    if draft.what == What.QUANTITY and draft.quantity is None:
        return Step.QUANTITY
    return Step.CONFIRM


def named_line(text: str, names: Mapping[int, Sequence[str]]) -> str | None:
    """Return the place of the only line `text` names, or ALL; `names` are the lines' by place."""
    said = words(text)
    if any(word in _ALL for word in said):
        return ALL
    named = [
        at
        for at, known in names.items()
        if any(same_word(word, one) for name in known for one in words(name) for word in said)
    ]
    return str(named[0]) if len(named) == 1 else None


def named_variant(text: str, variants: Sequence[str]) -> str | None:
    """Return the only one of `variants` all of whose words `text` says."""
    said = words(text)
    named = [
        name
        for name in variants
        if all(any(same_word(w, one) for w in said) for one in words(name))
    ]
    return named[0] if len(named) == 1 else None


def answered(draft: Draft, step: str, value: str, order: Order) -> Draft | None:
    """Return the draft with `value`, a button's, as the answer to `step`; None when it is none.

    A button of an earlier question corrects its answer.
    """
    match step:
        case Step.WHAT if draft.wish == CONTENTS and value in set(What):
            return _wanted(draft, What(value), order)
        case Step.LINE if draft.wish in (*SENDS_BACK, CONTENTS):
            line = _line(value, draft, order)
            return (
                None
                if line is None
                else replace(draft, line=line, quantity=None, variant=None, opened=None)
            )
        case Step.QUANTITY if isinstance(draft.line, int) and value.isdecimal():
            quantity, had = int(value[:4]), left(order, draft.line)
            if draft.wish == CONTENTS:
                fits = 1 <= quantity <= MOST_PIECES and quantity != had
            else:
                fits = 1 <= quantity <= had
            return replace(draft, quantity=quantity) if fits else None
        case Step.VARIANT if draft.wish in ("exchange_item", CONTENTS) and value:
            return replace(draft, variant=value)
        case Step.REASON if value in set(Reason):
            return replace(draft, reason=value)
        case Step.OPENED if value in ("yes", "no"):
            return replace(draft, opened=value == "yes")
        case Step.HANDOVER if value in set(Handover):
            return replace(draft, handover=value)
    return None


def _wanted(draft: Draft, what: What, order: Order) -> Draft:
    """Return the draft of what is wanted, as a wish of its own where the shop has a rule for it."""
    if what is What.ADDRESS:
        return replace(draft, wish="change_address")
    if what is What.REMOVE and len(open_lines(order)) == 1:
        return replace(draft, wish="cancel_order")  # nothing would be left of it
    return replace(draft, what=what, variant=None, quantity=None, detail=None)


def told(
    draft: Draft, step: Step, text: str, order: Order, variants: Sequence[str] = ()
) -> Draft | None:
    """Return the draft with what a customer wrote as the answer to `step`; None when it is none.

    `variants` are those to choose from.
    """
    if step is Step.VARIANT:
        variant = named_variant(text, variants)
        return answered(draft, step, variant, order) if variant else None
    if step is Step.DETAIL:
        return replace(draft, detail=text.strip()[:LONGEST_DETAIL]) if text.strip() else None
    if step is Step.ADDRESS or (step is Step.CONFIRM and draft.wish == "change_address"):
        recipient = order.address.recipient if order.address else order.customer.name
        address = reading.address(text, recipient)
        kept = asdict(address) if address and complete(address) else None
        return replace(draft, address=kept) if kept else None
    value = _read(step, text, order)
    return answered(draft, step, value, order) if value else None


def _read(step: Step, text: str, order: Order) -> str | None:
    said = words(text)
    match step:
        case Step.LINE:
            names = {
                at: (order.lines[at].name.tr, order.lines[at].name.en) for at in open_lines(order)
            }
            return named_line(text, names)
        case Step.QUANTITY:
            numbers = [word for word in said if word.isdecimal()]
            return numbers[0] if len(numbers) == 1 else None
        case Step.WHAT | Step.REASON | Step.HANDOVER | Step.OPENED:
            named = {
                value
                for value, beginnings in _BEGINNINGS[step].items()
                if any(word.startswith(beginnings) for word in said)
            }
            return named.pop() if len(named) == 1 else None
    return None


def _line(value: str, draft: Draft, order: Order) -> int | str | None:
    if value == ALL and draft.wish == "return_item":
        return ALL
    fits = value.isdecimal() and int(value[:4]) in open_lines(order)
    return int(value) if fits else None


def _depends_on_opening(draft: Draft, order: Order, rules: Rules) -> bool:
    if draft.reason in FAULTS:
        return False
    exceptions = (
        rules.withdrawal.exceptions.of(order.lines[item.line].category)
        for item in draft.items(order)
    )
    return any(exception and exception[1] == "opened" for exception in exceptions)


# An order's number is no shoe's: "10482 numaralı siparişim", "sipariş numaram".
_NUMBERED = re.compile(r"\d{5,8}\s*(?:no|num)\w*|sipari[şs]\w*\s+(?:no|num)\w*", re.IGNORECASE)
_ALL = frozenset(
    words("hepsi hepsini tümü tümünü tamamı tamamını all everything both ikisi ikisini")
)
# How words of an answer begin, written as `words` leaves them.
_SAID: dict[Step, dict[str, str]] = {
    Step.WHAT: {
        What.ADDRESS: "adres address",
        What.VARIANT: "beden numara renk model küçü büyü size colour color smaller larger bigger",
        What.QUANTITY: "adet adedi tane miktar quantity pieces",
        What.REMOVE: "çıkar sil kaldır remove delete",
        What.OTHER: "ekle ilave hediye başka add gift else note",
    },
    Step.REASON: {
        Reason.CHANGED_MIND: "beğenme fikrim ihtiyac changed",
        Reason.DOES_NOT_FIT: "küçük büyük dar bol beden olmadı uymadı small big tight fit",
        Reason.WRONG_ITEM: "yanlış başka farklı wrong different",
        Reason.DAMAGED: "hasarlı kırık ezik yırtık damaged broken torn",
        Reason.DEFECTIVE: "bozuk çalışmıyor kusurlu arızalı defective faulty",
    },
    Step.HANDOVER: {
        Handover.PICK_UP: "kurye gelsin alsın kapıdan adresten evden pick collect courier home",
        Handover.DROP_OFF: "şube bırakaca bırakır bırakay götür kendim drop branch myself",
    },
    Step.OPENED: {
        "yes": "evet açtım açıldı açık kullandım yes opened used",
        "no": "hayır açmadım açılmadı kapalı no unopened sealed",
    },
}
_BEGINNINGS = {
    step: {value: tuple(words(beginnings)) for value, beginnings in values.items()}
    for step, values in _SAID.items()
}
