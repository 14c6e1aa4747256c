"""What the shop's own articles say."""

from rasa_sdk.events import EventType

from actions.base import ShopAnswer
from actions.talk import Talk
from actions.turns import question
from shop.base import Shop

TOPICS = {
    "account_problem": "account",
    "delivery_time": "shipping",
    "exchange_item": "returns",
    "invoice": "invoice",
    "payment_methods": "payment",
    "payment_problem": "payment",
    "place_order": "ordering",
    "refund_status": "returns",
    "shipping_info": "shipping",
    "store_contact": "contact",
    "warranty": "warranty",
}
"""The topic of the articles that answer an intent."""


async def tell_article(shop: Shop, topic: str, talk: Talk) -> bool:
    """Tell the article on `topic` that fits the question best; else say that there is none.

    Returns whether there was one. May raise ShopUnavailable, with nothing said.
    """
    articles = await shop.find_articles(topic, question(talk.history), talk.language)
    for article in articles:
        talk.say("utter_article", title=article.title, body=article.body)
    if not articles:
        talk.say("utter_no_article")
    return bool(articles)


class ActionArticle(ShopAnswer):
    """Answers a question with the article the shop has written on it."""

    action = "action_article"

    async def answer_from(self, shop: Shop, talk: Talk) -> list[EventType]:
        await tell_article(shop, TOPICS[talk.intent or ""], talk)
        return []
