"""Ranking products and articles by what a customer wrote. Pure; made for hundreds of entries."""

import math
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from shop.text import same_word, stems, words

Item = TypeVar("Item")

# Words that ask rather than name a thing, in both languages.
_ASKING = frozenset(
    words("""
    a acaba acele alabilir alacagim alacaktim alayim alicam alinir alir almak altinda ama artik
    aslinda az ben bende beni bana bence bi bilgi bir biraz biri bu bul bulabilir buldum bulunur
    bunlar bunlarin bunun bunu burada cok da daha dahil de degil diye en euro falan fazla filan
    gibi goster gosterir guzel hakkinda halen hala hangi hangisi her hic icin icinde ile ilgili
    istiyorum istiyordum kac kaca kadar kaldi kalmis kalmadi ki kim lazim lira lutfen mevcut mi mu
    misin misiniz miyim mudur midir muyum merhaba musunuz nasil ne neler nedir nerede nereden
    nolur o olan olarak oldu olur olsun ona onun oneri onerir onerirsin onerirsiniz onu peki para
    satiyor satiliyor satilir satista sana selam sen seni siz size sizde sizden sizin soracaktim
    sey seyler sormak su slm tane tl uzerinde var varmi varmiydi variydi ve veya ya yani yok yokmu
    am an and any anything are at about available be best bring buy by can cheap cheapest
    carry come could cost costs do does for from get give got had has have hello hey hi how i if
    in information info into is it its kind know latest left let like looking lira long made me
    more most much my need new of on one or other our out pls please price prices priced product
    products really recommend sell selling show size sizes so some sold something stock such tell
    than that the their them there these they thing things this those to try under us want wanna
    was we were what whats when where which who will with would you your youre u
    """)
)
# Words of the trade: they ask too, and come with suffixes (fiyatları, ürünleriniz, bedenleri).
_OF_THE_TRADE = frozenset(
    words("urun fiyat stok beden numara renk cesit model marka ozellik olcu malzeme kumas colour")
)
# Words that describe: alone they name nothing ("kırmızı laptop" is not answered with a red scarf).
_DESCRIBING = frozenset(
    words("""
    kirmizi mavi lacivert yesil sari siyah beyaz gri pembe mor turuncu kahverengi bej bordo krem
    haki seffaf pamuk pamuklu keten yun yunlu deri ahsap ahsaptan cam seramik porselen celik metal
    bambu plastik buyuk kucuk orta mini uzun kisa kalin ince hafif sicak soguk cift tek kisilik
    set seti takim takimi parca el yapimi kokulu kablosuz dogal organik kadin erkek cocuk bebek
    unisex hediye gift red blue navy green yellow black white grey gray pink purple orange brown
    beige burgundy cream khaki clear cotton linen wool leather wooden wood glass ceramic porcelain
    steel metal bamboo plastic big large small medium mini long short thick thin light hot cold
    double single pieces handmade scented wireless natural organic women woman men man kids
    children baby ev home
    """)
)

_TITLE, _KEYWORDS, _BODY = 3.0, 2.0, 0.5

# Products with less of the best one's score only share a side word ("kitchen" with a kitchen
# apron). On the demo catalogue those reach 0.2; what may stand in for the best begins at 0.4.
_NEAR = 0.35


@dataclass(frozen=True, slots=True)
class Entry:
    """Something to be found: its words by field, the most telling field first."""

    title: Sequence[str]
    keywords: Sequence[str]
    body: Collection[str]
    """With what may be left of its words (`words_told`)."""


def entry(title: str, keywords: str, body: str) -> Entry:
    """An entry made of a customer-facing title, synonyms, and longer text."""
    return Entry(words(title), words(keywords), words_told(body))


def words_told(text: str) -> frozenset[str]:
    """The words of a running text, and what may be left of each without its suffixes."""
    return frozenset(left for word in words(text) for left in stems(word))


def telling_words(text: str) -> list[str]:
    """The words of `text` that may name a thing, each once; not the unit in "kaç saat"."""
    read = words(text)
    named = [word for before, word in zip(["", *read], read, strict=False) if before != "kac"]
    return [
        word
        for word in dict.fromkeys(named)
        if word not in _ASKING and not any(same_word(word, known) for known in _OF_THE_TRADE)
    ]


