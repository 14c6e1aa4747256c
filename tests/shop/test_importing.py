"""A shop's own tables are imported line by line, and what does not fit is told."""

import asyncio
import io
import itertools
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from shop import cells, tables
from shop.__main__ import main
from shop.connect import connection, open_engine, open_shop
from shop.csvfile import NoTable, Problem
from shop.importing import ORDERS, PRODUCTS, Imported, Kind, import_file
from shop.migrate import migrate
from shop.models import Address, OrderStatus
from shop.outcomes import Cancelled, Invoice
from shop.progress import Progress
from shop.seed import seed
from tests.shop.conftest import TODAY, NewUrl

HEAD = (
    "number,placed_at,status,customer_name,email,phone,sku,product_name,variant,quantity,price,"
    "category"
)
FIRST = "1001,2026-11-03 14:05,shipped,Ayşe Yalın,ayse@example.com,,KUP-1,Çini Kupa,,2,349.90,home"
SECOND = (
    "1001,2026-11-03 14:05,shipped,Ayşe Yalın,ayse@example.com,,TIS-1,Tişört,M,1,499.90,clothing"
)
OTHER = '1002,03.11.2026 09:00,kargoda,Kerem Doruk,,0555 010 00 02,KUP-1,Kupa,,1,"1.249,90 TL",home'


@pytest.fixture(scope="module")
def module_url(kind: str, new_url: NewUrl) -> str:
    url = new_url(kind)
    asyncio.run(migrate(url))
    return url


@pytest.fixture
async def url(module_url: str) -> str:
    async with open_engine(module_url) as engine, connection(engine) as opened:
        for table in reversed(tables.metadata.sorted_tables):
            await opened.execute(delete(table))
    return module_url


async def brought(url: str, folder: Path, data: str | bytes, kind: Kind = ORDERS) -> Imported:
    file = folder / "table.csv"
    file.write_bytes(data.encode() if isinstance(data, str) else data)
    done = await import_file(url, kind, file, lambda _lines, _total: None)
    done.problems.sort()
    return done


def lines(*rows: str) -> str:
    return "\n".join((HEAD, *rows)) + "\n"


async def rows_of(url: str) -> dict[str, list[Any]]:
    async with open_engine(url) as engine, connection(engine) as opened:
        return {
            table.name: sorted(map(repr, await opened.execute(select(table))))
            for table in tables.metadata.sorted_tables
        }


async def test_lines_of_one_number_are_one_order(url: str, tmp_path: Path) -> None:
    assert await brought(url, tmp_path, lines(FIRST, OTHER, SECOND)) == Imported(written=2)
    async with open_shop(url) as shop:
        order = await shop.prove_order("1001", "AYSE@example.com")
        other = await shop.prove_order("1002", "0002")
    assert order is not None
    assert order.placed_at == datetime(2026, 11, 3, 11, 5, tzinfo=UTC)
    assert (order.status, order.total, order.currency) == (
        OrderStatus.SHIPPED,
        Decimal("1199.70"),
        "TRY",
    )
    assert [(line.sku, line.variant, line.quantity, line.category) for line in order.lines] == [
        ("KUP-1", None, 2, "home"),
        ("TIS-1", "M", 1, "clothing"),
    ]
    assert other is not None
    assert other.customer.phone == "+905550100002"
    assert other.lines[0].price == Decimal("1249.90")


async def test_everything_an_order_may_have_is_read(url: str, tmp_path: Path) -> None:
    more = (
        "customer_id,total,currency,recipient,street,district,city,postcode,carrier,"
        "tracking_number,tracking_url,expected_at,delivered_at,invoice_number,invoice_url,invoiced_on"
    )
    values = (
        "c-7,1250,TL,Ayşe Yalın,Lale Sokak 5,Kadıköy,İstanbul,34710,Turna,T1,"
        "https://turna.example.com/T1,2026-11-05,2026-11-06 12:00,F1,https://shop.example.com/f/1,"
        "2026-11-04"
    )
    data = f"{HEAD},{more}\n{FIRST.replace('shipped', 'teslim edildi')},{values}\n"
    assert await brought(url, tmp_path, data) == Imported(written=1)
    async with open_shop(url) as shop:
        (order,) = await shop.orders_of_customer("c-7")
        invoice = await shop.invoice_link("1001")
    assert (order.status, order.total, order.currency) == ("delivered", Decimal(1250), "TRY")
    assert order.address == Address("Ayşe Yalın", "Lale Sokak 5", "Kadıköy", "İstanbul", "34710")
    assert order.shipment is not None
    assert (order.shipment.carrier, order.shipment.expected_at) == ("Turna", date(2026, 11, 5))
    assert order.shipment.delivered_at == datetime(2026, 11, 6, 9, tzinfo=UTC)
    assert invoice == Invoice("F1", "https://shop.example.com/f/1", date(2026, 11, 4))


