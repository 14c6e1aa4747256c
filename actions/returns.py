"""How a return works, and the offer to have a person start one."""

from rasa_sdk.events import EventType

from actions.base import ShopAnswer
from actions.policies import tell_article
from actions.talk import Talk
from shop.base import Shop


class ActionReturnPolicy(ShopAnswer):
    """Explains returns and offers a person for the return itself.

    Nothing is offered while the order form waits: a "no" would be taken for the answer to it.
    """

    action = "action_return_policy"

    async def answer_from(self, shop: Shop, talk: Talk) -> list[EventType]:
        if await tell_article(shop, "returns", talk) and not talk.asked_slot:
            talk.say("utter_return_offer")
        return []
