"""What platforms tell us, kept before the platform is told that we have it."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from handoff.channels.base import (
    Channel,
    Echo,
    Event,
    Impatient,
    Inbound,
    Polled,
    Reachability,
    Received,
    Renamed,
    Report,
    SendError,
)
from handoff.clock import Clock
from handoff.customers import Customers
from handoff.echoes import Echoes
from handoff.errors import MessageEmpty, MessageTooLong, NotFound
from handoff.inbox import Inbox
from handoff.outbox import Outbox

log = structlog.get_logger(__name__)

_AT_ONCE = 16

_CATCH_UP_SECONDS = 300.0
_OVERLAP = timedelta(minutes=1)
"""How much further back is looked, since a platform's clock is another one."""

_LONGEST_AGO = timedelta(days=1)
"""What was written before is not answered any more."""


class Intake:
    """The door for platforms."""

    def __init__(
        self, customers: Customers, inbox: Inbox, outbox: Outbox, echoes: Echoes, clock: Clock
    ) -> None:
        self._customers = customers
        self._inbox = inbox
        self._echoes = echoes
        self._outbox = outbox
        self._clock = clock
        self._acknowledging: set[asyncio.Task[None]] = set()

    async def take(self, channel: Channel, events: Sequence[Event]) -> None:
        """Keep everything that a platform tells; what came before changes nothing.

        What one customer sends, and is sent, is taken in its order. When this raises, some of it
        may not have been taken, and all of it must come again.
        """
        slots = asyncio.Semaphore(_AT_ONCE)

        async def one_by_one(row: list[Event]) -> None:
            async with slots:
                for event in row:
                    await self._take(channel, event)

        async with asyncio.TaskGroup() as group:
            for row in _rows(events):
                group.create_task(one_by_one(row))

    async def poll(self, channel: Polled) -> None:
        """Take what a platform has that must be asked, until cancelled."""
        async for events in channel.poll():
            await self.take(channel, events)

    async def catch_up(self, channel: Impatient) -> None:
        """Take what a platform could not bring to us, from time to time, until cancelled.

        It begins with what was written after the last message that came. Where none ever has, what
        was written before is somebody else's.
        """
        since = await self._inbox.last_heard(channel)
        while True:
            now = self._clock()
            if since is None:
                since = now
            else:
                begin = max(since - _OVERLAP, now - _LONGEST_AGO)
                since = await self._catch_up(channel, begin, now)
            await asyncio.sleep(_CATCH_UP_SECONDS)

    async def _catch_up(self, channel: Impatient, since: datetime, now: datetime) -> datetime:
        """Return since when there may be more."""
        try:
            await self.take(channel, await channel.missed(since))
        except SendError as error:
            log.warning("catch_up_refused", channel=channel.name, error=error.code)
            return since
        return now

    async def _take(self, channel: Channel, event: Event) -> None:
        match event:
            case Received():
                await self._receive(channel, event)
            case Echo():
                await self._overhear(channel, event)
            case Report():
                await self._outbox.reported(channel, event)
            case Renamed():
                await self._customers.renamed(channel.name, event)
            case Reachability(sender=sender, reachable=reachable):
                contact = await self._customers.known(channel.name, sender)
                await self._inbox.reachable(contact, channel, reachable=reachable)

    async def _receive(self, channel: Channel, received: Received) -> None:
        contact = await self._customers.known(channel.name, received.sender)
        inbound = replace(
            _inbound(channel, contact.id, channel.source, received),
            button=received.button,
            photos=channel.capabilities.photos,
        )
        try:
            await self._keep(inbound, received)
        except NotFound:
            # A platform gives back only what we gave it: somebody has made this button up.
            log.info("button_unknown", channel=channel.name)
        if received.press is not None:
            task = asyncio.create_task(self._acknowledge(channel, received))
            self._acknowledging.add(task)
            task.add_done_callback(self._acknowledging.discard)

    async def _overhear(self, channel: Channel, echo: Echo) -> None:
        contact = await self._customers.known(channel.name, echo.customer)
        if await self._echoes.is_ours(channel, contact.id, echo):
            return
        inbound = _inbound(channel, contact.id, channel.echo_source, echo)
        await self._keep(replace(inbound, from_shop=True), echo)

    async def _keep(self, inbound: Inbound, told: Received | Echo) -> None:
        try:
            if told.edits is not None:
                await self._inbox.edit(inbound, told.edits, told.files)
            else:
                await self._inbox.hear(inbound, told.files)
        except (MessageEmpty, MessageTooLong):
            kind = told.unsupported or (None if told.files else "text")
            textless = replace(inbound, text=None, unsupported=kind)
            await self._inbox.hear(textless, told.files)

    async def _acknowledge(self, channel: Channel, received: Received) -> None:
        try:
            await channel.acknowledge(received)
        except Exception:
            log.exception("press_not_acknowledged", channel=channel.name)


def _inbound(channel: Channel, contact_id: str, source: str, told: Received | Echo) -> Inbound:
    """Return what was written between the shop and a customer."""
    return Inbound(
        contact_id=contact_id,
        channel=channel.name,
        account=channel.account,
        source=source,
        source_id=told.external_id,
        text=told.text,
        unsupported=told.unsupported,
        reply_to=told.address,
        window=channel.capabilities.window,
        sent_at=told.sent_at,
    )


def _rows(events: Sequence[Event]) -> list[list[Event]]:
    """Return the events that must keep their order: those of one customer or one message.

    A customer has several names, not all of which are told each time.
    """
    rows: list[list[Event]] = []
    of: dict[object, list[Event]] = {}
    for event in events:
        names = _names(event)
        row = next((of[name] for name in names if name in of), None)
        if row is None:
            rows.append(row := [])
        row.append(event)
        for name in names:
            of.setdefault(name, row)
    return rows


def _names(event: Event) -> Sequence[object]:
    match event:
        case Report(platform_id=name):
            return (name,)
        case Renamed(before=customer) | Echo(customer=customer):
            return customer.identities
        case Received(sender=customer) | Reachability(sender=customer):
            return customer.identities
