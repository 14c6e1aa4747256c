"""An angry customer gets one sentence and the offer of a person at once, then a person."""

from __future__ import annotations

from typing import Any

import pytest

from bot.anger import says_again
from tests.bot.conftest import Actions, Bot

SORRY = "Üzgünüm. Sizi bir temsilcimize bağlayabilirim."
PERSON = {"title": "Temsilci", "payload": "/ask_human"}


@pytest.fixture(autouse=True)
def _handoff(actions: Actions) -> None:
    """What the action does that hands over."""
    actions.answers["action_handoff"] = {
        "events": [
            {"event": "active_loop", "name": None},
            {"event": "slot", "name": "requested_slot", "value": None},
            {"event": "slot", "name": "frustrations", "value": 0},
        ],
        "responses": [{"text": "Bağlıyorum."}, {"custom": {"handoff": {"reason": "rule"}}}],
    }


def texts(body: dict[str, Any]) -> list[str]:
    return [reply["text"] for reply in body["replies"]]


async def test_the_first_sign_is_acknowledged_before_the_usual_answer(
    bot: Bot, actions: Actions
) -> None:
    status, body = await bot.turn("rezalet, siparişim nerede kaldı")
    assert status == 200
    assert body["replies"][0] == {"text": SORRY, "buttons": [PERSON]}
    assert texts(body) == [SORRY, "Sipariş numaranız?"]
    assert body["handoff"] is None
    assert actions.called("action_handoff") == 0


async def test_the_acknowledgement_is_in_the_language_of_the_message(bot: Bot) -> None:
    _, body = await bot.turn("where is my parcel, this is ridiculous")
    assert texts(body)[0] == "I'm sorry. I can connect you to a person."


async def test_where_nothing_else_was_said_the_acknowledgement_is_the_whole_answer(
    bot: Bot,
) -> None:
    _, body = await bot.turn("lanet olsun zzz qqq")
    assert texts(body) == [SORRY]
    _, body = await bot.turn("siparişim nerede")  # the conversation goes on
    assert texts(body) == ["Sipariş numaranız?"]


async def test_in_a_form_the_form_asks_again(bot: Bot) -> None:
    await bot.turn("siparişim nerede")
    _, body = await bot.turn("lanet olsun zzz qqq")
    assert texts(body) == [SORRY, "Anlayamadım.", "Sipariş numaranız?"]


async def test_the_second_sign_hands_over(bot: Bot, actions: Actions) -> None:
    await bot.turn("rezalet, siparişim nerede")
    await bot.turn("iyi günler")
    _, body = await bot.turn("bıktım sizden, siparişim nerede", message="m1")
    assert texts(body) == ["Bağlıyorum."]
    assert body["handoff"]["reason"] == "rule"
    assert actions.calls[-1]["next_action"] == "action_handoff"
    assert actions.calls[-1]["tracker"]["slots"]["frustrations"] == 2
    assert await bot.turn("bıktım sizden, siparişim nerede", message="m1") == (200, body)


async def test_after_the_handover_the_count_begins_anew(bot: Bot) -> None:
    await bot.turn("rezalet")
    await bot.turn("rezalet")
    _, body = await bot.turn("rezalet, siparişim nerede")
    assert texts(body)[0] == SORRY


async def test_a_reset_clears_the_signs(bot: Bot) -> None:
    await bot.turn("rezalet, siparişim nerede")
    _, body = await bot.turn("bıktım sizden, siparişim nerede", reset=True)
    assert texts(body)[0] == SORRY
    assert body["handoff"] is None


async def test_who_asks_for_a_person_in_anger_gets_one_without_more_words(
    bot: Bot, actions: Actions
) -> None:
    actions.says("Bağlıyorum.")
    _, body = await bot.turn("yeter artık, temsilciye bağlayın")
    assert texts(body) == ["Bağlıyorum."]


async def test_a_message_said_again_is_a_sign(bot: Bot) -> None:
    await bot.turn("kupa fiyatı ne kadar")
    _, body = await bot.turn("KUPA FİYATI NE KADAR?")
    assert texts(body) == [SORRY, "Ürünlerimiz çok güzel."]


async def test_who_was_told_to_try_again_may_say_it_again(bot: Bot, actions: Actions) -> None:
    actions.says("Ulaşamıyorum.", {"event": "slot", "name": "shop_unavailable", "value": True})
    await bot.turn("temsilciye bağlayın")  # stands for what the shop could not answer
    for _ in range(2):
        _, body = await bot.turn("kupa fiyatı ne kadar")
    assert texts(body) == ["Ürünlerimiz çok güzel."]


async def test_a_button_pressed_twice_is_none(bot: Bot) -> None:
    for _ in range(3):
        _, body = await bot.turn(payload='/product_info{"email": "a b c d e f g"}')
    assert texts(body) == ["Ürünlerimiz çok güzel."]


@pytest.mark.parametrize("text", ["merhaba", "iyi günler", "10482", "evet lütfen"])
async def test_small_talk_and_values_may_be_said_again(bot: Bot, text: str) -> None:
    for _ in range(3):
        _, body = await bot.turn(text)
    assert SORRY not in texts(body)


async def test_two_misses_hand_over_as_ever_where_the_second_is_angry(
    bot: Bot, actions: Actions
) -> None:
    actions.says("Anlamadım.", {"event": "slot", "name": "misses", "value": 1.0})
    await bot.turn("temsilciye bağlayın")  # stands for a miss: the script says so
    _, body = await bot.turn("lanet olsun zzz qqq")
    assert texts(body) == ["Anlayamadım."]  # here the full assistant's fallback hands over


async def test_an_ordinary_turn_costs_no_call(bot: Bot, actions: Actions) -> None:
    await bot.turn("merhaba")
    assert [call["next_action"] for call in actions.calls] == ["action_validate_slot_mappings"]


@pytest.mark.parametrize(
    ("text", "before", "again"),
    [
        ("siparişim nerede", "siparişim nerede", True),
        ("SİPARİŞİM NEREDE???", "siparisim nerede", True),
        ("siparişim nerede kaldı", "siparişim nerede", True),
        ("where is my order", "where is my order?!", True),
        ("10482 nolu siparişim nerede", "20931 nolu siparişim nerede", False),
        ("siparişim nerede", "iade etmek istiyorum", False),
        ("siparişim", "siparişim", False),
        ("kaç lira", "kaç lira", False),
        ("", "", False),
    ],
)
def test_nearly_the_same_is_the_same(text: str, before: str, again: bool) -> None:
    assert says_again(text, before) is again
