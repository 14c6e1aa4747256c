"""`python -m shop` as a person runs it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from shop.__main__ import main

ROOT = Path(__file__).parents[2]


def test_a_shop_is_made_and_filled_from_any_directory(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    environment["DEVIR_SHOP_URL"] = "sqlite+aiosqlite:///my shop/100%.db"
    for command in (["migrate"], ["seed", "--today", "2026-11-22"], ["seed"], ["migrate"]):
        done = subprocess.run(
            [sys.executable, "-m", "shop", *command],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "my shop" / "100%.db").stat().st_size > 0


def test_seeding_says_that_the_articles_must_be_checked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/shop.db"
    assert main(["migrate", "--url", url]) == 0
    assert main(["seed", "--url", url]) == 0
    assert "no legal advice" in capsys.readouterr().out


def test_checking_names_categories_of_the_rules_that_no_product_has(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/shop.db"
    assert main(["check", "--url", url]) == 1
    assert "python -m shop migrate" in capsys.readouterr().err
    for command in ("migrate", "seed", "check"):
        assert main([command, "--url", url]) == 0
    told = capsys.readouterr().out.splitlines()[-1]
    assert told.startswith("The rules in ")
    assert told.endswith("rules.yml and the shop can be used.")
    rules = tmp_path / "rules.yml"
    monkeypatch.setenv("DEVIR_SHOP_RULES", str(rules))
    rules.write_text("withdrawal: {exceptions: {hygiene: {categories: [underware]}}}")
    assert main(["check", "--url", url]) == 0
    assert "hygiene: no product's category is 'underware'." in capsys.readouterr().out
    rules.write_text("withdrawal: {days: 7}")
    assert main(["check", "--url", url]) == 1
    assert f"{rules}, line 1, withdrawal.days: " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("sqlite+aiosqlite:///{}/shop.db", "python -m shop migrate"),
        ("postgresql+asyncpg://shop:sesame@127.0.0.1:1/shop", "start that server"),
        ("mysql://shop", "DEVIR_SHOP_URL must begin with"),
    ],
)
def test_a_failure_is_one_sentence_and_no_traceback(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], url: str, told: str
) -> None:
    assert main(["seed", "--url", url.format(tmp_path)]) == 1
    error = capsys.readouterr().err
    assert told in error
    assert error.count("\n") == 1
    assert "sesame" not in error


def test_of_a_shop_with_a_system_of_its_own_the_articles_are_kept_here(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEVIR_SHOP_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("DEVIR_SHOP_TOKEN", "a-key")
    monkeypatch.setenv("DEVIR_ARTICLES_URL", f"sqlite+aiosqlite:///{tmp_path}/articles.db")
    for command in ("migrate", "seed", "index"):
        assert main([command]) == 0
    assert (tmp_path / "articles.db").stat().st_size > 0
    assert main(["check"]) == 1
    assert "http://127.0.0.1:1 cannot be reached" in capsys.readouterr().err


ARTICLE = """\
- slug: wifi
  topic: stores
  tr: {title: Mağazada Wi-Fi, keywords: internet, body: Şifre kasada.}
"""


def test_articles_are_exported_imported_and_published(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/shop.db"
    file = tmp_path / "articles.yml"
    for command in (["migrate"], ["seed"], ["export", "articles", str(file)]):
        assert main([*command, "--url", url]) == 0
    capsys.readouterr()
    assert main(["import", "articles", str(file), "--url", url]) == 0
    assert "0 articles published, 48 were the same already." in capsys.readouterr().out

    file.write_text(ARTICLE, encoding="utf-8")
    assert main(["import", "articles", str(file), "--draft", "--url", url]) == 0
    assert "1 articles saved as drafts, 0 were the same" in capsys.readouterr().out
    assert main(["import", "articles", str(file), "--url", url]) == 0
    assert "1 articles published" in capsys.readouterr().out
    assert main(["export", "articles", "--url", url]) == 0
    written = capsys.readouterr().out
    assert "slug: wifi" in written
    assert "slug: shipping-cost" in written


def test_a_wrong_file_of_articles_is_named_by_line_and_changes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/shop.db"
    file = tmp_path / "articles.yml"
    file.write_text(ARTICLE + "- slug: x\n", encoding="utf-8")
    assert main(["migrate", "--url", url]) == 0
    assert main(["import", "articles", str(file), "--url", url]) == 1
    assert f"{file}, line 4, 1.topic: is missing" in capsys.readouterr().err
    assert main(["export", "articles", "--url", url]) == 0
    assert capsys.readouterr().out == "[]\n"


def test_only_articles_have_drafts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["import", "orders", str(tmp_path / "orders.csv"), "--draft"])
    assert "--draft is for articles" in capsys.readouterr().err
