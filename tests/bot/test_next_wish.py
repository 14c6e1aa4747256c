"""A second wish in a message is kept, and offered when the first is done."""

from __future__ import annotations

from typing import Any

import pytest

from tests.bot.conftest import Actions, Bot

OFFER = {
    "text": "Bir de şu vardı: Ürünler. Bakalım mı?",
    "buttons": [
        {"title": "Evet", "payload": "/product_info"},
        {"title": "Hayır", "payload": "/deny"},
    ],
}
PRODUCTS = "Ürünlerimiz çok güzel."
BOTH = "10482 numaralı siparişim nerede, bir de kupa fiyatı ne kadar"


@pytest.fixture(autouse=True)
def _order(actions: Actions) -> None:
    actions.says("Yolda.")


async def offered(bot: Bot) -> dict[str, Any]:
    """The answer that ends the first wish and offers the second."""
    _, body = await bot.turn(BOTH)
    assert body["understanding"]["intent"]["name"] == "track_order"
    assert body["replies"] == [{"text": "Telefonunuzun son dört hanesi?"}]
    _, body = await bot.turn("4821")
    return body


async def test_it_is_offered_when_the_form_is_done(bot: Bot) -> None:
    assert (await offered(bot))["replies"] == [{"text": "Yolda."}, OFFER]


async def test_it_is_offered_at_once_when_the_first_is_answered_at_once(bot: Bot) -> None:
    _, body = await bot.turn("kupa fiyatı ne kadar, bir de siparişim nerede")
    assert [reply["text"] for reply in body["replies"]] == [
        PRODUCTS,
        "Bir de şu vardı: Siparişim. Bakalım mı?",
    ]


@pytest.mark.parametrize("answer", [{"text": "evet"}, {"payload": "/product_info"}])
async def test_a_yes_means_it(bot: Bot, answer: dict[str, str]) -> None:
    await offered(bot)
    _, body = await bot.turn(**answer)
    assert body["replies"] == [{"text": PRODUCTS}]
    assert body["understanding"]["intent"]["name"] == "product_info"
    assert body["understanding"]["ranking"][0] == body["understanding"]["intent"]


@pytest.mark.parametrize("answer", [{"text": "hayır istemiyorum"}, {"payload": "/deny"}])
async def test_a_no_ends_it(bot: Bot, answer: dict[str, str]) -> None:
    await offered(bot)
    _, body = await bot.turn(**answer)
    assert body["replies"] == [{"text": "Peki."}]
    _, body = await bot.turn("evet")
    assert body["replies"] == [{"text": "Buyurun."}]


async def test_another_message_ends_it_too(bot: Bot) -> None:
    await offered(bot)
    _, body = await bot.turn("merhaba")
    assert body["replies"] == [{"text": "Merhaba!"}]
    _, body = await bot.turn("evet")
    assert body["replies"] == [{"text": "Buyurun."}]


async def test_it_is_not_offered_once_the_customer_asked_for_it(bot: Bot) -> None:
    await bot.turn(BOTH)
    await bot.turn("ürün özellikleri neler")
    _, body = await bot.turn("4821")
    assert body["replies"] == [{"text": "Yolda."}]


async def test_it_waits_while_the_answer_asks_a_question_of_its_own(
    bot: Bot, actions: Actions
) -> None:
    actions.answers["action_scripted"] = {
        "events": [],
        "responses": [{"text": "Başka?", "buttons": [{"title": "Hayır", "payload": "/deny"}]}],
    }
    body = await offered(bot)
    assert [reply["text"] for reply in body["replies"]] == ["Başka?"]
    _, body = await bot.turn(payload="/deny")
    assert body["replies"] == [{"text": "Peki."}, OFFER]


async def test_who_gets_a_person_is_offered_nothing(bot: Bot, actions: Actions) -> None:
    actions.answers["action_scripted"] = {
        "events": [],
        "responses": [{"text": "Bağlıyorum."}, {"custom": {"handoff": {"reason": "asked"}}}],
    }
    body = await offered(bot)
    assert body["replies"] == [{"text": "Bağlıyorum."}]


async def test_a_reset_forgets_it(bot: Bot) -> None:
    await bot.turn(BOTH)
    await bot.turn("merhaba", reset=True)
    _, body = await bot.turn("merhaba")
    assert body["replies"] == [{"text": "Merhaba!"}]


async def test_the_offer_is_the_same_when_the_message_is_sent_again(bot: Bot) -> None:
    await bot.turn(BOTH)
    first = await bot.turn("4821", message="m1")
    await bot.turn("evet")
    assert await bot.turn("4821", message="m1") == first
