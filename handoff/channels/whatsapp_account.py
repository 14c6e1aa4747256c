"""Setting up the shop's account of WhatsApp at Meta, and finding out what is wrong with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from handoff.channels.base import Check, PermanentError, SendError, TransientError
from handoff.channels.examining import clock
from handoff.channels.shapes import as_object, as_objects
from handoff.channels.whatsapp_events import ECHOES, MESSAGES
from handoff.channels.whatsapp_graph import Graph
from handoff.notices import LANGUAGES

_OBJECT = "whatsapp_business_account"
_MANAGING, _MESSAGING = "whatsapp_business_management", "whatsapp_business_messaging"
_SOON_SECONDS = 14 * 24 * 60 * 60
_AGAIN = ".venv/bin/python -m handoff set-webhook"
_BY_HAND = (
    "if the shop also answers in the WhatsApp Business app, subscribe the app to that field in its"
    " dashboard, under WhatsApp → Configuration"
)


@dataclass(frozen=True, slots=True)
class Account:
    """A number, and what opens the app that it belongs to."""

    graph: Graph
    phone_id: str
    app_secret: str
    verify_token: str
    template: str | None

    async def introduce(self, address: str) -> str:
        """See Channel. Meta calls the address at once, so that the service has to run."""
        token = (await self._token())[0]
        told = f"Meta calls {address} from now on"
        try:
            await self._subscribe(token, address, MESSAGES, ECHOES)
        except PermanentError:
            # An app that Meta does not let have the second still needs the first.
            await self._subscribe(token, address, MESSAGES)
            told += f", but does not tell {ECHOES}: {_BY_HAND}"
        for business in _businesses(token):
            await self.graph.ask("POST", f"/{business}/subscribed_apps")
        return told

    async def _subscribe(self, token: dict[str, Any], address: str, *fields: str) -> None:
        wanted = {
            "object": _OBJECT,
            "callback_url": address,
            "verify_token": self.verify_token,
            "fields": ",".join(fields),
        }
        await self.graph.ask(
            "POST", f"/{token['app_id']}/subscriptions", token=self._app_token(token), data=wanted
        )

    async def examine(self, address: str, now: datetime) -> Sequence[Check]:
        """See Channel."""
        try:
            token, headers = await self._token()
        except PermanentError:
            fix = "make a token for a system user and set DEVIR_WHATSAPP_TOKEN"
            return [Check("token", "refused", ok=False, fix=fix)]
        except TransientError as error:
            fix = f"let this machine reach {self.graph.url}"
            return [Check("token", f"cannot be tried ({error.code})", ok=False, fix=fix)]
        return [
            _of_token(token, now),
            await self._of_number(),
            await self._of_webhook(token, address),
            *await self._of_businesses(token),
            clock(headers, now),
        ]

    async def _token(self) -> tuple[dict[str, Any], Any]:
        """Return what Meta says of our token, and the headers it said it with."""
        found, headers = await self.graph.ask_whole(
            "GET", "/debug_token", params={"input_token": self.graph.token}
        )
        told = as_object(found.get("data"))
        if told.get("is_valid") is not True or not str(told.get("app_id") or "").isdigit():
            raise PermanentError("account_refused")
        return told, headers

    def _app_token(self, token: dict[str, Any]) -> str:
        return f"{token['app_id']}|{self.app_secret}"

    async def _of_number(self) -> Check:
        fields = {"fields": "display_phone_number,verified_name,quality_rating"}
        try:
            found = await self.graph.ask("GET", f"/{self.phone_id}", params=fields)
        except SendError as error:
            fix = "give the system user the WhatsApp account, or mend DEVIR_WHATSAPP_PHONE_ID"
            return Check("number", f"cannot be read ({error.code})", ok=False, fix=fix)
        number, name = found.get("display_phone_number"), found.get("verified_name")
        poor = found.get("quality_rating") == "RED"
        state = f"{number}, {name}" + (", of poor quality" if poor else "")
        return Check("number", state, ok=None if poor else True)

    async def _of_webhook(self, token: dict[str, Any], address: str) -> Check:
        try:
            found = await self.graph.ask(
                "GET", f"/{token['app_id']}/subscriptions", token=self._app_token(token)
            )
        except PermanentError:
            fix = "set DEVIR_WHATSAPP_APP_SECRET to that of the app the token is of"
            return Check("app secret", "refused", ok=False, fix=fix)
        except TransientError as error:
            return Check("webhook", f"cannot be read ({error.code})", ok=None)
        of_us = [one for one in as_objects(found.get("data")) if one.get("object") == _OBJECT]
        if not of_us:
            return Check("webhook", "Meta calls nobody", ok=False, fix=_AGAIN)
        known = of_us[0].get("callback_url")
        if known != address:
            # A number may have an address of its own, which is not told here.
            return Check("webhook", f"the app's is {known}, not {address}", ok=None, fix=_AGAIN)
        fields = {one.get("name") for one in as_objects(of_us[0].get("fields"))}
        if MESSAGES not in fields or of_us[0].get("active") is not True:
            return Check("webhook", f"set, but not for {MESSAGES}", ok=False, fix=_AGAIN)
        if ECHOES in fields:
            return Check("webhook", f"set for {MESSAGES} and {ECHOES}")
        if await self._on_app():
            state = f"not set for {ECHOES}: the bot answers over who answers in the app"
            return Check("webhook", state, ok=False, fix=f"{_AGAIN}, or by hand: {_BY_HAND}")
        return Check("webhook", f"set for {MESSAGES}")

    async def _on_app(self) -> bool:
        """Return whether the number is used in the WhatsApp Business app too, if Meta says so."""
        fields = {"fields": "is_on_biz_app,platform_type"}
        try:
            found = await self.graph.ask("GET", f"/{self.phone_id}", params=fields)
        except SendError:
            return False
        return found.get("is_on_biz_app") is True

    async def _of_businesses(self, token: dict[str, Any]) -> list[Check]:
        businesses = _businesses(token)
        if not businesses:
            state = f"cannot be told: the token has no {_MANAGING} of one account"
            return [Check("account", state, ok=None)]
        checks = []
        for business in businesses:
            try:
                checks.append(await self._of_subscription(business, str(token["app_id"])))
                checks.append(await self._of_template(business))
            except SendError as error:
                checks.append(Check("account", f"cannot be read ({error.code})", ok=None))
        return checks

    async def _of_subscription(self, business: str, app: str) -> Check:
        found = await self.graph.ask("GET", f"/{business}/subscribed_apps")
        apps = {
            as_object(one.get("whatsapp_business_api_data")).get("id")
            for one in as_objects(found.get("data"))
        }
        if app not in apps:
            return Check("account", f"{business} does not tell the app", ok=False, fix=_AGAIN)
        return Check("account", f"{business} tells the app")

    async def _of_template(self, business: str) -> Check:
        if self.template is None:
            state = "none: what waits longer than 24 hours goes out only when the customer writes"
            return Check("template", state, ok=None, fix="docs/channels.md says how to make one")
        found = await self.graph.ask(
            "GET", f"/{business}/message_templates", params={"name": self.template}
        )
        # The API looks for a part of the name.
        states = {
            one.get("language"): str(one.get("status")).lower()
            for one in as_objects(found.get("data"))
            if one.get("name") == self.template
        }
        wrong = [
            f"{language}: {states.get(language, 'not there')}"
            for language in LANGUAGES
            if states.get(language) != "approved"
        ]
        if wrong:
            fix = "make it in WhatsApp Manager, as docs/channels.md says"
            told = f"{self.template} is not approved in {', '.join(wrong)}"
            return Check("template", told, ok=False, fix=fix)
        return Check("template", f"{self.template}, approved in {' and '.join(LANGUAGES)}")


def _of_token(token: dict[str, Any], now: datetime) -> Check:
    scopes = token.get("scopes")
    missing = {_MANAGING, _MESSAGING}.difference(scopes if isinstance(scopes, list) else ())
    if missing:
        fix = "let the system user make one with both permissions"
        return Check("token", f"lacks {' and '.join(sorted(missing))}", ok=False, fix=fix)
    until = token.get("expires_at")
    if isinstance(until, int) and until > 0:
        days = max(0, int((until - now.timestamp()) // (24 * 60 * 60)))
        soon = until - now.timestamp() < _SOON_SECONDS
        at = datetime.fromtimestamp(until, UTC).date()
        fix = "let the system user make one that does not expire"
        return Check("token", f"good until {at}, {days} days", ok=not soon, fix=fix * soon)
    return Check("token", "good, does not expire")


def _businesses(token: dict[str, Any]) -> list[str]:
    """Return the accounts that a token opens, as far as Meta names them."""
    return [
        str(target)
        for scope in as_objects(token.get("granular_scopes"))
        if scope.get("scope") == _MANAGING and isinstance(scope.get("target_ids"), list)
        for target in scope["target_ids"]
        if str(target).isdigit()
    ]
