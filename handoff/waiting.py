"""What is kept of something a customer sent until its files are here."""

from dataclasses import dataclass, replace
from typing import Any

from pydantic import TypeAdapter

from handoff.channels.base import Inbound, RemoteFile
from handoff.privacy import Hidden


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message to be; of its text nothing is kept but `hidden`."""

    inbound: Inbound
    files: tuple[RemoteFile, ...]
    hidden: Hidden

    def content(self) -> dict[str, Any]:
        """Return it as it can be stored."""
        bare = replace(self, inbound=replace(self.inbound, text=None))
        content: dict[str, Any] = _WAITING.dump_python(bare, mode="json")
        return content


_WAITING = TypeAdapter(Waiting)


def restored(content: dict[str, Any]) -> Waiting:
    """Return what was stored."""
    return _WAITING.validate_python(content)
