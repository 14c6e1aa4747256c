"""What the shop sells, for how much, and whether it is there."""

from collections.abc import Sequence

from rasa_sdk.events import EventType, SlotSet

from actions.articles import tell, tell_rest
from actions.base import ShopAnswer
from actions.talk import Talk
from actions.turns import question
from shop.base import Shop
from shop.clock import today
from shop.models import Article, Campaign, Product
from shop.query import Sorting, read
from shop.search import telling_words
from shop.wording import day, money

FEW = 5
"""Stock up to which the number left is told."""
_CAMPAIGNS = "campaigns"
"""The topic of articles on discounts; instead of its general one, the offers of today are told."""


class ActionProducts(ShopAnswer):
    """Tells the products a question speaks of: price first, or stock where that was the question.

    A question that names no product ("bu ne kadar?") is about the one told last.
    """

    action = "action_products"

    async def answer_from(self, shop: Shop, talk: Talk) -> list[EventType]:
        if await tell_rest(shop, talk):
            return []
        asked = question(talk.history)
        offers = await _offers(shop, asked, talk) if talk.intent == "price_campaign" else []
        query = read(asked)
        names = telling_words(query.words) or query.is_of_price_or_size
        named = asked if names else talk.slot("product")
        if any(not offer.general for offer in offers):
            named = None  # about a coupon or the like: its words name no product
        if not named and not offers:
            talk.say("utter_ask_product")
            return []
        found = await shop.search_products(named, talk.language) if named else []
        _tell(found, query.sorting, talk)
        for offer in offers:
            running = await shop.campaigns() if offer.general else []
            if running:
                _tell_campaigns(running, talk)
            else:
                tell(offer, talk)
        if not found and not offers:
            talk.say("utter_product_none")
        return [SlotSet("product", found[0].name.in_(talk.language))] if len(found) == 1 else []


async def _offers(shop: Shop, asked: str, talk: Talk) -> list[Article]:
    """Return the article on discounts and the like if `asked` speaks of them."""
    articles = await shop.find_articles(None, asked, talk.language)
    return [article for article in articles if article.topic == _CAMPAIGNS]


def _tell_campaigns(running: Sequence[Campaign], talk: Talk) -> None:
    lines = [talk.sentence("utter_campaigns_found")]
    for campaign in running:
        title, body = campaign.title.in_(talk.language), campaign.body.in_(talk.language)
        line = f"• {title}: {body}"
        if campaign.coupon:
            line += " " + talk.sentence("utter_campaign_coupon", coupon=campaign.coupon)
        if campaign.ends:
            ends = day(campaign.ends, talk.language, today())
            line += " " + talk.sentence("utter_campaign_ends", ends=ends)
        lines.append(line)
    talk.say_lines(lines)


def _tell(found: list[Product], sorting: Sorting | None, talk: Talk) -> None:
    """Tell each product in a message of its own, with its picture; of a single one also more."""
    if len(found) == 1:
        description = found[0].description.in_(talk.language)
        talk.say_lines([_line(found[0], talk), description], image=found[0].image)
    elif found:
        talk.say(f"utter_products_{sorting or 'found'}")
        for product in found:
            talk.say_lines([_line(product, talk)], image=product.image)


def _line(product: Product, talk: Talk) -> str:
    options = [variant.name for variant in product.variants if variant.stock > 0]
    first = "stock" if talk.intent == "product_availability" else "product"
    return talk.sentence(
        f"utter_{first}_{_availability(product)}",
        product=product.name.in_(talk.language),
        price=money(product.price, product.currency, talk.language),
        stock=product.stock,
        options=", ".join(options),
    )


def _availability(product: Product) -> str:
    if product.stock <= 0:
        return "sold_out"
    if product.variants:
        return "in_stock_as"
    return "few_left" if product.stock <= FEW else "in_stock"
