"""A shop behind the JSON contract answers as the shop its server offers, and fails in one way."""

import asyncio
import json
import logging
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import format_datetime
from pathlib import Path

import aiohttp
import pytest

from shop.base import Shop
from shop.breaker import Breaker
from shop.connect import connection, open_engine, open_shop
from shop.errors import ShopUnavailable
from shop.http import HttpShop
from shop.migrate import migrate
from shop.models import Address, Handover, Reason, ReturnItem
from shop.outcomes import Cancelled, NotFound, Refused, ReturnOpened, Rule
from shop.pace import Pace
from shop.remote import Limits, Remote
from shop.rulebook import LEGAL
from shop.seed import seed
from shop.sql import SqlShop
from tests.fakes.shop_server import TOKEN, ShopServer
from tests.fakes.trouble import (
    Trouble,
    after,
    flood,
    half,
    hang_up,
    late,
    status,
    text,
    trickle,
)
from tests.shop.conftest import TODAY

NOW = datetime(TODAY.year, TODAY.month, TODAY.day, 9, tzinfo=UTC)
HOME = Address("Elif Aydın", "Ihlamur Sk. 12/3", "Çankaya", "Ankara", "06690")
QUICK = Limits(connect=0.5, whole=1.0, pauses=(0.0, 0.0))

Ask = Callable[[Shop], Awaitable[object]]

READING: list[Ask] = [
    lambda shop: shop.find_order("10482"),
    lambda shop: shop.find_order("#10510 "),
    lambda shop: shop.find_order("99999"),
    lambda shop: shop.find_order("10482'--"),
    lambda shop: shop.prove_order("10482", "4821"),
    lambda shop: shop.prove_order("10482", "ELİF.AYDIN@example.com"),
    lambda shop: shop.prove_order("10482", "1907"),
    lambda shop: shop.prove_order("99999", "4821"),
    lambda shop: shop.own_order("10482", "demo-elif"),
    lambda shop: shop.orders_of_customer("demo-elif"),
    lambda shop: shop.orders_of_customer("demo-elif", limit=1),
    lambda shop: shop.orders_of_customer("no/such&customer"),
    lambda shop: shop.refund_status("10277"),
    lambda shop: shop.refund_status("20714"),
    lambda shop: shop.refund_status("99999"),
    lambda shop: shop.invoice_link("10482"),
    lambda shop: shop.invoice_link("10510"),
    lambda shop: shop.invoice_link("99999"),
    lambda shop: shop.search_products("kırmızı tişört var mı", "tr"),
    lambda shop: shop.search_products("mug", "en", limit=1),
    lambda shop: shop.search_products("laptop & co?", "en"),
    lambda shop: shop.search_products("", "tr"),
    lambda shop: shop.stock("TSH-401"),
    lambda shop: shop.stock("TSH-401", "M"),
    lambda shop: shop.stock("TSH-401", "no such"),
    lambda shop: shop.stock("no such"),
    lambda shop: shop.stock("\x00"),
    lambda shop: shop.price("MUG-101"),
    lambda shop: shop.price("../orders"),
    lambda shop: shop.campaigns(),
    lambda shop: shop.find_articles("shipping", "kargo ücreti ne kadar", "tr"),
    lambda shop: shop.check(),
]

CHANGING: list[Ask] = [
    lambda shop: shop.change_address("10510", HOME, key="8"),
    lambda shop: shop.change_address("10510", replace(HOME, city="\ud800"), key="9"),
    lambda shop: shop.cancel_order("10510", key="kéy 1"),
    lambda shop: shop.cancel_order("10482", key="2"),
    lambda shop: shop.cancel_order("99999", key="3"),
    lambda shop: shop.cancel_order("", key="4"),
    lambda shop: shop.request_return(
        "10391",
        [ReturnItem(0, 1, opened=False)],
        reason=Reason.CHANGED_MIND,
        handover=Handover.DROP_OFF,
        key="5",
    ),
    lambda shop: shop.request_return(
        "10391",
        [ReturnItem(7, 1)],
        reason=Reason.DAMAGED,
        handover=Handover.PICK_UP,
        key="6",
    ),
    lambda shop: shop.exchange(
        "10391",
        ReturnItem(0, 1, opened=False),
        "no such",
        reason=Reason.DOES_NOT_FIT,
        handover=Handover.PICK_UP,
        key="7",
    ),
    lambda shop: shop.change_address("10482", HOME, key="10"),
]


