"""The page of an evaluation: one file that needs no other."""

from __future__ import annotations

import html
from collections.abc import Sequence

from bench.understanding import pictures
from bench.understanding.measured import Evaluation, Part
from bench.understanding.report import Table, name_of_part

_STYLE = """
:root {
  color-scheme: light dark;
  --page: #ffffff; --panel: #f6f7f9; --text: #16181d; --muted: #646b78; --grid: #dfe3e8;
  --first: #2a6fdb; --second: #d9622b;
  --heat1: #e6effc; --heat2: #c3dafa; --heat3: #93bbf3; --heat4: #4f8de6; --heat5: #1f5fc4;
  --miss1: #fbeae4; --miss2: #f6cdbf; --miss3: #efa78f; --miss4: #d9622b; --miss5: #a8451a;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #14161a; --panel: #1d2026; --text: #eceef2; --muted: #9aa2b1; --grid: #333843;
    --first: #5b9bff; --second: #f08a55;
    --heat1: #1c2a40; --heat2: #223d68; --heat3: #2b548f; --heat4: #6ea6fb; --heat5: #a3c8ff;
    --miss1: #38231b; --miss2: #573021; --miss3: #7a3f27; --miss4: #f08a55; --miss5: #ffb38c;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; max-width: 76rem; padding: 2.5rem 1.25rem 4rem; background: var(--page);
  color: var(--text); font: 15px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
}
h1 { font-size: 1.75rem; margin: 0 0 .25rem; letter-spacing: -.01em; }
h2 { font-size: 1.15rem; margin: 2.75rem 0 .25rem; }
p { color: var(--muted); margin: 0 0 .9rem; max-width: 62rem; }
.wide { overflow-x: auto; border: 1px solid var(--grid); border-radius: .6rem; }
table { border-collapse: collapse; font-size: .85rem; width: 100%; }
th, td {
  border-bottom: 1px solid var(--grid); padding: .35rem .7rem; text-align: right;
  white-space: nowrap; font-variant-numeric: tabular-nums;
}
th { background: var(--panel); color: var(--muted); font-weight: 600; }
tr:last-child td { border-bottom: 0; }
.word { text-align: left; white-space: normal; }
figure {
  margin: 0 0 1rem; background: var(--panel); border-radius: .6rem; padding: 1rem; overflow-x: auto;
}
figure svg { display: block; margin: 0 auto; width: 100%; min-width: 38rem; height: auto; }
figcaption { color: var(--muted); font-size: .85rem; margin-bottom: .6rem; }
"""

_THRESHOLDS = (
    "Left: what is gained and lost as the threshold rises; the dot is what is configured, the "
    "dotted lines are 8 % and 80 %. Right: the dotted line is the configured threshold."
)
_RELIABILITY = (
    "Of the messages with a confidence, how many are right; on the dotted line a confidence can be "
    "taken at its word."
)
_CONFUSION = "Rows are what messages are, columns what they are taken for, without a threshold."
_CROSSED = "The training examples, each read by a pipeline that was trained without it."


def page(evaluation: Evaluation, tables: Sequence[Table], made: str) -> str:
    """The page as HTML; `made` says when."""
    parts = evaluation.tested or evaluation.crossed
    names = [name_of_part(part) for part in parts]
    first, *others = tables
    body = [
        f"<h1>{html.escape(evaluation.title)}</h1>",
        f"<p>{html.escape(made)}, on {evaluation.examples} examples.</p>",
        *(f"<p>{html.escape(note)}</p>" for note in evaluation.notes),
        _table(first),
        "<h2>Thresholds</h2>",
        f"<p>{_THRESHOLDS}</p>",
        _figure(
            "Out-of-scope recall against in-scope loss over all thresholds",
            pictures.threshold_curves(parts, names, evaluation.threshold),
        ),
        "<h2>Reliability</h2>",
        f"<p>{_RELIABILITY}</p>",
        _figure(
            "The share of right ones by confidence", pictures.reliability_diagram(parts, names)
        ),
        "<h2>Confusion matrix</h2>",
        f"<p>{_CONFUSION}</p>",
        _matrices(parts, names),
        *map(_table, others),
    ]
    if evaluation.tested and evaluation.crossed:
        crossed = [name_of_part(part) for part in evaluation.crossed]
        body += [
            "<h2>Cross-validation</h2>",
            f"<p>{_CROSSED}</p>",
            _figure(
                "Out-of-scope recall against in-scope loss, cross-validated",
                pictures.threshold_curves(evaluation.crossed, crossed, evaluation.threshold),
            ),
            _figure(
                "The share of right ones by confidence, cross-validated",
                pictures.reliability_diagram(evaluation.crossed, crossed),
            ),
            _matrices(evaluation.crossed, crossed),
        ]
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>Devir · {html.escape(evaluation.title)}</title>\n<style>{_STYLE}</style>\n"
        f"</head>\n<body>\n{''.join(body)}\n</body>\n</html>\n"
    )


def _matrices(parts: Sequence[Part], names: Sequence[str]) -> str:
    return "".join(
        _figure(f"Confusion matrix, {name}", pictures.confusion_matrix(part.judged), name)
        for part, name in zip(parts, names, strict=True)
    )


def _figure(described: str, svg: str, caption: str = "") -> str:
    told = f"<figcaption>{html.escape(caption)}</figcaption>" if caption else ""
    label = html.escape(described)
    return f'<figure role="img" aria-label="{label}">{told}{svg}</figure>'


def _table(table: Table) -> str:
    def row(cells: Sequence[str], tag: str) -> str:
        put = [
            f'<{tag} class="word">{html.escape(cell)}</{tag}>'
            if place < table.texts
            else f"<{tag}>{html.escape(cell)}</{tag}>"
            for place, cell in enumerate(cells)
        ]
        return f"<tr>{''.join(put)}</tr>"

    rows = "".join(row(cells, "td") for cells in table.rows)
    return (
        f"<h2>{html.escape(table.title)}</h2><p>{html.escape(table.note)}</p>"
        f'<div class="wide"><table><thead>{row(table.head, "th")}</thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )
