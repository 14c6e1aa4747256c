"""Everything the service refuses, each with a code that never changes.

Raise these from any layer; the web layer turns them into the answer described in docs/protocol.md.
A database or network exception never reaches a route: the service that made the call translates it.
"""

from typing import Any, ClassVar


class DevirError(Exception):
    """A request that cannot be granted.

    `code` and `status` belong to the class and are part of the protocol; `message` says what to do
    about it; `fields` are further members of the answer.
    """

    code: ClassVar[str]
    status: ClassVar[int]

    def __init__(self, message: str, **fields: Any) -> None:
        super().__init__(message)
        self.message = message
        self.fields = fields


class InvalidJson(DevirError):
    """The body or frame is not a JSON object."""

    code, status = "invalid_json", 400


class InvalidInput(DevirError):
    """A field is missing, unknown or of the wrong type; `fields` names each."""

    code, status = "invalid_input", 422


class MessageEmpty(DevirError):
    """Nothing visible is left of a text."""

    code, status = "message_empty", 422


class MessageTooLong(DevirError):
    """A text is longer than a message may be."""

    code, status = "message_too_long", 422


class NotAuthenticated(DevirError):
    """No token or session came with the request, or it is no longer valid."""

    code, status = "not_authenticated", 401


class WrongCredentials(DevirError):
    """Login or password is wrong; never says which."""

    code, status = "wrong_credentials", 401


class OriginRefused(DevirError):
    """The page that calls is not on the allow-list."""

    code, status = "origin_refused", 403


class IdentityRefused(DevirError):
    """A token of the shop's server is not good; the message says what that server must mend."""

    code, status = "identity_refused", 403


class CsrfFailed(DevirError):
    """A changing request of the console came without its token."""

    code, status = "csrf_failed", 403


class Forbidden(DevirError):
    """The agent's role does not allow this."""

    code, status = "forbidden", 403


class NotFound(DevirError):
    """There is no such thing, or it is somebody else's; never says which."""

    code, status = "not_found", 404


class MethodNotAllowed(DevirError):
    """The route exists but not for this method."""

    code, status = "method_not_allowed", 405


class AlreadyClaimed(DevirError):
    """Another agent was faster; `holder` says who."""

    code, status = "already_claimed", 409


class NotHolder(DevirError):
    """Only the agent who holds the conversation may do this."""

    code, status = "not_holder", 409


class IllegalTransition(DevirError):
    """The conversation's control does not allow this step; `control` says what it is."""

    code, status = "illegal_transition", 409


class StaleEpoch(DevirError):
    """The conversation has changed hands since the caller looked."""

    code, status = "stale_epoch", 409


class OtherCustomer(DevirError):
    """The visitor has been verified as another customer, whose conversation this is."""

    code, status = "other_customer", 409


class ArticleChanged(DevirError):
    """Somebody has saved the article since the editor looked; `saved_by` says who."""

    code, status = "article_changed", 409


class CaseClosed(DevirError):
    """Somebody has closed the case before; `case` says who, when and with what note."""

    code, status = "case_closed", 409


class OriginalGone(DevirError):
    """What was hidden in a message is not kept, or can no longer be read."""

    code, status = "original_gone", 410


class BodyTooLarge(DevirError):
    """A body or frame is larger than `limit` bytes."""

    code, status = "body_too_large", 413


class FileTooLarge(DevirError):
    """A file has more than `limit` bytes."""

    code, status = "file_too_large", 413


class FileTypeRefused(DevirError):
    """A file is none of the `types` that are taken, whatever it is called."""

    code, status = "file_type_refused", 415


class FileBroken(DevirError):
    """A file cannot be read to its end, or a picture has too many pixels."""

    code, status = "file_broken", 422


class RateLimited(DevirError):
    """Too many in a short time; `retry_after` is in seconds."""

    code, status = "rate_limited", 429


class InternalError(DevirError):
    """Our own fault; the log has the `request_id`."""

    code, status = "internal_error", 500


class ShopUnavailable(DevirError):
    """The shop does not answer; `operation_id` names what may have been done."""

    code, status = "shop_unavailable", 503


class ConfigurationError(Exception):
    """The service cannot start as it is configured; the text names every setting and its fix."""
