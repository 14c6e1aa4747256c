"""What all actions have in common."""

import logging
from abc import ABC, abstractmethod
from typing import ClassVar

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from actions.connection import connection
from actions.talk import Talk
from actions.unavailable import reached, tell_unavailable
from actions.wording import Domain
from shop.base import Shop
from shop.errors import ShopUnavailable

logger = logging.getLogger(__name__)


class Answer(Action, ABC):
    """An action that answers a customer's message.

    An exception is never turned into an answer here: the action server logs it and answers 500, the
    turn has failed, and the service hands over.
    """

    action: ClassVar[str]
    """The action's name in domain.yml."""

    def name(self) -> str:
        return self.action

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain
    ) -> list[EventType]:
        return await self.answer(Talk(dispatcher, tracker, domain))

    @abstractmethod
    async def answer(self, talk: Talk) -> list[EventType]:
        """Answer the message and return the events that follow from it."""


class ShopAnswer(Answer):
    """An answer from the shop. While that is down the customer is told so and offered a person."""

    async def answer(self, talk: Talk) -> list[EventType]:
        try:
            return await self.answer_from(await connection().shop(), talk) + reached(talk)
        except ShopUnavailable as error:
            logger.warning("%s: %s (%s)", error.code, error, self.action)
            return self.left_open() + tell_unavailable(talk)

    def left_open(self) -> list[EventType]:
        """Return what is set back when the shop cannot answer, so that it can be asked again."""
        return []

    @abstractmethod
    async def answer_from(self, shop: Shop, talk: Talk) -> list[EventType]:
        """Answer from `shop`. May raise ShopUnavailable, as long as nothing has been said."""
