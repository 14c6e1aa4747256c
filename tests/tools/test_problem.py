"""What is said when something fails: one sentence, with the fix."""

import errno

import pytest

from tools.problem import explain_os_error, explain_output

UV_WITHOUT_NETWORK = """\
  cause: error sending request for url (…)
  cause: client error (Connect)
  cause: dns error
  cause: failed to lookup address information: Temporary failure in name resolution
"""
PIP_WITHOUT_NETWORK = """\
WARNING: Retrying after connection broken by 'NewConnectionError: Failed to establish a new \
connection: [Errno -3] Temporary failure in name resolution'
ERROR: No matching distribution found for uv==0.13.9
"""
APT_WITHOUT_NETWORK = (
    "Err:1 Temporary failure resolving 'mirror'\nE: Unable to fetch some archives\n"
)


@pytest.mark.parametrize("output", [UV_WITHOUT_NETWORK, PIP_WITHOUT_NETWORK, APT_WITHOUT_NETWORK])
def test_an_installer_without_network(output: str) -> None:
    problem = explain_output(output, "Installing Rasa", "var/log/setup.log")
    assert problem.code == "no_network"
    assert str(problem).startswith("Installing Rasa needs the package index")
    assert "check the network" in str(problem)
    assert "\n" not in str(problem)


@pytest.mark.parametrize(
    ("output", "code"),
    [
        ("error: failed to write: No space left on device (os error 28)", "disk_full"),
        ("error: Permission denied (os error 13)", "no_permission"),
        ("OSError: [Errno 30] Read-only file system: 'x'", "no_permission"),
    ],
)
def test_a_disk_that_takes_nothing(output: str, code: str) -> None:
    assert explain_output(output, "Installing Rasa", "log").code == code


def test_anything_else_is_quoted_with_the_place_of_the_rest() -> None:
    output = "Resolving\nerror: Hash mismatch for `uv==0.13.9`\n\nhint: try again\n"
    problem = explain_output(output, "Installing uv", "var/log/setup.log")
    assert problem.code == "step_failed"
    assert "Hash mismatch for `uv==0.13.9`" in str(problem)
    assert "var/log/setup.log" in str(problem)


def test_a_command_that_said_nothing() -> None:
    assert "it said nothing" in str(explain_output("", "Training the model", "log"))


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.ENOSPC, "disk_full"),
        (errno.EACCES, "no_permission"),
        (errno.EROFS, "no_permission"),
    ],
)
def test_errors_of_the_system_itself(number: int, code: str) -> None:
    problem = explain_os_error(OSError(number, "why", "var/x"), "`make run`")
    assert problem is not None
    assert problem.code == code


def test_an_error_nobody_foresaw_is_not_dressed_up() -> None:
    assert explain_os_error(OSError(errno.EBADF, "why"), "`make run`") is None
