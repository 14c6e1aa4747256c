"""`make simulate`: everything, with Telegram and WhatsApp played on this machine."""

import secrets
from collections.abc import Mapping

from tools import ports, run
from tools.clone import Clone
from tools.processes import Process

_PLATFORMS = ("DEVIR_TELEGRAM_", "DEVIR_WHATSAPP_", "DEVIR_TWILIO_")
_BOT = "7000000001"
_PHONE = "106540352242922"
_GRAPH = "v26.0"
_SIMULATOR = Process("simulator", ".venv/bin/python -m tools.simulator")


def simulate(clone: Clone, environ: Mapping[str, str]) -> int:
    """Run Devir with accounts on platforms that are played beside it, until Ctrl-C.

    Real accounts that `environ` names are left out, so that nothing reaches a real customer.
    Raises Problem.
    """
    kept = {key: value for key, value in environ.items() if not key.startswith(_PLATFORMS)}
    chosen = ports.read_ports(environ, ports.SIMULATOR)
    (port,) = chosen.values()
    telegram, whatsapp = ports.any_free(2)
    company = run.Company(
        command="simulate",
        processes=(_SIMULATOR,),
        ports=chosen,
        settings={
            **{setting: str(number) for setting, number in chosen.items()},
            **make_accounts(telegram, whatsapp),
        },
        addresses=(("Simulator", f"http://127.0.0.1:{port}"),),
    )
    return run.run(clone, kept, company)


def make_accounts(telegram: int, whatsapp: int) -> dict[str, str]:
    """Return the settings of accounts on platforms at these ports, with secrets of their own.

    The accounts' names stay the same, so that a conversation goes on at the next run.
    """
    return {
        "DEVIR_TELEGRAM_TOKEN": f"{_BOT}:{secrets.token_urlsafe(30)}",
        "DEVIR_TELEGRAM_SECRET": secrets.token_urlsafe(32),
        "DEVIR_TELEGRAM_API": f"http://127.0.0.1:{telegram}",
        "DEVIR_WHATSAPP_PHONE_ID": _PHONE,
        "DEVIR_WHATSAPP_TOKEN": secrets.token_urlsafe(32),
        "DEVIR_WHATSAPP_APP_SECRET": secrets.token_hex(16),
        "DEVIR_WHATSAPP_VERIFY_TOKEN": secrets.token_urlsafe(32),
        "DEVIR_WHATSAPP_TEMPLATE": "reply_waiting",
        "DEVIR_WHATSAPP_API": f"http://127.0.0.1:{whatsapp}/{_GRAPH}",
    }
