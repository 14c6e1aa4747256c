"""Whether a message tells of something that went wrong, by its meaning and its words."""

from actions.accounts import asks, reports
from actions.grievance import category, only_announces, tells
from actions.talk import Talk

# An account of something that went wrong, however it is put.
_TROUBLES = frozenset({"complaint", "delivery_problem", "payment_problem"})
# An account unless it asks for something; what means anything else must tell that it went wrong.
_OF_THE_CUSTOMER = frozenset({"account_problem", "refund_status"})
_SMALL_TALK = frozenset(
    {"affirm", "ask_human", "bot_challenge", "deny", "goodbye", "greet", "thank"}
)
_SHORT = 6
"""Words up to which small talk is nothing else, whatever it tells."""


def is_account(talk: Talk) -> bool:
    """Whether the message tells what happened."""
    text, intent = talk.text, talk.intent
    if talk.is_command or only_announces(text):
        return False
    if intent in _TROUBLES:
        return True
    if asks(text):
        return False
    if intent in _OF_THE_CUSTOMER:
        return True
    if intent == "nlu_fallback":
        return reports(text) or tells(text) or category(text) is not None
    if intent == "inform":
        return reports(text) or tells(text)
    return reports(text) and not (intent in _SMALL_TALK and len(text.split()) <= _SHORT)
