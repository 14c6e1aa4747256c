"""From the scores of linear functions to confidences that can be believed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Optional

import numpy as np

from bot.nlu.linear import NONE, Floats, Numbers

# About what is found on some thousand examples, for sets too small to find anything.
_USUAL_SCALES = (3.0, 0.7)
# The share of messages taken to mean nothing of what is known, where examples do not tell.
_NONE_SHARE = 0.2


@dataclass(frozen=True)
class Calibration:
    """The scores of one or more functions, weighed and made into shares of 1.

    `scales` has the weight of each function. `none` is the score of "none of these", which takes
    its share where no label scores well; None where every text has one of the labels.
    """

    scales: tuple[float, ...]
    none: Optional[float]

    def confidences(self, *scores: Floats) -> Floats:
        """A confidence for each label, from one array of each function whose last axis is the
        labels. They sum to 1, or to less by the share of "none of these".
        """
        shares: Floats = np.exp(self.log_shares(scores))
        return shares if self.none is None else shares[..., :-1]

    @classmethod
    def fit(cls, scores: Sequence[Floats], numbers: Numbers, *, none: bool) -> Calibration:
        """The calibration under which the right labels of texts are least surprising.

        `scores` has one array (texts, labels) of each function, which has not seen these texts:
        the words' and, if there is one, the meaning's. `numbers` is each text's label, or NONE.
        `none` says whether a message may have none of the labels.
        """
        from scipy.optimize import minimize

        strange = numbers == NONE
        if strange.all():
            return cls(_USUAL_SCALES[: len(scores)], None)
        share = _NONE_SHARE if none and strange.any() else 0.0
        weights = np.where(strange, share / max(strange.sum(), 1), (1 - share) / (~strange).sum())
        rows = np.arange(len(numbers))

        def calibration(parameters: Any) -> Calibration:
            *scales, score = parameters
            return cls(tuple(map(float, np.exp(scales))), float(score) if share else None)

        def surprise(parameters: Any) -> float:
            shares = calibration(parameters).log_shares(scores)
            return -float(weights @ shares[rows, numbers])  # NONE is the last column

        start = np.zeros(len(scores) + 1)
        return calibration(minimize(surprise, start, method="L-BFGS-B").x)

    def log_shares(self, scores: Sequence[Floats]) -> Floats:
        """The logarithms of the shares of all labels and, in a last column, that of "none of these"
        where there is one.
        """
        weighed = np.zeros(scores[0].shape)
        for scale, each in zip(self.scales, scores, strict=True):
            weighed += scale * each.astype(np.float64)
        if self.none is not None:
            none = np.full((*weighed.shape[:-1], 1), self.none)
            weighed = np.concatenate([weighed, none], axis=-1)
        weighed = weighed - weighed.max(axis=-1, keepdims=True)
        return np.asarray(weighed - np.log(np.exp(weighed).sum(axis=-1, keepdims=True)))
