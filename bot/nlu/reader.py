"""The classifier under intents and languages: it reads a text's words and, where these leave doubt,
its meaning.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Optional, TypeAlias

import numpy as np

from bot.nlu.calibration import Calibration
from bot.nlu.embedding import centred, embed
from bot.nlu.linear import Floats, Linear, regression, support_vectors, unseen_scores
from bot.nlu.spelling import Spelling
from bot.nlu.text import Forms, forms
from bot.nlu.vocabulary import Vocabulary

Ranking: TypeAlias = list[tuple[str, float]]


_STRANGE = 0.75
"""What is left of the confidence in a text without a known word: "qwrtz blorf" looks like what is
out of scope, but it is not known to be; whoever wrote it is asked back and not declined.
"""


@dataclass(frozen=True)
class Meaning:
    """What is read in a text's embedding: `mean` is the one that all examples have in common;
    `together` weighs the words' scores and the meaning's.
    """

    mean: Floats
    function: Linear
    together: Calibration


@dataclass(frozen=True)
class Reader:
    """A trained classifier of texts. `alone` weighs the words' scores; where these make no label as
    likely as `sure`, the meaning is read too.
    """

    labels: tuple[str, ...]
    spelling: Spelling
    vocabulary: Vocabulary
    words: Linear
    alone: Calibration
    meaning: Optional[Meaning] = None
    sure: float = 0.0

    @classmethod
    def train(
        cls,
        texts: Sequence[str],
        labels: Sequence[str],
        *,
        c: float = 1.0,
        elsewhere: Optional[str] = None,
        embed_all: Optional[Callable[[Sequence[Forms]], Floats]] = None,
        sure: float = 0.85,
    ) -> Reader:
        """Train on texts and the label of each; `c` is the inverse strength of regularisation.

        `elsewhere` is the label of what belongs to no other one. Examples without it do not tell
        what a message looks like that means nothing of what is known, so whole labels are left out
        in turn to find that out. `embed_all` gives the texts' meaning; without it words are all.

        Raises ValueError when there are fewer than two labels.
        """
        names = tuple(sorted(set(labels)))
        if len(names) < 2:
            raise ValueError("A classifier needs examples of at least two labels.")
        numbers = np.searchsorted(names, labels)
        none = len(names) > 2 and elsewhere not in names
        written = [forms(text) for text in texts]
        spelling = Spelling.of(written)
        readings = [spelling.correct(text) for text in written]

        vocabulary = Vocabulary.of(readings)
        rows = vocabulary.matrix(readings)
        by_words = partial(support_vectors, c=c)
        words_unseen, seen = unseen_scores(by_words, rows, numbers, leave_out=none)
        words = by_words(rows, numbers)
        alone = Calibration.fit([words_unseen], seen, none=none)
        if embed_all is None:
            return cls(names, spelling, vocabulary, words, alone)

        embeddings = embed_all(readings)
        mean = embeddings.mean(axis=0)
        features = centred(embeddings, mean)
        meaning_unseen, _ = unseen_scores(regression, features, numbers, leave_out=none)
        together = Calibration.fit([words_unseen, meaning_unseen], seen, none=none)
        meaning = Meaning(mean, regression(features, numbers), together)
        return cls(names, spelling, vocabulary, words, alone, meaning, sure)

    def rank(self, text: Forms) -> Ranking:
        """Every label with its confidence, best first. The confidences sum to 1, or to less where
        the text may mean none of the labels or has no word that is known.
        """
        spelt = self.spelling.correct(text)
        scores = self._words_scores(spelt)
        confidences = self.alone.confidences(scores)
        if self.meaning is not None and confidences.max() < self.sure:
            features = centred(embed([spelt])[0], self.meaning.mean)
            also = self.meaning.function.scores(features)
            confidences = self.meaning.together.confidences(scores, also)
        return self._ranking(spelt, confidences)

    def glance(self, text: Forms) -> Ranking:
        """The same by the words alone, in a fifth of a millisecond."""
        spelt = self.spelling.correct(text)
        return self._ranking(spelt, self.alone.confidences(self._words_scores(spelt)))

    def save(self, folder: Path) -> None:
        """Write the reader into an existing folder as JSON and npz."""
        arrays = {
            "idf": self.vocabulary.idf,
            "weights": self.words.weights,
            "bias": self.words.bias,
        }
        described: dict[str, Any] = {
            "labels": self.labels,
            "spelling": list(self.spelling.usual.values()),
            "words": list(self.vocabulary.words),
            "characters": list(self.vocabulary.characters),
            "unknown": self.vocabulary.unknown,
            "alone": asdict(self.alone),
        }
        if self.meaning is not None:
            arrays["mean"] = self.meaning.mean
            arrays["meaning_weights"] = self.meaning.function.weights
            arrays["meaning_bias"] = self.meaning.function.bias
            described |= {"together": asdict(self.meaning.together), "sure": self.sure}
        np.savez(folder / "reader.npz", **arrays)
        (folder / "reader.json").write_text(
            json.dumps(described, ensure_ascii=False), encoding="utf-8"
        )

    @classmethod
    def load(cls, folder: Path) -> Reader:
        """Read back what `save` wrote."""
        described = json.loads((folder / "reader.json").read_text(encoding="utf-8"))
        words = {f: i for i, f in enumerate(described["words"])}
        characters = {f: len(words) + i for i, f in enumerate(described["characters"])}
        with np.load(folder / "reader.npz", allow_pickle=False) as arrays:
            reader = cls(
                tuple(described["labels"]),
                Spelling.listed(described["spelling"]),
                Vocabulary(words, characters, arrays["idf"], described["unknown"]),
                Linear(arrays["weights"], arrays["bias"]),
                _calibration(described["alone"]),
            )
            if "together" not in described:
                return reader
            function = Linear(arrays["meaning_weights"], arrays["meaning_bias"])
            meaning = Meaning(arrays["mean"], function, _calibration(described["together"]))
            return replace(reader, meaning=meaning, sure=described["sure"])

    def _words_scores(self, text: Forms) -> Floats:
        """A score for each label; all are 0 for a text without a known feature."""
        columns, values = self.vocabulary.row(text)
        if not columns:
            return np.zeros(len(self.labels), np.float32)
        known = self.words.weights[columns]
        return np.asarray(np.asarray(values, np.float32) @ known + self.words.bias)

    def _ranking(self, text: Forms, confidences: Floats) -> Ranking:
        if not self.vocabulary.knows(text):
            confidences = confidences * _STRANGE
        order = np.argsort(-confidences, kind="stable")
        return [(self.labels[i], float(confidences[i])) for i in order]


def _calibration(described: dict[str, Any]) -> Calibration:
    return Calibration(tuple(described["scales"]), described["none"])
