"""From a customer's first word to an agent's answer and back to the bot, with nothing replaced."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.chat import Chat
from tests.e2e.console import Console
from tests.system.conftest import installation
from tests.system.installation import Installation

__all__ = ["installation"]

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

SAID = {
    "tr": {
        "order": "merhaba, siparişim nerede acaba?",
        "proof": "4821",
        "state": "10482 numaralı siparişiniz yolda.",
        "person": "bir temsilciyle görüşmek istiyorum",
        "thanks": "teşekkür ederim",
        "welcome": "Rica ederim",
    },
    "en": {
        "order": "hi, where is my order?",
        "proof": "elif.aydin@example.com",
        "state": "Your order 10482 is on its way.",
        "person": "I would like to talk to a person",
        "thanks": "thank you",
        "welcome": "You're welcome",
    },
}


@pytest.fixture
def shop(installation: Installation) -> Installation:
    installation.wait_until_ready()
    return installation


@pytest.mark.parametrize("language", ["tr", "en"])
def test_order_is_tracked_then_a_person_takes_over_and_hands_back(
    shop: Installation, new_page: Callable[..., Page], language: str, tmp_path: Path
) -> None:
    said = SAID[language]
    chat = Chat(new_page(), shop, language).open()
    chat.say(said["order"])
    expect(chat.bot).to_have_count(1)
    chat.say("10482")
    expect(chat.bot).to_have_count(2)
    chat.say(said["proof"])
    expect(chat.bot.last).to_contain_text(said["state"])
    expect(chat.bot.last).to_contain_text("TRN48210482")

    chat.say(said["person"])
    expect(chat.notices).to_have_count(1)

    console = Console(new_page(), shop).open().sign_in().ready()
    console.claim_first()
    expect(console.log).to_contain_text(said["person"])
    card = console.page.get_by_role("complementary")
    expect(card).to_contain_text("10482")
    expect(card).to_contain_text("Kimliği doğrulandı")
    console.reply_box.fill("Merhaba, nasıl yardımcı olabilirim?")
    console.reply_box.press("Enter")
    expect(chat.agent).to_have_text("Merhaba, nasıl yardımcı olabilirim?")

    bubbles = chat.bot.count()
    chat.say(said["thanks"])
    expect(console.log).to_contain_text(said["thanks"])
    expect(chat.bot).to_have_count(bubbles)

    console.page.keyboard.press("Alt+B")
    chat.say(said["thanks"])
    expect(chat.bot).to_have_count(bubbles + 1)
    expect(chat.bot.last).to_contain_text(said["welcome"])


@pytest.mark.parametrize("language", ["tr", "en"])
def test_gibberish_three_times_is_one_offer_and_one_handoff(
    shop: Installation, new_page: Callable[..., Page], language: str
) -> None:
    chat = Chat(new_page(), shop, language).open()
    chat.say("qwrtz blorf")
    expect(chat.bot).to_have_count(1)
    offered = chat.page.locator("devir-chat .row.bot .choices button")
    expect(offered).to_have_count(3)
    chat.say("hmpf grzl")
    expect(chat.notices).to_have_count(1)
    answers = chat.bot.count()
    chat.say("xyzzy plugh")
    expect(chat.own).to_have_count(3)
    chat.page.wait_for_timeout(500)
    expect(chat.bot).to_have_count(answers)
    expect(chat.notices).to_have_count(1)
