"""A shop with as many orders as a measurement wants: copies of one, each with its own customer.

Written straight into the file: 100,000 of them take some seconds.
"""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

LIKE = "10482"
"""The demo order that the others are copies of."""
FIRST = 2_000_000

# Each table's column that names the order or, of a customer, the customer.
_COPIED = (
    ("shop_customer", "id"),
    ("shop_order", "number"),
    ("shop_order_line", "order_number"),
    ("shop_shipment", "order_number"),
    ("shop_shipment_event", "order_number"),
)


def fill(file: Path, orders: int) -> None:
    """Bring the shop in `file`, which has the demo's orders, to `orders` altogether."""
    with closing(sqlite3.connect(file)) as database, database:
        (there,) = database.execute("SELECT count(*) FROM shop_order").fetchone()
        numbers = range(FIRST, FIRST + max(0, orders - there))
        (customer,) = database.execute(
            "SELECT customer_id FROM shop_order WHERE number = ?", (LIKE,)
        ).fetchone()
        for table, named_by in _COPIED:
            _copy(database, table, named_by, customer if named_by == "id" else LIKE, numbers)
        database.execute("ANALYZE")


def _copy(
    database: sqlite3.Connection, table: str, named_by: str, like: str, numbers: Sequence[int]
) -> None:
    database.row_factory = sqlite3.Row
    rows = database.execute(f"SELECT * FROM {table} WHERE {named_by} = ?", (like,)).fetchall()
    database.row_factory = None
    columns = rows[0].keys()

    def copied(row: sqlite3.Row, number: int) -> list[object]:
        new = dict(row) | {named_by: f"c-{number}" if named_by == "id" else str(number)}
        if "customer_id" in new:
            new["customer_id"] = f"c-{number}"
        return [new[column] for column in columns]

    places = ", ".join("?" * len(columns))
    database.executemany(
        f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})",
        (copied(row, number) for number in numbers for row in rows),
    )
