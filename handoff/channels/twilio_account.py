"""Setting up the shop's WhatsApp sender at Twilio, and finding out what is wrong with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from handoff.channels.base import Check, PermanentError, SendError, TransientError
from handoff.channels.examining import clock
from handoff.channels.shapes import as_object, as_objects
from handoff.channels.twilio_api import Api

_AGAIN = ".venv/bin/python -m handoff set-webhook"
_BY_HAND = "enter it in Twilio's console, as docs/channels.md says"


@dataclass(frozen=True, slots=True)
class Account:
    """A sender, and the template that asks a customer to write."""

    api: Api
    template: str | None

    async def introduce(self, address: str) -> str:
        """See Channel."""
        sender = await self._sender()
        if sender is None:
            return f"{self._number} is none of the account's senders: {_BY_HAND}: {address}"
        webhook = {"callback_url": address, "callback_method": "POST"}
        place = f"{self._senders}/{sender.get('sid')}"
        await self.api.ask("POST", place, json={"webhook": webhook})
        return f"Twilio calls {address} from now on"

    async def examine(self, address: str, now: datetime) -> Sequence[Check]:
        """See Channel."""
        try:
            account = await self.api.ask("GET", f"{self.api.account}.json")
        except PermanentError:
            fix = "set DEVIR_TWILIO_ACCOUNT and DEVIR_TWILIO_TOKEN to what Twilio's console shows"
            return [Check("token", "refused", ok=False, fix=fix)]
        except TransientError as error:
            fix = f"let this machine reach {self.api.url}"
            return [Check("token", f"cannot be tried ({error.code})", ok=False, fix=fix)]
        return [
            _of_account(account.json()),
            await self._of_sender(address),
            await self._of_template(),
            clock(account.headers, now),
        ]

    @property
    def _number(self) -> str:
        return f"+{self.api.credentials.number}"

    @property
    def _senders(self) -> str:
        return f"{self.api.sibling('messaging')}/v2/Channels/Senders"

    async def _sender(self) -> dict[str, Any] | None:
        """Return the sender of our number, as far as Twilio lists it: not that of its sandbox."""
        query = {"Channel": "whatsapp", "PageSize": "100"}
        found = (await self.api.ask("GET", self._senders, params=query)).json()
        wanted = f"whatsapp:{self._number}"
        listed = as_objects(found.get("senders"))
        sid = next((one.get("sid") for one in listed if one.get("sender_id") == wanted), None)
        return (await self.api.ask("GET", f"{self._senders}/{sid}")).json() if sid else None

    async def _of_sender(self, address: str) -> Check:
        try:
            sender = await self._sender()
        except SendError as error:
            return Check("sender", f"cannot be read ({error.code})", ok=None)
        if sender is None:
            state = f"{self._number} is none of the account's senders; right for the sandbox alone"
            return Check("sender", state, ok=None, fix="mend DEVIR_TWILIO_NUMBER")
        status = str(sender.get("status"))
        if not status.startswith("ONLINE"):
            state = f"{self._number} is {status.lower()}"
            return Check("sender", state, ok=False, fix="see its page in Twilio's console")
        known = as_object(sender.get("webhook")).get("callback_url")
        if known == address:
            return Check("sender", f"{self._number} is online, and Twilio calls the service")
        plain = address.partition("#")[0]
        if isinstance(known, str) and known.partition("#")[0] == plain:
            state = "Twilio calls the service, but only once"
            return Check("sender", state, ok=None, fix=_AGAIN)
        state = f"Twilio calls {known} instead" if known else "Twilio calls nobody"
        return Check("sender", state, ok=False, fix=_AGAIN)

    async def _of_template(self) -> Check:
        if self.template is None:
            state = "none: what waits longer than 24 hours goes out only when the customer writes"
            return Check("template", state, ok=None, fix="docs/channels.md says how to make one")
        place = f"{self.api.sibling('content')}/v1/Content/{self.template}/ApprovalRequests"
        try:
            found = (await self.api.ask("GET", place)).json()
        except SendError as error:
            fix = "set DEVIR_TWILIO_TEMPLATE to the sid of a template of this account"
            wrong = isinstance(error, PermanentError)
            state = f"cannot be read ({error.code})"
            return Check("template", state, ok=False if wrong else None, fix=fix if wrong else "")
        whatsapp = as_object(found.get("whatsapp"))
        state = f"{whatsapp.get('name')}: {whatsapp.get('status')}"
        good = whatsapp.get("status") == "approved"
        fix = "" if good else "let WhatsApp approve it, in Twilio's Content Template Builder"
        return Check("template", state, ok=good, fix=fix)


def _of_account(account: dict[str, Any]) -> Check:
    status = account.get("status")
    if status != "active":
        fix = "see the account's page in Twilio's console"
        return Check("token", f"good, but the account is {status}", ok=False, fix=fix)
    return Check("token", "good")
