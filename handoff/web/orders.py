"""How orders look beside the chat: what they are, and what the shop's rules allow with them."""

from datetime import date
from typing import Any

from handoff.operations import Beside, Known
from handoff.web.present import Json, instant
from shop.models import Order, Reason, Return, ReturnItem
from shop.outcomes import Refused, Rule
from shop.rulebook import Rules
from shop.rules import Verdict, left, may_cancel, may_change_address, may_return, without_invoice


def beside(found: Beside, language: str, today: date, rules: Rules) -> Json:
    """Return what is beside a conversation, as the rules see it today."""
    return {
        **unavailable(found.known),
        "orders": [
            _order(order, language, today, rules, theirs=order.number in found.theirs)
            for order in found.orders
        ],
        "unavailable": False,
    }


def unavailable(known: Known) -> Json:
    """Return what is known while the shop cannot be asked."""
    by_order = "order" if known.proven else None
    return {
        "verified": known.verified_at is not None,
        "verified_by": "shop" if known.named else by_order,
        "verified_order": known.proven,
        "verified_at": instant(known.verified_at),
        "mentioned": known.mentioned,
        "orders": [],
        "unavailable": True,
    }


def _order(order: Order, language: str, today: date, rules: Rules, *, theirs: bool) -> Json:
    shipment, address = order.shipment, order.address
    lines = [_line(order, at, language, today, rules) for at in range(len(order.lines))]
    return {
        "number": order.number,
        "customer": order.customer.name,
        "theirs": theirs,
        "placed_at": instant(order.placed_at),
        "status": order.status,
        "total": f"{order.total:.2f}",
        "currency": order.currency,
        "carrier": shipment.carrier if shipment else None,
        "tracking_number": shipment.tracking_number if shipment else None,
        "tracking_url": shipment.tracking_url if shipment else None,
        "expected_at": shipment.expected_at.isoformat()
        if shipment and shipment.expected_at
        else None,
        "delivered_at": instant(shipment.delivered_at) if shipment else None,
        "cancelled_at": instant(order.cancelled_at),
        "address": {
            "recipient": address.recipient,
            "street": address.street,
            "district": address.district,
            "city": address.city,
            "postcode": address.postcode,
        }
        if address
        else None,
        "lines": lines,
        "events": [
            {
                "at": instant(event.at),
                "status": event.status.in_(language),
                "place": event.place,
            }
            for event in (shipment.events if shipment else ())
        ],
        "returns": [_return(one) for one in order.returns],
        "may": {
            "cancel_order": _verdict(may_cancel(order, today, rules)),
            "change_address": _verdict(may_change_address(order, rules)),
            "return_item": _back(lines),
            "exchange_item": _back(lines),
            "refund_status": _ALLOWED,
            "invoice": _refused(without_invoice(order, rules)),
        },
    }


def _line(order: Order, at: int, language: str, today: date, rules: Rules) -> Json:
    line = order.lines[at]
    exception = rules.withdrawal.exceptions.of(line.category)
    return {
        "name": line.name.in_(language),
        "quantity": line.quantity,
        "price": f"{line.price:.2f}",
        "variant": line.variant,
        "left": left(order, at),
        "opened_matters": exception is not None and exception[1] == "opened",
        "may": {
            "withdraw": _verdict(_judge(order, at, Reason.CHANGED_MIND, today, rules)),
            "fault": _verdict(_judge(order, at, Reason.DEFECTIVE, today, rules)),
        },
    }


def _judge(order: Order, at: int, reason: Reason, today: date, rules: Rules) -> Verdict:
    # Unopened: whether it is opened is asked for when it is sent back.
    return may_return(order, ReturnItem(at, 1, opened=False), reason, today, rules)


def _back(lines: list[Json]) -> Json:
    """Return whether any line may be sent back: the verdict that allows it, else why the first may
    not.
    """
    verdicts: list[Json] = [line["may"][way] for way in ("withdraw", "fault") for line in lines]
    none = _refused(Refused(Rule.NOTHING_CHOSEN))
    return next((one for one in verdicts if one["allowed"]), verdicts[0] if verdicts else none)


def _return(one: Return) -> Json:
    return {
        "code": one.code,
        "status": one.status,
        "reason": one.reason,
        "handover": one.handover,
        "items": [{"line": item.line, "quantity": item.quantity} for item in one.items],
        "exchange_for": one.exchange_for,
        "opened_at": instant(one.opened_at),
        "sent_at": instant(one.sent_at),
        "arrived_at": instant(one.arrived_at),
    }


_ALLOWED: dict[str, Any] = {"allowed": True, "rule": None, "since": None, "until": None}


def _verdict(verdict: Verdict) -> Json:
    return {
        "allowed": verdict.allowed,
        "rule": verdict.rule,
        "since": verdict.since.isoformat() if verdict.since else None,
        "until": verdict.until.isoformat() if verdict.until else None,
    }


def _refused(refused: Refused | None) -> Json:
    if refused is None:
        return _ALLOWED
    return _verdict(Verdict(False, refused.rule, refused.since, refused.until))
