"""Asking the running service how it is."""

import json
import urllib.error
import urllib.request
from dataclasses import dataclass, field

_ANSWER_SECONDS = 5.0


@dataclass(frozen=True)
class Health:
    """What /readyz said: whether all is ready, and each part's state ("ok" or a reason).

    `parts` is empty when nobody answered. `warnings` stop nothing and should be looked at.
    """

    ready: bool = False
    parts: dict[str, str] = field(default_factory=dict)
    warnings: dict[str, str] = field(default_factory=dict)

    @property
    def waiting_for(self) -> str:
        """The parts that are not ready, in words."""
        missing = [name for name, state in self.parts.items() if state != "ok"]
        return ", ".join(missing) if self.parts else "the service"


def ask(address: str) -> Health:
    """Return the health of the service at `address` (http://host:port)."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"{address}/readyz", timeout=_ANSWER_SECONDS) as answer:
            body = answer.read()
    except urllib.error.HTTPError as refusal:
        with refusal:
            body = refusal.read()
    except OSError:
        return Health()
    try:
        said = json.loads(body)
        return Health(said["status"] == "ready", dict(said["parts"]), dict(said["warnings"]))
    except (ValueError, KeyError, TypeError):
        return Health()
