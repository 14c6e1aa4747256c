"""What articles say of the rules is what the rules say."""

import pytest

from shop.articles.facts import NAMES, facts, filled, unknown_places, without_places
from shop.models import Payer
from shop.rulebook import Disputed, ReturnCargo, Rules, Withdrawal


def test_a_place_is_filled_from_the_rules_in_the_language() -> None:
    rules = Rules(
        withdrawal=Withdrawal(days=30),
        return_cargo=ReturnCargo(paid_by=Disputed(value=Payer.CUSTOMER), carrier="Martı"),
    )
    told = "{{withdrawal.days}} gün, {{ return_cargo.carrier }}: {{return_cargo.paid_by}}."
    assert filled(told, facts(rules, "tr")) == "30 gün, Martı: iade kargosunun ücreti size aittir."
    assert filled("{{return_cargo.paid_by}}", facts(rules, "en")) == "you pay for the parcel"


@pytest.mark.parametrize("language", ["tr", "en"])
def test_everything_that_can_be_named_has_words_for_every_choice(language: str) -> None:
    for before in ("packed", "shipped"):
        for after in ("received", "packed", "shipped", "delivered"):
            for payer in Payer:
                for counted in ("opened", "sent", "arrived"):
                    rules = Rules.model_validate(
                        {
                            "cancel": {"before": before},
                            "change_address": {"before": before},
                            "invoice": {"after": after},
                            "return_cargo": {"paid_by": {"value": payer}},
                            "refund": {"counted_from": {"value": counted}},
                        }
                    )
                    told = facts(rules, language)
                    assert set(told) == set(NAMES)
                    assert all(told.values())


def test_what_nothing_stands_for_is_named_and_left_as_it_is() -> None:
    text = "{{withdrawal.dayz}} {{refund.days}} {{}} {refund.days}"
    assert unknown_places(text) == ["", "withdrawal.dayz"]
    assert filled(text, {"refund.days": "14"}) == "{{withdrawal.dayz}} 14 {{}} {refund.days}"
    assert without_places("en geç {{refund.days}} gün").split() == ["en", "geç", "gün"]
