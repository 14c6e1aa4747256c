"""A linear classifier over sparse text features: tf-idf of words 1-2 and of characters 2-5 inside
words, one logistic regression per label, confidences calibrated by a temperature.

Trained with scikit-learn, asked with numpy alone: one message takes about 0.1 ms. One regression
per label is as accurate as a multinomial one on our examples and trains in 0.2 s instead of 10.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from bot.nlu.text import Forms, character_features, forms, word_features

Floats: TypeAlias = npt.NDArray[np.float32]
SparseRow: TypeAlias = tuple[list[int], list[float]]

_FOLDS = 5
_TEMPERATURES = np.geomspace(0.05, 2.0, 75)


@dataclass(frozen=True)
class Vocabulary:
    """Which features are known, at which row, and how much each weighs; `unknown` is what a feature
    weighs that no example has.
    """

    words: Mapping[str, int]
    characters: Mapping[str, int]
    idf: Floats
    unknown: float

    @classmethod
    def of(cls, texts: Sequence[Forms]) -> Vocabulary:
        """The vocabulary of a training set; rows count words first, then characters."""
        word_counts = _document_frequencies(word_features(t) for t in texts)
        character_counts = _document_frequencies(character_features(t) for t in texts)
        words = {f: i for i, f in enumerate(sorted(word_counts))}
        characters = {f: len(words) + i for i, f in enumerate(sorted(character_counts))}
        counts = [word_counts[f] for f in words] + [character_counts[f] for f in characters]
        idf = np.log((1 + len(texts)) / (1 + np.array(counts))) + 1
        return cls(words, characters, idf.astype(np.float32), float(np.log(1 + len(texts)) + 1))

    def row(self, text: Forms) -> SparseRow:
        """Column numbers and tf-idf values of a text.

        Words and characters have length 1 each, unknown features included: of a text that is mostly
        unknown, little is left to decide by.
        """
        columns: list[int] = []
        values: list[float] = []
        for known, found in (
            (self.words, word_features(text)),
            (self.characters, character_features(text)),
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


@dataclass(frozen=True)
class LinearClassifier:
    """A trained classifier.

    `weights` has one row per feature and one column per label, `bias` one value per label;
    `temperature` divides the scores so that confidences meet the share of right answers seen in
    cross-validation.
    """

    labels: tuple[str, ...]
    vocabulary: Vocabulary
    weights: Floats
    bias: Floats
    temperature: float

    @classmethod
    def train(cls, texts: Sequence[str], labels: Sequence[str], c: float) -> LinearClassifier:
        """Train on texts and the label of each; `c` is the inverse strength of regularisation.

        Raises ValueError when there are fewer than two labels.
        """
        from sklearn.linear_model import LogisticRegression
        from sklearn.model_selection import StratifiedKFold, cross_val_predict

        names = tuple(sorted(set(labels)))
        if len(names) < 2:
            raise ValueError("A classifier needs examples of at least two labels.")
        readings = [forms(text) for text in texts]
        vocabulary = Vocabulary.of(readings)
        matrix = _matrix(vocabulary, readings)
        numbers = np.array([names.index(label) for label in labels])
        model = LogisticRegression(C=c, class_weight="balanced", solver="liblinear", random_state=0)
        temperature = 1.0
        if min(Counter(labels).values()) >= _FOLDS:
            folds = StratifiedKFold(_FOLDS, shuffle=True, random_state=0)
            scores = cross_val_predict(model, matrix, numbers, cv=folds, method="decision_function")
            temperature = _best_temperature(_per_label(scores), numbers)
        model.fit(matrix, numbers)
        weights, bias = _per_label(model.coef_.T), _per_label(model.intercept_[None])[0]
        return cls(
            names,
            vocabulary,
            np.ascontiguousarray(weights, np.float32),
            bias.astype(np.float32),
            float(temperature),
        )

    def rank(self, text: Forms) -> list[tuple[str, float]]:
        """Every label with its confidence (they sum to 1), best first.

        All are alike for a text without a known feature.
        """
        columns, values = self.vocabulary.row(text)
        scores = np.zeros(len(self.labels))
        if columns:
            scores += np.asarray(values, np.float32) @ self.weights[columns] + self.bias
        chances = _softmax(scores / self.temperature)
        order = np.argsort(-chances, kind="stable")
        return [(self.labels[i], float(chances[i])) for i in order]

    def save(self, folder: Path) -> None:
        """Write the classifier into an existing folder as JSON and npz."""
        np.savez(
            folder / "weights.npz", weights=self.weights, bias=self.bias, idf=self.vocabulary.idf
        )
        described = {
            "labels": self.labels,
            "temperature": self.temperature,
            "unknown": self.vocabulary.unknown,
            "words": list(self.vocabulary.words),
            "characters": list(self.vocabulary.characters),
        }
        (folder / "classifier.json").write_text(
            json.dumps(described, ensure_ascii=False), encoding="utf-8"
        )

    @classmethod
    def load(cls, folder: Path) -> LinearClassifier:
        """Read back what `save` wrote."""
        described = json.loads((folder / "classifier.json").read_text(encoding="utf-8"))
        words = {f: i for i, f in enumerate(described["words"])}
        characters = {f: len(words) + i for i, f in enumerate(described["characters"])}
        with np.load(folder / "weights.npz", allow_pickle=False) as arrays:
            return cls(
                tuple(described["labels"]),
                Vocabulary(words, characters, arrays["idf"], described["unknown"]),
                arrays["weights"],
                arrays["bias"],
                described["temperature"],
            )


def _document_frequencies(documents: Iterable[list[str]]) -> Counter[str]:
    frequencies: Counter[str] = Counter()
    for features in documents:
        frequencies.update(set(features))
    return frequencies


def _matrix(vocabulary: Vocabulary, texts: Sequence[Forms]) -> object:
    from scipy.sparse import csr_matrix

    starts, columns, values = [0], [], []
    for text in texts:
        found, weights = vocabulary.row(text)
        columns += found
        values += weights
        starts.append(len(columns))
    return csr_matrix((values, columns, starts), shape=(len(texts), len(vocabulary.idf)))


def _per_label(columns: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """One column per label; of two labels scikit-learn keeps the second alone."""
    columns = columns.reshape(len(columns), -1)
    return np.hstack([-columns, columns]) if columns.shape[1] == 1 else columns


def _softmax(scores: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    exponentials = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return np.asarray(exponentials / exponentials.sum(axis=-1, keepdims=True))


def _best_temperature(scores: npt.NDArray[np.float64], numbers: npt.NDArray[np.int64]) -> float:
    """The temperature with the lowest mean surprise at the right labels."""
    rows = np.arange(len(numbers))
    surprise = [
        -np.log(np.clip(_softmax(scores / t)[rows, numbers], 1e-12, 1)).mean()
        for t in _TEMPERATURES
    ]
    return float(_TEMPERATURES[int(np.argmin(surprise))])
