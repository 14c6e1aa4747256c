"""A change of an order being agreed on: what is known of it and what is asked next. Pure."""

import hashlib
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
ALL = "all"
"""Stands for every line in the place of one."""


class Step(StrEnum):
    """A question of the form."""

    LINE = "line"
    QUANTITY = "quantity"
    VARIANT = "variant"
    REASON = "reason"
    OPENED = "opened"
    HANDOVER = "handover"
    ADDRESS = "address"
    CONFIRM = "confirm"


@dataclass(frozen=True, slots=True)
class Draft:
    """What is known of a change. `line` is a line's place in the order, or ALL.

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


def begun(wish: str, order: Order, key: str) -> Draft:
    """Return the draft of a new wish; of a single thing in an order no line is asked for."""
    draft = Draft(wish, order.number, key)
    lines = open_lines(order)
    return replace(draft, line=lines[0]) if len(lines) == 1 else draft


def next_step(draft: Draft, order: Order, rules: Rules) -> Step:
    """Return what is asked next."""
    if draft.wish == "change_address":
        return Step.CONFIRM if draft.address else Step.ADDRESS
    if draft.wish == "cancel_order":
        return Step.CONFIRM
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


def answered(draft: Draft, step: str, value: str, order: Order) -> Draft | None:
    """Return the draft with `value`, a button's, as the answer to `step`; None when it is none.

    A button of an earlier question corrects its answer.
    """
    match step:
        case Step.LINE if draft.wish in ("return_item", "exchange_item"):
            line = _line(value, draft, order)
            return (
                None
                if line is None
                else replace(draft, line=line, quantity=None, variant=None, opened=None)
            )
        case Step.QUANTITY if isinstance(draft.line, int) and value.isdecimal():
            quantity = int(value[:4])
            fits = 1 <= quantity <= left(order, draft.line)
            return replace(draft, quantity=quantity) if fits else None
        case Step.VARIANT if draft.wish == "exchange_item" and value:
            return replace(draft, variant=value)
        case Step.REASON if value in set(Reason):
            return replace(draft, reason=value)
        case Step.OPENED if value in ("yes", "no"):
            return replace(draft, opened=value == "yes")
        case Step.HANDOVER if value in set(Handover):
            return replace(draft, handover=value)
    return None


def told(draft: Draft, step: Step, text: str, order: Order) -> Draft | None:
    """Return the draft with what a customer wrote as the answer to `step`; None when it is none."""
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
        case Step.REASON | Step.HANDOVER | Step.OPENED:
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


_ALL = frozenset(
    words("hepsi hepsini tümü tümünü tamamı tamamını all everything both ikisi ikisini")
)
# How words of an answer begin, written as `words` leaves them.
_SAID: dict[Step, dict[str, str]] = {
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
