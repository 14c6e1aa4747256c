"""What the shop's own articles say."""

from rasa_sdk.events import EventType

from actions.base import ShopAnswer
from actions.talk import Talk
from actions.turns import question
from shop.base import Shop


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


class ActionShippingInfo(ShopAnswer):
    """Explains shipping and delivery."""

    action = "action_shipping_info"

    async def answer_from(self, shop: Shop, talk: Talk) -> list[EventType]:
        await tell_article(shop, "shipping", talk)
        return []
