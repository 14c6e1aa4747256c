"""Whether a text tells of something that went wrong, or asks for something. Pure.

A classifier knows what a text is about, not which of the two it does: "the shipping was charged
twice" and "how much is shipping" are both about shipping.
"""

import re

from shop.text import fold


def _any_of(patterns: str) -> str:
    """Return a regular expression for one of `patterns`, which stand apart by white space; a "_" is
    a blank."""
    return "|".join(patterns.replace("_", r"\s+").split())


# All as `fold` leaves a text: small Latin letters.
_QUESTIONS = _any_of(
    r"""
    kac\w* nere\w* nerd\w* hangi\w* ne_kadar\w* ne_zaman\w* kim nasil
    m[iu](?:y[iu]m|y[iu]z|s[iu]n|s[iu]n[iu]z|d[iu]r)?
    what's what_(?:is|are) where('s)? how_(?:much|many|long|do|can) which
    (?:do|can|could|would|will)_(?:you|i|we)
    """
)
_REQUESTS = _any_of(
    r"""
    ist(?:iyor[uo](?:m|z)|iyo[mz]|er[iu][mz]) lazim lutfen
    i_(?:want|need|wanna|would_like) i'd_like please looking_for
    (?:let|give|show|help|get)_(?:me|us)
    """
)
_FIRST = _any_of(
    """
    what where when which who how any
    do does did is are can could will would may has have_(?:you|my|the|i)
    """
)
_ASKING = re.compile(rf"\b(?:{_QUESTIONS}|{_REQUESTS})\b|(?:^|[,.;!?]\s*)(?:{_FIRST})\b")
# Who asks why something went wrong tells that it did.
_WHY = re.compile(r"\b(?:neden|niye|nicin|why|how come)\b")

# The past tense and "-miyor", with the words that only look like it.
_NO_VERB = _any_of(
    r"kredi\w* kendi\w* simdi ha(?:y)?di yedi yardim\w* kadin ustu ciddi adedi kaydi cifti gumus"
)
_PERSONS = "(?:m|n|k|n[iu]z|lar|ler)?"
_VERBS = (
    rf"(?!(?:{_NO_VERB})\b)\w{{2,}}"
    rf"(?:(?:(?<=[fstkchp])t|(?<![fstkchp])d)[iu]{_PERSONS}|m[iu]s(?:t[iu]\w*|lar|ler|s[iu]n[iu]z)?"
    r"|m[iu]yor\w*)"
)
_TROUBLES = _any_of(
    r"""
    yok yine hala surekli gec gecik\w* kirik bozuk yanlis eksik hasarli kotu\w* berbat\w* rezalet\w*
    kaba saygisiz\w* yirtik leke\w* sahte kusurlu arizali defolu kayip magdur\w* pahali\w* yavas
    iki_(?:kere|kez|defa)
    was were been \w+n't never nobody no_one nothing not cannot still again without twice keeps?
    late arrived came sent got took left lost broke\w* fell threw torn hung kept stolen wrong
    missing rude awful terrible horrible worst bad slow crash\w* \w{3,}ed
    """
)
_REPORTING = re.compile(rf"\b(?:{_VERBS}|{_TROUBLES})\b")


def asks(text: str) -> bool:
    """Return whether `text` is a question or a request."""
    said = fold(text).strip()
    if _WHY.search(said):
        return False
    return said.endswith("?") or bool(_ASKING.search(said))


def reports(text: str) -> bool:
    """Return whether `text` tells that something happened, or that something is bad."""
    return bool(_REPORTING.search(fold(text)))
