"""What a complaint is about, read from its words. Pure."""

from shop.text import words

CATEGORIES = ("delivery", "product", "service", "payment", "website", "other")

# How words of a category begin, written as `words` leaves them (folded, consonants hardened).
_BEGINNINGS: dict[str, tuple[str, ...]] = {
    category: tuple(words(beginnings))
    for category, beginnings in {
        "website": "site web internet uygulama sayfa sepet basket checkout login giriş",
        "service": (
            "temsilci personel çalışan eleman görevli müşteri hizmet destek kaba saygısız"
            " terbiyesiz ilgisiz ilgilen muhatap çağrı cevap yanıt service staff support agent rude"
            " employee representative unhelpful manners attitude answer reply replied respon"
        ),
        "delivery": (
            "kargo kurye teslim gecik dağıtım paket gönderi delivery deliver courier parcel package"
            " shipping shipment driver delay"
        ),
        "payment": (
            "ödeme para iade ücret fiyat fatura taksit tahsil çekim payment money charge refund"
            " price invoice overcharge bill"
        ),
        "product": (
            "ürün kalite bozuk kırık defo sahte kusur yırtık leke eksik product quality item broken"
            " fake defect faulty damaged torn missing wrong"
        ),
    }.items()
}
# Words that announce a complaint or say nothing of it.
_ANNOUNCING = frozenset(
    words("""
    şikayet şikayetim şikayetçi şikayetçiyim şikayette şikayeti var varmış etmek edeceğim ediyorum
    etcem olmak bulunmak bulunacağım yapmak iletmek istiyorum istiyom isterim nasıl nereye kime bir
    bi size sizi sizden ben benim bunu bu çok ve de da ki hiç ya yaa artık merhaba selam lütfen
    firma firmanız mağaza mağazanız hakkında için ile
    i a an the to of about with your you my have has want wanna would like make making file filing
    lodge raise register submit complain complaint complaints complaining is am are was it this that
    very so really not do did how can where please hello hi and on for in shop store company
    """)
)
_TELLING = 4
# Words that name none of the other categories.
_OTHER = frozenset(
    words("""
    başka bir konu konuda diğer hiçbiri hepsi genel her şey
    other something else none everything all
    """)
)
OUTCRIES = frozenset({"complaint", "goodbye", "nlu_fallback", "out_of_scope"})
"""What an angry outcry that tells nothing is taken for: "yeter artık" sounds like a goodbye."""


def category(text: str) -> str | None:
    """Return the one of CATEGORIES that most words of `text` belong to, None if none does."""
    said = words(text)
    counts = {
        name: sum(word.startswith(beginnings) for word in said)
        for name, beginnings in _BEGINNINGS.items()
    }
    best = max(counts, key=counts.__getitem__)
    return best if counts[best] else None


def tells(text: str) -> bool:
    """Return whether `text` says what happened, not just that there is a complaint."""
    return sum(word not in _ANNOUNCING for word in words(text)) >= _TELLING


def named(text: str) -> str | None:
    """Return which of CATEGORIES `text` names, None if it names none or says anything else."""
    said = words(text)
    if not said or not all(_names(word) or word in _ANNOUNCING | _OTHER for word in said):
        return None
    return category(text) or ("other" if _OTHER.intersection(said) else None)


def only_announces(text: str) -> bool:
    """Return whether `text` says no more than that there is a complaint, or nothing but numbers."""
    return all(word in _ANNOUNCING or not word.isalpha() for word in words(text))


def _names(word: str) -> bool:
    return any(word.startswith(beginnings) for beginnings in _BEGINNINGS.values())
