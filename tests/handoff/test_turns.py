"""The bot answers when it may, once, and never over a person."""

import asyncio

from handoff.bot import BotFailed, BotNotReady
from tests.fakes.bot import HANDOFF, answer
from tests.handoff.conftest import Service, eventually


async def test_bot_answers_a_fresh_conversation(service: Service) -> None:
    customer = await service.new_customer()
    frames = await customer.connect()
    await frames.send(type="send", client_id="message-000001", text="hello")

    await frames.until(lambda frame: frame.get("message", {}).get("author") == "bot")
    assert [message["text"] for message in frames.messages()] == ["hello", "You said: hello"]
    assert service.bot.asked[0].reset is True