CODES = [f"CODE-{number:04}" for number in range(100)]


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the demo's data, to be copied."""
    file = tmp_path_factory.mktemp("template") / "shop.db"
    url = f"sqlite+aiosqlite:///{file}"
    asyncio.run(migrate(url))
    asyncio.run(seed(url, TODAY))
    return file


@asynccontextmanager
async def sql_shop(template: Path, file: Path) -> AsyncIterator[SqlShop]:
    """A demo shop of the test's own, on the day its data are dated around."""
    shutil.copy(template, file)
    async with open_engine(f"sqlite+aiosqlite:///{file}") as engine:
        codes = iter(CODES)
        yield SqlShop(lambda: connection(engine), clock=lambda: NOW, code=lambda: next(codes))


@pytest.fixture
async def theirs(template: Path, tmp_path: Path) -> AsyncIterator[SqlShop]:
    """What lies behind the server."""
    async with sql_shop(template, tmp_path / "theirs.db") as shop:
        yield shop


@pytest.fixture
def server(theirs: SqlShop) -> ShopServer:
    return ShopServer(theirs)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@asynccontextmanager
async def connected(
    server: ShopServer, clock: Clock, token: str = TOKEN, limits: Limits = QUICK
) -> AsyncIterator[HttpShop]:
    async with server.running() as address, aiohttp.ClientSession() as session:
        remote = Remote(
            session,
            address,
            {"Authorization": f"Bearer {token}"},
            Breaker(clock, failures=3, rest=30),
            contract="docs/openapi-shop.yml",
            limits=limits,
        )
        yield HttpShop(remote, server.shop, LEGAL, Pace(beat=0.001))


@pytest.fixture
async def shop(server: ShopServer, clock: Clock) -> AsyncIterator[HttpShop]:
    """The shop, as Devir sees it."""
    async with connected(server, clock) as opened:
        yield opened


async def test_it_answers_every_question_as_the_shop_behind_the_server(
    shop: HttpShop, theirs: SqlShop
) -> None:
    for number, ask in enumerate(READING):
        assert await ask(shop) == await ask(theirs), number


async def test_it_changes_what_the_shop_behind_the_server_would(
    shop: HttpShop, template: Path, tmp_path: Path
) -> None:
    async with sql_shop(template, tmp_path / "twin.db") as alike:
        outcomes = [(await ask(shop), await ask(alike)) for ask in CHANGING]
    assert [told for told, _ in outcomes] == [told for _, told in outcomes]
    kinds = {type(told) for told, _ in outcomes}
    assert {Cancelled, ReturnOpened, Refused, NotFound} <= kinds


async def test_the_same_key_again_changes_nothing_and_tells_the_same(
    shop: HttpShop, server: ShopServer
) -> None:
    first = await shop.cancel_order("10510", key="once")
    assert isinstance(first, Cancelled)
    assert await shop.cancel_order("10510", key="once") == first
    assert await shop.cancel_order("10510", key="twice") == Refused(
        Rule.ALREADY_CANCELLED, NOW.date()
    )
    assert await shop.cancel_order("10391", key="once") == Refused(Rule.KEY_REUSED)
    keys = [asked.headers["Idempotency-Key"] for asked in server.troubles.asked]
    assert len(set(keys)) == 2


async def test_a_wrong_factor_and_a_missing_order_ask_the_server_alike(
    shop: HttpShop, server: ShopServer
) -> None:
    work = []
    for number in ("10482", "99999"):
        server.troubles.asked.clear()
        assert await shop.prove_order(number, "0000") is None
        work.append([(asked.method, asked.query) for asked in server.troubles.asked])
    assert work[0] == work[1] == [("GET", {})]
    assert all("0000" not in str(asked) for asked in server.troubles.asked)


async def test_no_is_said_on_a_beat_whatever_was_found(server: ShopServer) -> None:
    clock, slept = Clock(), list[float]()

    async def sleep(seconds: float) -> None:
        slept.append(round(seconds, 3))

    class Slow(SqlShop):
        async def find_order(self, number: str) -> object:  # type: ignore[override]
            clock.now += {"10482": 0.31, "99999": 0.12}[number]
            return await SqlShop.find_order(self, number)

    server.shop.__class__ = Slow  # type: ignore[assignment]
    async with connected(server, Clock()) as shop:
        shop._pace = Pace(beat=0.5, clock=clock, sleep=sleep)
        for number, factor in (("10482", "4821"), ("10482", "0000"), ("99999", "4821")):
            await shop.prove_order(number, factor)
        assert slept == [0.19, 0.38]
        for number, customer in (("10482", "demo-elif"), ("10482", "demo-x"), ("99999", "demo-x")):
            await shop.own_order(number, customer)
    assert slept == [0.19, 0.38] * 2


