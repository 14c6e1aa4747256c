"""`python -m actions -p PORT`: the action server Rasa calls, on loopback, in one process.

`python -m rasa_sdk --actions actions` serves the same in four processes on all interfaces to a Rasa
that sends its domain; told to end while they start, they spin for ever (the worker manager of Sanic
25.12).
"""

import argparse
import asyncio
import gc
import logging
import sys
from pathlib import Path
from typing import Any

import yaml
from rasa_sdk.endpoint import create_app
from rasa_sdk.executor import ActionExecutor, ActionExecutorRunResult, CollectingDispatcher
from sanic import Sanic

from actions.connection import connection, shop_url
from actions.wording import Domain
from shop.connect import check_url
from shop.errors import RulesInvalid, SettingInvalid
from shop.rulefile import load_rules, rules_path

Server = Sanic[Any, Any]

DOMAIN = Path(__file__).parents[1] / "domain.yml"
HOST = "127.0.0.1"
PORT = 5055


class Executor(ActionExecutor):
    """Runs actions with the domain as it was when the server started.

    Rasa would send its own with every call: 60 kB of sentences, a third of what a turn with actions
    cost both processes. One that is sent all the same counts.
    """

    def __init__(self, domain: Domain) -> None:
        super().__init__()
        self._domain = domain

    async def run(
        self,
        action_call: dict[str, Any],
        sink: asyncio.Queue[Any] | None = None,
        dispatcher: CollectingDispatcher | None = None,
    ) -> ActionExecutorRunResult | None:
        return await super().run({"domain": self._domain, **action_call}, sink, dispatcher)


def build() -> Server:
    """Return the server with every action of this package.

    Raises OSError or yaml.YAMLError when domain.yml cannot be read.
    """
    executor = Executor(yaml.safe_load(DOMAIN.read_text(encoding="utf-8")))
    executor.register_package("actions")
    app: Server = create_app(executor)
    app.register_listener(_leave_out_of_collections, "after_server_start")
    app.register_listener(_close_shop, "after_server_stop")
    return app


async def _leave_out_of_collections(_app: Server, _loop: asyncio.AbstractEventLoop) -> None:
    """Let garbage collections pass over what is loaded and stays until the process ends."""
    gc.collect()
    gc.freeze()


async def _close_shop(_app: Server, _loop: asyncio.AbstractEventLoop) -> None:
    await connection().close()


def main() -> None:
    """Serve until told to end. Exits with a sentence when the shop's rules or address cannot be."""
    parser = argparse.ArgumentParser(prog="python -m actions", description="Devir's action server")
    parser.add_argument("-p", "--port", type=int, default=PORT, help="port on 127.0.0.1")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    try:
        load_rules(rules_path())
        check_url(shop_url())
    except (RulesInvalid, SettingInvalid) as error:
        sys.exit(str(error))
    build().run(HOST, arguments.port, single_process=True, access_log=False, motd=False)


if __name__ == "__main__":
    main()
