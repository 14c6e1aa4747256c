"""The demo's secrets and settings."""

import stat
from pathlib import Path

import pytest

from handoff.settings import load
from tools.clone import Clone
from tools.demo import PASSWORD, make_agent, make_secrets, read_secrets, settings, store_secret

SECRETS = {"DEVIR_BOT_TOKEN": "made-at-random"}


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_secrets_are_made_at_random_for_their_owner_alone(tmp_path: Path) -> None:
    first, second = make_secrets(tmp_path / "one.env"), make_secrets(tmp_path / "two.env")
    assert len(first["DEVIR_BOT_TOKEN"]) >= 32
    assert first["DEVIR_BOT_TOKEN"] != second["DEVIR_BOT_TOKEN"]
    assert mode(tmp_path / "one.env") == 0o600


def test_the_service_takes_the_secrets_as_they_are_made(tmp_path: Path) -> None:
    for number in range(20):
        made = make_secrets(tmp_path / f"{number}.env")
        load(
            bot_token=made["DEVIR_BOT_TOKEN"],
            identity_secret=made["DEVIR_IDENTITY_SECRET"],
            mask_key=made["DEVIR_MASK_KEY"],
        )


def test_secrets_that_are_there_are_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "demo.env"
    chosen = (
        "# mine\nDEVIR_BOT_TOKEN=chosen-by-hand\nDEVIR_IDENTITY_SECRET=chosen-as-well\n"
        "DEVIR_MASK_KEY=chosen-too\nDEVIR_OTHER=kept\n"
    )
    path.write_text(chosen)
    path.chmod(0o644)
    assert make_secrets(path)["DEVIR_BOT_TOKEN"] == "chosen-by-hand"
    store_secret(path, PASSWORD, "new")
    assert path.read_text() == f"{chosen}{PASSWORD}=new\n"
    assert mode(path) == 0o600


def test_a_readable_file_of_secrets_is_closed_to_others(tmp_path: Path) -> None:
    path = tmp_path / "demo.env"
    path.write_text("DEVIR_BOT_TOKEN=chosen-by-hand\n")
    path.chmod(0o644)
    make_secrets(path)
    assert mode(path) == 0o600


def test_the_parts_find_each_other_on_the_chosen_ports() -> None:
    made = settings({"DEVIR_PORT": "8101", "DEVIR_BOT_PORT": "8102"}, SECRETS)
    assert made["DEVIR_PUBLIC_URL"] == "http://127.0.0.1:8101"
    assert made["DEVIR_BOT_URL"] == "http://127.0.0.1:8102"
    assert made["DEVIR_ACTIONS_URL"] == "http://127.0.0.1:5055"
    assert made["DEVIR_ACTIONS_PORT"] == "5055"
    assert made["RASA_TELEMETRY_ENABLED"] == "false"


def test_what_the_environment_says_wins() -> None:
    made = settings({"DEVIR_BOT_TOKEN": "from outside", "DEVIR_DEMO": "false"}, SECRETS)
    assert made["DEVIR_BOT_TOKEN"] == "from outside"
    assert made["DEVIR_DEMO"] == "false"


def test_an_empty_setting_is_none() -> None:
    assert settings({"DEVIR_BOT_TOKEN": ""}, SECRETS)["DEVIR_BOT_TOKEN"] == "made-at-random"


class TestTheDemoAgent:
    """A stand-in plays `python -m handoff`; it keeps its agent in a file."""

    @pytest.fixture
    def clone(self, tmp_path: Path) -> Clone:
        clone = Clone(tmp_path)
        clone.service_python.parent.mkdir(parents=True)
        clone.service_python.write_text(
            "#!/bin/sh\n"
            '[ "$3" = add-agent ] && [ -e agent ] && exit 0\n'
            'echo "$@" >> calls; touch agent; echo "password-$(wc -l < calls)"\n'
        )
        clone.service_python.chmod(0o755)
        clone.var.mkdir()
        return clone

    def test_its_password_is_shown_again_at_the_next_run(self, clone: Clone) -> None:
        first = make_agent(clone, {"PATH": "/usr/bin:/bin"})
        again = make_agent(clone, {"PATH": "/usr/bin:/bin"})
        assert first == again == "password-1"
        assert mode(clone.secrets) == 0o600

    def test_a_forgotten_password_is_set_anew(self, clone: Clone) -> None:
        make_agent(clone, {"PATH": "/usr/bin:/bin"})
        clone.secrets.unlink()
        assert make_agent(clone, {"PATH": "/usr/bin:/bin"}) == "password-2"
        assert read_secrets(clone.secrets)[PASSWORD] == "password-2"

    def test_a_new_database_gets_a_new_password(self, clone: Clone) -> None:
        make_agent(clone, {"PATH": "/usr/bin:/bin"})
        (clone.root / "agent").unlink()
        assert make_agent(clone, {"PATH": "/usr/bin:/bin"}) == "password-2"
