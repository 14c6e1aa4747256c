"""A file of rules is read whole or refused with the place of each mistake."""

from pathlib import Path

import pytest

from shop.connect import open_shop
from shop.errors import RulesInvalid
from shop.rulebook import LEGAL
from shop.rulefile import DEMO_RULES, load_rules


def written(folder: Path, text: str) -> Path:
    path = folder / "rules.yml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_demo_sets_what_the_code_takes_for_granted_and_names_its_categories() -> None:
    demo = load_rules(DEMO_RULES)
    words = {"source": ..., "note": ...}

    def bare(part: object) -> object:
        if not isinstance(part, dict):
            return part
        return {k: bare(v) for k, v in part.items() if k not in words and k != "categories"}

    assert bare(demo.model_dump()) == bare(LEGAL.model_dump())
    assert all(excepted.categories for _, excepted in demo.withdrawal.exceptions.named())


def test_what_the_sources_dispute_carries_a_note_and_a_source() -> None:
    demo = load_rules(DEMO_RULES)
    for disputed in (
        demo.withdrawal.send_back,
        demo.return_cargo.paid_by,
        demo.refund.counted_from,
    ):
        assert disputed.note.startswith("Disputed")
        assert disputed.source


def test_what_a_file_leaves_out_is_the_law(tmp_path: Path) -> None:
    assert load_rules(written(tmp_path, "")) == LEGAL
    longer = load_rules(written(tmp_path, "withdrawal:\n  days: 30\n"))
    assert (longer.withdrawal.days, longer.refund) == (30, LEGAL.refund)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("cancel:\n  befor: packed\n", ["line 2, cancel.befor: unknown; did you mean 'before'?"]),
        ("\n\ncancle: {}\n", ["line 3, cancle: unknown; did you mean 'cancel'?"]),
        (
            "withdrawal:\n  exceptions:\n    hygene: {}\n",
            ["line 3, withdrawal.exceptions.hygene: unknown; did you mean 'hygiene'?"],
        ),
        (
            "withdrawal:\n  days: 13\n",
            ["line 2, withdrawal.days: input should be greater than or equal to 14, not 13"],
        ),
        ("refund:\n  days: fourteen\n", ["line 2, refund.days: ", "not 'fourteen'"]),
        ("refund:\n  days: '14'\n", ["line 2, refund.days: ", "not '14'"]),
        ("refund:\n  days: true\n", ["line 2, refund.days: "]),
        ("cancel:\n  before: pakced\n", ["line 2, cancel.before: ", "'packed' or 'shipped'"]),
        ("return_cargo:\n  paid_by: {value: us}\n", ["line 2, return_cargo.paid_by.value: "]),
        (
            "return_cargo:\n  paid_by: {note: x}\n",
            ["line 2, return_cargo.paid_by.value: is missing"],
        ),
        ("refund:\n  days: 14\n  days: 7\n", ["line 3, refund.days: stands twice"]),
        (
            "withdrawal: {exceptions: {hygiene: {categories: [a]}, perishable: {categories: [a]}}}",
            ["line 1, withdrawal.exceptions: 'a' stands under hygiene and under perishable"],
        ),
        ("cancel\n", ["line 1, the whole: "]),
        ("- cancel\n", ["line 1, the whole: "]),
        ("cancel:\n", ["line 1, cancel: "]),
        ("cancel:\n  before: [packed\n", ["line 3: "]),
        ("cancel: {before: packed}\n\tx: 1\n", ["line 2: "]),
        ("cancel:\n  1: 2\n", ["line 2, cancel.1: "]),
        ("? [a]\n: 1\n", ["line 1: "]),
        ("a: &a [*a]\n", ["line 1, a: unknown"]),
    ],
)
def test_a_mistake_is_named_by_file_line_and_field(
    tmp_path: Path, text: str, told: list[str]
) -> None:
    path = written(tmp_path, text)
    with pytest.raises(RulesInvalid) as caught:
        load_rules(path)
    assert str(caught.value).startswith(f"{path}, ")
    for part in told:
        assert part in str(caught.value)
    assert caught.value.code == "shop_rules_invalid"


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    path = written(tmp_path, "refund:\n  days: 20\ncancel:\n  befor: x\n")
    with pytest.raises(RulesInvalid) as caught:
        load_rules(path)
    assert [line.split(", ")[1] for line in str(caught.value).splitlines()] == ["line 2", "line 4"]


def test_a_file_that_is_not_there_names_the_setting(tmp_path: Path) -> None:
    with pytest.raises(RulesInvalid, match=r"cannot be read.*DEVIR_SHOP_RULES"):
        load_rules(tmp_path / "none.yml")


def test_a_file_in_another_encoding_is_refused_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "rules.yml"
    path.write_bytes("cancel:\n  note: çağrı\n".encode("cp1254"))
    with pytest.raises(RulesInvalid, match="line 2: not UTF-8"):
        load_rules(path)


async def test_a_shop_is_opened_with_the_file_the_setting_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/shop.db"
    path = written(tmp_path, "withdrawal: {days: 30}\n")
    monkeypatch.setenv("DEVIR_SHOP_RULES", str(path))
    async with open_shop(url) as shop:
        assert shop.rules.withdrawal.days == 30
    path.write_text("withdrawal: {dayz: 30}\n")
    with pytest.raises(RulesInvalid, match=r"line 1, withdrawal\.dayz"):
        async with open_shop(url):
            pass
