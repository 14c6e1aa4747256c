"""The figures of an evaluation, on answers small enough to be counted by hand."""

import math

import pytest

from bench.understanding import figures
from bench.understanding.figures import Bin, Confusion, Found, Judged, Score, Span


def judged(
    expected: str | None, best: str | None, confidence: float = 0.9, *, refused: bool = False
) -> Judged:
    return Judged(f"{expected} {best}", expected, best, confidence, None if refused else best)


def test_a_score_counts_right_and_lost_in_scope_and_refused_out_of_scope() -> None:
    score = figures.score(["a", "a", "b", "b", None, None], ["a", None, "b", "a", None, "a"])
    assert (score.accuracy, score.loss, score.recall) == (0.5, 0.25, 0.5)


def test_there_is_no_share_of_nothing() -> None:
    score = figures.score([None], [None])
    assert math.isnan(score.accuracy)
    assert math.isnan(score.loss)
    assert score.recall == 1


@pytest.mark.parametrize(
    ("expected", "answered", "correlation"),
    [
        (["a", "b", None], ["a", "b", None], 1.0),
        (["a", "b"], ["b", "a"], -1.0),
        (["a", "a", "b", "b"], ["a", "a", "a", "a"], 0.0),
        # Of 4 true and 2 false positives, 3 true and 1 false negatives: 10 / sqrt(6 * 5 * 5 * 4).
        (list("aaaaabbbbb"), list("aaaabaabbb"), 10 / math.sqrt(600)),
        # Three classes, by Gorodkin's formula: (3 * 4 - 5) / sqrt((16 - 6) * (16 - 6)).
        (["a", "a", "b", "c"], ["a", "b", "b", "c"], (3 * 4 - 5) / 10),
    ],
)
def test_the_correlation_is_matthews(
    expected: list[str | None], answered: list[str | None], correlation: float
) -> None:
    assert figures.correlation(expected, answered) == pytest.approx(correlation)


def test_a_threshold_refuses_what_is_below_it() -> None:
    points = figures.curve(
        [judged("a", "a", 0.9), judged("a", "a", 0.4), judged(None, "b", 0.4), judged(None, None)]
    )
    at = {point.threshold: point.score for point in points}
    assert (at[0.4].accuracy, at[0.4].loss, at[0.4].recall) == (1.0, 0.0, 0.5)
    assert (at[0.5].accuracy, at[0.5].loss, at[0.5].recall) == (0.5, 0.5, 1.0)
    assert points[0].threshold == 0
    assert points[-1].threshold == 1


def test_what_is_configured_counts_as_it_was_answered() -> None:
    score = figures.configured(
        [judged("a", "a"), judged("a", "a", refused=True), judged(None, "a", refused=True)]
    )
    assert (score.accuracy, score.loss, score.recall) == (0.5, 0.5, 1.0)


def test_the_best_point_has_the_highest_correlation_at_the_lowest_threshold() -> None:
    points = figures.curve([judged("a", "a", 0.9), judged("b", "b", 0.9), judged(None, "a", 0.3)])
    best = figures.best(points)
    assert best.threshold == pytest.approx(0.305)
    assert best.score == Score(1.0, 0.0, 1.0, 1.0)


def test_precision_and_recall_go_by_intent() -> None:
    found = figures.by_intent(
        [judged("a", "a"), judged("a", "b"), judged("b", "b"), judged(None, "b")]
    )
    assert found == {"a": Found(2, 1, 1), "b": Found(1, 3, 1), None: Found(1, 0, 0)}
    assert (found["b"].precision, found["b"].recall) == (pytest.approx(1 / 3), 1.0)
    assert math.isnan(found[None].precision)


def test_calibration_compares_confidence_with_the_share_of_right_ones() -> None:
    sure = [judged("a", "a", 0.95)] * 3 + [judged("a", "b", 0.95)]
    unsure = [judged("a", "a", 0.25), judged("a", "b", 0.25)]
    bins = figures.reliability(sure + unsure, bins=10)
    assert bins[9] == Bin(4, pytest.approx(0.95), 0.75)
    assert bins[2] == Bin(2, 0.25, 0.5)
    assert sum(one.count for one in bins) == 6
    assert figures.calibration_error(bins) == pytest.approx((4 * 0.2 + 2 * 0.25) / 6)


def test_a_confidence_of_one_is_in_the_last_bin() -> None:
    assert figures.reliability([judged("a", "a", 1.0)], bins=15)[-1].count == 1


def test_confusions_come_most_frequent_first_with_the_surest_examples() -> None:
    wrong = [
        Judged("one", "a", "b", 0.5, "b"),
        Judged("two", "a", "b", 0.9, "b"),
        Judged("three", "a", "b", 0.7, None),
        Judged("four", None, "a", 0.6, "a"),
        Judged("five", "a", "a", 0.6, "a"),
    ]
    assert figures.confusions(wrong, examples=2) == [
        Confusion("a", "b", 3, ("two", "three")),
        Confusion(None, "a", 1, ("four",)),
    ]


def test_an_entity_is_right_with_its_name_and_its_characters_but_one() -> None:
    wanted = [Span("money", 4, 7), Span("date", 10, 15), Span("date", 20, 25)]
    given = [Span("money", 3, 7), Span("date", 10, 12), Span("product", 20, 25)]
    found = figures.by_entity([(wanted, given)])
    assert found == {
        "date": Found(2, 1, 0),
        "money": Found(1, 1, 1),
        "product": Found(0, 1, 0),
    }
    assert figures.total(found) == Found(3, 3, 1)


def test_an_expected_entity_is_found_once() -> None:
    wanted = [Span("date", 0, 5)]
    assert figures.by_entity([(wanted, [Span("date", 0, 5), Span("date", 0, 6)])]) == {
        "date": Found(1, 2, 1)
    }


def test_a_percentile_is_one_of_the_values() -> None:
    values = [float(value) for value in range(100, 0, -1)]
    assert figures.percentile(values, 50) == 50
    assert figures.percentile(values, 99) == 99
    assert figures.percentile([3.0], 99) == 3
    assert math.isnan(figures.percentile([], 50))


def test_folds_hold_out_every_example_once_and_spread_each_label() -> None:
    labels = ["a"] * 10 + ["b"] * 7
    fold = figures.folds(labels, 5, list(reversed(range(17))))
    for label, least in (("a", 2), ("b", 1)):
        counts = [
            sum(one == label and held == number for one, held in zip(labels, fold, strict=True))
            for number in range(5)
        ]
        assert min(counts) == least
        assert max(counts) - min(counts) <= 1
    assert fold != figures.folds(labels, 5, list(range(17)))
