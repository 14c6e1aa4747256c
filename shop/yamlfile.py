"""Reading a YAML file people write, and knowing the line of each of its fields."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

Place = tuple[int | str, ...]
"""Where a field stands: the keys and numbers that lead to it."""


@dataclass(frozen=True, slots=True)
class Document:
    """What a file says. `content` is None for an empty file."""

    path: Path
    root: Node | None
    content: Any

    def twice(self, deepest: int) -> Iterator[tuple[Place, str]]:
        """Yield the fields that stand twice in one section: YAML would take the last in silence."""
        return _twice(self.root, (), deepest)

    def line(self, place: Place) -> int:
        """Return the line of the field at `place`, of its section where it is missing."""
        line, node = 0, self.root
        for part in place:
            below = _child(node, part)
            if below is None:
                break
            line, node = below
        return line + 1

    def told(self, wrong: Iterable[tuple[Place, str]]) -> str:
        """Return a line for each mistake: file, line, field and what is wrong."""
        lines = sorted((self.line(place), _name(place), what) for place, what in wrong)
        return "\n".join(f"{self.path}, line {line}, {at}: {what}" for line, at, what in lines)


def read(path: Path, invalid: type[ValueError], fix: str) -> Document:
    """Return the file at `path`.

    Raises `invalid` with file, line and fix when it cannot be read; `fix` is what to do where there
    is no such file.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise invalid(f"{path} cannot be read ({error.strerror}); {fix}.") from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise invalid(f"{path}, line {line}: not UTF-8; save the file as UTF-8.") from error
    # LibYAML reads a long file in a tenth of the time.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text)
    try:
        root = loader.get_single_node()
        content = loader.construct_document(root) if root else None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        raise invalid(f"{path}, line {mark.line + 1 if mark else 1}: {error.problem}") from error
    except (yaml.YAMLError, ValueError) as error:
        raise invalid(f"{path}: {error}") from error
    finally:
        loader.dispose()
    return Document(path, root, content)


def _twice(node: Node | None, place: Place, deepest: int) -> Iterator[tuple[Place, str]]:
    if len(place) > deepest:
        return  # deeper than any field: a section that contains itself
    if isinstance(node, MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            here = (*place, str(key.value))
            if str(key.value) in seen:
                yield here, "stands twice"
            seen.add(str(key.value))
            yield from _twice(value, here, deepest)
    elif isinstance(node, SequenceNode):
        for index, value in enumerate(node.value):
            yield from _twice(value, (*place, index), deepest)


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