async def test_importing_again_changes_nothing(url: str, tmp_path: Path) -> None:
    data = lines(FIRST, SECOND, OTHER)
    await brought(url, tmp_path, data)
    before = await rows_of(url)
    assert await brought(url, tmp_path, data) == Imported(written=2)
    assert await rows_of(url) == before


async def test_a_later_file_brings_the_newer_state(url: str, tmp_path: Path) -> None:
    await brought(url, tmp_path, lines(FIRST, SECOND))
    await brought(url, tmp_path, lines(FIRST.replace("shipped", "delivered")))
    async with open_shop(url) as shop:
        order = await shop.find_order("1001")
    assert order is not None
    assert (order.status, len(order.lines)) == (OrderStatus.DELIVERED, 1)


async def test_an_older_file_does_not_bring_a_cancelled_order_back(
    url: str, tmp_path: Path
) -> None:
    data = lines(FIRST.replace("shipped", "preparing"))
    await brought(url, tmp_path, data)
    async with open_shop(url) as shop:
        assert isinstance(await shop.cancel_order("1001", key="k"), Cancelled)
        before = await rows_of(url)
        done = await brought(url, tmp_path, data)
    assert (done.written, done.left_out) == (0, 1)
    assert "cancelled here and stays so" in done.problems[0].told
    assert await rows_of(url) == before


@pytest.mark.parametrize(
    ("change", "column", "told"),
    [
        (("2026-11-03 14:05", "3 Kasım"), "placed_at", "is no time; write 2026-11-03 14:05"),
        (("2026-11-03 14:05", "2026-02-30"), "placed_at", "is no time"),
        (("2026-11-03 14:05", "0001-01-01"), "placed_at", "is no time"),
        (("2026-11-03 14:05", ""), "placed_at", "is empty"),
        (("shipped", "uçtu"), "status", "is no state; write one of received"),
        (("ayse@example.com", "ayse"), "email", "is no e-mail address"),
        (("ayse@example.com", ""), "email", "and phone are both empty"),
        ((",,KUP-1", ",12,KUP-1"), "phone", "is no phone number"),
        ((",2,349.90", ",iki,349.90"), "quantity", "is no whole number"),
        ((",2,349.90", ",0,349.90"), "quantity", "at least 1"),
        ((",2,349.90", ",-2,349.90"), "quantity", "is no whole number"),
        ((",2,349.90", ",²,349.90"), "quantity", "is no whole number"),
        (("349.90", "349.9055"), "price", "is no amount"),
        (("349.90", "-1"), "price", "is no amount"),
        (("349.90", "NaN"), "price", "is no amount"),
        (("349.90", "99999999999"), "price", "is too much"),
        (("Çini Kupa", ""), "product_name", "is empty"),
        (("Çini Kupa", "Çini\x00Kupa"), "product_name", "must be one line"),
        (("Çini Kupa", "x" * 501), "product_name", "must be one line"),
        (("KUP-1", '"KUP\n1"'), "sku", "must be one line"),
        (("Çini Kupa", "Çini, Kupa"), "", "has 13 cells, the first line 12"),
    ],
)
async def test_a_bad_line_is_told_and_the_rest_imported(
    url: str, tmp_path: Path, change: tuple[str, str], column: str, told: str
) -> None:
    done = await brought(url, tmp_path, lines(OTHER, FIRST.replace(*change)))
    assert (done.written, done.left_out) == (1, 1)
    (problem,) = done.problems
    assert (problem.line, problem.column) == (3, column)
    assert told in problem.told
    async with open_shop(url) as shop:
        assert await shop.find_order("1002") is not None
        assert await shop.find_order("1001") is None


@pytest.mark.parametrize("number", ["", "10 01", "1" * 33, "'; DROP TABLE shop_order", "{{7*7}}"])
async def test_what_is_no_number_is_no_order(url: str, tmp_path: Path, number: str) -> None:
    done = await brought(url, tmp_path, lines(FIRST.replace("1001", number), OTHER))
    assert (done.written, done.left_out) == (1, 1)
    assert (done.problems[0].line, done.problems[0].column) == (2, "number")


async def test_half_an_order_is_not_imported(url: str, tmp_path: Path) -> None:
    bad = SECOND.replace(",1,499.90", ",x,499.90")
    done = await brought(url, tmp_path, lines(FIRST, bad, OTHER))
    assert (done.written, done.left_out) == (1, 1)
    assert done.problems == [
        Problem(2, "", "left out, because another line of 1001 does not fit"),
        Problem(3, "quantity", "'x' is no whole number of pieces; write digits alone"),
    ]