def rank_products(
    text: str, items: Iterable[Item], entry_of: Callable[[Item], Entry], among: int | None = None
) -> list[Item]:
    """The items that `text` names, best first; ties keep their order.

    An item must share a word that names it; sharing only a description ("red") counts when that
    is all the customer said. Items far behind the best are left out, and where some share all that
    was said, so are those that share less. `among` is how many items there are, where `items` are
    only those that share a word.
    """
    asked = telling_words(text)

    def fits(found: Entry) -> bool:
        known = [word for word in asked if _weight(word, found) >= _KEYWORDS]
        return bool(known) and (
            len(known) == len(asked) or any(word not in _DESCRIBING for word in known)
        )

    def fits_all(found: Entry) -> bool:
        return all(_weight(word, found) >= _KEYWORDS for word in asked)

    scored = _best_first(asked, items, entry_of, fits, among)
    near = [item for score, item in scored if score >= scored[0][0] * _NEAR]
    return [item for item in near if fits_all(entry_of(item))] or near


def rank_articles(
    text: str,
    items: Iterable[Item],
    entry_of: Callable[[Item], Entry],
    *,
    keep_all: bool = False,
    among: int | None = None,
) -> list[Item]:
    """The items that speak of `text`, best first; ties keep their order.

    With `keep_all`, the items being of one topic, asking words count too ("how long" and "how
    much" are different questions) and items that share nothing follow. Without, only telling
    words count and an item must share one. `among` is how many items there are, where `items` are
    only those that share a word.
    """
    telling = telling_words(text)
    asked = list(dict.fromkeys(words(text))) if keep_all else telling

    def fits(found: Entry) -> bool:
        return keep_all or any(_weight(word, found) >= _KEYWORDS for word in telling)

    return [item for _, item in _best_first(asked, items, entry_of, fits, among)]


def share_known(text: str, found: Entry) -> float:
    """The share of the telling words of `text` that stand in an entry; 0 when it has none."""
    asked = telling_words(text)
    return sum(_weight(word, found) > 0 for word in asked) / len(asked) if asked else 0.0


def rank_mentions(
    text: str, items: Iterable[Item], entry_of: Callable[[Item], Entry]
) -> list[Item]:
    """The items in which a word of `text` stands anywhere, best first; ties keep their order.

    For somebody who searches: the last word may be unfinished.
    """
    asked = list(dict.fromkeys(words(text)))

    def weight(word: str, found: Entry) -> float:
        known = _weight(word, found)
        if known or word != asked[-1]:
            return known
        fields = ((_TITLE, found.title), (_KEYWORDS, found.keywords), (_BODY, found.body))
        begun = (one for one, field in fields if any(it.startswith(word) for it in field))
        return max(begun, default=0)

    def fits(found: Entry) -> bool:
        return any(weight(word, found) for word in asked)

    return [item for _, item in _best_first(asked, items, entry_of, fits, weight=weight)]


def _best_first(
    asked: Sequence[str],
    items: Iterable[Item],
    entry_of: Callable[[Item], Entry],
    fits: Callable[[Entry], bool],
    among: int | None = None,
    weight: Callable[[str, Entry], float] | None = None,
) -> list[tuple[float, Item]]:
    """The items that fit, each with its score, best first."""
    weight = weight or _weight
    entries = [(item, entry_of(item)) for item in items]
    weights = [[weight(word, found) for word in asked] for _, found in entries]
    rarity = [
        _rarity([row[column] for row in weights], among or len(entries))
        for column in range(len(asked))
    ]
    scored = [
        (sum(one * rare for one, rare in zip(row, rarity, strict=True)), item)
        for (item, found), row in zip(entries, weights, strict=True)
        if fits(found)
    ]
    return sorted(scored, key=lambda pair: pair[0], reverse=True)


def _rarity(weights: Sequence[float], among: int) -> float:
    """How much a word tells items apart, from its weight in each: the rarer, the more."""
    return math.log(1 + among / max(1, sum(weight >= _KEYWORDS for weight in weights)))


def _weight(word: str, found: Entry) -> float:
    """How much `word` says of this entry, from the fields it stands in; 0 if it stands in none."""
    fields = ((_TITLE, found.title), (_KEYWORDS, found.keywords))
    named = sum(
        weight for weight, field in fields if any(same_word(word, known) for known in field)
    )
    return named + (_BODY if any(left in found.body for left in stems(word)) else 0)
