"""What an agent can have done with a customer's order, as it is asked for and kept. Pure."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter

from shop.models import Handover, Reason

Number = Annotated[str, StringConstraints(pattern=r"^#?[0-9A-Za-z-]{1,32}$")]
Part = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]


class _Asked(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Item(_Asked):
    """Pieces of a line; `line` is its place in the order, from 0. `opened`: None where unknown."""

    line: Annotated[int, Field(strict=True, ge=0, le=999)]
    quantity: Annotated[int, Field(strict=True, ge=1, le=9999)]
    opened: bool | None = None


class NewAddress(_Asked):
    """Where an order is to go."""

    recipient: Part
    street: Part
    district: Part
    city: Part
    postcode: Part | None = None


class LookUp(_Asked):
    """Show an order of a customer who has not proven who they are."""

    name: Literal["look_up"]
    order: Number


class CancelOrder(_Asked):
    """Cancel the whole order."""

    name: Literal["cancel_order"]
    order: Number


class ChangeAddress(_Asked):
    """Send the order to another address."""

    name: Literal["change_address"]
    order: Number
    address: NewAddress


class ReturnItem(_Asked):
    """Open a return."""

    name: Literal["return_item"]
    order: Number
    items: Annotated[tuple[Item, ...], Field(min_length=1, max_length=100)]
    reason: Reason
    handover: Handover


class ExchangeItem(_Asked):
    """Open an exchange for another variant."""

    name: Literal["exchange_item"]
    order: Number
    item: Item
    variant: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
    reason: Reason
    handover: Handover


class RefundStatus(_Asked):
    """Tell where the money is."""

    name: Literal["refund_status"]
    order: Number


class Invoice(_Asked):
    """Tell where the invoice is."""

    name: Literal["invoice"]
    order: Number


Wish = Annotated[
    LookUp | CancelOrder | ChangeAddress | ReturnItem | ExchangeItem | RefundStatus | Invoice,
    Field(discriminator="name"),
]
WISH: TypeAdapter[Wish] = TypeAdapter(Wish)
