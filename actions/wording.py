"""Sentences of domain.yml in the customer's language. Pure."""

from collections.abc import Mapping
from typing import Any, cast

from shop.wording import Language

Domain = Mapping[str, Any]
"""What domain.yml says."""


def sentence(domain: Domain, name: str, language: Language, /, **values: object) -> str:
    """Return the text of response `name` in `language`, with `values` put in its `{places}`.

    Chooses as Rasa does: the variation for the language, else the one without a condition.
    Raises KeyError when the domain has no such response or a place has no value.
    """
    variations = cast("list[dict[str, Any]]", domain["responses"][name])
    chosen = next(
        (
            variation
            for variation in variations
            if any(
                condition["name"] == "language" and condition["value"] == language
                for condition in variation.get("condition") or ()
            )
        ),
        variations[0],
    )
    return cast("str", chosen["text"]).format_map(values)
