"""What went wrong with a delivery, read from its words. Pure."""

from shop.text import fold, words

NOT_ARRIVED = "not_arrived"
KINDS = {
    NOT_ARRIVED: "missing",
    "missing": "missing",
    "damaged": "damaged",
    "wrong": "wrong",
}
"""What can be wrong, and the kind of case it is: all of a parcel that did not come is missing."""

# How its words begin, written as `words` leaves them; of the first, words side by side, folded.
_NOT_HERE = (
    "gelmedi ulasmadi almadim teslim_edilmedi gecmedi gelmemis never_arrived never_came not_here"
    " not_arrived n't_arrive n't_come not_received never_received n't_received n't_got"
)
_BEGINNINGS: dict[str, tuple[str, ...]] = {
    kind: tuple(words(beginnings))
    for kind, beginnings in {
        "missing": "eksik çıkmadı missing incomplete",
        "damaged": (
            "kırık kırıl hasar ezik ezil yırt çatla çizik bozuk dökül ıslan defolu"
            " damage broke torn crush smash crack scratch leak bent"
        ),
        "wrong": "yanlış başka farklı wrong different",
    }.items()
}


def kind_named(text: str) -> str | None:
    """Return which of KINDS `text` speaks of; None when it is none of them, or several."""
    said, folded = words(text), fold(text)
    named = {
        kind
        for kind, beginnings in _BEGINNINGS.items()
        if any(word.startswith(beginnings) for word in said)
    }
    if not named and any(part.replace("_", " ") in folded for part in _NOT_HERE.split()):
        named = {NOT_ARRIVED}
    return named.pop() if len(named) == 1 else None
