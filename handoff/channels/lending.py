"""Files for a platform that fetches them itself: at an address that nobody can guess, for a while.

Pure: an address proves by its own signature what may be had there, so that nothing is stored.
"""

import hmac
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote

from handoff.channels.base import StoredFile
from handoff.digest import keyed_digest

LENT_FOR = timedelta(hours=6)
"""Longer than a platform keeps a message that it could not bring yet."""

_NAME = re.compile(r"([0-9a-f]{64})\.([0-9]{1,12})\.([0-9a-f]{32})")


@dataclass(frozen=True, slots=True)
class Lender:
    """Lends files below `address`. `key` is a secret that the platform need not know."""

    address: str
    key: str

    def lend(self, file: StoredFile, now: datetime) -> str:
        """Return where a file can be had from now on."""
        sha256 = file.path.name
        until = int((now + LENT_FOR).timestamp())
        lent = f"{sha256}.{until}.{self._proof(sha256, until)}"
        return f"{self.address}/files/{lent}/{quote(file.name, safe='')}"

    def lent(self, name: str, now: datetime) -> str | None:
        """Return the SHA-256 of the file that is lent under this name, if one is."""
        named = _NAME.fullmatch(name)
        if named is None:
            return None
        sha256, until = named[1], int(named[2])
        right = hmac.compare_digest(named[3], self._proof(sha256, until))
        return sha256 if right and now.timestamp() < until else None

    def _proof(self, sha256: str, until: int) -> str:
        return keyed_digest(self.key, f"file {sha256} until {until}")
