"""Reading a shop's rules, and saying exactly where a file is wrong."""

import os
import reprlib
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from shop.errors import RulesInvalid
from shop.rulebook import Rules
from shop.yamlfile import Place, read

SETTING = "DEVIR_SHOP_RULES"
DEMO_RULES = Path(__file__).parent / "demo" / "rules.yml"

_DEEPEST = 8


def rules_path() -> Path:
    """Return the file DEVIR_SHOP_RULES names, the demo's when it is not set."""
    return Path(os.environ.get(SETTING) or DEMO_RULES)


def load_rules(path: Path) -> Rules:
    """Return the rules in `path`.

    Raises RulesInvalid with a line for every mistake: file, line, field and what may stand there.
    """
    document = read(path, RulesInvalid, f"correct {SETTING}")
    wrong = list(document.twice(_DEEPEST))
    try:
        rules = Rules.model_validate({} if document.content is None else document.content)
    except ValidationError as error:
        wrong += [(found["loc"], _what(dict(found))) for found in error.errors()]
    if wrong:
        raise RulesInvalid(document.told(wrong))
    return rules


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
