"""Confidences that can be believed."""

from __future__ import annotations

import numpy as np
import pytest

from bot.nlu.calibration import Calibration
from bot.nlu.linear import NONE, support_vectors, unseen_scores


def drawn(sharpness: float, none: float | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Scores of 5,000 texts for four labels, and labels drawn with the chances they promise."""
    random = np.random.default_rng(7)
    scores = random.normal(size=(5000, 4))
    known = Calibration((sharpness,), none).confidences(scores)
    chances = np.hstack([known, np.maximum(1 - known.sum(axis=1, keepdims=True), 0)])
    drawn = (random.random((5000, 1)) < chances.cumsum(axis=1)).argmax(axis=1)
    return scores, np.where(drawn == 4, NONE, drawn)


def test_confidences_meet_the_share_of_right_answers() -> None:
    scores, labels = drawn(3.0)
    confidences = Calibration.fit([scores], labels, none=False).confidences(scores)
    right = confidences.argmax(axis=1) == labels
    for low, high in ((0.3, 0.5), (0.5, 0.7), (0.7, 0.9), (0.9, 1.0)):
        some = (confidences.max(axis=1) >= low) & (confidences.max(axis=1) < high)
        assert confidences.max(axis=1)[some].mean() == pytest.approx(right[some].mean(), abs=0.05)


def test_a_function_that_knows_nothing_gets_no_weight() -> None:
    scores, labels = drawn(3.0)
    noise = np.random.default_rng(8).normal(size=scores.shape)
    first, second = Calibration.fit([scores, noise], labels, none=False).scales
    assert first == pytest.approx(3.0, rel=0.1)
    assert second < 0.1


def test_where_no_label_scores_well_none_of_them_takes_its_share() -> None:
    scores, labels = drawn(3.0, none=2.0)
    calibration = Calibration.fit([scores], labels, none=True)
    low, high = calibration.confidences(np.array([[-1.0, -1, -1, -1], [3.0, -1, -1, -1]]))
    assert low.sum() < 0.3
    assert high.sum() > 0.9
    assert Calibration.fit([scores], labels, none=False).none is None


def test_scores_are_those_of_functions_that_have_not_seen_the_text() -> None:
    features = np.eye(120)  # nothing of one text can be learnt from another
    labels = np.repeat([0, 1], 60)
    scores, seen = unseen_scores(
        lambda f, n: support_vectors(f, n, 1.0), features, labels, leave_out=False
    )
    assert np.array_equal(seen, labels)
    assert np.ptp(scores) < 0.2


def test_each_label_is_left_out_once() -> None:
    labels = np.repeat(np.arange(6), 30)
    features = np.eye(6)[labels]
    scores, seen = unseen_scores(
        lambda f, n: support_vectors(f, n, 1.0), features, labels, leave_out=True
    )
    for label in range(6):
        of_label = labels == label
        assert (seen[of_label] == NONE).sum() == 10  # the fold of the training that did not know it
        assert (scores[of_label][seen[of_label] == NONE, label] < -1000).all()
