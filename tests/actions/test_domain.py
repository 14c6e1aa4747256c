"""domain.yml and the actions fit together, and every sentence stands there in both languages."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from rasa_sdk.executor import ActionExecutor

from actions.cases import KINDS
from actions.change_form import REASONS
from actions.drafts import CHANGES, CONTENTS, What
from actions.forms import FormFilling
from actions.grievance import CATEGORIES
from actions.order_form import INTRODUCED
from actions.outcomes import DATED
from actions.summary import TOPICS
from shop.models import Handover, OrderStatus, Payer, RefundStatus
from shop.query import Sorting
from tests.actions.conversation import DOMAIN

ROOT = Path(__file__).parents[2]
RESPONSES: dict[str, list[dict[str, Any]]] = DOMAIN["responses"]
ENGLISH = [{"type": "slot", "name": "language", "value": "en"}]
MOST_BUTTONS = 5
PAYLOAD = re.compile(r"/(?P<intent>\w+|{wish})(?P<entities>{\".*})?")
TURKISH_LETTERS = set("çğıöşüÇĞİÖŞÜ")

_CHOICES: dict[str, tuple[str, ...]] = {
    "handover": tuple(Handover),
    "line": ("all",),
    "opened": ("yes", "no"),
    "reason": REASONS,
    "what": tuple(What),
}


def test_a_complete_form_is_answered_by_the_action_its_rule_names() -> None:
    ActionExecutor().register_package("actions")
    rules = yaml.safe_load((ROOT / "data" / "rules.yml").read_text(encoding="utf-8"))["rules"]
    named = {
        steps[0]["action"]: steps[-1]["action"]
        for steps in (rule["steps"] for rule in rules)
        if {"slot_was_set": [{"requested_slot": None}]} in steps
    }
    assert named == {one.form: one().then.action for one in FormFilling.__subclasses__()}
    assert named.keys() == DOMAIN["forms"].keys()


def places(text: str) -> set[str]:
    return set(re.findall(r"{(\w+)}", text))


@pytest.mark.parametrize("name", RESPONSES)
def test_a_sentence_stands_in_turkish_and_in_english(name: str) -> None:
    variations = RESPONSES[name]
    if not re.sub(r"{\w+}|\s", "", variations[0]["text"]):
        assert len(variations) == 1
        return
    turkish, english = variations
    assert "condition" not in turkish
    assert english["condition"] == ENGLISH
    assert turkish["text"] != english["text"]
    assert not TURKISH_LETTERS & set(english["text"])
    assert set(places(turkish["text"])) == set(places(english["text"]))


@pytest.mark.parametrize("name", RESPONSES)
def test_buttons_mean_the_same_in_both_languages_and_an_intent(name: str) -> None:
    payloads = [
        [button["payload"] for button in variation.get("buttons", [])]
        for variation in RESPONSES[name]
    ]
    assert all(given == payloads[0] for given in payloads)
    assert len(payloads[0]) <= MOST_BUTTONS
    for payload in payloads[0]:
        meant = PAYLOAD.fullmatch(payload)
        assert meant, payload
        assert meant["intent"] in {*DOMAIN["intents"], "{wish}"}
        assert {*json.loads(meant["entities"] or "{}")} <= set(DOMAIN["entities"])


def test_a_complaint_can_be_put_in_each_category_there_is() -> None:
    assert set(DOMAIN["slots"]["complaint_category"]["values"]) == set(CATEGORIES)
    offered = {
        json.loads(button["payload"].removeprefix("/inform"))["complaint_category"]
        for button in RESPONSES["utter_ask_complaint_category"][0]["buttons"]
    }
    assert offered <= set(CATEGORIES)


def test_the_domain_lists_exactly_the_actions_there_are(executor: ActionExecutor) -> None:
    entries = [[entry] if isinstance(entry, str) else entry for entry in DOMAIN["actions"]]
    named = {name for names in entries for name in names}
    assert {action.name for action in executor.list_actions()} == named


def test_no_action_asks_for_the_domain_its_server_has_read() -> None:
    asks = [entry for entry in DOMAIN["actions"] if _wants(entry)]
    assert asks == []


def _wants(entry: str | dict[str, dict[str, bool]]) -> bool:
    """Whether Rasa sends the domain with calls of an action, as it does to validate a form."""
    if isinstance(entry, str):
        return entry.startswith("validate_")
    return any(options.get("send_domain", True) for options in entry.values())


def test_every_response_is_said_somewhere_and_none_is_missing() -> None:
    sources = [*ROOT.joinpath("actions").glob("*.py"), ROOT / "data" / "rules.yml"]
    named = set(re.findall(r"utter_\w+", "\n".join(s.read_text("utf-8") for s in sources)))
    asked = [slot for form in DOMAIN["forms"].values() for slot in form["required_slots"]]
    by_action = {"utter_ask_change_answer"}
    choices = [(step, value) for step, values in _CHOICES.items() for value in values]
    stocks = ("in_stock", "in_stock_as", "few_left", "sold_out")
    built = {
        *("utter_frustration", "utter_offer_next"),  # said by bot/
        *(f"utter_order_{status}" for status in OrderStatus),
        *(f"utter_begin_{wish}" for wish in INTRODUCED),
        *(f"utter_ask_{slot}" for slot in asked),
        *(f"utter_{slot}_unreadable" for slot in asked),
        *(f"utter_{first}_{stock}" for first in ("product", "stock") for stock in stocks),
        *(f"utter_title_{intent}" for intent in (*TOPICS, "ask_human")),
        *(f"utter_choice_{step}_{value}" for step, value in choices),
        *(f"utter_confirm_{wish}" for wish in CHANGES),
        *(f"utter_change_line_{wish}" for wish in ("return_item", "exchange_item")),
        *(f"utter_change_line_{CONTENTS}_{what}" for what in ("variant", "quantity", "remove")),
        *(f"utter_products_{sorting}" for sorting in ("found", *Sorting)),
        *(f"utter_wanted_{what}" for what in set(What) - {What.ADDRESS}),
        *(f"utter_send_back_{by}_{payer}" for by in Handover for payer in Payer),
        *(f"{name}_on" for name in DATED),
        *(f"utter_choice_case_{kind}" for kind in KINDS),
        *(f"utter_offer_{wish}" for wish in sorted(CHANGES)),
        *(
            f"utter_{name}_{state}"
            for name in ("before", "once")
            for state in ("packed", "shipped")
        ),
        *(f"utter_cargo_{payer}" for payer in Payer),
        *(f"utter_counted_{since}" for since in ("opened", "sent", "arrived")),
        *(f"utter_right_{right}" for right in ("withdrawal", "fault")),
        *(f"utter_refund_{status}" for status in RefundStatus),
        *(f"utter_choice_order_{stage}" for stage in list(OrderStatus)[:5]),
    }
    named = {name for name in named if not name.endswith("_")} - {"utter_message"}
    assert named | (built - by_action) == set(RESPONSES)


def test_nothing_a_customer_writes_fills_a_slot() -> None:
    for name, slot in DOMAIN["slots"].items():
        assert slot["mappings"] == [{"type": "custom"}], name
        assert slot["influence_conversation"] is False, name


def test_the_button_titles_are_those_of_the_offered_meanings() -> None:
    titles = {
        (f"/{name.removeprefix('utter_title_')}", variation["text"])
        for name, variations in RESPONSES.items()
        if name.startswith("utter_title_")
        for variation in variations
    }
    greeting = {
        (button["payload"], button["title"])
        for variation in RESPONSES["utter_greet"]
        for button in variation["buttons"]
    }
    assert greeting <= titles


def test_the_shops_name_stands_in_one_place() -> None:
    text = (ROOT / "domain.yml").read_text(encoding="utf-8")
    assert text.count("Kıyı") == 1


def test_every_intent_has_a_rule() -> None:
    ActionExecutor().register_package("actions")
    rules = yaml.safe_load((ROOT / "data" / "rules.yml").read_text(encoding="utf-8"))["rules"]
    steps = [step for rule in rules for part in rule["steps"] for step in part.get("or", [part])]
    ruled = {step["intent"] for step in steps if "intent" in step}
    assert ruled == set(DOMAIN["intents"])