async def test_an_order_is_told_to_its_customer_alone(shop: HttpShop) -> None:
    assert await shop.own_order("10482", "demo-elif") == await shop.find_order("10482")
    assert await shop.own_order("10482", "demo-emma") is None
    assert await shop.own_order("99999", "demo-elif") is None


LASTING: list[Trouble] = [
    status(500),
    status(502),
    status(503),
    status(503, [("Retry-After", "1")]),
    status(504),
    status(401),
    status(403),
    status(429),
    status(429, [("Retry-After", "20")]),
    status(301, [("Location", "https://elsewhere.example.com/")]),
    status(302, [("Location", "/orders/10482")]),
    status(204),
    status(400),
    status(418),
    status(409),
    status(404),
    text("<html>no such page</html>", 404, "text/html"),
    text("<html>hello</html>", 200, "text/html"),
    text(""),
    text("null"),
    text("[]"),
    text("{}"),
    text('{"number": "10482"'),
    text(b"\xff\xfe\x00"),
    text("[" * 100_000),
    text('{"rule": "because", "what": "ever"}', 409),
    text('{"what": "ever"}', 404),
    hang_up,
    half,
    flood,
    trickle,
    late(5),
]


@pytest.fixture(params=range(len(LASTING)))
def trouble(request: pytest.FixtureRequest) -> Trouble:
    chosen: int = request.param
    return LASTING[chosen]


