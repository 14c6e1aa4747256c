"""What is said of an agent's operation with an order: to the customer, and to other agents."""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from handoff.notices import Notices, load
from handoff.store.rows import Operation
from shop.clock import shop_day
from shop.outcomes import Rule
from shop.rulebook import Rules
from shop.wording import Language, day, money

_SINCE = {
    Rule.CANCEL_OPEN: "placed",
    Rule.ADDRESS_OPEN: "placed",
    Rule.DELIVERY_OVERDUE: "placed",
    Rule.ALREADY_SHIPPED: "shipped",
    Rule.ALREADY_CANCELLED: "cancelled",
    Rule.ALREADY_RETURNED: "returned",
}
"""What the day is that a rule counts from; the others count from the delivery."""
_READS = frozenset({"refund_status", "invoice"})


def load_sentences() -> Notices:
    """Read the sentences. Raises ConfigurationError when one is missing in a language."""
    return load(Path(__file__).with_name("operations.yml"))


class OperationWords:
    """A finished operation in sentences of a language, as seen on a day."""

    def __init__(
        self, sentences: Notices, one: Operation, language: str, today: date, rules: Rules
    ) -> None:
        self._sentences = sentences
        self._one = one
        self._language: Language = "en" if language == "en" else "tr"
        self._today = today
        self._rules = rules

    def note(self, written: str | None) -> str:
        """Return what other agents read: what was done, by which rule, and the agent's note."""
        one = self._one
        what = self._say(f"note_{one.name}", number=one.order_number)
        if one.outcome == "done" and one.name in _READS:
            lines = [self._say("note_read", what=what)]
        else:
            lines = [self._say(f"note_{one.outcome}", what=what, why=self._why())]
        if one.outcome == "done" and one.rule:
            lines.append(self._say("note_rule", why=self._why()))
        if written:
            lines.append(self._say("note_written", note=written))
        return "\n".join(lines)

    def tell(self) -> str | None:
        """Return what may be said to the customer; None where there is nothing to say."""
        one = self._one
        if one.outcome == "refused":
            return self._say("tell_refused", number=one.order_number, why=self._why())
        if one.outcome != "done":
            return None
        return " ".join(self._done())

    def _done(self) -> Iterator[str]:
        one, details = self._one, self._one.details
        match one.name:
            case "cancel_order":
                yield self._say(
                    "tell_cancel_order",
                    number=one.order_number,
                    amount=self._money(details),
                    refund_by=self._day(details["refund_by"]),
                )
            case "change_address":
                address = _address(details["address"])
                yield self._say("tell_change_address", number=one.order_number, address=address)
            case "return_item" | "exchange_item":
                yield from self._way_back(details)
            case "refund_status":
                yield from self._refunds(details["refunds"])
            case "invoice":
                yield self._say("tell_invoice", number=one.order_number, url=details["url"])

    def _way_back(self, details: dict[str, Any]) -> Iterator[str]:
        one = self._one
        yield self._say(
            f"tell_{one.name}",
            number=one.order_number,
            code=details["code"],
            variant=details.get("variant", ""),
        )
        send_by = self._day(details["send_by"])
        carrier = details["carrier"]
        yield self._say(f"tell_{details['handover']}", carrier=carrier, send_by=send_by)
        yield self._say(f"tell_cargo_{details['cargo_paid_by']}")
        if "amount" in details:
            counted = self._rules.refund.counted_from.value
            days = details["refund_days"]
            yield self._say(f"tell_refund_{counted}", amount=self._money(details), days=days)

    def _refunds(self, refunds: list[dict[str, Any]]) -> Iterator[str]:
        number = self._one.order_number
        if not refunds:
            yield self._say("tell_no_refund", number=number)
        for refund in refunds:
            paid = refund["paid_at"]
            yield self._say(
                f"tell_refund_status_{refund['status']}",
                number=number,
                amount=self._money(refund),
                due=self._day(refund["due"]) if refund["due"] else "",
                paid=day(shop_day(datetime.fromisoformat(paid)), self._language, self._today)
                if paid
                else "",
            )

    def _why(self) -> str:
        one = self._one
        if one.rule is None:
            return ""
        days = []
        if one.since:
            name = _SINCE.get(Rule(one.rule), "delivered")
            days.append(self._say(f"since_{name}", day=self._said(one.since)))
        if one.until:
            days.append(self._say("until", day=self._said(one.until)))
        why = self._say(f"why_{one.rule}")
        return f"{why} ({', '.join(days)})" if days else why

    def _say(self, name: str, **values: Any) -> str:
        return self._sentences.say(name, self._language, **values)

    def _said(self, value: date) -> str:
        return day(value, self._language, self._today)

    def _day(self, value: str) -> str:
        return self._said(date.fromisoformat(value))

    def _money(self, details: dict[str, Any]) -> str:
        return money(Decimal(details["amount"]), details["currency"], self._language)


def _address(parts: dict[str, str | None]) -> str:
    place = f"{parts['district']} / {parts['city']}"
    where = f"{parts['postcode']} {place}" if parts["postcode"] else place
    return f"{parts['recipient']}, {parts['street']}, {where}"
