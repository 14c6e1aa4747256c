"""Words as the examples spell them: with Turkish letters, and without a slip of the finger."""

from __future__ import annotations

import string
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.nlu.text import Forms, fold, forms, words

_SHORTEST, _LONGEST = 4, 20  # letters of a word that is put right
# Of a word that some hundred examples lack, it is likelier that it is another word than a slip:
# putting those right cost two points on a set of 600 examples.
_MANY = 3000
_MOST_WORDS = 20  # that are put right in one text: each takes a tenth of a millisecond


@dataclass(frozen=True)
class Spelling:
    """The words of the examples, most frequent first, by their folded letters: `siparis` and
    `sipariş` are one word, spelt as most people did.
    """

    usual: Mapping[str, str]
    ranks: Mapping[str, int]

    @classmethod
    def of(cls, texts: Iterable[Forms]) -> Spelling:
        """The spelling of a training set."""
        spellings: dict[str, Counter[str]] = defaultdict(Counter)
        for text in texts:
            for word in words(text.lowered):
                spellings[fold(word)][word] += 1
        frequent = sorted(spellings, key=lambda folded: (-spellings[folded].total(), folded))
        return cls.listed(
            min(spellings[folded], key=lambda word: (-spellings[folded][word], word))
            for folded in frequent
        )

    @classmethod
    def listed(cls, spelt: Iterable[str]) -> Spelling:
        """The spelling whose words are these, the most frequent first."""
        usual = {fold(word): word for word in spelt}
        return cls(usual, {folded: rank for rank, folded in enumerate(usual)})

    def correct(self, text: Forms) -> Forms:
        """The text with known words in their usual spelling. Where many words are known, one that
        is not becomes the most frequent of those that are a slip away, if there is one: a letter
        too few, too many or wrong, or two exchanged.
        """
        unknown = 0 if len(self.usual) >= _MANY else _MOST_WORDS
        spelt = []
        for word in words(text.lowered):
            folded = fold(word)
            known = self.usual.get(folded)
            if known is None and unknown < _MOST_WORDS and _can_be_put_right(folded):
                unknown += 1
                slips = [slip for slip in _slips(folded) if slip in self.ranks]
                known = self.usual[min(slips, key=self.ranks.__getitem__)] if slips else None
            spelt.append(known or word)
        corrected = " ".join(spelt)
        return text if corrected == text.clean else forms(corrected)


def _can_be_put_right(word: str) -> bool:
    return _SHORTEST <= len(word) <= _LONGEST and word.isalpha() and word.isascii()


def _slips(word: str) -> set[str]:
    """All that is one slip away from a folded word."""
    halves = [(word[:place], word[place:]) for place in range(len(word) + 1)]
    letters: Sequence[str] = string.ascii_lowercase
    return {
        *(left + right[1:] for left, right in halves if right),
        *(left + right[1] + right[0] + right[2:] for left, right in halves if len(right) > 1),
        *(left + letter + right[1:] for left, right in halves if right for letter in letters),
        *(left + letter + right for left, right in halves for letter in letters),
    }
