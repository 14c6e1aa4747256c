"""What goes wrong on the way, said in one sentence."""

import errno


class Problem(Exception):
    """Something the person at the terminal can put right.

    `code` is stable and in snake_case; the sentence says what is wrong and names the fix.
    """

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


_NETWORK_SIGNS = (
    "dns error",
    "error sending request",
    "failed to fetch",
    "failed to establish a new connection",
    "name resolution",
    "name or service not known",
    "network is unreachable",
    "connection refused",
    "connection timed out",
    "tcp connect error",
    "temporary failure resolving",
)
_DISK_SIGNS = ("no space left on device", "disk quota exceeded")
_PERMISSION_SIGNS = ("permission denied", "read-only file system")


def explain_output(output: str, doing: str, log: str) -> Problem:
    """Return the problem behind the output of a command that failed.

    `doing` names the step ("Installing .venv") and `log` the file with the whole output.
    """
    text = output.lower()
    if any(sign in text for sign in _DISK_SIGNS):
        return disk_full(doing)
    if any(sign in text for sign in _NETWORK_SIGNS):
        return Problem(
            "no_network",
            f"{doing} needs the package index, which does not answer: check the network, or the"
            f" index and proxy that pip and uv are set to, and run it again (details: {log}).",
        )
    if any(sign in text for sign in _PERMISSION_SIGNS):
        return Problem(
            "no_permission",
            f"{doing} was not allowed to write: make this folder and its files your own"
            f" (sudo chown -R $USER .) and run it again (details: {log}).",
        )
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if line.lower().startswith("error")]
    last = (errors or lines or ["it said nothing"])[-1]
    return Problem("step_failed", f"{doing} failed: {last} (the whole output: {log})")


def explain_os_error(error: OSError, doing: str) -> Problem | None:
    """Return the problem behind `error`, or None when it is not one a person can put right."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return disk_full(doing)
    if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        return Problem(
            "no_permission",
            f"{doing} was not allowed to write {error.filename}: make this folder and its files"
            " your own (sudo chown -R $USER .) and run it again.",
        )
    if error.errno in {errno.EEXIST, errno.ENOTDIR}:
        return Problem("in_the_way", f"{error.filename} is in the way of a folder: move it away.")
    return None


def disk_full(doing: str) -> Problem:
    """Return the problem of a disk without room."""
    return Problem("disk_full", f"{doing} ran out of disk space: free some and run it again.")
