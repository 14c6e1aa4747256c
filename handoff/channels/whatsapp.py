"""One number of the shop on WhatsApp."""

import hashlib
import hmac
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import aiohttp

from handoff.channels import client as http
from handoff.channels import whatsapp_events as events
from handoff.channels import whatsapp_messages as messages
from handoff.channels.base import (
    Call,
    Capabilities,
    Channel,
    Check,
    Echo,
    Event,
    Outgoing,
    PermanentError,
    RemoteFile,
    StoredFile,
    TransientError,
    Unverified,
    Webhook,
)
from handoff.channels.whatsapp_account import Account
from handoff.channels.whatsapp_errors import ERRORS
from handoff.channels.whatsapp_graph import Graph
from handoff.notices import Notices

_SIGNED = "sha256="
_FILES = frozenset(
    {
        *("image/jpeg", "image/png", "application/pdf"),
        *("audio/ogg", "audio/mpeg", "audio/mp4", "audio/aac", "video/mp4"),
    }
)
_FILE_LIMIT = 16 * 1024 * 1024
_PICTURE_LIMIT = 5 * 1024 * 1024


class WhatsApp(Channel):
    """Speaks with Meta's Cloud API, whose address with its version is `api`.

    `account` is the number's id there. `app_secret` signs what comes in, `verify_token` is what
    the platform says when it is introduced, `token` opens its API. `template` is the name of the
    approved text that asks a customer to write; without it none is sent.
    """

    name = "whatsapp"
    capabilities = Capabilities(
        window=timedelta(hours=24),
        names_calls=True,
        files=_FILES,
        file_limit=_FILE_LIMIT,
        read_marks=True,
    )
    most_together = 10
    typing_seconds = 25.0

    def __init__(
        self,
        client: aiohttp.ClientSession,
        notices: Notices,
        *,
        api: str,
        account: str,
        token: str,
        app_secret: str,
        verify_token: str,
        template: str | None = None,
    ) -> None:
        self.account = account
        self._notices = notices
        self._graph = Graph(client, api, token)
        self._at_meta = Account(self._graph, account, app_secret, verify_token, template)
        self._app_secret = app_secret.encode()
        self._verify_token = verify_token
        self._template = template

    # In

    def verify(self, call: Webhook) -> None:
        """See Channel: by a signature over the body as it came."""
        given = call.headers.get("x-hub-signature-256", "").encode("utf-8", "replace")
        wanted = _SIGNED + hmac.new(self._app_secret, call.body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(given, wanted.encode()):
            raise Unverified("the signature is not the app's")

    def greet(self, call: Webhook) -> str:
        """See Channel."""
        given = call.query.get("hub.verify_token", "").encode("utf-8", "replace")
        known = hmac.compare_digest(given, self._verify_token.encode())
        if call.query.get("hub.mode") != "subscribe" or not known:
            raise Unverified("the verify token is another one")
        return call.query.get("hub.challenge", "")

    def parse(self, call: Webhook) -> Sequence[Event]:
        """See Channel."""
        return events.read(call.body, self.account)

    async def fetch(self, file: RemoteFile) -> AsyncIterator[bytes]:
        """See Channel: the platform gives an address that works for some minutes."""
        found = await self._graph.ask(
            "GET", f"/{file.reference}", params={"phone_number_id": self.account}
        )
        url = str(found.get("url", ""))
        if not self._graph.owns(url):
            raise PermanentError("content_refused")
        async with http.open_call(
            self._graph.client, "GET", url, headers=self._graph.headers()
        ) as response:
            if response.status != 200:
                raise ERRORS.error(response.status)
            async for piece in response.content.iter_any():
                yield piece

    # Out

    def together(self, waiting: Sequence[Outgoing]) -> int:
        """See Channel: a customer is sent one message in six seconds without being refused."""
        return messages.together(waiting)

    def parts(self, message: Outgoing) -> int:
        """See Channel."""
        return len(messages.pieces(message))

    def tells_of(self, echo: Echo, call: Call) -> bool:
        """See Channel."""
        choose = self._notices.say("choose", call.language)
        return messages.tells_of(echo, self._piece(call), choose=choose)

    def _piece(self, call: Call) -> messages.Piece:
        return messages.pieces(messages.merged(call.messages))[call.part]

    def shows_numbers(self, message: Outgoing) -> bool:
        """See Channel: where neither buttons nor a list can hold them."""
        return messages.shows_numbers(message.buttons)

    async def send(self, call: Call) -> str | None:
        """See Channel."""
        piece = self._piece(call)
        if piece.template:
            if self._template is None:
                raise PermanentError("template_refused")
            content = messages.template(self._template, call.language)
        elif piece.file:
            media_id = await self._upload(piece.file)
            content = messages.attachment(piece.file, media_id, piece.text)
        else:
            content = messages.content(
                piece,
                choose=self._notices.say("choose", call.language),
                options=self._notices.say("options", call.language),
            )
        answer = await self._tell(
            {**messages.recipient(call.address), "biz_opaque_callback_data": call.id, **content}
        )
        sent = answer.get("messages")
        if isinstance(sent, list) and sent and isinstance(sent[0], dict):
            return str(sent[0].get("id") or "") or None
        return None

    async def _upload(self, file: StoredFile) -> str:
        """Give the platform a file, and return its id there."""
        if file.type.startswith("image/") and file.path.stat().st_size > _PICTURE_LIMIT:
            raise PermanentError("content_refused")
        form = aiohttp.FormData()
        form.add_field("messaging_product", "whatsapp")
        form.add_field("type", file.type)
        with file.path.open("rb") as opened:
            form.add_field("file", opened, content_type=file.type, filename=file.name)
            try:
                answer = await self._graph.ask("POST", f"/{self.account}/media", data=form)
            except TransientError as error:
                # Nobody sees an upload: what was lost here has not reached the customer.
                raise TransientError(error.code, retry_after=error.retry_after) from error
        media_id = answer.get("id")
        if not isinstance(media_id, str):
            raise TransientError("platform_failed")
        return media_id

    async def typing(self, address: str, newest: str | None) -> None:
        """See Channel. It marks what the customer wrote as read, too."""
        if newest is not None:
            await self._mark(newest, typing_indicator={"type": "text"})

    async def mark_read(self, address: str, newest: str) -> None:
        """See Channel."""
        await self._mark(newest)

    async def _mark(self, message_id: str, **more: Any) -> None:
        await self._tell({"status": "read", "message_id": message_id, **more})

    async def _tell(self, given: Mapping[str, Any]) -> dict[str, Any]:
        return await self._graph.ask(
            "POST", f"/{self.account}/messages", json={"messaging_product": "whatsapp", **given}
        )

    # Setting up

    async def introduce(self, address: str) -> str:
        """See Channel."""
        return await self._at_meta.introduce(address)

    async def examine(self, address: str, now: datetime) -> Sequence[Check]:
        """See Channel."""
        return await self._at_meta.examine(address, now)
