"""Where routes find what the application was wired from."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from aiohttp import web

from handoff.channels.base import Channel
from handoff.clock import Clock
from handoff.desk import Desk
from handoff.identity import Identity
from handoff.inbox import Inbox
from handoff.intake import Intake
from handoff.media import Media
from handoff.operations import Operations
from handoff.privacy import Privacy
from handoff.settings import Settings
from handoff.signin import SignIn
from handoff.store.base import Store
from handoff.turns import Typing

if TYPE_CHECKING:
    from handoff.web.health import Readiness
    from handoff.web.limits import Buckets
    from handoff.web.live import Live
    from shop.articles.library import Library
    from shop.base import Shop

SETTINGS: web.AppKey[Settings] = web.AppKey("settings")
CLOCK: web.AppKey[Clock] = web.AppKey("clock")
STORE: web.AppKey[Store] = web.AppKey("store")
INBOX: web.AppKey[Inbox] = web.AppKey("inbox")
INTAKE: web.AppKey[Intake] = web.AppKey("intake")
CHANNELS: web.AppKey[Mapping[tuple[str, str], Channel]] = web.AppKey("channels")
IDENTITY: web.AppKey[Identity] = web.AppKey("identity")
DESK: web.AppKey[Desk] = web.AppKey("desk")
OPERATIONS: web.AppKey[Operations] = web.AppKey("operations")
MEDIA: web.AppKey[Media] = web.AppKey("media")
PRIVACY: web.AppKey[Privacy] = web.AppKey("privacy")
SIGN_IN: web.AppKey[SignIn] = web.AppKey("sign_in")
TYPING: web.AppKey[Typing] = web.AppKey("typing")
LIVE: web.AppKey["Live"] = web.AppKey("live")
SHOP: web.AppKey["Shop"] = web.AppKey("shop")
LIBRARY: web.AppKey["Library"] = web.AppKey("library")
READINESS: web.AppKey["Readiness"] = web.AppKey("readiness")
MESSAGE_LIMIT: web.AppKey["Buckets"] = web.AppKey("message_limit")
FRAME_LIMIT: web.AppKey["Buckets"] = web.AppKey("frame_limit")
FILE_LIMIT: web.AppKey["Buckets"] = web.AppKey("file_limit")
SESSION_LIMIT: web.AppKey["Buckets"] = web.AppKey("session_limit")
