"""What the fallback's threshold and margin cost and bring: `python -m bench.thresholds`.

Run in .venv-rasa. The examples of data/nlu.yml are read by readers that were trained without them,
with the settings of config.yml; each pair of threshold and margin is then a line of the table. What
was chosen from it, and why, stands in docs/decisions.md.
"""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from sklearn.model_selection import StratifiedKFold

from bot.nlu.embedding import embed_examples
from bot.nlu.reader import Reader
from bot.nlu.text import forms

ROOT = Path(__file__).parent.parent
CLASSIFIER = "bot.nlu.classifier.IntentClassifier"
OUT_OF_SCOPE = "out_of_scope"
THRESHOLDS = (0.0, 0.3, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.8)
MARGINS = (0.0, 0.1, 0.2, 0.3)
FOLDS = 5


def main() -> int:
    """Print the table."""
    texts, intents = _examples(ROOT / "data" / "nlu.yml")
    print(f"{len(texts)} examples, {FOLDS} readers; some minutes", flush=True)
    found, best, second = _read_unseen(texts, intents)
    inside = intents != OUT_OF_SCOPE
    print("threshold  margin  in scope: right   wrong    lost   out of scope: refused")
    for threshold in THRESHOLDS:
        for margin in MARGINS:
            refused = (found == OUT_OF_SCOPE) | (best < threshold) | (best - second < margin)
            right = (found == intents) & ~refused
            shares = (right[inside], ~(right | refused)[inside], refused[inside], refused[~inside])
            print(
                f"{threshold:9.2f} {margin:7.2f}        "
                + "".join(f"{share.mean():8.1%}" for share in shares[:3])
                + f"{shares[3].mean():24.1%}"
            )
    return os.EX_OK


def _read_unseen(texts: Any, intents: Any) -> tuple[Any, Any, Any]:
    """The intent found in each text, its confidence and that of the next one."""
    settings = _settings(ROOT / "config.yml")
    found = np.empty_like(intents)
    best, second = np.zeros(len(texts)), np.zeros(len(texts))
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=1).split(texts, intents)
    for training, held in folds:
        reader = Reader.train(
            texts[training],
            intents[training],
            c=settings["regularisation"],
            elsewhere=OUT_OF_SCOPE,
            embed_all=partial(embed_examples, file=ROOT / "var" / "embeddings.npz"),
            sure=settings["sure"],
        )
        for place in held:
            (found[place], best[place]), (_, second[place]) = reader.rank(forms(texts[place]))[:2]
    return found, best, second


def _examples(path: Path) -> tuple[Any, Any]:
    """The texts of a file of Rasa's, and the intent of each."""
    blocks = yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]
    pairs = [
        (line.removeprefix("- "), block["intent"])
        for block in blocks
        if "intent" in block
        for line in block["examples"].splitlines()
    ]
    return np.array([text for text, _ in pairs], object), np.array([name for _, name in pairs])


def _settings(path: Path) -> dict[str, Any]:
    pipeline = yaml.safe_load(path.read_text(encoding="utf-8"))["pipeline"]
    (settings,) = (component for component in pipeline if component["name"] == CLASSIFIER)
    return dict(settings)


if __name__ == "__main__":
    raise SystemExit(main())
