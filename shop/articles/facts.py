"""The numbers and names of the shop's rules, to be put where articles name them. Pure.

An article says `{{withdrawal.days}}` and never contradicts the rules that decide.
"""

import re
from collections.abc import Callable, Mapping

from shop.models import Payer
from shop.rulebook import Rules

_PLACE = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")

_WORDS: Mapping[str, Mapping[str, Mapping[str, str]]] = {
    "until": {
        "packed": {"tr": "siparişiniz hazırlanana kadar", "en": "until your order is packed"},
        "shipped": {
            "tr": "siparişiniz kargoya verilene kadar",
            "en": "until your order is handed to the carrier",
        },
    },
    "when": {
        "received": {"tr": "siparişiniz alındığında", "en": "when your order is received"},
        "packed": {"tr": "siparişiniz hazırlandığında", "en": "when your order is packed"},
        "shipped": {"tr": "siparişiniz kargoya verildiğinde", "en": "when your order is shipped"},
        "delivered": {
            "tr": "siparişiniz teslim edildiğinde",
            "en": "when your order is delivered",
        },
    },
    "paid_by": {
        Payer.SHOP: {"tr": "iade kargosunu biz öderiz", "en": "we pay for the parcel"},
        Payer.CUSTOMER: {
            "tr": "iade kargosunun ücreti size aittir",
            "en": "you pay for the parcel",
        },
    },
    "counted_from": {
        "opened": {"tr": "bildiriminizden", "en": "your notice"},
        "sent": {"tr": "ürünü kargoya vermenizden", "en": "the day you hand the item over"},
        "arrived": {"tr": "ürün bize ulaştıktan", "en": "the day the item reaches us"},
    },
}

_FACTS: Mapping[str, Callable[[Rules], tuple[str | None, object]]] = {
    "cancel.before": lambda rules: ("until", rules.cancel.before),
    "change_address.before": lambda rules: ("until", rules.change_address.before),
    "delivery.days": lambda rules: (None, rules.delivery.days),
    "fault.years": lambda rules: (None, rules.fault.years),
    "invoice.after": lambda rules: ("when", rules.invoice.after),
    "refund.counted_from": lambda rules: ("counted_from", rules.refund.counted_from.value),
    "refund.days": lambda rules: (None, rules.refund.days),
    "return_cargo.carrier": lambda rules: (None, rules.return_cargo.carrier),
    "return_cargo.paid_by": lambda rules: ("paid_by", rules.return_cargo.paid_by.value),
    "warranty.years": lambda rules: (None, rules.warranty.years),
    "withdrawal.days": lambda rules: (None, rules.withdrawal.days),
    "withdrawal.send_back": lambda rules: (None, rules.withdrawal.send_back.value),
}

NAMES = tuple(_FACTS)
"""What can be named."""


def facts(rules: Rules, language: str) -> dict[str, str]:
    """Return what stands for each name, in `language`."""
    told = {}
    for name, read in _FACTS.items():
        group, value = read(rules)
        told[name] = _WORDS[group][str(value)][language] if group else str(value)
    return told


def filled(text: str, told: Mapping[str, str]) -> str:
    """Return `text` with what `facts` tells in its places; unknown places stay."""
    return _PLACE.sub(lambda place: told.get(place[1], place[0]), text)


def without_places(text: str) -> str:
    """Return `text` without its places: what is left can be searched."""
    return _PLACE.sub(" ", text)


def unknown_places(text: str) -> list[str]:
    """Return the names in `text` that nothing stands for."""
    return sorted({place[1] for place in _PLACE.finditer(text)} - set(NAMES))
