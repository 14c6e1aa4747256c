"""A message means the same however it is typed."""

from __future__ import annotations

import csv
import random
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
import yaml

from bench.understanding import typos
from bot.nlu.embedding import embed_examples
from bot.nlu.reader import Reader
from bot.nlu.text import forms

ROOT = Path(__file__).parents[3]
CHANCE = random.Random(20)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]  # embeds all examples the first time


def one_typo(text: str) -> str:
    return CHANCE.choice(list(typos.TYPOS.values()))(text, CHANCE)


@pytest.fixture(scope="module")
def reader() -> Reader:
    """Trained on the examples as the assistant is."""
    config = yaml.safe_load((ROOT / "config.yml").read_text(encoding="utf-8"))["pipeline"]
    (settings,) = (one for one in config if one["name"].endswith("IntentClassifier"))
    blocks = yaml.safe_load((ROOT / "data" / "nlu.yml").read_text(encoding="utf-8"))["nlu"]
    pairs = [
        (line.removeprefix("- "), block["intent"])
        for block in blocks
        if "intent" in block
        for line in block["examples"].splitlines()
    ]
    return Reader.train(
        [text for text, _ in pairs],
        [intent for _, intent in pairs],
        c=settings["regularisation"],
        elsewhere="out_of_scope",
        embed_all=partial(embed_examples, file=ROOT / "var" / "embeddings.npz"),
        sure=settings["sure"],
    )


@pytest.mark.parametrize(
    "typed",
    [typos.fold, typos.shout, lambda text: typos.fold(typos.shout(text)), one_typo],
    ids=["without Turkish letters", "in capitals", "in plain capitals", "with one typo"],
)
def test_a_turkish_message_keeps_its_intent(reader: Reader, typed: Callable[[str], str]) -> None:
    with (ROOT / "data" / "evaluation" / "tr.csv").open(encoding="utf-8") as lines:
        sentences = [row["sentence"] for row in csv.DictReader(lines)]
    other = [
        (sentence, typed(sentence))
        for sentence in sentences
        if reader.rank(forms(typed(sentence)))[0][0] != reader.rank(forms(sentence))[0][0]
    ]
    assert len(other) <= 0.05 * len(sentences), other
