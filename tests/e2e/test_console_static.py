"""What can be said of the console's files without a browser."""

import re
from pathlib import Path

import pytest

FOLDER = Path("handoff/web/static/console")
MODULES = sorted(FOLDER.glob("*.js"))
PAGES = {
    name: (FOLDER / name).read_text(encoding="utf-8") for name in ("index.html", "articles.html")
}

SINKS = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|createContextualFragment"
    r"|DOMParser|setHTMLUnsafe|srcdoc|\beval\(|new Function|javascript:"
)
PLURAL = re.compile(r"\.(one|other)$")


def _strings() -> dict[str, dict[str, str]]:
    source = (FOLDER / "strings.js").read_text(encoding="utf-8")
    blocks = re.findall(r"^  (\w\w): \{\n(.*?)^  \},$", source, re.DOTALL | re.MULTILINE)
    return {
        language: dict(re.findall(r'^    "([^"]+)": "(.*)",$', block, re.MULTILINE))
        for language, block in blocks
    }


STRINGS = _strings()


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.name)
def test_text_reaches_the_page_as_text_only(module: Path) -> None:
    assert not SINKS.findall(module.read_text(encoding="utf-8"))


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES.keys())
def test_page_has_no_inline_script_style_or_handler(page: str) -> None:
    assert not re.findall(r"<style|\sstyle=|\son\w+=", page)
    assert re.findall(r"<script[^>]*>(.*?)</script>", page, re.DOTALL) == [""]


def test_everything_the_page_loads_is_our_own_and_exists() -> None:
    addresses = re.findall(r'(?:src|href)="([^"]+)"', "".join(PAGES.values()))
    for module in MODULES:
        addresses += re.findall(r'"(/console/[\w.-]+\.svg)"', module.read_text(encoding="utf-8"))
    assert addresses
    for address in addresses:
        assert address.startswith("/console/")
        assert (FOLDER / address.removeprefix("/console/")).is_file(), address


def test_modules_import_only_each_other() -> None:
    for module in MODULES:
        for name in re.findall(r'from "([^"]+)"', module.read_text(encoding="utf-8")):
            assert name.startswith("./"), (module.name, name)
            assert (FOLDER / name).is_file(), (module.name, name)


def test_both_languages_say_the_same_things() -> None:
    assert set(STRINGS) == {"tr", "en"}
    assert len(STRINGS["tr"]) > 150
    assert list(STRINGS["tr"]) == list(STRINGS["en"])
    for key, turkish in STRINGS["tr"].items():
        english = STRINGS["en"][key]
        assert turkish.strip()
        assert english.strip()
        places = re.compile(r"\{\w+\}")
        assert sorted(places.findall(turkish)) == sorted(places.findall(english)), key


def test_no_sentence_is_missing_and_none_is_left_over() -> None:
    code = "\n".join(m.read_text(encoding="utf-8") for m in MODULES if m.name != "strings.js")
    turkish = STRINGS["tr"]
    known = {PLURAL.sub("", key) if PLURAL.sub(".one", key) in turkish else key for key in turkish}
    asked = set(re.findall(r'\bt\(\s*"([^"]+)"', code))
    assert asked <= known
    # what is put together at run time is checked by its group: t(`reason.${…}`), label("reason", …)
    groups = set(re.findall(r"\bt\(\s*`([\w.]+?)\.\$\{", code))
    groups |= set(re.findall(r'\blabel\(\s*"(\w+)"', code))
    chosen = {key for key in known if key.rpartition(".")[0] in groups}
    quoted = set(re.findall(r'"([a-z_]+\.[\w.-]+)"', code))
    assert known - asked - chosen - quoted == set()


def test_labels_cover_what_the_protocol_names() -> None:
    protocol = Path("docs/protocol.md").read_text(encoding="utf-8")
    reasons = (
        protocol.partition("`reason` is one of")[2].partition("\n\n")[0].partition("`live`")[0]
    )
    for reason in re.findall(r"`(\w+)` \(", reasons):
        assert f"reason.{reason}" in STRINGS["tr"]
        assert f"why.{reason}" in STRINGS["tr"]
    for control in ("bot", "queued", "human", "closed"):
        assert f"control.{control}" in STRINGS["tr"]
        assert f"composer.locked.{control}" in STRINGS["tr"]
    errors = protocol.partition("| `error` | what has happened |")[2].partition("\n\n")[0]
    for row in errors.splitlines()[2:]:
        for error in re.findall(r"`(\w+)`", row.split("|")[1]):
            assert f"delivery_error.{error}" in STRINGS["tr"]
    states = re.search(r'"delivery": \{"state": ([^,]+),', protocol)
    assert states
    for state in {*re.findall(r'"(\w+)"', states[1])} - {"queued"}:
        assert f"delivery.{state}" in STRINGS["tr"]
