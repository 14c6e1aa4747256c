"""A visitor whom the shop names: a token is exchanged once, for half an hour."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from typing import Any

import jwt
import pytest

from tests.handoff.conftest import Customer, Service
from tests.handoff.logbook import captured

MakeService = Callable[..., Awaitable[Service]]
SECRET = "a secret that the shop's server knows too"


@pytest.fixture
async def service(make_service: MakeService) -> Service:
    return await make_service(identity_secret=SECRET)


def token(service: Service, customer: str | None = "c-17", **changed: Any) -> str:
    """A token as the shop's server makes it for a page it serves now."""
    now = int(service.clock().timestamp())
    said = {
        "sub": customer,
        "aud": service.settings.public_url,
        "iat": now,
        "exp": now + 120,
        "jti": secrets.token_hex(16),
        **changed,
    }
    kept = {name: value for name, value in said.items() if value is not None}
    return jwt.encode(kept, SECRET, algorithm="HS256")


async def exchange(service: Service, customer: Customer, given: str) -> tuple[int, dict[str, Any]]:
    async with service.http.post(
        f"{service.url}/widget/identity", json={"token": given}, headers=customer.headers
    ) as response:
        return response.status, await response.json()


async def sender(service: Service, customer: Customer) -> dict[str, Any]:
    """What the bot is told of who sends a message now."""
    said = len(await customer.messages("bot"))
    await customer.say("hello")
    await customer.until_bot_said(said + 1)
    return service.bot.asked[-1].sender


async def test_bot_is_told_whom_the_shop_has_named(service: Service) -> None:
    customer = await service.new_customer()
    status, answer = await exchange(service, customer, token(service))
    assert status == 200
    assert answer["until"] > service.clock().isoformat()
    told = (await sender(service, customer))["customer"]
    assert (told["id"], told["email"]) == ("c-17", None)
    assert abs(service.clock().timestamp() - told["since"]) < 60


async def test_it_may_be_an_e_mail_address(service: Service) -> None:
    customer = await service.new_customer()
    await exchange(service, customer, token(service, None, email="elif@example.com"))
    told = (await sender(service, customer))["customer"]
    assert (told["id"], told["email"]) == (None, "elif@example.com")


async def test_without_a_token_the_bot_is_told_nobody(service: Service) -> None:
    assert "customer" not in await sender(service, await service.new_customer())


async def test_another_visitor_is_not_that_customer(service: Service) -> None:
    await exchange(service, await service.new_customer(), token(service))
    assert "customer" not in await sender(service, await service.new_customer())


async def test_after_half_an_hour_it_is_over_until_the_next_token(service: Service) -> None:
    customer = await service.new_customer()
    await exchange(service, customer, token(service))
    service.clock.forward(minutes=29)
    assert "customer" in await sender(service, customer)
    service.clock.forward(minutes=2)
    assert "customer" not in await sender(service, customer)
    assert (await exchange(service, customer, token(service)))[0] == 200
    assert "customer" in await sender(service, customer)


async def test_it_outlives_a_restart(service: Service) -> None:
    customer = await service.new_customer()
    await exchange(service, customer, token(service))
    await service.stop()
    await service.start()
    assert "customer" in await sender(service, customer)


async def test_a_token_is_good_once(service: Service) -> None:
    given = token(service)
    first, second = await service.new_customer(), await service.new_customer()
    assert (await exchange(service, first, given))[0] == 200
    for customer in (first, second):
        status, answer = await exchange(service, customer, given)
        assert (status, answer["error"]["code"]) == (403, "identity_refused")
        assert "used before" in answer["error"]["message"]
    assert "customer" not in await sender(service, second)


async def test_a_token_is_good_once_also_when_it_comes_many_times_at_once(service: Service) -> None:
    given = token(service)
    visitors = [await service.new_customer() for _ in range(8)]
    answers = await asyncio.gather(*(exchange(service, one, given) for one in visitors))
    assert sorted(status for status, _ in answers) == [200] + [403] * 7


async def test_several_tokens_of_a_visitor_may_come_at_once(service: Service) -> None:
    customer = await service.new_customer()
    given = [token(service) for _ in range(5)]
    answers = await asyncio.gather(*(exchange(service, customer, one) for one in given))
    assert [status for status, _ in answers] == [200] * 5


async def test_used_tokens_are_forgotten_only_when_they_have_expired(service: Service) -> None:
    customer, given = await service.new_customer(), token(service)
    await exchange(service, customer, given)
    for seconds in (60, 59, 2, 60):
        service.clock.forward(seconds=seconds)
        await exchange(service, customer, token(service))
        assert (await exchange(service, customer, given))[0] == 403


