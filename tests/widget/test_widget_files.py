"""What can be said of the widget's and the demo page's files without a browser."""

import gzip
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

STATIC = Path("handoff/web/static")
WIDGET = STATIC / "widget"
DEMO = STATIC / "demo"
LOADER = WIDGET / "loader.js"
LATER = "files"
"""What is loaded only when the chat is opened, or a message has a file."""
SCRIPTS = sorted([*WIDGET.glob("*.js"), *DEMO.glob("*.js")])
DEMO_PAGE = (DEMO / "index.html").read_text(encoding="utf-8")

SINKS = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|createContextualFragment"
    r"|DOMParser|setHTMLUnsafe|srcdoc|\beval\(|new Function|javascript:|postMessage"
    r"|setAttribute\(\"style"
)


def _weight(file: Path) -> int:
    return len(gzip.compress(file.read_bytes(), compresslevel=9))


def _texts(name: str) -> dict[str, dict[str, str]]:
    source = (WIDGET / name).read_text(encoding="utf-8")
    blocks = re.findall(r"^  (\w\w): \{\n(.*?)^  \},$", source, re.DOTALL | re.MULTILINE)
    return {
        language: dict(re.findall(r'^    (\w+): "(.*)",$', block, re.MULTILINE))
        for language, block in blocks
    }


TEXTS = _texts("text.js")


def test_loader_weighs_less_than_two_kilobytes() -> None:
    assert _weight(LOADER) < 2_000


def test_what_every_page_loads_weighs_at_most_fifteen_kilobytes() -> None:
    files = [file for file in WIDGET.iterdir() if file != LOADER and file.stem != LATER]
    assert {file.suffix for file in files} == {".js", ".css"}
    assert sum(_weight(file) for file in files) <= 15_000


def test_what_an_opened_chat_loads_for_files_weighs_at_most_five_kilobytes() -> None:
    files = list(WIDGET.glob(f"{LATER}.*"))
    assert sum(_weight(file) for file in files) <= 5_000
    others = [file.read_text(encoding="utf-8") for file in WIDGET.glob("*.js")]
    assert not [source for source in others if re.search(rf'from "\./{LATER}\.js"', source)]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_text_reaches_the_page_as_text_only(script: Path) -> None:
    assert not SINKS.findall(script.read_text(encoding="utf-8"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_scripts_import_nothing_but_their_neighbours(script: Path) -> None:
    source = script.read_text(encoding="utf-8")
    for imported in re.findall(r'(?:from|import) "([^"]+)"', source):
        assert (script.parent / imported).is_file(), imported


def test_styles_load_nothing() -> None:
    for style in [*WIDGET.glob("*.css"), *DEMO.glob("*.css")]:
        assert not re.findall(r"@import|url\(|@font-face", style.read_text(encoding="utf-8"))


def test_both_languages_say_everything() -> None:
    for texts in (TEXTS, _texts(f"{LATER}.js")):
        assert set(texts) == {"tr", "en"}
        assert texts["tr"].keys() == texts["en"].keys()
    for key, turkish in TEXTS["tr"].items():
        english = TEXTS["en"][key]
        assert turkish.strip(), key
        assert english.strip(), key
        assert set(re.findall(r"\{\w+\}", turkish)) == set(re.findall(r"\{\w+\}", english)), key
        assert turkish.count("|") == english.count("|"), key


def test_every_text_is_said_somewhere_and_every_text_said_exists() -> None:
    source = "".join(script.read_text(encoding="utf-8") for script in WIDGET.glob("*.js"))
    said = set(re.findall(r'"(\w+)"', source)) | {"name"}
    # Who speaks is said by the state's name: TEXTS[language][control].
    said |= {"bot", "queued", "human", "closed", "customer", "agent", "system"}
    assert TEXTS["tr"].keys() <= said
    asked = set(re.findall(r'(?:#say|#own|\.say|#labelled)\("(\w+)"', source))
    assert asked <= TEXTS["tr"].keys()


def test_demo_page_loads_nothing_from_elsewhere_and_has_nothing_inline() -> None:
    assert not re.findall(r"<style|\sstyle=|\son\w+=", DEMO_PAGE)
    assert set(re.findall(r"<script[^>]*>(.*?)</script>", DEMO_PAGE, re.DOTALL)) == {""}
    for address in re.findall(r'\s(?:src|href)="([^"]+)"', DEMO_PAGE):
        assert address.startswith(("/demo", "/widget/loader.js", "#", "?lang="))


def test_demo_page_embeds_the_chat_with_one_tag() -> None:
    assert DEMO_PAGE.count("/widget/") == 1


def test_demo_page_says_everything_in_both_languages() -> None:
    texts = re.findall(
        r"<(?:h[1-3]|p|th|td|a|button)\b([^>]*)>([^<>]*[^\W\d_]{3}[^<>]*)<", DEMO_PAGE
    )
    same = {"elif.aydin@example.com", "emma.hill@example.com"}
    missing = [text for attributes, text in texts if "data-en=" not in attributes]
    assert set(missing) <= same


def _demo_data(name: str) -> Any:
    return yaml.safe_load(Path(f"shop/demo/{name}.yml").read_text("utf-8"))


def test_demo_page_gives_orders_that_can_be_proved() -> None:
    data = _demo_data("orders")
    customers = {customer["id"]: customer for customer in data["customers"]}
    holders = {order["number"]: customers[order["customer"]] for order in data["orders"]}
    shown = re.findall(r'<th scope="row">(\d+)</th><td>([^<]+)</td>', DEMO_PAGE)
    assert [number for number, _ in shown] == ["10482", "10391", "10510", "10277"]
    for number, factor in shown:
        holder = holders[number]
        assert factor in {holder["email"], holder["phone"][-4:]}, number


def test_demo_page_shows_the_catalogue_as_it_is() -> None:
    prices = {
        (product["name"]["tr"], product["name"]["en"]): product["price"]
        for product in _demo_data("products")
    }
    shown = re.findall(
        r'<h3 data-en="([^"]+)">([^<]+)</h3>\s+<p data-en="TRY ([^"]+)">([^<]+) TL</p>', DEMO_PAGE
    )
    assert shown
    for english, turkish, price, price_tr in shown:
        assert prices[turkish, english] == price.replace(",", "")
        assert price_tr == price.translate(str.maketrans(",.", ".,"))
