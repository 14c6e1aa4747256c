"""docs/shop.md names every code, column and method there is, and no other."""

import re
from pathlib import Path

import pytest

from shop.base import Shop
from shop.importing import ORDERS, PRODUCTS, Kind
from shop.outcomes import Rule

PAGE = (Path(__file__).parents[2] / "docs" / "shop.md").read_text(encoding="utf-8")


def table(heading: str) -> list[list[str]]:
    """The rows of the table that begins with this heading, cells without their blanks."""
    for block in re.findall(r"(?:^\|.*\n)+", PAGE, re.MULTILINE):
        rows = [
            [cell.strip() for cell in line.strip().strip("|").split("|")]
            for line in block.splitlines()
        ]
        if rows[0][0] == heading:
            return rows[2:]
    raise AssertionError(heading)


def test_every_rule_is_told_and_whether_it_allows() -> None:
    rows = table("code")
    assert [code.strip("`") for code, *_ in rows] == list(Rule)
    allowing = [code.strip("`") for code, allows, _ in rows if allows == "yes"]
    assert allowing == list(Rule)[:5]


@pytest.mark.parametrize(
    ("heading", "kind"), [("order column", ORDERS), ("product column", PRODUCTS)]
)
def test_every_column_is_told_and_whether_it_is_needed(heading: str, kind: Kind) -> None:
    rows = table(heading)
    assert [name.strip("`") for name, *_ in rows] == [*kind.required, *kind.optional]
    assert {name.strip("`") for name, needed, _ in rows if needed == "yes"} == set(kind.required)


def test_every_method_is_told() -> None:
    methods = [name for name in vars(Shop) if not name.startswith("_")]
    assert [name.strip("`") for name, _ in table("method")] == methods