@pytest.mark.parametrize(
    "ask",
    [
        lambda shop: shop.find_order("10482"),
        lambda shop: shop.search_products("elif.aydin@example.com", "tr"),
        lambda shop: shop.change_address("10510", HOME, key="k"),
    ],
)
async def test_whatever_goes_wrong_the_shop_is_unavailable_and_nothing_private_is_told(
    server: ShopServer,
    clock: Clock,
    trouble: Trouble,
    ask: Ask,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    server.troubles.always = trouble
    limits = replace(QUICK, whole=0.2)
    async with connected(server, clock, limits=limits) as shop:
        with pytest.raises(ShopUnavailable) as caught:
            await ask(shop)
    told = str(caught.value)
    assert told.startswith("The shop's server at http://127.0.0.1")
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
    mine = [one.getMessage() for one in caplog.records if one.name.startswith("shop")]
    assert mine[-1].startswith("shop_unavailable: ")
    for private in ("aydin", "owes", "10482", "10510", TOKEN, "Ihlamur", "elsewhere.ex"):
        assert private not in told
        assert all(private not in one for one in mine)


@pytest.mark.parametrize(
    ("trouble", "fix"),
    [
        (status(401), "correct DEVIR_SHOP_TOKEN"),
        (status(403), "correct DEVIR_SHOP_TOKEN"),
        (status(429), "raise its limit"),
        (status(500), "its own log"),
        (status(308), "last address into DEVIR_SHOP_URL"),
        (status(404), "docs/openapi-shop.yml"),
        (flood, "more than 2,000 kB"),
        (hang_up, "start it or correct DEVIR_SHOP_URL"),
        (late(5), "within 0.2 seconds"),
    ],
)
async def test_the_sentence_names_what_to_do(
    server: ShopServer, clock: Clock, trouble: Trouble, fix: str
) -> None:
    server.troubles.always = trouble
    async with connected(server, clock, limits=replace(QUICK, whole=0.2)) as shop:
        with pytest.raises(ShopUnavailable, match=fix):
            await shop.check()


async def test_a_server_that_is_not_there_is_named(clock: Clock) -> None:
    async with aiohttp.ClientSession() as session:
        remote = Remote(
            session, "http://127.0.0.1:1", {}, Breaker(clock), contract="", limits=QUICK
        )
        with pytest.raises(ShopUnavailable, match=r"127\.0\.0\.1:1 cannot be reached; start it"):
            await remote.ask("check", "GET", "/health", {200: bytes})


@pytest.mark.parametrize("trouble", [status(500), status(503), hang_up, half])
async def test_reading_is_tried_again(shop: HttpShop, server: ShopServer, trouble: Trouble) -> None:
    server.troubles.come(trouble, trouble)
    assert await shop.find_order("10482") is not None
    assert len(server.troubles.asked) == 3


@pytest.mark.parametrize("trouble", [after(status(500)), after(hang_up), status(502)])
async def test_a_change_is_tried_again_with_its_key_and_done_once(
    shop: HttpShop, server: ShopServer, trouble: Trouble
) -> None:
    server.troubles.come(trouble)
    outcome = await shop.cancel_order("10510", key="k")
    assert isinstance(outcome, Cancelled)
    first, second = server.troubles.asked
    assert first.headers["Idempotency-Key"] == second.headers["Idempotency-Key"]
    (refund,) = await shop.refund_status("10510")
    assert refund.amount == outcome.amount


@pytest.mark.parametrize("trouble", [status(401), status(429), status(400), flood])
async def test_what_another_try_will_not_help_is_asked_once(
    shop: HttpShop, server: ShopServer, trouble: Trouble
) -> None:
    server.troubles.come(trouble)
    with pytest.raises(ShopUnavailable):
        await shop.find_order("10482")
    assert len(server.troubles.asked) == 1


async def test_after_a_lost_answer_the_same_key_tells_what_was_done(
    server: ShopServer, clock: Clock
) -> None:
    server.troubles.come(after(late(5)))
    async with connected(server, clock, limits=replace(QUICK, whole=0.5)) as shop:
        with pytest.raises(ShopUnavailable):
            await shop.cancel_order("10510", key="k")
        assert isinstance(await shop.cancel_order("10510", key="k"), Cancelled)


async def test_a_failing_server_is_left_alone_and_tried_once_afterwards(
    shop: HttpShop, server: ShopServer, clock: Clock
) -> None:
    server.troubles.always = status(401)
    for _ in range(3):
        with pytest.raises(ShopUnavailable, match="DEVIR_SHOP_TOKEN"):
            await shop.check()
    server.troubles.always = None
    with pytest.raises(ShopUnavailable, match="left alone for a while"):
        await shop.check()
    assert len(server.troubles.asked) == 3
    clock.now += 30
    await shop.check()
    await shop.check()


@pytest.mark.parametrize("trouble", [status(400), text("{}"), flood])
async def test_one_bad_answer_is_no_failing_server(
    shop: HttpShop, server: ShopServer, trouble: Trouble
) -> None:
    server.troubles.come(*[trouble] * 6)
    for _ in range(6):
        with pytest.raises(ShopUnavailable):
            await shop.find_order("10482")
    assert await shop.find_order("10482") is not None


@pytest.mark.parametrize("code", [429, 503])
@pytest.mark.parametrize(
    ("asked_for", "seconds"),
    [
        ("20", 20),
        ("100000", 300),
        (format_datetime(datetime.now(UTC) + timedelta(days=1), usegmt=True), 300),
    ],
)
async def test_retry_after_is_kept(
    shop: HttpShop, server: ShopServer, clock: Clock, code: int, asked_for: str, seconds: int
) -> None:
    server.troubles.come(status(code, [("Retry-After", asked_for)]))
    with pytest.raises(ShopUnavailable):
        await shop.check()
    clock.now += seconds - 1
    with pytest.raises(ShopUnavailable, match="left alone"):
        await shop.check()
    clock.now += 1
    await shop.check()


@pytest.mark.parametrize("asked_for", ["soon", "-5", ""])
async def test_a_retry_after_that_is_none_is_passed_over(
    shop: HttpShop, server: ShopServer, asked_for: str
) -> None:
    server.troubles.come(status(429, [("Retry-After", asked_for)]))
    with pytest.raises(ShopUnavailable):
        await shop.check()
    await shop.check()


async def test_a_question_nobody_waits_for_leaves_no_trace(
    shop: HttpShop, server: ShopServer
) -> None:
    server.troubles.come(*[late(5)] * 6)
    for _ in range(6):
        asking = asyncio.create_task(shop.check())
        while not server.troubles.asked:
            await asyncio.sleep(0.001)
        server.troubles.asked.clear()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
    await shop.check()


def changed(**parts: object) -> Trouble:
    """Answer order 10482 with these parts changed."""

    async def answer(request: object, handler: Callable[..., Awaitable[object]]) -> object:
        right = json.loads((await handler(request)).text)  # type: ignore[attr-defined]
        return await text(json.dumps({**right, **parts}))(request, handler)  # type: ignore[arg-type]

    return answer  # type: ignore[return-value]


@pytest.mark.parametrize(
    "parts",
    [
        {"number": "10391"},
        {"placed_at": "2026-11-18T11:32:00"},
        {"placed_at": "yesterday"},
        {"status": "lost"},
        {"total": "a lot"},
        {"total": "NaN"},
        {"lines": None},
        {"lines": [{}]},
        {"customer": "Elif"},
        {
            "shipment": {
                "carrier": "Turna",
                "tracking_number": "1",
                "tracking_url": "javascript:alert(1)",
                "expected_at": None,
                "delivered_at": None,
                "events": [],
            }
        },
    ],
)
async def test_an_order_of_a_wrong_shape_is_no_order(
    shop: HttpShop, server: ShopServer, parts: dict[str, object]
) -> None:
    server.troubles.come(changed(**parts))
    with pytest.raises(ShopUnavailable, match=r"compare it with docs/openapi-shop\.yml"):
        await shop.find_order("10482")


async def test_more_than_the_contract_names_does_no_harm_and_times_come_in_any_zone(
    shop: HttpShop, server: ShopServer
) -> None:
    server.troubles.come(changed(placed_at="2026-11-18T14:32:00+03:00", colour="red", total=1199.7))
    order = await shop.find_order("10482")
    assert order is not None
    assert order.placed_at.isoformat() == "2026-11-18T11:32:00+00:00"
    assert order.total == Decimal("1199.7")


async def test_somebody_elses_orders_are_not_taken(shop: HttpShop, server: ShopServer) -> None:
    def other(body: str) -> str:
        return body.replace("demo-elif", "demo-other")

    elif_s = await shop.orders_of_customer("demo-elif")
    assert elif_s

    async def answer(request: object, handler: Callable[..., Awaitable[object]]) -> object:
        right = (await handler(request)).text  # type: ignore[attr-defined]
        return await text(other(right))(request, handler)  # type: ignore[arg-type]

    server.troubles.come(answer)  # type: ignore[arg-type]
    with pytest.raises(ShopUnavailable):
        await shop.orders_of_customer("demo-elif")


async def test_long_and_odd_texts_reach_the_server_in_a_form_it_takes(
    shop: HttpShop, server: ShopServer
) -> None:
    for odd in ("kupa " * 400, "\ud800 kupa", "kupa\x00' OR 1=1 --", "{{7*7}} ${x} kupa"):
        await shop.search_products(odd, "tr")
    assert all(len(asked.query["text"]) <= 200 for asked in server.troubles.asked)
    assert len(server.troubles.asked) == 4
    for odd in ("1" * 40, "10482/../10391", "10482?x", "%31", "{{7*7}}"):
        assert await shop.find_order(odd) is None
    assert len(server.troubles.asked) == 4


async def test_it_is_opened_by_its_address_with_its_key(
    server: ShopServer, template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = shutil.copy(template, tmp_path / "ours.db")
    monkeypatch.setenv("DEVIR_SHOP_TOKEN", TOKEN)
    monkeypatch.setenv("DEVIR_ARTICLES_URL", f"sqlite+aiosqlite:///{ours}")
    async with server.running() as address, open_shop(address) as shop:
        await shop.check()
        assert await shop.find_order("10482") is not None
        assert await shop.find_articles(None, "taksit var mı", "tr")
        monkeypatch.setenv("DEVIR_SHOP_TOKEN", "wrong")
        async with open_shop(address) as stranger:
            with pytest.raises(ShopUnavailable, match="DEVIR_SHOP_TOKEN"):
                await stranger.check()


@pytest.mark.parametrize(
    ("url", "token", "fix"),
    [
        ("https://shop.example.com", "", "DEVIR_SHOP_TOKEN must be set"),
        ("https://shop.example.com", "a\nb", "DEVIR_SHOP_TOKEN must be set"),
        ("http://shop.example.com", "t", "must begin with https://"),
        ("https://", "t", "must name a server"),
        ("https://user:sesame@shop.example.com", "t", "no user, password"),
        ("https://shop.example.com/?key=sesame", "t", "no user, password"),
    ],
)
async def test_an_address_or_key_that_is_none_is_refused_at_the_start(
    url: str, token: str, fix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEVIR_SHOP_TOKEN", token)
    with pytest.raises(ValueError, match=fix) as caught:
        async with open_shop(url):
            pass
    assert "sesame" not in str(caught.value)
