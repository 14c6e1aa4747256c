"""What the shop's own articles say."""

from dataclasses import dataclass

from rasa_sdk.events import EventType, FollowupAction, SlotSet

from actions import reading
from actions.articles import tell, tell_rest
from actions.base import ShopAnswer
from actions.handoff import hand_over
from actions.talk import Talk
from actions.turns import question
from actions.wishes import WISHES
from shop.base import Shop


@dataclass(frozen=True, slots=True)
class Topic:
    """Where the answer to an intent is written."""

    name: str
    """The topic of its articles."""
    named: bool = False
    """Whether the intent's title helps to find it, among articles that serve other intents too."""
    offer: str | None = None
    """The response that offers what can be done about it."""


TOPICS = {
    "account_problem": Topic("account", offer="utter_person_offer"),
    "delivery_time": Topic("shipping", named=True),
    "exchange_item": Topic("returns", named=True, offer="utter_offer_exchange_item"),
    "invoice": Topic("invoice", offer="utter_offer_invoice"),
    "payment_methods": Topic("payment"),
    "payment_problem": Topic("payment_problem", offer="utter_person_offer"),
    "place_order": Topic("ordering"),
    "return_item": Topic("returns", offer="utter_offer_return_item"),
    "shipping_info": Topic("shipping"),
    "store_contact": Topic("contact"),
    "warranty": Topic("warranty", offer="utter_person_offer"),
}
"""Where the intents are answered that an article answers."""


class ActionArticle(ShopAnswer):
    """Answers a question with the article that fits it best, and offers what can be done.

    Nothing is offered while a form waits: a "no" would be taken for the answer to it. What is
    about an order is remembered; one that is named is looked at right away. What nothing is
    written about is a person's business.
    """

    action = "action_article"

    async def answer_from(self, shop: Shop, talk: Talk) -> list[EventType]:
        if await tell_rest(shop, talk):
            return []
        intent = talk.intent or ""
        of_an_order = intent in WISHES
        if of_an_order and reading.order_number(talk.text):
            return [SlotSet("wish", intent), FollowupAction("order_form")]
        topic = TOPICS.get(intent)
        if topic is None:  # a yes to an article that has been taken off since
            return _nothing_written(talk)
        asked = question(talk.history)
        if topic.named:
            asked = f"{asked} {talk.sentence(f'utter_title_{intent}')}".strip()
        articles = await shop.find_articles(topic.name, asked, talk.language)
        if not articles:
            return _nothing_written(talk)
        tell(articles[0], talk)
        if talk.asked_slot:
            return [SlotSet("next_wish", intent)] if of_an_order else []
        if topic.offer:
            talk.say(topic.offer)
        return [SlotSet("wish", intent)] if of_an_order else []


def _nothing_written(talk: Talk) -> list[EventType]:
    talk.say("utter_no_article")
    return hand_over(talk, "rule")