async def test_lines_that_disagree_about_their_order_are_told(url: str, tmp_path: Path) -> None:
    done = await brought(url, tmp_path, lines(FIRST, SECOND.replace("shipped", "packed"), OTHER))
    assert done.problems == [
        Problem(3, "status", "differs from line 2, which is of the same number")
    ]
    assert (done.written, done.left_out) == (1, 1)


@pytest.mark.parametrize(
    "data",
    [
        lines(FIRST).encode("utf-8-sig"),
        lines(FIRST).encode("cp1254"),
        lines(FIRST).encode("utf-16"),
        lines(FIRST).replace("\n", "\r\n").encode(),
        lines(FIRST).replace(",", ";").replace("349.90", "349,90").encode("cp1254"),
        lines(FIRST).replace(",", "\t").encode("utf-16"),
        lines(FIRST).replace("number,placed_at", " Number , Placed At ").encode(),
    ],
    ids=["BOM", "cp1254", "UTF-16", "CRLF", "semicolons", "tabs", "spaced header"],
)
async def test_a_table_is_read_as_spreadsheets_write_it(
    url: str, tmp_path: Path, data: bytes
) -> None:
    assert await brought(url, tmp_path, data) == Imported(written=1)
    async with open_shop(url) as shop:
        order = await shop.find_order("1001")
    assert order is not None
    assert (order.customer.name, order.lines[0].name.tr) == ("Ayşe Yalın", "Çini Kupa")
    assert order.lines[0].price == Decimal("349.90")


async def test_encodings_may_differ_by_line_and_unknown_bytes_are_told(
    url: str, tmp_path: Path
) -> None:
    third = OTHER.replace("1002", "1003").encode().replace(b"Kerem", b"Ker\x81\x8dem")
    data = b"\n".join((HEAD.encode(), FIRST.encode("cp1254"), OTHER.encode(), third, b""))
    done = await brought(url, tmp_path, data)
    assert (done.written, done.left_out) == (2, 1)
    assert done.problems == [
        Problem(4, "", "holds bytes of no known encoding; save the file as UTF-8")
    ]
    async with open_shop(url) as shop:
        order = await shop.find_order("1001")
    assert order is not None
    assert order.customer.name == "Ayşe Yalın"


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ("", "is empty"),
        ("a,b\n1,2\n", "has no column 'number'"),
        (f"{HEAD},price\n", "has two columns 'price'"),
        (b"PK\x03\x04\x00\x00\xff", "has no column 'number'"),
    ],
)
async def test_what_is_no_table_of_orders_is_refused(
    url: str, tmp_path: Path, data: str | bytes, told: str
) -> None:
    with pytest.raises(NoTable, match=told):
        await brought(url, tmp_path, data)


async def test_an_unknown_column_is_told_and_left_out(url: str, tmp_path: Path) -> None:
    data = lines(FIRST).replace("category", "categry")
    done = await brought(url, tmp_path, data)
    assert done.problems == [Problem(1, "categry", "unknown, left out; did you mean 'category'?")]
    assert done.written == 1


async def test_demo_orders_are_not_taken_over(url: str, tmp_path: Path) -> None:
    await seed(url, TODAY)
    done = await brought(url, tmp_path, lines(FIRST.replace("1001", "10482"), OTHER))
    assert (done.written, done.left_out) == (1, 1)
    assert "demo" in done.problems[0].told


PRODUCT_HEAD = "sku;name;name_en;price;stock;variant;keywords;category"


async def test_products_are_imported_with_their_variants_and_found(
    url: str, tmp_path: Path
) -> None:
    data = "\n".join(
        (
            PRODUCT_HEAD,
            "AYK-1;Mor Deri Sandalet;Purple Sandals;1.249,90;3;41;ayakkabı;shoes",
            "AYK-1;Mor Deri Sandalet;Purple Sandals;1.249,90;0;42;ayakkabı;shoes",
            "VAZ-1;Cam Vazo;;199,90;7;;;home",
        )
    )
    for _ in range(2):
        assert await brought(url, tmp_path, data, PRODUCTS) == Imported(written=2)
        async with open_shop(url) as shop:
            (sandal,) = await shop.search_products("mor 41 numara sandalet", "tr")
            assert [(one.name, one.stock) for one in sandal.variants] == [("41", 3), ("42", 0)]
            assert sandal.price == Decimal("1249.90")
            (vase,) = await shop.search_products("vazo", "en")
            assert (vase.name.en, vase.stock, vase.variants) == ("Cam Vazo", 7, ())
    renamed = data.replace("Cam Vazo", "Kristal Sürahi")
    await brought(url, tmp_path, renamed, PRODUCTS)
    async with open_shop(url) as shop:
        assert await shop.search_products("vazo", "tr") == []
        assert len(await shop.search_products("sürahi", "tr")) == 1


