"""The rules of a shop as settings. Pure; `shop.rulefile` reads them from a file.

What a file leaves out is what Turkish law asks for; what it grants less than the law is refused.
`source` and `note` are for the people who keep the file.
"""

from collections.abc import Iterator
from typing import Annotated, Generic, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, model_validator

from shop.models import Payer

Value = TypeVar("Value")
Category = Annotated[str, Field(min_length=1)]
When = Literal["always", "opened"]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    source: str = ""
    note: str = ""


class Disputed(_Section, Generic[Value]):
    """A value the sources disagree on: a shop sets it with its lawyer."""

    value: Value


Days = Annotated[int, Field(strict=True, ge=1, le=365)]


class Cancel(_Section):
    """When an order can be cancelled: in the states before this one."""

    before: Literal["packed", "shipped"] = "packed"


class ChangeAddress(_Section):
    """When an order's address can be changed: in the states before this one."""

    before: Literal["packed", "shipped"] = "shipped"


class Excepted(_Section):
    """Products that cannot be sent back without a fault, always or once opened."""

    when: When = "always"
    categories: tuple[Category, ...] = ()


class Exceptions(_Section):
    """The legal exceptions from withdrawal, each with the shop's categories it is about."""

    hygiene: Excepted = Excepted(when="opened")
    personalised: Excepted = Excepted()
    opened_software: Excepted = Excepted(when="opened")
    perishable: Excepted = Excepted()
    instant_digital: Excepted = Excepted()

    def named(self) -> Iterator[tuple[str, Excepted]]:
        """Yield each exception with its name."""
        for name in ("hygiene", "personalised", "opened_software", "perishable", "instant_digital"):
            yield name, getattr(self, name)

    def of(self, category: str | None) -> tuple[str, When] | None:
        """Return the name of the exception for `category` and when it holds, if there is one."""
        for name, excepted in self.named():
            if category in excepted.categories:
                return name, excepted.when
        return None

    @model_validator(mode="after")
    def _each_category_once(self) -> Self:
        seen: dict[str, str] = {}
        for name, excepted in self.named():
            for category in excepted.categories:
                if category in seen:
                    raise ValueError(f"{category!r} stands under {seen[category]} and under {name}")
                seen[category] = name
        return self


class Withdrawal(_Section):
    """Sending back without a reason: within `days` of delivery, on its way within `send_back`."""

    days: Annotated[int, Field(strict=True, ge=14, le=365)] = 14
    send_back: Disputed[Days] = Disputed(value=10)
    exceptions: Exceptions = Exceptions()


class ReturnCargo(_Section):
    """Who pays the parcel of a return without a fault, and the carrier it goes with.

    With a fault the shop pays, whatever is set here.
    """

    paid_by: Disputed[Payer] = Disputed(value=Payer.SHOP)
    carrier: Annotated[str, Field(min_length=1)] = "Turna Kargo"


class RefundTerm(_Section):
    """How long a refund may take, and from what its days are counted for a return."""

    days: Annotated[int, Field(strict=True, ge=1, le=14)] = 14
    counted_from: Disputed[Literal["opened", "sent", "arrived"]] = Disputed(value="arrived")


class Delivery(_Section):
    """How long after an order its delivery may take."""

    days: Annotated[int, Field(strict=True, ge=1, le=30)] = 30


class Years(_Section):
    """A term counted in years from the delivery."""

    years: Annotated[int, Field(strict=True, ge=2, le=30)] = 2


class InvoiceRule(_Section):
    """From which state on an order has its invoice."""

    after: Literal["received", "packed", "shipped", "delivered"] = "shipped"


class Rules(BaseModel):
    """All rules of a shop. `Rules()` is the law, and the demo's choice where the law leaves one."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    cancel: Cancel = Cancel()
    change_address: ChangeAddress = ChangeAddress()
    withdrawal: Withdrawal = Withdrawal()
    return_cargo: ReturnCargo = ReturnCargo()
    refund: RefundTerm = RefundTerm()
    delivery: Delivery = Delivery()
    fault: Years = Years()
    warranty: Years = Years()
    invoice: InvoiceRule = InvoiceRule()


LEGAL = Rules()
