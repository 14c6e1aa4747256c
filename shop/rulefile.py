"""Reading a shop's rules, and saying exactly where a file is wrong."""

import os
import reprlib
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import BaseModel, ValidationError
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from shop.errors import RulesInvalid
from shop.rulebook import Rules

SETTING = "DEVIR_SHOP_RULES"
DEMO_RULES = Path(__file__).parent / "demo" / "rules.yml"

Place = tuple[int | str, ...]
_DEEPEST = 8


def rules_path() -> Path:
    """Return the file DEVIR_SHOP_RULES names, the demo's when it is not set."""
    return Path(os.environ.get(SETTING) or DEMO_RULES)


def load_rules(path: Path) -> Rules:
    """Return the rules in `path`.

    Raises RulesInvalid with a line for every mistake: file, line, field and what may stand there.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise RulesInvalid(
            f"{path} cannot be read ({error.strerror}); correct {SETTING}."
        ) from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise RulesInvalid(f"{path}, line {line}: not UTF-8; save the file as UTF-8.") from error
    loader = yaml.SafeLoader(text)
    try:
        root = loader.get_single_node()
        wrong = list(_twice(root, ()))
        content = loader.construct_document(root) if root else {}
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line = mark.line + 1 if mark else 1
        raise RulesInvalid(f"{path}, line {line}: {error.problem}") from error
    except yaml.YAMLError as error:
        raise RulesInvalid(f"{path}: {error}") from error
    finally:
        loader.dispose()
    try:
        rules = Rules.model_validate(content)
    except ValidationError as error:
        wrong += [(found["loc"], _what(dict(found))) for found in error.errors()]
    if wrong:
        told = sorted((_line(root, place), _name(place), what) for place, what in wrong)
        raise RulesInvalid(
            "\n".join(f"{path}, line {line}, {at}: {what}" for line, at, what in told)
        )
    return rules


def _twice(node: Node | None, place: Place) -> Iterator[tuple[Place, str]]:
    """Yield the fields that stand twice in one section: YAML would take the last in silence."""
    if len(place) > _DEEPEST:
        return  # deeper than any rule: a section that contains itself
    if isinstance(node, MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            here = (*place, str(key.value))
            if str(key.value) in seen:
                yield here, "stands twice"
            seen.add(str(key.value))
            yield from _twice(value, here)
    elif isinstance(node, SequenceNode):
        for index, value in enumerate(node.value):
            yield from _twice(value, (*place, index))


def _what(found: dict[str, Any]) -> str:
    if found["type"] == "extra_forbidden":
        return _unknown(found["loc"])
    if found["type"] == "missing":
        return "is missing"
    message = str(found["msg"]).removeprefix("Value error, ")
    return f"{message[0].lower()}{message[1:]}, not {reprlib.repr(found['input'])}"


def _unknown(place: Place) -> str:
    known = _known(place[:-1])
    close = get_close_matches(str(place[-1]), known, n=1)
    if close:
        return f"unknown; did you mean {close[0]!r}?"
    return f"unknown; known here: {', '.join(known)}"


def _known(place: Sequence[int | str]) -> list[str]:
    """Return the fields of the section at `place`."""
    model: type[BaseModel] = Rules
    for part in place:
        field = model.model_fields[str(part)].annotation
        model = next(one for one in (field, *get_args(field)) if _is_model(one))
    return list(model.model_fields)


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _line(node: Node | None, place: Place) -> int:
    """Return the line of the field at `place`, of its section where it is missing."""
    line = 0
    for part in place:
        below = _child(node, part)
        if below is None:
            break
        line, node = below
    return line + 1


def _child(node: Node | None, part: int | str) -> tuple[int, Node] | None:
    if isinstance(node, MappingNode):
        pairs = [
            (k, v) for k, v in node.value if isinstance(k, ScalarNode) and k.value == str(part)
        ]
        if pairs:
            key, value = pairs[-1]
            return key.start_mark.line, value
    if isinstance(node, SequenceNode) and isinstance(part, int) and part < len(node.value):
        value = node.value[part]
        return value.start_mark.line, value
    return None


def _name(place: Place) -> str:
    return ".".join(map(str, place)) or "the whole"
