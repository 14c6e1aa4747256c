"""The pictures of an evaluation, as SVG whose colours are variables of the page they stand in."""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Sequence

import matplotlib
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import PercentFormatter

from bench.understanding import figures
from bench.understanding.figures import Judged
from bench.understanding.measured import Part

LOST_BAR = 0.08
REFUSED_BAR = 0.80
OUT_OF_SCOPE = "out_of_scope"

# Matplotlib knows no variables: each of these stands for one and is replaced in the finished SVG.
_VARIABLES = {
    "text": "#010101",
    "muted": "#020202",
    "grid": "#030303",
    "page": "#040404",
    "first": "#050505",
    "second": "#060606",
    **{f"heat{step}": f"#08080{step}" for step in range(1, 6)},
    **{f"miss{step}": f"#09090{step}" for step in range(1, 6)},
}
_SERIES = (_VARIABLES["first"], _VARIABLES["second"])
_STEPS = (0.05, 0.25, 0.5, 0.75)
_STYLE = {
    "axes.axisbelow": True,
    "axes.edgecolor": _VARIABLES["grid"],
    "axes.facecolor": "none",
    "axes.grid": True,
    "axes.labelcolor": _VARIABLES["muted"],
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlecolor": _VARIABLES["text"],
    "axes.titlelocation": "left",
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "figure.facecolor": "none",
    "font.size": 9,
    "grid.color": _VARIABLES["grid"],
    "grid.linewidth": 0.8,
    "legend.frameon": False,
    "legend.labelcolor": _VARIABLES["text"],
    "text.color": _VARIABLES["text"],
    "xtick.color": _VARIABLES["muted"],
    "ytick.color": _VARIABLES["muted"],
}


def confusion_matrix(judged: Sequence[Judged]) -> str:
    """Which intents are taken for which, without a threshold; a row's shades add up to one."""
    counts = Counter((_name(one.expected), _name(one.best)) for one in judged)
    names = sorted({name for pair in counts for name in pair}, key=lambda n: (n == OUT_OF_SCOPE, n))
    rows = Counter(_name(one.expected) for one in judged)
    with matplotlib.rc_context({**_STYLE, "axes.grid": False}):
        size = 2.2 + 0.27 * len(names)
        figure = Figure(figsize=(size, size - 0.4))
        axes = figure.add_subplot()
        for (expected, taken), count in counts.items():
            row, column = names.index(expected), names.index(taken)
            step = 1 + sum(count / rows[expected] > edge for edge in _STEPS)
            colour = _VARIABLES[f"{'heat' if expected == taken else 'miss'}{step}"]
            axes.add_patch(Rectangle((column - 0.47, row - 0.47), 0.94, 0.94, color=colour, lw=0))
            ink = _VARIABLES["page" if step > 3 else "text"]
            axes.text(column, row, str(count), ha="center", va="center", fontsize=7, color=ink)
        axes.set_xlim(-0.5, len(names) - 0.5)
        axes.set_ylim(len(names) - 0.5, -0.5)
        axes.set_xticks(range(len(names)), names, rotation=90)
        axes.set_yticks(range(len(names)), names)
        axes.tick_params(length=0)
        axes.set_xlabel("taken for")
        axes.set_ylabel("is")
        axes.spines[["left", "bottom"]].set_visible(False)
        return _svg(figure, "confusion")


def threshold_curves(parts: Sequence[Part], names: Sequence[str], threshold: float) -> str:
    """Out-of-scope recall against in-scope loss, and accuracy and MCC, over all thresholds."""
    with matplotlib.rc_context(_STYLE):
        figure = Figure(figsize=(9.6, 4.2))
        trade, course = figure.subplots(1, 2)
        trade.axvline(LOST_BAR, color=_VARIABLES["muted"], lw=0.9, ls=":")
        trade.axhline(REFUSED_BAR, color=_VARIABLES["muted"], lw=0.9, ls=":")
        for part, name, colour in zip(parts, names, _SERIES, strict=False):
            points = figures.curve(part.judged)
            chosen = figures.configured(part.judged)
            loss = [point.score.loss for point in points]
            trade.plot(loss, [p.score.recall for p in points], color=colour, lw=2, label=name)
            trade.plot([chosen.loss], [chosen.recall], "o", color=colour, ms=8)
            thresholds = [point.threshold for point in points]
            right = [point.score.accuracy for point in points]
            course.plot(thresholds, right, color=colour, lw=2, label=f"{name}: right")
            correlation = [point.score.mcc for point in points]
            course.plot(thresholds, correlation, color=colour, lw=2, ls="--", label=f"{name}: MCC")
        trade.set(xlim=(0, 0.5), ylim=(0, 1.01), title="Refused out of scope, lost in scope")
        trade.set(xlabel="in scope and lost", ylabel="out of scope and refused")
        course.axvline(threshold, color=_VARIABLES["muted"], lw=0.9, ls=":")
        course.set(xlim=(0, 1), ylim=(0, 1.01), title="Right in scope, and MCC", xlabel="threshold")
        _percentages(trade.xaxis, trade.yaxis, course.yaxis)
        trade.legend(loc="lower right")
        course.legend(loc="lower left")
        figure.tight_layout(w_pad=3)
        return _svg(figure, "threshold")


def reliability_diagram(parts: Sequence[Part], names: Sequence[str]) -> str:
    """The share of right ones beside the confidence, and how many messages have it."""
    with matplotlib.rc_context(_STYLE):
        figure = Figure(figsize=(9.6, 4.6))
        grid = figure.subplots(
            2, len(parts), sharex=True, squeeze=False, gridspec_kw={"height_ratios": (4, 1)}
        )
        for column, (part, name) in enumerate(zip(parts, names, strict=True)):
            bins = figures.reliability(part.judged)
            width = 1 / len(bins)
            middles = [(place + 0.5) * width for place in range(len(bins))]
            filled = [(x, one) for x, one in zip(middles, bins, strict=True) if one.count]
            upper, lower = grid[0][column], grid[1][column]
            upper.plot([0, 1], [0, 1], color=_VARIABLES["text"], lw=1, ls=":", zorder=3)
            upper.bar(
                [x for x, _ in filled],
                [one.right for _, one in filled],
                width * 0.9,
                color=_VARIABLES["first"],
            )
            error = figures.calibration_error(bins)
            upper.set(xlim=(0, 1), ylim=(0, 1.01), title=f"{name}: expected error {error:.3f}")
            upper.set_ylabel("right" if column == 0 else "")
            lower.bar(middles, [one.count for one in bins], width * 0.9, color=_VARIABLES["muted"])
            lower.set_xlabel("confidence")
            lower.set_ylabel("messages" if column == 0 else "")
            _percentages(upper.yaxis)
        figure.tight_layout()
        return _svg(figure, "reliability")


def _name(intent: str | None) -> str:
    return intent or OUT_OF_SCOPE


def _percentages(*sides: Axis) -> None:
    for side in sides:
        side.set_major_formatter(PercentFormatter(1, decimals=0, symbol=" %"))


def _svg(figure: Figure, salt: str) -> str:
    """A figure to be put into a page: without a prologue or a size, its colours variables."""
    with matplotlib.rc_context({"svg.hashsalt": salt}):
        written = io.StringIO()
        figure.savefig(written, format="svg", bbox_inches="tight", metadata={"Date": None})
    svg = written.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", svg, count=1)
    svg = re.sub(r'(<svg[^>]*?) width="[^"]*"', r"\1", svg, count=1)
    for name, colour in _VARIABLES.items():
        svg = svg.replace(colour, f"var(--{name})")
    return svg
