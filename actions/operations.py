"""Telling the service what was done with an order, for the agent who may take over."""

from actions.talk import Talk
from shop.record import Answer, record


def note(talk: Talk, name: str, number: str, answer: Answer) -> None:
    """Tell that wish `name` was asked of order `number`, and what the shop's rules answered.

    A reply of its own, `{"operation": {"name", "order", "outcome", "rule", "since", "until",
    "details"}}`.
    """
    told = {"name": name, "order": number, **record(answer).as_json()}
    talk.ask_service({"operation": told})


def note_open(talk: Talk, name: str, number: str) -> None:
    """Tell that wish `name` was asked of order `number`, and that nobody knows what came of it."""
    talk.ask_service({"operation": {"name": name, "order": number, "outcome": "open"}})


def note_proof(talk: Talk, number: str) -> None:
    """Tell that the customer has proven order `number` to be theirs."""
    talk.ask_service({"operation": {"name": "prove_order", "order": number, "outcome": "done"}})
