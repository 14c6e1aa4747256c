"""When five digits are a Turkish postcode and not the number of an order. Pure.

Both look alike, so the words around decide. A postcode begins with the number of its province.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.nlu.tokens import WORD, Token

# In the order of their numbers, 1 to 81.
_PROVINCES = """
    adana adiyaman afyonkarahisar agri amasya ankara antalya artvin aydin balikesir bilecik
    bingol bitlis bolu burdur bursa canakkale cankiri corum denizli diyarbakir edirne elazig
    erzincan erzurum eskisehir gaziantep giresun gumushane hakkari hatay isparta mersin istanbul
    izmir kars kastamonu kayseri kirklareli kirsehir kocaeli konya kutahya malatya manisa
    kahramanmaras mardin mugla mus nevsehir nigde ordu rize sakarya samsun siirt sinop sivas
    tekirdag tokat trabzon tunceli sanliurfa usak van yozgat zonguldak aksaray bayburt karaman
    kirikkale batman sirnak bartin ardahan igdir yalova karabuk kilis osmaniye duzce
"""
PROVINCES = tuple(_PROVINCES.split())
_NUMBER_OF = {name: number for number, name in enumerate(PROVINCES, 1)}
POSTCODE_WORDS = ("posta", "postakod", "postal", "postcode", "zip", "zipcode")
_ADDRESS = "mahalle mah sokak sok cadde cad bulvar apartman apt daire adres street avenue address"
ADDRESS_WORDS = tuple(_ADDRESS.split())
_SENDING = ("gonder", "yolla", "kargo", "teslim", "ulas", "gel", "deliver", "ship", "send")
_ORDERS = ("siparis", "order", "takip", "track", "nolu", "numara")
_FAR = 8  # pieces from which a word says nothing about a number
_TO = frozenset(("a", "e", "ya", "ye"))


def is_postcode(message: Sequence[Token], position: int) -> bool:
    """Whether the five digits at a position of a message are a postcode."""
    token = message[position]
    province = int(token.text[:2])
    if not 1 <= province <= len(PROVINCES):
        return False
    order = _nearest(message, position, _ORDERS)
    if _nearest(message, position, POSTCODE_WORDS) <= min(order, _FAR - 1):
        return True
    if order <= 2:
        return False
    near = _words(message, position, 5)
    if any(word in ADDRESS_WORDS or _NUMBER_OF.get(word) == province for word in near):
        return True
    words = _words(message, position, len(message))
    to = token.ending in _TO or (position > 0 and message[position - 1].base == "to")
    sent = any(word.startswith(_SENDING) for word in words)
    return to and sent and not any(word.startswith(_ORDERS) for word in words)


def _words(message: Sequence[Token], position: int, reach: int) -> list[str]:
    """The words at most `reach` pieces away."""
    pieces = message[max(0, position - reach) : position + reach + 1]
    return [piece.base for piece in pieces if piece.kind == WORD]


def _nearest(message: Sequence[Token], position: int, beginnings: tuple[str, ...]) -> int:
    """How many pieces away the nearest word is that begins so; _FAR when none is nearer."""
    first = max(0, position - _FAR + 1)
    return min(
        (
            abs(place - position)
            for place, piece in enumerate(message[first : position + _FAR], first)
            if piece.kind == WORD and piece.base.startswith(beginnings)
        ),
        default=_FAR,
    )
