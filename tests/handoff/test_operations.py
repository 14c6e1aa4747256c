"""Agents work on orders: by the same rules as the bot, once, and never unseen by other agents."""

import asyncio
import itertools
import shutil
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from handoff.bot import Answer
from handoff.store import conversations, identities
from handoff.store.rows import Turn, VerifiedCustomer
from handoff.web import keys
from shop.clock import today
from shop.errors import ShopUnavailable
from shop.migrate import migrate as migrate_shop
from shop.seed import seed
from shop.sql import SqlShop
from tests.fakes.bot import HANDOFF, ScriptedBot, answer
from tests.handoff.conftest import AgentBrowser, Customer, Service

MakeService = Callable[..., Awaitable[Service]]

on_one_database = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""What does not depend on the database need not be tried on both."""

PREPARING, DELIVERED, SHIPPED, CANCELLED = "10510", "10391", "10482", "10277"
ADDRESS = {
    "recipient": "Emma Hill",
    "street": "Çınar Sokak 4",
    "district": "Bornova",
    "city": "İzmir",
    "postcode": "35040",
}


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("seeded") / "shop.db"
    url = f"sqlite+aiosqlite:///{file}"
    asyncio.run(migrate_shop(url))
    asyncio.run(seed(url, today()))
    return file


class Desk:
    """An agent who has a conversation, and its customer."""

    def __init__(
        self, service: Service, customer: Customer, agent: AgentBrowser, name: str
    ) -> None:
        self.service = service
        self.customer = customer
        self.agent = agent
        self.name = name
        self._ids = itertools.count(1)

    async def do(self, wish: str, order: str, *, note: str = "", **more: Any) -> dict[str, Any]:
        """Do something that must succeed, and return what the console hears of it."""
        status, told = await self.try_to(wish, order, note=note, **more)
        assert status == 200, told
        found: dict[str, Any] = told
        return found

    async def try_to(
        self,
        wish: str,
        order: str,
        *,
        note: str = "",
        client_id: str | None = None,
        agent: AgentBrowser | None = None,
        **more: Any,
    ) -> tuple[int, Any]:
        """Ask for something and return status and answer."""
        body = {
            "client_id": client_id or f"operation-{next(self._ids):04}",
            "wish": {"name": wish, "order": order, **more},
            "note": note,
        }
        return await (agent or self.agent).post(f"/conversations/{self.name}/operations", body)

    async def beside(self) -> dict[str, Any]:
        return await self.agent.get(f"/conversations/{self.name}/orders")

    async def order(self, number: str) -> dict[str, Any]:
        orders: list[dict[str, Any]] = (await self.beside())["orders"]
        (found,) = [one for one in orders if one["number"] == number]
        return found

    async def notes(self) -> list[str]:
        seen = (await self.agent.conversation(self.name))["messages"]
        return [one["text"] for one in seen if one["visibility"] == "internal"]

    async def operations(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self.agent.conversation(self.name))["operations"]
        return found


def proving(number: str | None, language: str) -> ScriptedBot:
    async def script(said: str, turn: Turn) -> Answer:
        proof = {"name": "prove_order", "order": number, "outcome": "done"}
        return answer(
            "One moment.",
            language=language,
            handoff={**HANDOFF, "evidence": {"slots": {"order_number": number or "40225"}}},
            operations=[proof] if number else [],
        )

    return ScriptedBot(script)


@pytest.fixture
def begin(
    make_service: MakeService, seeded: Path, tmp_path: Path
) -> Callable[..., Awaitable[Desk]]:
    """Begins a conversation whose customer has proven an order, if one is named."""

    async def begin(proven: str | None = PREPARING, language: str = "en") -> Desk:
        shop = tmp_path / "shop.db"
        shutil.copy(seeded, shop)
        url = f"sqlite+aiosqlite:///{shop}"
        service = await make_service(proving(proven, language), shop_url=url)
        return Desk(service, *await service.in_hands(language))

    return begin


Begin = Callable[..., Awaitable[Desk]]


def day(days: int) -> str:
    return (today() + timedelta(days=days)).isoformat()


# What may be done


async def test_an_order_is_cancelled_by_its_rule_with_a_note_and_a_sentence(begin: Begin) -> None:
    desk = await begin(language="tr")
    assert (await desk.order(PREPARING))["may"]["cancel_order"] == {
        "allowed": True,
        "rule": "cancel_open",
        "since": day(-1),
        "until": None,
    }
    told = await desk.do("cancel_order", PREPARING, note="telefonda da istedi")
    done = told["operation"]
    assert (done["name"], done["order"], done["outcome"]) == ("cancel_order", PREPARING, "done")
    assert done["rule"] == "cancel_open"
    assert done["agent"] == {"id": desk.agent.id, "name": "Deniz Yalın"}
    assert done["details"]["refund_by"] == day(14)
    assert told["tell"].startswith("10510 numaralı siparişinizi iptal ettik. ")
    assert (await desk.order(PREPARING))["status"] == "cancelled"
    (note,) = await desk.notes()
    assert note == (
        "Sipariş 10510: iptal, yapıldı.\n"
        "Kural: sipariş henüz paketlenmedi.\n"
        "Not: telefonda da istedi"
    )
    assert not any("iptal" in (one["text"] or "") for one in await desk.customer.messages())
    assert (await desk.operations())[0] == done


async def test_the_same_wish_is_done_once_however_often_and_at_once(begin: Begin) -> None:
    desk = await begin()
    wishes = (desk.try_to("cancel_order", PREPARING, client_id="operation-once") for _ in range(5))
    answers = await asyncio.gather(*wishes)
    answers.append(await desk.try_to("cancel_order", PREPARING, client_id="operation-once"))
    assert [status for status, _ in answers] == [200] * 6
    assert all(told == answers[0][1] for _, told in answers)
    assert len(await desk.notes()) == 1
    assert [one["name"] for one in await desk.operations()] == ["cancel_order", "prove_order"]


@on_one_database
async def test_a_name_of_another_wish_is_not_taken_again(begin: Begin) -> None:
    desk = await begin()
    await desk.do("refund_status", PREPARING, client_id="operation-once")
    status, told = await desk.try_to("cancel_order", PREPARING, client_id="operation-once")
    assert (status, told["error"]["code"]) == (422, "invalid_input")
    assert told["error"]["fields"].keys() == {"client_id"}
    assert (await desk.order(PREPARING))["status"] == "preparing"


@on_one_database
async def test_what_a_rule_refuses_is_refused_to_agents_with_its_days(begin: Begin) -> None:
    desk = await begin(DELIVERED)
    assert (await desk.order(DELIVERED))["may"]["cancel_order"] == {
        "allowed": False,
        "rule": "already_delivered",
        "since": day(-8),
        "until": None,
    }
    told = await desk.do("cancel_order", DELIVERED)
    done = told["operation"]
    assert (done["outcome"], done["rule"], done["since"]) == (
        "refused",
        "already_delivered",
        day(-8),
    )
    assert "the order has been delivered (delivered " in told["tell"]
    (note,) = await desk.notes()
    assert note.startswith("Order 10391: cancellation, refused: the order has been delivered (")
    assert (await desk.order(DELIVERED))["status"] == "delivered"


@on_one_database
async def test_chosen_lines_go_back_and_the_card_knows_which(begin: Begin) -> None:
    desk = await begin(DELIVERED)
    before = await desk.order(DELIVERED)
    assert [(line["left"], line["may"]["withdraw"]["allowed"]) for line in before["lines"]] == [
        (1, True),
        (1, True),
    ]
    told = await desk.do(
        "return_item",
        DELIVERED,
        items=[{"line": 1, "quantity": 1, "opened": None}],
        reason="does_not_fit",
        handover="drop_off",
    )
    done = told["operation"]
    assert (done["rule"], done["since"], done["until"]) == ("withdrawal", day(-8), day(6))
    code = done["details"]["code"]
    assert f"Your return code is {code}." in told["tell"]
    assert "branch of" in told["tell"]
    after = await desk.order(DELIVERED)
    (opened,) = after["returns"]
    assert (opened["code"], opened["status"]) == (code, "opened")
    assert opened["items"] == [{"line": 1, "quantity": 1}]
    assert [line["left"] for line in after["lines"]] == [1, 0]


@on_one_database
async def test_more_pieces_than_there_are_do_not_go_back(begin: Begin) -> None:
    desk = await begin(DELIVERED)
    told = await desk.do(
        "return_item",
        DELIVERED,
        items=[{"line": 0, "quantity": 2}],
        reason="damaged",
        handover="pick_up",
    )
    assert (told["operation"]["outcome"], told["operation"]["rule"]) == ("refused", "too_many")


@on_one_database
async def test_an_item_is_exchanged_for_a_variant_in_stock(begin: Begin) -> None:
    desk = await begin(DELIVERED)
    path = f"/conversations/{desk.name}/orders/{DELIVERED}/lines/0/variants"
    variants = (await desk.agent.get(path))["variants"]
    other = next(one for one in variants if one["stock"] and one["name"] != "L")
    told = await desk.do(
        "exchange_item",
        DELIVERED,
        item={"line": 0, "quantity": 1},
        variant=other["name"],
        reason="does_not_fit",
        handover="pick_up",
    )
    assert told["operation"]["details"]["variant"] == other["name"]
    assert f"will send you {other['name']} instead" in told["tell"]
    assert "A courier of" in told["tell"]


@on_one_database
async def test_an_order_goes_to_another_address(begin: Begin) -> None:
    desk = await begin()
    told = await desk.do("change_address", PREPARING, address=ADDRESS)
    assert told["tell"].endswith("Emma Hill, Çınar Sokak 4, 35040 Bornova / İzmir.")
    assert (await desk.order(PREPARING))["address"] == ADDRESS
    told = await desk.do("change_address", PREPARING, address={**ADDRESS, "street": ""})
    assert told["operation"]["rule"] == "address_incomplete"


@on_one_database
async def test_refunds_and_invoices_are_told(begin: Begin) -> None:
    desk = await begin(CANCELLED)
    told = await desk.do("refund_status", CANCELLED)
    assert len(told["operation"]["details"]["refunds"]) == 1
    assert "order 10277" in told["tell"]
    assert (await desk.notes())[0] == "Order 10277: refund status looked up."
    told = await desk.do("invoice", CANCELLED)
    assert told["operation"]["rule"] == "already_cancelled"


@on_one_database
async def test_an_invoice_has_a_link(begin: Begin) -> None:
    desk = await begin(DELIVERED)
    told = await desk.do("invoice", DELIVERED)
    assert told["operation"]["details"]["url"] in told["tell"]


# Who may do it, with which orders


@on_one_database
async def test_only_who_has_the_conversation_may(begin: Begin) -> None:
    desk = await begin()
    other = await desk.service.new_agent("ece", "Ece Korkmaz")
    status, told = await desk.try_to("cancel_order", PREPARING, agent=other)
    assert (status, told["error"]["code"]) == (409, "not_holder")
    assert told["error"]["holder"]["name"] == "Deniz Yalın"
    await desk.agent.command(desk.name, "hand-back")
    status, told = await desk.try_to("cancel_order", PREPARING)
    assert (status, told["error"]["code"]) == (409, "illegal_transition")
    assert [one["name"] for one in await desk.operations()] == ["prove_order"]


@on_one_database
async def test_somebody_elses_order_is_not_there_until_it_is_looked_up(begin: Begin) -> None:
    desk = await begin()
    status, told = await desk.try_to("cancel_order", "40349")
    assert (status, told["error"]["code"]) == (404, "not_found")
    told = await desk.do("look_up", "#40349")
    assert (told["operation"]["outcome"], told["tell"]) == ("done", None)
    assert (await desk.order("40349"))["theirs"] is False
    assert (await desk.do("cancel_order", "40349"))["operation"]["outcome"] == "done"
    looked_up = (await desk.operations())[1]
    assert (looked_up["name"], looked_up["order"]) == ("look_up", "40349")
    assert looked_up["agent"]["name"] == "Deniz Yalın"


@on_one_database
async def test_a_number_that_is_no_order_is_kept_as_looked_up_in_vain(begin: Begin) -> None:
    desk = await begin(None)
    told = await desk.do("look_up", "99999")
    assert told["operation"]["outcome"] == "not_found"
    assert (await desk.beside())["orders"] == []
    assert await desk.notes() == []


@on_one_database
@pytest.mark.parametrize(
    "wish",
    [
        {"order": "10510'; DROP TABLE"},
        {"order": "1" * 40},
        {"order": ""},
        {"order": PREPARING, "reason": "damaged"},
        {"order": PREPARING, "name": "drop_tables"},
        {"order": PREPARING, "name": "return_item", "items": []},
        {
            "order": PREPARING,
            "name": "return_item",
            "items": [{"line": -1, "quantity": 1}],
            "reason": "damaged",
            "handover": "pick_up",
        },
    ],
)
async def test_what_is_no_wish_is_refused(begin: Begin, wish: dict[str, Any]) -> None:
    desk = await begin()
    status, told = await desk.try_to(**{"wish": "cancel_order", **wish})  # name replaces wish
    assert (status, told["error"]["code"]) == (422, "invalid_input")
    assert [one["name"] for one in await desk.operations()] == ["prove_order"]


@on_one_database
async def test_all_orders_of_a_proven_customer_are_beside_the_chat(begin: Begin) -> None:
    desk = await begin(CANCELLED)
    beside = await desk.beside()
    assert (beside["verified_by"], beside["verified_order"]) == ("order", CANCELLED)
    assert all(one["theirs"] for one in beside["orders"])
    assert beside["verified_at"].endswith("Z")
    numbers = [one["number"] for one in beside["orders"]]
    assert {CANCELLED, "40225"} <= set(numbers)
    assert {one["customer"] for one in beside["orders"]} == {"Zeynep Toprak"}


@on_one_database
async def test_a_named_order_is_not_shown_before_it_is_proven_or_looked_up(begin: Begin) -> None:
    beside = await (await begin(None)).beside()
    assert beside == {
        "verified": False,
        "verified_by": None,
        "verified_order": None,
        "verified_at": None,
        "mentioned": "40225",
        "orders": [],
        "unavailable": False,
    }


@on_one_database
@pytest.mark.parametrize(
    ("customer", "email", "theirs"),
    [
        ("demo-zeynep", None, {CANCELLED, "40225"}),
        (None, "Zeynep@example.org", {CANCELLED, "40225"}),
        (None, "emma.hill@example.com", set()),
    ],
)
async def test_orders_of_whom_the_shop_names_are_beside_the_chat(
    begin: Begin, customer: str | None, email: str | None, theirs: set[str]
) -> None:
    desk = await begin(None)  # who has named order 40225 and proven nothing
    async with desk.service.app[keys.STORE].write() as tx:
        held = await conversations.get(tx, desk.name)
        assert held is not None
        now = desk.service.clock()
        await identities.put(tx, VerifiedCustomer(held.contact_id, customer, email, now, now))
    beside = await desk.beside()
    assert (beside["verified_by"], beside["verified_order"]) == ("shop", None)
    numbers = {one["number"] for one in beside["orders"] if one["theirs"]}
    assert numbers >= theirs
    assert bool(numbers) == bool(theirs)


@on_one_database
async def test_closing_forgets_proof_and_looked_up_orders(begin: Begin) -> None:
    desk = await begin()
    await desk.do("look_up", "40349")
    await desk.agent.command(desk.name, "resolve")
    beside = await desk.beside()
    assert (beside["verified"], beside["orders"]) == (False, [])
    assert len(await desk.operations()) == 2


@on_one_database
async def test_who_takes_over_from_the_bot_has_the_proven_orders(
    make_service: MakeService, seeded: Path
) -> None:
    async def script(said: str, turn: Turn) -> Answer:
        proof = {"name": "prove_order", "order": SHIPPED, "outcome": "done"}
        return answer("It is on its way.", operations=[proof])

    service = await make_service(ScriptedBot(script), shop_url=f"sqlite+aiosqlite:///{seeded}")
    customer, agent = await service.new_customer(), await service.new_agent()
    await customer.say("10482, 4821")
    await customer.until_bot_said(1)
    name = (await customer.read())["conversation"]["id"]
    assert (await agent.command(name, "take-over"))[0] == 200
    found = await Desk(service, customer, agent, name).order(SHIPPED)
    assert found["status"] == "shipped"


@on_one_database
async def test_numbers_in_a_note_are_hidden(begin: Begin) -> None:
    desk = await begin()
    await desk.do("cancel_order", PREPARING, note="kart 5406 6754 0667 5403")
    (note,) = await desk.notes()
    assert "5406" not in note
    assert "5403" in note


# When the shop is down


def dies(monkeypatch: pytest.MonkeyPatch, method: str, *, after: bool) -> list[str]:
    """Let a method of the shop fail once, before or after it has done its work."""
    real = getattr(SqlShop, method)
    calls: list[str] = []

    async def failing(self: SqlShop, *given: Any, **named: Any) -> Any:
        calls.append(str(named.get("key")))
        if len(calls) == 1:
            if after:
                await real(self, *given, **named)
            raise ShopUnavailable("The shop is down for a test.")
        return await real(self, *given, **named)

    monkeypatch.setattr(SqlShop, method, failing)
    return calls


@pytest.mark.parametrize("after", [False, True])
async def test_what_may_have_been_done_is_asked_again_and_done_once(
    begin: Begin, monkeypatch: pytest.MonkeyPatch, after: bool
) -> None:
    desk = await begin()
    calls = dies(monkeypatch, "cancel_order", after=after)
    status, told = await desk.try_to("cancel_order", PREPARING, client_id="operation-once")
    assert (status, told["error"]["code"]) == (503, "shop_unavailable")
    open_one = (await desk.operations())[0]
    assert (open_one["id"], open_one["outcome"]) == (told["error"]["operation_id"], "open")
    assert await desk.notes() == []
    status, told = await desk.try_to("cancel_order", PREPARING, client_id="operation-once")
    assert (status, told["operation"]["outcome"]) == (200, "done")
    assert calls[0] == calls[1]
    assert len(await desk.notes()) == 1


@on_one_database
async def test_the_next_holder_may_ask_again_for_what_is_open(
    begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = await begin()
    dies(monkeypatch, "cancel_order", after=True)
    _, told = await desk.try_to("cancel_order", PREPARING, note="acil")
    path = f"/operations/{told['error']['operation_id']}/again"
    other = await desk.service.new_agent("ece", "Ece Korkmaz")
    assert (await other.post(path))[1]["error"]["code"] == "not_holder"
    await desk.agent.command(desk.name, "release")
    await other.claim(desk.name)
    status, told = await other.post(path)
    assert (status, told["operation"]["outcome"]) == (200, "done")
    assert (await other.post(path))[1] == told
    (note,) = await desk.notes()
    assert note.endswith("Note: acil")


@on_one_database
async def test_nothing_is_begun_while_the_orders_cannot_be_seen(
    begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = await begin()
    dies(monkeypatch, "orders_of_customer", after=False)
    status, told = await desk.try_to("cancel_order", PREPARING)
    assert (status, told["error"]["code"]) == (503, "shop_unavailable")
    assert "operation_id" not in told["error"]
    assert [one["name"] for one in await desk.operations()] == ["prove_order"]


@on_one_database
async def test_while_the_shop_is_down_the_card_keeps_what_is_known(
    begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = await begin()
    dies(monkeypatch, "find_order", after=False)
    beside = await desk.beside()
    assert (beside["unavailable"], beside["orders"]) == (True, [])
    assert (beside["verified"], beside["verified_order"]) == (True, PREPARING)
    assert (await desk.beside())["unavailable"] is False


@on_one_database
async def test_an_operation_that_is_none_is_not_found(begin: Begin) -> None:
    desk = await begin()
    (of_bot,) = await desk.operations()
    for name in (of_bot["id"], "0" * 32):
        status, told = await desk.agent.post(f"/operations/{name}/again")
        assert (status, told["error"]["code"]) == (404, "not_found")
