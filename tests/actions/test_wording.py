import pytest

from actions.wording import sentence

DOMAIN = {
    "responses": {
        "utter_hello": [
            {"text": "Merhaba {who}"},
            {
                "condition": [{"type": "slot", "name": "language", "value": "en"}],
                "text": "Hello {who}",
            },
        ],
        "utter_same": [{"text": "{who}"}],
    }
}


def test_a_sentence_comes_from_the_domain_in_the_language() -> None:
    assert sentence(DOMAIN, "utter_hello", "tr", who="Elif") == "Merhaba Elif"
    assert sentence(DOMAIN, "utter_hello", "en", who="Elif") == "Hello Elif"
    assert sentence(DOMAIN, "utter_same", "en", who="Elif") == "Elif"


def test_a_value_with_braces_is_told_as_it_is() -> None:
    assert sentence(DOMAIN, "utter_same", "tr", who="{name}") == "{name}"


def test_a_missing_sentence_or_value_is_an_error() -> None:
    with pytest.raises(KeyError):
        sentence(DOMAIN, "utter_unknown", "tr")
    with pytest.raises(KeyError):
        sentence(DOMAIN, "utter_hello", "tr")