async def test_two_lines_of_a_product_need_variants(url: str, tmp_path: Path) -> None:
    data = f"{PRODUCT_HEAD}\nA-1;Kupa;;5;1;;;x\nA-1;Kupa;;5;2;;;x\nB-1;Vazo;;5;2;;;x\n"
    done = await brought(url, tmp_path, data, PRODUCTS)
    assert (done.written, done.left_out) == (1, 1)
    assert done.problems[0].column == "variant"


async def test_products_changed_by_sql_are_found_after_indexing(
    url: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    await brought(url, tmp_path, f"{PRODUCT_HEAD}\nVAZ-1;Cam Vazo;;5;1;;;x\n", PRODUCTS)
    async with open_engine(url) as engine, connection(engine) as opened:
        await opened.execute(update(tables.product).values(name_tr="Sürahi", name_en="Jug"))
    assert await asyncio.to_thread(main, ["index", "--url", url]) == 0
    assert "1 products can be searched" in capsys.readouterr().out
    async with open_shop(url) as shop:
        assert await shop.search_products("vazo", "tr") == []
        assert len(await shop.search_products("sürahi", "tr")) == 1


def test_the_command_tells_each_line_and_how_much_it_did(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/shop.db"
    assert main(["migrate", "--url", url]) == 0
    file = tmp_path / "orders.csv"
    file.write_text(lines(FIRST.replace("shipped", "uçtu"), OTHER), encoding="utf-8")
    capsys.readouterr()
    assert main(["import", "orders", str(file), "--url", url]) == 1
    told = capsys.readouterr()
    assert told.out == "1 orders imported, 1 left out.\n"
    assert told.err.startswith(f"{file}, line 2, status: 'uçtu' is no state; write one of ")
    file.write_text(lines(OTHER), encoding="utf-8")
    assert main(["import", "orders", str(file), "--url", url]) == 0
    assert capsys.readouterr().err == ""
    assert main(["import", "orders", str(tmp_path / "none.csv"), "--url", url]) == 1
    assert "none.csv" in capsys.readouterr().err


async def test_how_far_it_has_come_is_told_in_lines(url: str, tmp_path: Path) -> None:
    rows = [FIRST.replace("1001", f"{number}") for number in range(2000, 3200)]
    file = tmp_path / "orders.csv"
    file.write_text(lines(*rows, FIRST.replace("shipped", "x")), encoding="utf-8")
    shown: list[tuple[int, int]] = []
    done = await import_file(url, ORDERS, file, lambda *so_far: shown.append(so_far))
    assert done.written == 1200
    assert [total for _, total in shown] == [1201] * 3
    assert [now for now, _ in shown] == [501, 1001, 1201]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_the_bar_fills_on_a_terminal_and_is_silent_elsewhere() -> None:
    terminal, file = Terminal(), io.StringIO()
    for stream in (terminal, file):
        bar = Progress(1_200, stream)
        for done in itertools.chain([0], range(300, 1_500, 300)):
            bar.show(done)
        bar.end()
    assert file.getvalue() == ""
    states = terminal.getvalue().split("\r")[1:]
    assert states[0] == f"[{'.' * 30}]   0%  0 of 1,200 lines"
    assert states[2] == f"[{'#' * 15}{'.' * 15}]  50%  600 of 1,200 lines"
    assert states[-1] == f"[{'#' * 30}] 100%  1,200 of 1,200 lines\n"


@pytest.mark.parametrize(
    ("cell", "amount"),
    [
        ("1249.90", "1249.90"),
        ("1.249,90", "1249.90"),
        ("1,249.90", "1249.90"),
        ("₺1.249,9", "1249.9"),
        ("1.249", "1249"),
        ("1 249,90", "1249.90"),
        ("1.249.000 TL", "1249000"),
        ("0", "0"),
        ("12,5", "12.5"),
    ],
)
def test_amounts_are_read_as_people_write_them(cell: str, amount: str) -> None:
    assert cells.money(cell) == Decimal(amount)


@pytest.mark.parametrize(
    "cell", ["", ".", "1.2.3", "1,2,3", "1.24.9", "1e5", "½", "12,345.6.7", "1 2", "1.249.90", "-5"]
)
def test_what_is_no_amount_is_refused(cell: str) -> None:
    with pytest.raises(cells.Unfit):
        cells.money(cell)


@pytest.mark.parametrize("cell", ["javascript:alert(1)", "https://a b", 'https://x"y', "ftp://x"])
def test_an_address_a_page_must_not_open_is_refused(cell: str) -> None:
    with pytest.raises(cells.Unfit):
        cells.url(cell)
