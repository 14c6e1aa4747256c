"""The few signs an article may be formatted with, and how a chat shows them. Pure.

    ## Heading           begins a section, which is found and told by itself
    - point              a list
    [words](https://…)   a link; other addresses are no links
    **bold**, *stress*   a chat has none: the signs are left out

Everything else, HTML too, is text as it stands.
"""

import re
from dataclasses import dataclass

_HEADING = re.compile(r"^##[ \t]+(.+?)[ \t]*#*[ \t]*$")
_POINT = re.compile(r"^[ \t]*[-*][ \t]+", re.MULTILINE)
_LINK = re.compile(r"\[([^\[\]\n]+)\]\((https?://[^\s()<>\"]+)\)")
_STRESS = re.compile(r"(?<![\w*])(\*{1,2})(?=\S)([^*\n]+?)(?<=\S)\1(?![\w*])")
_EMPTY_LINES = re.compile(r"\n{3,}")


@dataclass(frozen=True, slots=True)
class Section:
    """A part of an article; the one before the first heading has none."""

    heading: str | None
    body: str


def sections(body: str) -> list[Section]:
    """Return the parts of `body` in order, without those that say nothing."""
    found: list[tuple[str | None, list[str]]] = [(None, [])]
    for line in body.splitlines():
        heading = _HEADING.match(line)
        if heading:
            found.append((plain(heading[1]), []))
        else:
            found[-1][1].append(line.rstrip())
    parts = [Section(heading, "\n".join(lines).strip()) for heading, lines in found]
    return [part for part in parts if part.heading or part.body]


def plain(text: str) -> str:
    """Return `text` as a chat shows it."""
    told = _POINT.sub("• ", text.replace("\r\n", "\n"))
    told = _LINK.sub(_link, told)
    told = _STRESS.sub(r"\2", told)
    return _EMPTY_LINES.sub("\n\n", told).strip()


def _link(found: re.Match[str]) -> str:
    words, address = found.groups()
    return address if words == address else f"{words} ({address})"
