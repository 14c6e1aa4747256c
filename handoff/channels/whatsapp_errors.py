"""What the Cloud API's error codes mean for a message.

They come in answers and in reports, and mostly with the HTTP status 400 whatever they mean.
"""

from collections.abc import Mapping

from handoff.channels.base import (
    WINDOW_CLOSED,
    ErrorTable,
    PermanentError,
    SendError,
    TransientError,
    WindowClosed,
)

RATE_LIMITED = "rate_limited"
PLATFORM_FAILED = "platform_failed"

_MEANINGS: Mapping[tuple[str, type[SendError]], tuple[int, ...]] = {
    (WINDOW_CLOSED, WindowClosed): (470, 131047),
    # The app's, the account's, the number's and the pair's limits.
    (RATE_LIMITED, TransientError): (4, 17, 32, 613, 80007, 130429, 131056, 131064),
    (PLATFORM_FAILED, TransientError): (1, 2, 131000, 131016, 131057, 133004),
    ("account_refused", PermanentError): (
        *(0, 3, 10, 33, 102, 190, 200, 294, 463, 467),
        *(131005, 131045, 133005, 133006, 133008, 133009, 133010, 133015),
    ),
    ("account_restricted", PermanentError): (368, 130497, 131031, 131037, 131042, 131048),
    ("undeliverable", PermanentError): (1013, 130472, 131021, 131026, 131030, 131049, 131050),
    ("content_refused", PermanentError): (
        *(100, 131008, 131009, 131051, 131052, 131053, 131062, 135000),
    ),
    ("template_refused", PermanentError): (
        *(132000, 132001, 132005, 132007, 132012, 132015, 132016, 132068, 132069),
    ),
}

ERRORS = ErrorTable({str(code): meaning for meaning, codes in _MEANINGS.items() for code in codes})

PAIR_RATE = "131056"
PAIR_WAIT = 6.0
"""Seconds: how often the platform takes a message for the same customer in the long run."""


def reported(code: object) -> str:
    """Return why something failed, by the code in a report."""
    known = ERRORS.known.get(str(code))
    return known[0] if known else PLATFORM_FAILED
