"""The sentences the service itself says to customers; they stand in notices.yml."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from handoff.errors import ConfigurationError

LANGUAGES = ("tr", "en")


@dataclass(frozen=True, slots=True)
class Notices:
    """All sentences, by name and language."""

    sentences: Mapping[str, Mapping[str, str]]

    def say(self, notice: str, language: str, **values: Any) -> str:
        """Return sentence `notice` in `language` (tr or en), its places filled with `values`."""
        return self.sentences[notice][language].format(**values)


def load(path: Path | None = None) -> Notices:
    """Read the sentences.

    Raises ConfigurationError when one is missing in a language.
    """
    path = path or Path(__file__).with_name("notices.yml")
    # LibYAML reads them in a tenth of the time of Python's own reader.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    sentences = yaml.load(path.read_text(encoding="utf-8"), Loader=loader)  # a safe loader
    for name, texts in sentences.items():
        missing = [language for language in LANGUAGES if not texts.get(language)]
        if missing:
            raise ConfigurationError(f"{path.name}: write {name!r} in {' and '.join(missing)}")
    return Notices(sentences)
