"""What a button of ours stands for: `/intent` or `/intent{"entity": "value"}`.

Kept apart from text: only what comes as a payload is read here, so nothing a person writes can be
taken for an intent. Pure.
"""

from __future__ import annotations

import json
import re
from collections.abc import Container
from typing import Any

_PAYLOAD = re.compile(r"/(?P<intent>\w+)(?P<entities>\{.*\})?", re.DOTALL)


def read_payload(payload: str, intents: Container[str], entities: Container[str]) -> dict[str, Any]:
    """The understanding of a payload, in the shape of Rasa's parse data.

    Raises ValueError, with a sentence naming what is wrong, unless it is an intent of the model
    with entities of the model.
    """
    match = _PAYLOAD.fullmatch(payload)
    if not match:
        raise ValueError('must read /intent or /intent{"entity": "value"}')
    intent = match["intent"]
    if intent not in intents:
        raise ValueError("names an intent the model does not know")
    try:
        given = json.loads(match["entities"] or "{}")
    except json.JSONDecodeError:
        raise ValueError("has entities that are not a JSON object") from None
    if not all(name in entities for name in given):
        raise ValueError("names an entity the model does not know")
    understood = {"name": intent, "confidence": 1.0}
    return {
        "intent": understood,
        "intent_ranking": [understood],
        "entities": [
            {"entity": name, "value": value, "start": match.start(2), "end": match.end(2)}
            for name, value in given.items()
        ],
        "language": None,
    }
