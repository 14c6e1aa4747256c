"""What JSON from outside may hold where something is looked for. Pure."""

from typing import Any


def as_object(value: object) -> dict[str, Any]:
    """Return an object, empty where there is something else."""
    return value if isinstance(value, dict) else {}


def as_objects(value: object) -> list[dict[str, Any]]:
    """Return the objects of a list."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def as_text(value: object) -> str | None:
    """Return a text that is not empty, or None."""
    return value if isinstance(value, str) and value else None
