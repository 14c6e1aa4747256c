"""The index products are found by: which words stand in which product.

The words of a customer are looked up in it (`words_like`) instead of compared with every product,
so a search does not grow with the catalogue.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, delete, exists, select
from sqlalchemy.ext.asyncio import AsyncConnection

from shop import tables
from shop.insert import insert_or_leave
from shop.query import sizes_of
from shop.text import may_be, near, same_word, words

_AT_ONCE = 2_000
_LONGEST = 24
"""Letters of a word that are compared: no name of a product is longer."""


def size_word(size: str) -> str:
    """Return the word a size is indexed as; customers' words have no such letter."""
    return f"#{size}"


async def index_products(connection: AsyncConnection, skus: Sequence[str]) -> None:
    """Index these products again."""
    for start in range(0, len(skus), _AT_ONCE):
        await _index(connection, skus[start : start + _AT_ONCE])


async def index_missing(connection: AsyncConnection) -> int:
    """Index the products that are not, and return how many those were."""
    known = exists().where(tables.product_word.c.sku == tables.product.c.sku)
    query = select(tables.product.c.sku).where(~known).order_by(tables.product.c.sku)
    skus = (await connection.execute(query)).scalars().all()
    await index_products(connection, skus)
    return len(skus)


async def index_all(connection: AsyncConnection) -> int:
    """Index every product again, and return how many there are."""
    await connection.execute(delete(tables.product_word))
    await connection.execute(delete(tables.word))
    return await index_missing(connection)


def words_like(connection: Connection, asked: Iterable[str]) -> set[str]:
    """Return the indexed words that customers' words may mean."""
    asked = [word[:_LONGEST] for word in asked]
    keys = sorted({key for word in asked for key in may_be(word)})
    query = select(tables.word.c.word).where(tables.word.c.near.in_(keys)).distinct()
    found = connection.execute(query).scalars().all() if keys else []
    return {known for known in found if any(same_word(word, known) for word in asked)}


async def _index(connection: AsyncConnection, skus: Sequence[str]) -> None:
    products = await connection.execute(
        select(tables.product).where(tables.product.c.sku.in_(skus))
    )
    stock = await connection.execute(
        select(tables.stock.c.sku, tables.stock.c.variant).where(
            tables.stock.c.sku.in_(skus), tables.stock.c.variant.is_not(None)
        )
    )
    variants: defaultdict[str, list[str]] = defaultdict(list)
    for sku, variant in stock:
        variants[sku].append(variant)
    rows = []
    for product in products:
        named = " ".join((product.name_tr, product.name_en, product.keywords))
        found = {word[:_LONGEST] for word in words(f"{named} {' '.join(variants[product.sku])}")}
        for variant in variants[product.sku]:
            found |= {size_word(size) for size in sizes_of(variant)}
        rows += [{"word": word, "sku": product.sku} for word in sorted(found)]
    await connection.execute(delete(tables.product_word).where(tables.product_word.c.sku.in_(skus)))
    if not rows:
        return
    await connection.execute(tables.product_word.insert(), rows)
    vocabulary = sorted({row["word"] for row in rows if not row["word"].startswith("#")})
    await connection.execute(
        insert_or_leave(connection.dialect.name, tables.word),
        [{"near": key, "word": word} for word in vocabulary for key in sorted(near(word))],
    )
