"""What came of an operation, as plain values that can be stored and shown. Pure."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Literal, TypeAlias

from pydantic import TypeAdapter

from shop.models import Refund
from shop.outcomes import Invoice, NotFound, Outcome, Refused

Answer: TypeAlias = Outcome | Invoice | Sequence[Refund]
"""What operations that change an order, `invoice_link` and `refund_status` answer."""

_JSON: TypeAdapter[Any] = TypeAdapter(Any)
_APART = frozenset({"order_number", "rule", "since", "until"})


@dataclass(frozen=True, slots=True)
class Record:
    """What came of an operation.

    `rule` decided, `since` and `until` are the days it was computed from; None where no rule or no
    day had a part in it. `details` are the outcome's other fields as JSON has them.
    """

    outcome: Literal["done", "refused", "not_found"]
    rule: str | None
    since: date | None
    until: date | None
    details: dict[str, Any]

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {
            "outcome": self.outcome,
            "rule": self.rule,
            "since": self.since.isoformat() if self.since else None,
            "until": self.until.isoformat() if self.until else None,
            "details": self.details,
        }


def record(answer: Answer) -> Record:
    """Return what `answer` says."""
    if isinstance(answer, Sequence):
        refunds = [_plain(refund, frozenset({"order_number"})) for refund in answer]
        return Record("done", None, None, None, {"refunds": refunds})
    kind: Literal["done", "refused", "not_found"] = "done"
    if isinstance(answer, Refused):
        kind = "refused"
    elif isinstance(answer, NotFound):
        kind = "not_found"
    rule = getattr(answer, "rule", None)
    return Record(
        kind,
        str(rule) if rule else None,
        getattr(answer, "since", None),
        getattr(answer, "until", None),
        _plain(answer, _APART),
    )


def _plain(value: Any, without: frozenset[str]) -> dict[str, Any]:
    kept = {name: part for name, part in asdict(value).items() if name not in without}
    plain: dict[str, Any] = _JSON.dump_python(kept, mode="json")
    return plain
