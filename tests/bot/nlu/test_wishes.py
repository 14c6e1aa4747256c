"""What counts where a message says more than one thing, or what it does not want."""

from __future__ import annotations

import pytest

from bot.nlu.text import Forms, forms
from bot.nlu.wishes import Ranking, clauses, read_wishes

# What stands for a trained classifier: the intent of the first word found, surely, in this order.
KNOWN = {
    "temsilci": "ask_human",
    "human": "ask_human",
    "iptal": "cancel_order",
    "cancel": "cancel_order",
    "iade": "return_item",
    "return": "return_item",
    "degis": "exchange_item",
    "refund": "refund_status",
    "para": "refund_status",
    "fatura": "invoice",
    "invoice": "invoice",
    "gelmedi": "delivery_problem",
    "broken": "delivery_problem",
    "nerede": "track_order",
    "where": "track_order",
    "adres": "change_address",
    "address": "change_address",
    "merhaba": "greet",
}


def rank(text: Forms) -> Ranking:
    """Surely the intent of the first known word, unsurely out of scope without one."""
    found = [intent for word, intent in KNOWN.items() if word in text.folded]
    best = found[0] if found else "out_of_scope"
    others = [*dict.fromkeys([*KNOWN.values(), "deny", "out_of_scope"])]
    others.remove(best)
    sure = 0.9 if found else 0.3
    return [(best, sure), *((name, (1 - sure) / len(others)) for name in others)]


def meant(text: str) -> tuple[str, str | None]:
    wishes = read_wishes(forms(text), rank)
    return wishes.ranking[0][0], wishes.second[0] if wishes.second else None


@pytest.mark.parametrize(
    ("text", "first", "second"),
    [
        ("iade edeceğim, bir de faturam lazım", "return_item", "invoice"),
        ("iade edeceğim bi de faturam lazım", "return_item", "invoice"),
        ("İADE EDECEĞİM, BİR DE FATURAM LAZIM", "return_item", "invoice"),
        ("kargom nerede ve faturamı nasıl alırım", "track_order", "invoice"),
        ("kargom gelmedi, ayrıca faturamı istiyorum", "delivery_problem", "invoice"),
        ("where is my order and can i get an invoice", "track_order", "invoice"),
        ("where is it? also I need an invoice", "track_order", "invoice"),
        (
            "I want to return this and also where is my refund for the other one",
            "return_item",
            "refund_status",
        ),
        ("merhaba, kargom nerede? bir de adresimi yanlış yazdım", "track_order", "change_address"),
    ],
)
def test_of_two_wishes_the_first_counts_and_the_second_is_kept(
    text: str, first: str, second: str
) -> None:
    assert meant(text) == (first, second)


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("merhaba, kargom nerede", "track_order"),
        ("kargom nerede, kargom nerede", "track_order"),
        ("kargom nerede, hâlâ gelmedi", "delivery_problem"),
        ("ürünü iade ettim ama param yatmadı", "return_item"),
        ("it came broken, refund please", "refund_status"),
        ("bugün hava çok güzel, bir de rüzgâr var", "out_of_scope"),
        ("kargom nerede", "track_order"),
        ("iade için fatura ayrıca mı", "return_item"),
    ],
)
def test_a_greeting_or_what_happened_is_no_second_wish(text: str, intent: str) -> None:
    assert meant(text) == (intent, None)


@pytest.mark.parametrize(
    "text",
    [
        "iptal etmek istemiyorum",
        "İPTAL ETMEK İSTEMİYORUM",
        "siparişimi iptal etmek istemiyorum, sadece soruyorum",
        "iptal etmeyin lütfen",
        "iptal etmekten vazgeçtim",
        "siparişin iptaline gerek yok",
        "iade etmeyeceğim",
        "iade değil",
        "temsilci istemiyorum",
        "I don't want to cancel",
        "i dont want to cancel it, just ask",
        "I don’t want to return it",
        "please do not cancel it",
        "no need to cancel",
        "I'm not trying to cancel",
        "I don't want a refund",
    ],
)
def test_what_is_refused_is_no_wish(text: str) -> None:
    assert meant(text) == ("deny", None)


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("iptal etmek istemiyorum, kargom nerede", "track_order"),
        ("iptal etmek istemiyorum sadece adresimi değiştirin", "exchange_item"),
        ("iade istemiyorum, değişim istiyorum", "exchange_item"),
        ("I don't want to cancel, I just want to know where it is", "track_order"),
        ("don't cancel it but change the address", "change_address"),
    ],
)
def test_beside_something_refused_the_other_wish_counts(text: str, intent: str) -> None:
    assert meant(text) == (intent, None)


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("neden iptal etmiyorsunuz", "cancel_order"),
        ("iptal edemiyorum", "cancel_order"),
        ("iptal etmedim neden iptal oldu", "cancel_order"),
        ("artık istemiyorum siparişimi iptal edin", "cancel_order"),
        ("I don't want it anymore, cancel my order", "cancel_order"),
        ("why can't I cancel", "cancel_order"),
        ("beklemek istemiyorum, param nerede", "refund_status"),
    ],
)
def test_a_no_about_something_else_refuses_nothing(text: str, intent: str) -> None:
    assert meant(text) == (intent, None)


def test_whoever_asks_for_a_person_beside_something_else_gets_one() -> None:
    assert meant("kargom gelmedi, bir temsilci istiyorum") == ("ask_human", None)


def test_a_classifier_with_other_intents_is_left_alone() -> None:
    ranking = [("FAQ_12", 0.9), ("FAQ_3", 0.1)]
    wishes = read_wishes(forms("I don't want to cancel, and where is it"), lambda _: ranking)
    assert (wishes.ranking, wishes.second) == (ranking, None)


@pytest.mark.parametrize("text", ["", "!!!", ", , ,", "👍. 👍.", "a" * 4000, "ve ama ve"])
def test_what_cannot_be_divided_is_one_clause(text: str) -> None:
    assert clauses(forms(text)) == [forms(text)]


def test_a_long_message_has_few_clauses() -> None:
    assert len(clauses(forms("kargom nerede, " * 250))) == 6
