"""What Twilio has kept of customers' messages, also of those that it could not bring to us."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

from handoff.channels import twilio_events as events
from handoff.channels.base import Received, TransientError
from handoff.channels.shapes import as_objects, as_text
from handoff.channels.twilio_api import Api

_PAGE = "100"


async def missed(api: Api, since: datetime) -> Sequence[Received]:
    """Return what has come to our number since then, in its order: less is told than by a webhook.

    Raises TransientError or PermanentError.
    """
    found: list[Received] = []
    begun = since.replace(microsecond=0)  # Twilio tells whole seconds
    url: str | None = f"{api.account}/Messages.json"
    query: dict[str, str] | None = {
        "To": f"whatsapp:+{api.credentials.number}",
        "DateSent>": begun.date().isoformat(),
        "PageSize": _PAGE,
    }
    while url is not None:
        page = (await api.ask("GET", url, params=query)).json()
        if "messages" not in page:
            raise TransientError("platform_failed")
        for one in as_objects(page["messages"]):
            at = _time(one.get("date_sent"))
            if at is None or one.get("direction") != "inbound":
                continue
            if at < begun:  # the newest come first
                return found[::-1]
            found += await _message(api, one, at)
        following = as_text(page.get("next_page_uri"))
        url, query = (f"{api.url}{following}" if following else None), None
    return found[::-1]


async def _message(api: Api, one: dict[str, Any], at: datetime) -> list[Received]:
    name, address = as_text(one.get("sid")), as_text(one.get("from"))
    if name is None or address is None:
        return []
    form = {"Body": as_text(one.get("body")) or "", "From": address, "MessageType": "unknown"}
    if str(one.get("num_media", "0")) != "0":
        place = f"{api.account}/Messages/{name}/Media"
        files = as_objects((await api.ask("GET", f"{place}.json")).json().get("media_list"))
        form["NumMedia"] = str(len(files))
        for number, file in enumerate(files):
            form[f"MediaUrl{number}"] = f"{place}/{file.get('sid')}"
            form[f"MediaContentType{number}"] = as_text(file.get("content_type")) or ""
    return [replace(events.received(name, form), sent_at=at)]


def _time(told: object) -> datetime | None:
    try:
        return parsedate_to_datetime(told) if isinstance(told, str) else None
    except ValueError:
        return None
