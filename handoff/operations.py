"""What agents do with customers' orders: the same operations as the bot's, by the same rules.

Everything is kept before it is done. An operation's id is the shop's key: asked again, at the same
moment or after a crash, it is done once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy.exc import IntegrityError

from handoff import errors, metrics
from handoff.clock import Clock
from handoff.conversation import Author, Command, Control, Visibility
from handoff.errors import IllegalTransition, InvalidInput, NotFound, NotHolder
from handoff.notices import Notices
from handoff.operation_words import OperationWords
from handoff.outbox import Outbox
from handoff.privacy import Privacy
from handoff.store import agents, control_changes, conversations, handoffs, identities, operations
from handoff.store.base import Store, Transaction
from handoff.store.messages import Draft
from handoff.store.rows import Agent, Conversation, Operation, VerifiedCustomer
from handoff.text import clean
from handoff.wishes import (
    WISH,
    CancelOrder,
    ChangeAddress,
    ExchangeItem,
    Invoice,
    Item,
    LookUp,
    RefundStatus,
    ReturnItem,
    Wish,
)
from shop import models
from shop.base import Shop
from shop.clock import shop_day
from shop.errors import ShopUnavailable
from shop.given import order_number
from shop.models import Order
from shop.outcomes import NotFound as NoSuchThing
from shop.record import Answer, Record, record

log = structlog.get_logger(__name__)

_RECENT = 200


@dataclass(frozen=True, slots=True)
class Known:
    """What a conversation knows of its customer's orders since it was last closed.

    `proven` is an order the customer has proven, `named` whom the shop's page says they are; since
    `verified_at`. `looked_up` are those that agents have looked up; `mentioned` is the number the
    customer named.
    """

    proven: str | None
    named: VerifiedCustomer | None
    verified_at: datetime | None
    looked_up: tuple[str, ...]
    mentioned: str | None


@dataclass(frozen=True, slots=True)
class Beside:
    """The orders an agent may see and change, with how they came to be known.

    `theirs` are the numbers of those that belong to a customer who has shown who they are.
    """

    known: Known
    orders: tuple[Order, ...]
    theirs: frozenset[str]

    def find(self, number: str) -> Order | None:
        """Return one of them."""
        return next((one for one in self.orders if one.number == number), None)


@dataclass(frozen=True, slots=True)
class Performed:
    """An operation that is finished, and what may be said of it to the customer."""

    operation: Operation
    tell: str | None


class Operations:
    """The door for agents to the shop."""

    def __init__(
        self,
        store: Store,
        shop: Shop,
        outbox: Outbox,
        privacy: Privacy,
        sentences: Notices,
        clock: Clock,
    ) -> None:
        self._store = store
        self._shop = shop
        self._outbox = outbox
        self._privacy = privacy
        self._sentences = sentences
        self._clock = clock

    async def known(self, conversation_id: str) -> Known:
        """Return what a conversation knows of its customer's orders. Raises NotFound."""
        async with self._store.read() as tx:
            conversation = await conversations.get(tx, conversation_id)
            if conversation is None:
                raise NotFound("there is no such conversation")
            return await _known(tx, conversation)

    async def beside(self, conversation_id: str) -> Beside:
        """Return the orders beside a conversation, newest first.

        They are all of a customer who has proven one, and those that were looked up. Raises
        NotFound, and ShopUnavailable while the shop cannot be asked.
        """
        known = await self.known(conversation_id)
        found: dict[str, Order] = {}
        for customer in await self._customers(known):
            orders = await self._shop.orders_of_customer(customer)
            found |= {order.number: order for order in orders}
        theirs = frozenset(found)
        for number in known.looked_up:
            if number not in found and (order := await self._shop.find_order(number)):
                found[order.number] = order
        newest_first = sorted(found.values(), key=lambda order: order.placed_at, reverse=True)
        return Beside(known, tuple(newest_first), theirs)

    async def _customers(self, known: Known) -> list[str]:
        """Return the ids of whom the conversation knows its customer to be: one, as a rule."""
        ids = [known.named.customer] if known.named and known.named.customer else []
        if known.proven and (order := await self._shop.find_order(known.proven)):
            ids.append(order.customer.id)
        elif known.named and known.named.email and known.mentioned:
            # By an e-mail address alone no customer is found, but one of their orders is.
            order = await self._shop.find_order(known.mentioned)
            if order and order.customer.email.casefold() == known.named.email.casefold():
                ids.append(order.customer.id)
        return list(dict.fromkeys(ids))

    async def perform(
        self, agent: Agent, conversation_id: str, *, client_id: str, wish: Wish, note: str
    ) -> Performed:
        """Do what `agent` wishes; only the holder may, and only with orders beside the chat.

        The same `client_id` is done once. Raises NotFound, NotHolder, IllegalTransition,
        InvalidInput, MessageTooLong, and ShopUnavailable when it is open whether it was done:
        asked again it is done once.
        """
        written = self._privacy.mask(clean(note)).text if note.strip() else ""
        wish = wish.model_copy(update={"order": order_number(wish.order)})
        request = {"wish": wish.model_dump(mode="json"), "note": written}
        async with self._store.read() as tx:
            await self._check_holder(tx, agent, conversation_id)
            begun = await operations.find(
                tx, conversation_id=conversation_id, agent_id=agent.id, client_id=client_id
            )
        if begun is None:
            await self._check_order(conversation_id, wish)
            begun = await self._begin(agent, conversation_id, client_id, wish, request)
        if begun.request != request:
            raise InvalidInput(
                "correct the fields named",
                fields={"client_id": "was used for something else; make up another"},
            )
        return await self._finish(agent, begun)

    async def again(self, agent: Agent, operation_id: str) -> Performed:
        """Do what was begun, by whichever agent, and not known to be done; only the holder may.

        Raises NotFound, NotHolder, IllegalTransition or ShopUnavailable.
        """
        async with self._store.read() as tx:
            begun = await operations.get(tx, operation_id)
            if begun is None or begun.agent_id is None:
                raise NotFound("there is no such operation")
            await self._check_holder(tx, agent, begun.conversation_id)
        return await self._finish(agent, begun)

    async def _check_holder(self, tx: Transaction, agent: Agent, conversation_id: str) -> None:
        conversation = await conversations.get(tx, conversation_id)
        if conversation is None:
            raise NotFound("there is no such conversation")
        if conversation.control is not Control.HUMAN:
            raise IllegalTransition(
                "take the conversation before you work on its orders",
                control=conversation.control.value,
            )
        if conversation.agent_id != agent.id:
            holder = await agents.get(tx, conversation.agent_id or "")
            raise NotHolder(
                "only the agent who has the conversation may do this",
                control=conversation.control.value,
                holder={"id": holder.id, "name": holder.name} if holder else None,
            )

    async def _check_order(self, conversation_id: str, wish: Wish) -> None:
        if isinstance(wish, LookUp):
            return
        try:
            beside = await self.beside(conversation_id)
        except ShopUnavailable as error:
            log.warning("shop_away", operation=wish.name, why=str(error))
            raise errors.ShopUnavailable("the shop does not answer; nothing was done") from error
        if beside.find(wish.order) is None:
            raise NotFound("there is no such order beside this conversation; look it up first")

    async def _begin(
        self,
        agent: Agent,
        conversation_id: str,
        client_id: str,
        wish: Wish,
        request: dict[str, Any],
    ) -> Operation:
        try:
            async with self._store.write() as tx:
                return await operations.begin(
                    tx,
                    conversation_id=conversation_id,
                    agent_id=agent.id,
                    client_id=client_id,
                    name=wish.name,
                    order_number=wish.order,
                    request=request,
                    now=self._clock(),
                )
        except IntegrityError:  # the same wish, at the same moment
            async with self._store.read() as tx:
                begun = await operations.find(
                    tx, conversation_id=conversation_id, agent_id=agent.id, client_id=client_id
                )
            assert begun is not None
            return begun

    async def _finish(self, agent: Agent, begun: Operation) -> Performed:
        if begun.outcome == "open":
            try:
                answered = await self._ask(WISH.validate_python(begun.request["wish"]), begun.id)
            except ShopUnavailable as error:
                log.warning("shop_away", operation=begun.name, why=str(error))
                raise errors.ShopUnavailable(
                    "the shop's system does not answer, and may have done it; ask again",
                    operation_id=begun.id,
                ) from error
            begun = await self._keep(agent, begun, answered)
        async with self._store.read() as tx:
            conversation = await conversations.get(tx, begun.conversation_id)
        assert conversation is not None  # a foreign key
        if begun.name == "look_up":
            return Performed(begun, None)
        return Performed(begun, self._words(begun, conversation).tell())

    async def _ask(self, wish: Wish, key: str) -> Record:
        shop, number = self._shop, wish.order
        answer: Answer
        match wish:
            case LookUp():
                found = await shop.find_order(number)
                return Record("done" if found else "not_found", None, None, None, {})
            case CancelOrder():
                answer = await shop.cancel_order(number, key=key)
            case ChangeAddress(address=given):
                address = models.Address(**given.model_dump())
                answer = await shop.change_address(number, address, key=key)
            case ReturnItem():
                answer = await shop.request_return(
                    number, _items(wish.items), reason=wish.reason, handover=wish.handover, key=key
                )
            case ExchangeItem():
                (item,) = _items([wish.item])
                answer = await shop.exchange(
                    number,
                    item,
                    wish.variant,
                    reason=wish.reason,
                    handover=wish.handover,
                    key=key,
                )
            case RefundStatus():
                # Its order may have gone since it was shown, and of none there is no refund.
                found = await shop.find_order(number)
                answer = await shop.refund_status(number) if found else NoSuchThing("order")
            case Invoice():
                answer = await shop.invoice_link(number)
        return record(answer)

    async def _keep(self, agent: Agent, begun: Operation, answered: Record) -> Operation:
        """Keep what came of it and tell the other agents, unless somebody else just has."""
        now = self._clock()
        async with self._store.write() as tx:
            conversation = await conversations.lock(tx, begun.conversation_id)
            assert conversation is not None  # a foreign key
            first = await operations.finish(
                tx,
                begun.id,
                outcome=answered.outcome,
                rule=answered.rule,
                since=answered.since,
                until=answered.until,
                details=answered.details,
                now=now,
            )
            done = await operations.get(tx, begun.id)
            assert done is not None
            if first and done.name != "look_up":
                note = self._note(agent, done, conversation)
                await self._outbox.post(tx, conversation, [note], now)
        if first:
            metrics.operations.labels(done.name, done.outcome).inc()
            log.info(
                "operation",
                conversation=done.conversation_id,
                agent=agent.id,
                name=done.name,
                outcome=done.outcome,
            )
        return done

    def _note(self, agent: Agent, done: Operation, conversation: Conversation) -> Draft:
        return Draft(
            author=Author.AGENT,
            agent_id=agent.id,
            name=agent.name,
            text=self._words(done, conversation).note(done.request["note"] or None),
            visibility=Visibility.INTERNAL,
            source="operation",
            source_id=done.id,
        )

    def _words(self, done: Operation, conversation: Conversation) -> OperationWords:
        today = shop_day(self._clock())
        return OperationWords(self._sentences, done, conversation.language, today, self._shop.rules)


