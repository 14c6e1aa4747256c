"""What `make simulate` tells Devir of the platforms that are played beside it."""

from collections.abc import Mapping
from typing import Any

import pytest

from handoff.settings import load
from tests.fakes import whatsapp
from tools import ports, run
from tools.clone import this_clone
from tools.problem import Problem
from tools.simulate import make_accounts, simulate


def test_service_accepts_the_accounts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEVIR_BOT_TOKEN", "a secret for the tests")
    for name, value in make_accounts(18001, 18002).items():
        monkeypatch.setenv(name, value)
    settings = load()
    assert settings.telegram_api == "http://127.0.0.1:18001"
    assert settings.telegram_token is not None
    assert settings.whatsapp_api == f"http://127.0.0.1:18002/{whatsapp.VERSION}"


def test_secrets_are_new_at_each_run_and_the_accounts_stay_the_same() -> None:
    one, other = make_accounts(18001, 18002), make_accounts(18001, 18002)
    secret = {name for name in one if name.endswith(("_TOKEN", "_SECRET"))}
    assert len(secret) == 5
    assert {name for name in one if one[name] != other[name]} == secret
    bots = {made["DEVIR_TELEGRAM_TOKEN"].partition(":")[0] for made in (one, other)}
    assert len(bots) == 1


def test_ports_for_the_platforms_are_free_and_differ() -> None:
    found = ports.any_free(3)
    assert len(set(found)) == 3
    assert all(map(ports.is_free, found))


def test_everything_runs_beside_the_simulator_and_without_real_accounts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: dict[str, Any] = {}

    def remember(_clone: object, environ: Mapping[str, str], company: run.Company) -> int:
        asked.update(environ=environ, company=company)
        return 0

    monkeypatch.setattr(run, "run", remember)
    real = {"DEVIR_TELEGRAM_TOKEN": "1:real", "DEVIR_TWILIO_ACCOUNT": "AC1", "DEVIR_PORT": "9090"}
    assert simulate(this_clone(), {**real, "DEVIR_SIMULATOR_PORT": "9191"}) == 0
    company = asked["company"]
    assert asked["environ"] == {"DEVIR_PORT": "9090", "DEVIR_SIMULATOR_PORT": "9191"}
    assert [process.name for process in company.processes] == ["simulator"]
    assert company.addresses == (("Simulator", "http://127.0.0.1:9191"),)
    assert company.settings["DEVIR_SIMULATOR_PORT"] == "9191"


def test_port_that_is_none_is_refused_by_name() -> None:
    with pytest.raises(Problem, match="DEVIR_SIMULATOR_PORT"):
        simulate(this_clone(), {"DEVIR_SIMULATOR_PORT": "http"})
