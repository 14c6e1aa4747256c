"""The rules of who may speak."""

import ast
import itertools
from pathlib import Path

import pytest

from handoff import conversation
from handoff.conversation import (
    TRANSITIONS,
    Command,
    Control,
    calls_bot,
    may_show_answer,
    next_control,
)
from handoff.errors import IllegalTransition

ALLOWED = {
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


@pytest.mark.parametrize(
    ("control", "command"), list(itertools.product(Control, Command)), ids=lambda part: part.value
)
def test_every_step_is_either_in_the_table_or_refused(control: Control, command: Command) -> None:
    if (control, command) in ALLOWED:
        assert next_control(control, command) is ALLOWED[(control, command)]
    else:
        with pytest.raises(IllegalTransition) as refused:
            next_control(control, command)
        assert refused.value.fields["control"] == control


def test_from_everywhere_the_conversation_can_be_closed_and_from_there_go_on() -> None:
    reachable = {Control.BOT}
    while True:
        more = {after for (before, _), after in TRANSITIONS.items() if before in reachable}
        if more <= reachable:
            break
        reachable |= more
    assert reachable == set(Control)
    for control in set(Control) - {Control.CLOSED}:
        assert next_control(control, Command.RESOLVE) is Control.CLOSED


def test_only_the_bots_own_conversations_make_turns() -> None:
    assert [control for control in Control if calls_bot(control)] == [Control.BOT]


@pytest.mark.parametrize("control", Control)
@pytest.mark.parametrize(("epoch", "answered_under"), [(3, 3), (4, 3), (5, 3)])
def test_answer_is_shown_only_in_the_bots_hands_and_under_the_same_epoch(
    control: Control, epoch: int, answered_under: int
) -> None:
    shown = may_show_answer(control, epoch, answered_under)
    assert shown == (control is Control.BOT and epoch == answered_under)


def test_rules_import_no_input_or_output() -> None:
    tree = ast.parse(Path(conversation.__file__).read_text(encoding="utf-8"))
    imported = {
        node.module if isinstance(node, ast.ImportFrom) else node.names[0].name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom | ast.Import)
    }
    assert imported == {"collections.abc", "enum", "handoff.errors"}