def _items(items: Sequence[Item]) -> list[models.ReturnItem]:
    return [models.ReturnItem(item.line, item.quantity, item.opened) for item in items]


async def _known(tx: Transaction, conversation: Conversation) -> Known:
    closed_at = await control_changes.last(tx, conversation.id, Command.RESOLVE)
    done = await operations.since(tx, conversation.id, closed_at, limit=_RECENT)
    latest = await handoffs.latest(tx, conversation.id)
    slots: dict[str, Any] = {}
    if latest and (closed_at is None or latest.created_at > closed_at):
        slots = latest.evidence.get("slots") or {}
    named = await identities.get(tx, conversation.contact_id)
    if named and closed_at and named.since <= closed_at:
        named = None
    proof = next((one for one in done if one.name == "prove_order"), None)
    spoken_of = next((one.order_number for one in done if one.turn_id), None)
    mentioned = slots.get("order_number") or spoken_of
    proven = proof.order_number if proof else slots.get("verified_order")
    times = [named.since] if named else []
    if proof:
        times.append(proof.created_at)
    elif proven and latest:
        times.append(latest.created_at)
    return Known(
        proven=str(proven) if proven else None,
        named=named,
        verified_at=max(times, default=None),
        looked_up=tuple(
            dict.fromkeys(
                one.order_number for one in done if (one.name, one.outcome) == ("look_up", "done")
            )
        ),
        mentioned=str(mentioned) if mentioned else None,
    )
