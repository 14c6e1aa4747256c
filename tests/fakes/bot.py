"""A bot whose every answer the test decides."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

from handoff.bot import Answer, BotFailed
from handoff.store.rows import Conversation, Turn

Script = Callable[[str, Turn], Awaitable[Answer]]

HANDOFF = {
    "reason": "asked",
    "department": None,
    "summary": "The customer asks for a person about order 10482.",
    "evidence": {
        "slots": {"order_number": "10482", "verified_order": "10482"},
        "failed_turns": [{"text": "asdf", "intent": "out_of_scope", "confidence": 0.31}],
        "last_action": "action_handoff",
    },
}


COMPLAINT = {
    "reference": "S7K3F9QX",
    "category": "delivery",
    "text": "the courier threw my parcel over the fence",
}


def answer(
    *texts: str,
    language: str = "en",
    intent: str = "greet",
    confidence: float = 0.93,
    buttons: tuple[tuple[str, str], ...] = (),
    handoff: Mapping[str, object] | None = None,
    complaint: Mapping[str, object] | None = None,
    case: Mapping[str, object] | None = None,
    operations: Sequence[Mapping[str, object]] = (),
) -> Answer:
    """Return an answer with these bubbles; buttons (title, payload) come with the last."""
    replies: list[dict[str, object]] = [{"text": text} for text in texts]
    if buttons and replies:
        replies[-1]["buttons"] = [{"title": title, "payload": code} for title, code in buttons]
    return Answer.model_validate(
        {
            "replies": replies,
            "understanding": {
                "intent": {"name": intent, "confidence": confidence},
                "ranking": [
                    {"name": intent, "confidence": confidence},
                    {"name": "track_order", "confidence": round(1 - confidence, 2)},
                ],
                "entities": [{"entity": "order_number", "value": "10482"}],
                "language": language,
            },
            "handoff": handoff,
            "complaint": complaint,
            "case": case,
            "operations": operations,
        }
    )


async def everyday(said: str, turn: Turn) -> Answer:
    """Echo; but `person` or `insan` hands over, `menu` shows buttons, `slow` takes a second and
    `fail` fails.
    """
    turkish = any(word in said for word in ("merhaba", "insan", "temsilci", "kargo"))
    language = "tr" if turkish else "en"
    match said:
        case _ if "person" in said or "insan" in said or "temsilci" in said:
            text = (
                "Sizi bir temsilcimize bağlıyorum."
                if turkish
                else "I'm connecting you with one of our agents."
            )
            return answer(text, language=language, intent="ask_human", handoff=HANDOFF)
        case "menu":
            return answer(
                "What would you like?",
                buttons=(("Track my order", "/track"), ("Return", "/return")),
            )
        case "slow":
            await asyncio.sleep(1)
            return answer("That took a while.")
        case "fail":
            raise BotFailed("turn_failed")
        case _:
            return answer(
                f"You said: {said}" if not turkish else f"Yazdığınız: {said}", language=language
            )


class ScriptedBot:
    """Answers as its script says and remembers what it was asked."""

    def __init__(self, script: Script = everyday) -> None:
        self.script = script
        self.asked: list[Turn] = []

    async def answer(self, conversation: Conversation, turn: Turn) -> Answer:
        """See handoff.bot.Bot."""
        self.asked.append(turn)
        return await self.script(turn.input.get("text") or turn.input["payload"], turn)
