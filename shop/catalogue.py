"""Finding products in the tables."""

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, case, exists, func, literal, select

from shop import tables
from shop.models import Product, Text, Variant
from shop.query import Query, Sorting, read, sizes_of
from shop.search import Entry, entry, rank_products, telling_words
from shop.wordindex import size_word, words_like

_MOST_WORDS = 12
_CANDIDATES = 60
"""Products that are compared word by word: those that share the most telling words."""

Stock = dict[str, list[Row[Any]]]


def search(connection: Connection, text: str, language: str, limit: int) -> list[Product]:
    """See `Shop.search_products`."""
    query = read(text)
    telling = telling_words(query.words)
    asked = [word for word in telling if len(word) > 1 or word.isdigit()][:_MOST_WORDS]
    if not asked and not query.is_of_price_or_size:
        return []
    known = words_like(connection, asked)
    if asked and not known:
        return []
    among = connection.scalar(select(func.count()).select_from(tables.product)) or 0
    rarity = _rarity(connection, known, among)
    for size in dict.fromkeys((query.size, None)):
        rows = (connection.execute(_candidates(rarity, query, size))).all()
        stock = _stock(connection, [row.sku for row in rows])
        found = _ranked(asked, query, rows, stock, size, language, among)
        if found:
            return [_product(row, stock[row.sku]) for row in found[:limit]]
    return []


def _ranked(
    asked: Sequence[str],
    query: Query,
    rows: Sequence[Row[Any]],
    stock: Stock,
    size: str | None,
    language: str,
    among: int,
) -> list[Row[Any]]:
    """Return the rows that fit best first, and of those that fit alike those in stock.

    Where a price comes first, so does what is in stock, and of that the price.
    """

    def there(row: Row[Any]) -> bool:
        return _there(stock[row.sku], size)

    rows = sorted(rows, key=there, reverse=True)
    if asked:
        rows = rank_products(
            " ".join(asked), rows, lambda row: _entry(row, stock[row.sku], language), among
        )
    if sorting := query.sorting:
        rows = sorted(rows, key=lambda row: (not there(row), sorting.key(row.price)))
    return list(rows)


def _rarity(connection: Connection, known: Collection[str], among: int) -> dict[str, float]:
    """Return how much each word tells products apart: the rarer, the more."""
    column = tables.product_word.c.word
    query = select(column, func.count()).where(column.in_(sorted(known))).group_by(column)
    counts = (connection.execute(query)).all() if known else []
    return {word: math.log(1 + among / count) for word, count in counts}


def _candidates(rarity: dict[str, float], query: Query, size: str | None) -> Select[Any]:
    """Return the products within the bounds that share most, those in stock first."""
    word, product = tables.product_word.c, tables.product.c
    in_stock = exists().where(tables.stock.c.sku == product.sku, tables.stock.c.quantity > 0)
    price = product.price.desc() if query.sorting is Sorting.DEAREST else product.price.asc()
    # Chosen by SKU alone, so that no descriptions are sorted: a word may stand in every product.
    if rarity:
        score = func.sum(case(rarity, value=word.word, else_=0.0)).label("score")
        shared = (
            select(word.sku, score).where(word.word.in_(sorted(rarity))).group_by(word.sku)
        ).subquery()
        best = (
            select(product.sku, shared.c.score, product.price)
            .join(shared, shared.c.sku == product.sku)
            .order_by(
                shared.c.score.desc(),
                in_stock.desc(),
                *([price] if query.sorting else []),
                product.sku,
            )
        )
    else:
        best = (
            select(product.sku, literal(0).label("score"), product.price)
            .where(in_stock)
            .order_by(price, product.sku)
        )
    if query.least is not None:
        best = best.where(product.price >= query.least)
    if query.most is not None:
        best = best.where(product.price <= query.most)
    if size is not None:
        sized = select(word.sku).where(word.word == size_word(size))
        best = best.where(product.sku.in_(sized))
    chosen = best.limit(_CANDIDATES).subquery()
    return (
        select(tables.product)
        .join(chosen, chosen.c.sku == product.sku)
        .order_by(chosen.c.score.desc(), *([] if rarity else [price]), product.sku)
    )


def _stock(connection: Connection, skus: Sequence[str]) -> Stock:
    """Return the stock rows of these products, by SKU."""
    rows = connection.execute(
        select(tables.stock).where(tables.stock.c.sku.in_(skus)).order_by(tables.stock.c.position)
    )
    by_sku: Stock = defaultdict(list)
    for row in rows:
        by_sku[row.sku].append(row)
    return by_sku


def _there(stock: Iterable[Row[Any]], size: str | None) -> bool:
    """Whether any of it is in stock, in `size` if one was asked for."""
    return any(
        part.quantity > 0 and (size is None or size in sizes_of(part.variant or ""))
        for part in stock
    )


def _entry(row: Row[Any], stock: Iterable[Row[Any]], language: str) -> Entry:
    """Names in both languages count ("sweatshirt" is Turkish too), the asked one more."""
    mine, other = (row.name_en, row.name_tr) if language == "en" else (row.name_tr, row.name_en)
    variants = " ".join(part.variant for part in stock if part.variant)
    return entry(
        mine, f"{row.keywords} {other} {variants}", f"{row.description_tr} {row.description_en}"
    )


def _product(row: Row[Any], stock: Sequence[Row[Any]]) -> Product:
    return Product(
        sku=row.sku,
        name=Text(row.name_tr, row.name_en),
        description=Text(row.description_tr, row.description_en),
        category=row.category,
        price=row.price,
        currency=row.currency,
        stock=sum(part.quantity for part in stock),
        url=row.url,
        image=row.image,
        variants=tuple(
            Variant(part.variant, part.quantity) for part in stock if part.variant is not None
        ),
    )
