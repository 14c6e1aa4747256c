"""What a WooCommerce shop's staff read on an order after we changed it. Pure."""

from collections.abc import Sequence
from decimal import Decimal

from shop.models import Address, Handover, Order, Reason, ReturnItem
from shop.outcomes import Cancelled, ReturnOpened

_REASONS = {
    Reason.CHANGED_MIND: "vazgeçti / changed their mind",
    Reason.DOES_NOT_FIT: "uymadı / does not fit",
    Reason.WRONG_ITEM: "yanlış ürün / wrong item",
    Reason.DAMAGED: "hasarlı / damaged",
    Reason.DEFECTIVE: "arızalı / defective",
    Reason.NOT_AS_DESCRIBED: "tanıtıldığı gibi değil / not as described",
}
_HANDOVERS = {
    Handover.PICK_UP: "adresten alınacak / to be picked up",
    Handover.DROP_OFF: "müşteri şubeye bırakacak / dropped off by the customer",
}


def of_cancellation(done: Cancelled) -> str:
    """Return the note on an order the customer called off."""
    owed = _money(done.amount, done.currency)
    if not done.amount:
        return "Devir: Müşteri siparişi iptal etti. / The customer cancelled the order."
    return (
        f"Devir: Müşteri siparişi iptal etti; {done.refund_by} gününe kadar {owed} iade edilmeli."
        f" / The customer cancelled the order; refund {owed} by {done.refund_by}."
    )


def of_return(done: ReturnOpened, order: Order, items: Sequence[ReturnItem], reason: Reason) -> str:
    """Return the note on an order of which something comes back."""
    goods = ", ".join(f"{one.quantity} × {_named(order, one.line)}" for one in items)
    owed = _money(done.amount, done.currency)
    return (
        f"Devir: İade açıldı, kod {done.code}: {goods}. {_REASONS[reason]};"
        f" {_HANDOVERS[done.handover]}. İade ederken açıklamaya bu kodu yazın: {owed}."
        f" / Return {done.code} opened. Write this code into the refund's reason: {owed}."
    )


def of_address(address: Address) -> str:
    """Return the note on an order that goes elsewhere now."""
    return (
        f"Devir: Müşteri teslimat adresini değiştirdi: {address.district}, {address.city}."
        " / The customer changed the shipping address."
    )


def _named(order: Order, line: int) -> str:
    bought = order.lines[line]
    variant = f" ({bought.variant})" if bought.variant else ""
    return f"{bought.name.tr}{variant}"


def _money(amount: Decimal, currency: str) -> str:
    return f"{amount} {currency}"
