"""The shop's rules in words, for the sentences that name them."""

from typing import Any, Literal

from actions.talk import Talk
from shop.outcomes import Rule
from shop.rulebook import Rules

Subject = Literal["cancel", "address"]


def rule_words(talk: Talk, rules: Rules, subject: Subject) -> dict[str, Any]:
    """Return what sentences on orders say of the rules: days and years, who pays, until when.

    `subject` is what "until it is packed" is said of: "cancel" or "address".
    """
    before = rules.change_address.before if subject == "address" else rules.cancel.before
    return {
        "days": rules.withdrawal.days,
        "refund_days": rules.refund.days,
        "years": rules.fault.years,
        "cargo": talk.sentence(f"utter_cargo_{rules.return_cargo.paid_by.value}"),
        "before": talk.sentence(f"utter_before_{before}"),
        "counted": counted(talk, rules),
        "once": talk.sentence(f"utter_once_{before}"),
    }


def counted(talk: Talk, rules: Rules) -> str:
    """Return what the days of a refund are counted from."""
    return talk.sentence(f"utter_counted_{rules.refund.counted_from.value}")


def right(talk: Talk, rule: Rule) -> str:
    """Return the right a return is opened by."""
    return talk.sentence(f"utter_right_{'fault' if rule is Rule.FAULT else 'withdrawal'}")
