"""A Chromium for the page's tests and pictures: the one that is here, else the system's, else Playwright's.

`python -m local.browser` makes sure that there is one.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from local.processes import ProcessError

_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
_PACKAGES = ("chromium", "fonts-liberation")
_LONGEST_S = 900


def chromium() -> Path:
    """Return the program, installing it first where none is; ProcessError says what was tried.

    `CHROMIUM` names another one.
    """
    if given := os.environ.get("CHROMIUM"):
        return Path(given)
    found = _here() or _from_apt() or _from_playwright()
    if found is None:
        raise ProcessError(
            "no Chromium: install the package chromium, or say where one is with CHROMIUM=/path/to/it"
        )
    return found


def flags() -> list[str]:
    """Return what Chromium needs to run here: root has no sandbox, and containers little shared memory."""
    return ["--disable-dev-shm-usage", *(["--no-sandbox"] if os.geteuid() == 0 else [])]


def _here() -> Path | None:
    found = (shutil.which(name) for name in _NAMES)
    return next((Path(program) for program in found if program), _playwrights())


def _from_apt() -> Path | None:
    """Install Debian's package, for root or whoever may become root without a password."""
    if shutil.which("apt-get") is None:
        return None
    root = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if root and shutil.which("sudo") is None:
        return None
    print("no Chromium here: installing the package chromium", flush=True)
    quietly = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq", "-y", "--no-install-recommends"]
    _ran([*root, "apt-get", "-qq", "update"])
    return _here() if _ran([*root, *quietly, "install", *_PACKAGES]) else None


def _from_playwright() -> Path | None:
    print("no Chromium here: Playwright fetches one", flush=True)
    _ran([sys.executable, "-m", "playwright", "install", "chromium-headless-shell"])
    return _playwrights()


def _playwrights() -> Path | None:
    cache = Path.home() / ".cache" / "ms-playwright"
    return next(iter(sorted(cache.glob("chromium*/*/*headless*shell"), reverse=True)), None)


def _ran(command: list[str]) -> bool:
    try:
        return (
            subprocess.run(command, check=False, timeout=_LONGEST_S, stdin=subprocess.DEVNULL).returncode == 0
        )
    except (OSError, subprocess.TimeoutExpired):
        return False


if __name__ == "__main__":
    try:
        chromium()
    except ProcessError as failure:
        sys.exit(str(failure))
