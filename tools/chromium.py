"""The browser of the browser tests."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from tools import commands
from tools.clone import Clone
from tools.commands import Said, unheard
from tools.problem import Problem

SETTING = "DEVIR_CHROMIUM"
_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome")
_PACKAGES = ("chromium", "fonts-liberation")


def find_chromium(environ: Mapping[str, str]) -> Path | None:
    """Return the browser DEVIR_CHROMIUM names, or the one on PATH, else None."""
    named = environ.get(SETTING)
    for name in (named,) if named else _NAMES:
        if found := shutil.which(name, path=environ.get("PATH")):
            return Path(found)
    return None


def install_chromium(clone: Clone, said: Said = unheard) -> None:
    """Install Debian's Chromium. Raises Problem where that is not possible, with the command."""
    apt = shutil.which("apt-get")
    if apt is None or os.geteuid() != 0:
        raise Problem(
            "chromium_missing",
            "The browser tests need Chromium: install it (on Debian and Ubuntu: sudo apt-get"
            f" install {' '.join(_PACKAGES)}) or point {SETTING} at one, and run it again.",
        )
    for arguments in (("update",), ("install", "--yes", "--no-install-recommends", *_PACKAGES)):
        commands.run(
            [apt, *arguments],
            doing="Installing Chromium",
            log=clone.logs / "setup.log",
            root=clone.root,
            environ={"DEBIAN_FRONTEND": "noninteractive"},
            said=said,
        )
