"""What a text says, word for word: tf-idf of its words and of the characters inside them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from bot.nlu.text import Forms

Floats: TypeAlias = npt.NDArray[np.float32]
SparseRow: TypeAlias = tuple[list[int], list[float]]

# In a large set, two thirds of all features occur in one example alone; without them the model is a
# third of the size and no less accurate. In a small one they are all there is.
_LARGE = 1000


@dataclass(frozen=True)
class Vocabulary:
    """Which features are known, at which row, and how much each weighs; `unknown` is what a feature
    weighs that the examples do not have.
    """

    words: Mapping[str, int]
    characters: Mapping[str, int]
    idf: Floats
    unknown: float

    @classmethod
    def of(cls, texts: Sequence[Forms]) -> Vocabulary:
        """The vocabulary of a training set; rows count words first, then characters."""
        fewest = 2 if len(texts) >= _LARGE else 1
        word_counts = _document_frequencies((t.word_features for t in texts), fewest)
        character_counts = _document_frequencies((t.character_features for t in texts), fewest)
        words = {f: i for i, f in enumerate(sorted(word_counts))}
        characters = {f: len(words) + i for i, f in enumerate(sorted(character_counts))}
        counts = [word_counts[f] for f in words] + [character_counts[f] for f in characters]
        idf = np.log((1 + len(texts)) / (1 + np.array(counts))) + 1
        return cls(words, characters, idf.astype(np.float32), float(np.log(1 + len(texts)) + 1))

    def knows(self, text: Forms) -> bool:
        """Whether any word of a text, or its beginning, is known; characters alone say nothing."""
        return any(feature in self.words for feature in text.word_features)

    def row(self, text: Forms) -> SparseRow:
        """Column numbers and tf-idf values of a text.

        Words and characters have length 1 each, unknown features included: of a text that is mostly
        unknown, little is left to decide by.
        """
        columns: list[int] = []
        values: list[float] = []
        for known, found in (
            (self.words, text.word_features),
            (self.characters, text.character_features),
        ):
            counts = Counter(known.get(feature, -1) for feature in found)
            strange = counts.pop(-1, 0)
            block = list(counts)
            weights: Any = 1 + np.log(np.fromiter(counts.values(), np.float32, len(block)))
            weights *= self.idf[block]
            weights /= np.sqrt(weights @ weights + strange * self.unknown**2) or 1.0
            columns += block
            values += weights.tolist()
        return columns, values

    def matrix(self, texts: Sequence[Forms]) -> Any:
        """The rows of texts as one sparse matrix."""
        from scipy.sparse import csr_matrix

        starts, columns, values = [0], [], []
        for text in texts:
            found, weights = self.row(text)
            columns += found
            values += weights
            starts.append(len(columns))
        return csr_matrix((values, columns, starts), shape=(len(texts), len(self.idf)))


def _document_frequencies(documents: Iterable[list[str]], fewest: int) -> dict[str, int]:
    """In how many documents each feature is, of those that are in so many."""
    frequencies: Counter[str] = Counter()
    for features in documents:
        frequencies.update(set(features))
    return {f: count for f, count in frequencies.items() if count >= fewest}