async def test_nobody_else_is_verified_where_a_customer_has_talked(service: Service) -> None:
    customer, given = await service.new_customer(), token(service, "c-18")
    await exchange(service, customer, token(service, "c-17"))
    service.clock.forward(hours=1)
    given = token(service, "c-18")
    status, answer = await exchange(service, customer, given)
    assert (status, answer["error"]["code"]) == (409, "other_customer")
    assert "customer" not in await sender(service, customer)
    fresh = await service.new_customer()
    assert (await exchange(service, fresh, given))[0] == 200, "the token is still good"


@pytest.mark.parametrize(
    "changed",
    [{"aud": "https://other.example"}, {"exp": 0}, {"jti": None}, {"sub": None}],
    ids=lambda changed: next(iter(changed)),
)
async def test_a_token_that_is_not_good_verifies_nobody(
    service: Service, changed: dict[str, Any]
) -> None:
    customer = await service.new_customer()
    status, answer = await exchange(service, customer, token(service, **changed))
    assert (status, answer["error"]["code"]) == (403, "identity_refused")
    assert "customer" not in await sender(service, customer)


async def test_without_the_secret_no_token_is_good(make_service: MakeService) -> None:
    service = await make_service()
    customer = await service.new_customer()
    status, answer = await exchange(service, customer, token(service))
    assert (status, answer["error"]["code"]) == (403, "identity_refused")
    assert "DEVIR_IDENTITY_SECRET" in answer["error"]["message"]


async def test_when_the_secret_is_taken_away_nobody_is_verified_any_more(
    service: Service,
) -> None:
    customer = await service.new_customer()
    await exchange(service, customer, token(service))
    await service.stop()
    service.settings = service.settings.model_copy(update={"identity_secret": None})
    await service.start()
    assert "customer" not in await sender(service, customer)


async def test_what_a_customer_sends_is_never_taken_for_what_the_service_knows(
    service: Service,
) -> None:
    customer = await service.new_customer()
    claimed = {"customer": {"id": "c-17", "email": None, "since": 0}}
    for extra in ({"metadata": claimed}, {"sender": claimed}, claimed):
        refused = await customer.post(client_id=customer.next_id(), text="hi", **extra)
        assert refused["error"]["code"] == "invalid_input"
    assert "customer" not in await sender(service, customer)


async def test_the_console_shows_the_name_the_shop_tells(service: Service) -> None:
    customer = await service.new_customer()
    await exchange(service, customer, token(service, name="Elif Aydın"))
    await sender(service, customer)
    agent = await service.new_agent()
    (listed,) = (await agent.get("/conversations?view=all"))["conversations"]
    assert listed["customer"]["name"] == "Elif Aydın"


async def test_neither_token_nor_customer_is_logged(service: Service) -> None:
    customer = await service.new_customer()
    given = token(service, "c-very-special", name="Elif Aydın")
    with captured() as book:
        await exchange(service, customer, given)
        await exchange(service, customer, given)
    for secret in (given, "c-very-special", "Elif"):
        assert not book.names(secret)
    assert [entry["event"] for entry in book.events].count("customer_verified") == 1


# Where a message comes from


async def test_bot_is_told_a_digest_of_where_a_message_comes_from(service: Service) -> None:
    here, there = await service.new_customer(), await service.new_customer()
    told = [(await sender(service, one))["address"] for one in (here, here, there)]
    assert len(set(told)) == 1
    assert len(told[0]) == 32
    assert "127.0.0.1" not in str(told)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("203.0.113.7", "203.0.113.8", False),
        ("2001:db8:1:2::7", "2001:db8:1:2:ffff::8", True),
        ("2001:db8:1:2::7", "2001:db8:1:3::7", False),
        ("::ffff:203.0.113.7", "203.0.113.7", True),
        ("::ffff:203.0.113.7", "::ffff:203.0.113.8", False),
    ],
)
async def test_clients_are_told_apart_by_what_they_cannot_easily_change(
    make_service: MakeService, one: str, other: str, same: bool
) -> None:
    service = await make_service(trusted_proxies=1)
    seen = []
    for address in (one, other):
        customer = await service.new_customer()
        headers = {**customer.headers, "X-Forwarded-For": address}
        body = {"client_id": customer.next_id(), "text": "hello"}
        async with service.http.post(
            f"{service.url}/widget/messages", json=body, headers=headers
        ) as response:
            assert response.status == 201
        await customer.until_bot_said(1)
        seen.append(service.bot.asked[-1].sender["address"])
    assert (seen[0] == seen[1]) is same
