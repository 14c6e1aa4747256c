"""What the shop sells, for how much, and whether it is there."""

from rasa_sdk.events import EventType

from actions.base import ShopAnswer
from actions.talk import Talk
from actions.turns import question
from actions.wording import money
from shop.base import Shop
from shop.models import Product

FEW = 5
"""Stock up to which the number left is told."""


class ActionProductInfo(ShopAnswer):
    """Tells name, price and stock of the products a question speaks of."""

    action = "action_product_info"

    async def answer_from(self, shop: Shop, talk: Talk) -> list[EventType]:
        asked = question(talk.history)
        if not asked:
            talk.say("utter_ask_product")
            return []
        found = await shop.search_products(asked, talk.language)
        if not found:
            talk.say("utter_product_none")
        elif len(found) == 1:
            description = found[0].description.in_(talk.language)
            talk.say_lines([_line(found[0], talk), description], image=found[0].image)
        else:
            lines = [f"• {_line(product, talk)}" for product in found]
            talk.say_lines([talk.sentence("utter_products_found"), *lines])
        return []


def _line(product: Product, talk: Talk) -> str:
    options = [variant.name for variant in product.variants if variant.stock > 0]
    return talk.sentence(
        f"utter_product_{_availability(product)}",
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
