"""What a message wants when it says more than one thing, or says what it does not want.

Pure: it reads a message clause by clause with whatever ranks the intents of a text.

- "iade edeceğim, bir de faturam lazım": two wishes; the first is the intent, the second remembered.
- "iptal etmek istemiyorum, kargom nerede": what is refused is no wish; the other clause is.
- "iptal etmek istemiyorum": `deny`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Optional, TypeAlias

from bot.nlu.text import Forms, forms

Ranking: TypeAlias = Sequence[tuple[str, float]]
"""Intents with their confidences, best first."""

DENY = "deny"
PERSON = "ask_human"
# What can be done for a customer beside something else they want.
_WISHES = """
    track_order cancel_order change_order delivery_time delivery_problem return_item refund_status
    exchange_item payment_methods payment_problem invoice product_info product_availability
    price_campaign warranty store_contact account_problem change_address shipping_info place_order
"""
WISHES = frozenset(_WISHES.split())
# Wishes that one answer or one order look-up serves: said side by side they are one.
_AKIN = (
    frozenset({"track_order", "delivery_time", "delivery_problem", "shipping_info"}),
    frozenset({"return_item", "refund_status", "exchange_item"}),
    frozenset({"product_info", "product_availability", "price_campaign", "place_order"}),
    frozenset({"payment_methods", "payment_problem", "price_campaign"}),
    frozenset({"cancel_order", "refund_status", "change_order", "change_address"}),
)
SURE = 0.7  # the confidence from which a clause is a wish of its own
LIKELY = 0.4  # the same where another clause says what is not wanted
MOST_CLAUSES = 6  # the rest of a longer message is one clause
_FEWEST_LETTERS = 4

_ADDING = (
    r"bir? ?de|ayr[ıi]ca|bunun (?:yan|d[ıi][şs])[ıi]nda|hem de|bir [şs]ey daha"
    r"|(?:and |oh )*also|another thing|one more thing|besides|in addition|as well as"
)
_BORDER = re.compile(
    rf"(?:[.!?;,:…]+\s|\s-\s|\s(?=(?:{_ADDING})\s)|(?<=istemiyorum)\s|\s(?:ve|veya|ama|fakat|ancak|and|but|plus|then)\s)",
    re.IGNORECASE,
)
_ASKING = re.compile(
    r"\?|\b(?:m[iu](?:yim|yiz|sin|siniz|dir|ydi)?|ne|nerede|nerde|nasil|neden|niye|nicin|kac|hangi"
    r"|istiyoru[mz]|isterim|istiyom|lazim|gerek\w*|rica|lutfen|eder misiniz"
    r"|\w{2,20}(?:ecegim|acagim|icem|icam|ecem|acam|ebilir|abilir)"
    r"|where|how|when|what|which|why|who|can|could|would|will|do you|does|is there|are there|any"
    r"|want|need|like|please|pls|tell|give|send|help)\b"
)
_ADDED = re.compile(rf"(?:(?:ve|and|but|ama|plus)\s)?(?:{_ADDING})\s+\w+\s", re.IGNORECASE)

# What can be refused, folded: the words that name it and the intents they belong to.
_REFUSABLE = (
    (r"iptal|vazgec|cancel\w*", {"cancel_order"}),
    (r"iade|geri (?:ver|gonder|yolla)\w*|return\w*|send (?:it|them|this) back", {"return_item"}),
    (r"refund\w*", {"refund_status", "return_item"}),
    (
        r"degis\w*|exchang\w*|swap\w*|chang\w*",
        {"exchange_item", "change_order", "change_address", "return_item"},
    ),
    (r"siparis ver|satin al|order|buy\w*|purchas\w*", {"place_order"}),
    (r"sikayet|complain\w*", {"complaint"}),
    (r"temsilci|insan|person|human|agent", {"ask_human"}),
    (r"(?:hesab|uyelig|account)\w*", {"account_problem"}),
)
_TURKISH_NO = (
    r"(?:istemiyoru[mz]|istemem|istemedim|istemedigim\w*|dusunmuyor\w*|niyetim yok|gerek yok"
    r"|gerek kalmadi|etmeyin\w*|etmeyecegim|etmeyecem|etmicem|etmicez|etmiyorum|edilmesin"
    r"|olmasin|yapmayin\w*|vermeyecegim|vermicem|baglama\w*|degil)"
)
_ENGLISH_NOT = r"(?:(?:do|did|wo) ?n.?t|don.t|did not|do not|no longer|never|not)"
_WANT_TO = (
    r"(?:want(?:ed)?|wish|need|like|try\w*|going|look\w*|ask\w*|plan\w*|mean|intend\w*)"
    r" (?:to|for|about) (?:(?:a|the|my|any|be) )?"
)
# Found wherever one of the patterns below finds something, in a tenth of their time.
_REFUSING = re.compile(
    r"istem|dusunm|niyet|gerek|etm|edilm|olmas|yapm|verm|baglam|degil|vazgec|n.?t\b|\bno|never"
)


def _refusal(words: str) -> re.Pattern[str]:
    return re.compile(
        rf"\b(?:{words})\w*(?: \w{{1,15}}){{0,2}}? {_TURKISH_NO}\b"
        rf"|\b(?:{words})\w*(?: et)?(?:mekten|maktan|dan|den|ten)? vazgectim\b"
        rf"|\b{_ENGLISH_NOT} (?:really |actually |even )?(?:{_WANT_TO})?(?:{words})\b"
        rf"|\b{_ENGLISH_NOT} (?:want|need) (?:a|any|my) (?:{words})\b"
        rf"|\bno (?:need|intention) (?:to|of|for) (?:a )?(?:{words})\b"
    )


_REFUSED = tuple((_refusal(words), frozenset(intents)) for words, intents in _REFUSABLE)


@dataclass(frozen=True)
class Wishes:
    """The ranking that counts for a message, and the second wish in it, if there is one."""

    ranking: Ranking
    second: Optional[tuple[str, float]] = None


def read_wishes(text: Forms, rank: Callable[[Forms], Ranking]) -> Wishes:
    """Read a message with `rank`, which gives every intent its confidence, best first."""
    parts = clauses(text)
    whole = _without_refused(rank(text), _refused(text))
    if len(parts) == 1:
        return Wishes(whole)
    refused = [_refused(part) for part in parts]
    read = [
        (part, _without_refused(rank(part), intents))
        for part, intents in zip(parts, refused, strict=True)
    ]
    least = LIKELY if any(refused) else SURE
    sure = [(part, ranking) for part, ranking in read if ranking[0][1] >= least]
    for _, ranking in sure:
        if ranking[0][0] == PERSON:
            return Wishes(ranking)
    wished = [(part, ranking) for part, ranking in sure if ranking[0][0] in WISHES]
    if not wished:
        return Wishes(whole)
    first_part, first = wished[0]
    for part, ranking in wished[1:]:
        second = ranking[0]
        if second[0] != first[0][0] and _is_another(first_part, first[0][0], part, second[0]):
            return Wishes(first, second)
    return Wishes(first if any(refused) else whole)


def clauses(text: Forms) -> list[Forms]:
    """The clauses of a message that have words of their own, at least one."""
    parts = [forms(part) for part in _BORDER.split(text.clean, MOST_CLAUSES - 1)]
    spoken = [part for part in parts if sum(map(str.isalpha, part.clean)) >= _FEWEST_LETTERS]
    return spoken if len(spoken) > 1 else [text]


def _is_another(first_part: Forms, first: str, part: Forms, second: str) -> bool:
    """Whether the second is a wish of its own: it is added in words ("bir de", "also"), or both
    parts ask for something and one answer does not serve both. "It came broken, I want my money
    back" asks for one thing.
    """
    if _ADDED.match(part.clean):
        return True
    if any(first in kin and second in kin for kin in _AKIN):
        return False
    return bool(_ASKING.search(first_part.folded) and _ASKING.search(part.folded))


def _without_refused(ranking: Ranking, refused: frozenset[str]) -> Ranking:
    """The ranking with `deny` in the place of a wish that is refused."""
    best = ranking[0][0]
    confidences = dict(ranking)
    if DENY not in confidences or best not in refused:
        return ranking
    confidences[DENY], confidences[best] = confidences[best], confidences[DENY]
    return sorted(confidences.items(), key=lambda one: -one[1])


def _refused(text: Forms) -> frozenset[str]:
    """The intents a text refuses."""
    if not _REFUSING.search(text.folded):
        return frozenset()
    return frozenset().union(*(intents for words, intents in _REFUSED if words.search(text.folded)))
