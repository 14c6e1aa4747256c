"""Who may speak in a conversation, and how that changes. Pure rules: no I/O, no clock.

One holder at a time: the bot, the queue, a person, or nobody. Every change of hands raises the
conversation's `epoch`; whatever was prepared under an older epoch may no longer be shown.
"""

from collections.abc import Mapping
from enum import StrEnum

from handoff.errors import IllegalTransition


class Control(StrEnum):
    """Who has the conversation."""

    BOT = "bot"
    QUEUED = "queued"
    HUMAN = "human"
    CLOSED = "closed"


class Command(StrEnum):
    """What can change who has it."""

    REQUEST_HANDOFF = "request_handoff"
    TAKE_OVER = "take_over"
    CLAIM = "claim"
    CANCEL_WAIT = "cancel_wait"
    HAND_BACK = "hand_back"
    RELEASE = "release"
    TRANSFER = "transfer"
    RESOLVE = "resolve"
    REOPEN = "reopen"
    STEP_IN = "step_in"
    """Somebody at the shop has answered the customer without taking the conversation."""


class Author(StrEnum):
    """Who wrote a message."""

    CUSTOMER = "customer"
    BOT = "bot"
    AGENT = "agent"
    SYSTEM = "system"


class Visibility(StrEnum):
    """Who may ever see a message: everybody, or agents only."""

    PUBLIC = "public"
    INTERNAL = "internal"


class Reason(StrEnum):
    """Why a person was asked for."""

    ASKED = "asked"
    UNCLEAR = "unclear"
    BOT_FAILED = "bot_failed"
    RULE = "rule"
    TAKEN_OVER = "taken_over"
    RELEASED = "released"
    TRANSFERRED = "transferred"
    ANSWERED_ON_PHONE = "answered_on_phone"


TRANSITIONS: Mapping[tuple[Control, Command], Control] = {
    (Control.BOT, Command.REQUEST_HANDOFF): Control.QUEUED,
    (Control.BOT, Command.TAKE_OVER): Control.HUMAN,
    (Control.BOT, Command.RESOLVE): Control.CLOSED,
    (Control.BOT, Command.STEP_IN): Control.QUEUED,
    (Control.QUEUED, Command.CLAIM): Control.HUMAN,
    (Control.QUEUED, Command.CANCEL_WAIT): Control.BOT,
    (Control.QUEUED, Command.RESOLVE): Control.CLOSED,
    (Control.HUMAN, Command.HAND_BACK): Control.BOT,
    (Control.HUMAN, Command.RELEASE): Control.QUEUED,
    (Control.HUMAN, Command.TRANSFER): Control.QUEUED,
    (Control.HUMAN, Command.RESOLVE): Control.CLOSED,
    (Control.CLOSED, Command.REOPEN): Control.BOT,
    (Control.CLOSED, Command.STEP_IN): Control.QUEUED,
}

HOLDER_ONLY = frozenset({Command.HAND_BACK, Command.RELEASE, Command.TRANSFER, Command.RESOLVE})
"""Commands that, while a person has the conversation, only that person may give."""


def next_control(control: Control, command: Command) -> Control:
    """Return who has the conversation after `command`.

    Raises IllegalTransition when the table has no such step.
    """
    after = TRANSITIONS.get((control, command))
    if after is None:
        raise IllegalTransition(
            f"{command.value} is not possible while control is {control.value}; look again",
            control=control.value,
        )
    return after


def calls_bot(control: Control) -> bool:
    """Whether a customer's message makes a turn of the bot."""
    return control is Control.BOT


def may_show_answer(control: Control, epoch: int, answered_under: int) -> bool:
    """Whether a bot answer computed under epoch `answered_under` may still be shown.

    False as soon as the conversation has changed hands once since, even if the bot has it again.
    """
    return control is Control.BOT and epoch == answered_under
