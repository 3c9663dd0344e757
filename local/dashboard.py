"""The dashboard's build: made when it is missing or older than its sources, beside everything else."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from local.processes import ProcessError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from local.processes import Supervisor

    Run = Callable[[str, Sequence[str]], None]
    """Runs a command that has a name; ProcessError when it fails."""

WEB = Path(__file__).resolve().parent.parent / "web"
_BUILT = WEB / "dist" / "index.html"
_INSTALLED = WEB / "node_modules" / ".package-lock.json"  # npm writes it last
_SOURCES = ("src", "public", "index.html", "vite.config.ts", "tsconfig.json", "package-lock.json")
_GENTLY = ("nice", "-n", "15")  # the main job goes first
_LONGEST_S = 900


def build(run: Run) -> None:
    """Build the page if that is due; ProcessError says what went wrong. Two at once build once."""
    with _alone():
        install(run)
        if not _BUILT.exists() or _BUILT.stat().st_mtime < _newest():
            run("page", ["npm", "run", "--silent", "build"])


def install(run: Run) -> None:
    """Fetch what the build needs, where it is missing or other than package-lock.json says."""
    if shutil.which("npm") is None:
        raise ProcessError("npm is missing: install Node 20 or newer")
    lock = WEB / "package-lock.json"
    if not _INSTALLED.exists() or _INSTALLED.stat().st_mtime < lock.stat().st_mtime:
        run("npm-web", ["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"])
        _INSTALLED.touch()


class Dashboard:
    """Builds in the background; `says` is a sentence about how far it is."""

    def __init__(self, supervisor: Supervisor) -> None:
        self._supervisor = supervisor
        self.ready = threading.Event()
        self.says = "The dashboard is still being built."
        self._thread = threading.Thread(target=self._build, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Wait for the building thread; call it after the supervisor was stopped."""
        self._thread.join(timeout=10)

    def _build(self) -> None:
        began = time.monotonic()
        try:
            build(self._run)
        except (ProcessError, OSError) as error:
            self.says = f"The dashboard could not be built: {error}"
            return
        self.says = f"The dashboard was ready after {time.monotonic() - began:.0f} s."
        self.ready.set()

    def _run(self, name: str, command: Sequence[str]) -> None:
        env = os.environ | {"CI": "1"}
        child = self._supervisor.start(name, [*_GENTLY, *command], env, WEB, needed=False)
        self._supervisor.finish(child, _LONGEST_S)


@contextmanager
def _alone() -> Iterator[None]:
    with (WEB / ".building").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _newest() -> float:
    places = [WEB / name for name in _SOURCES]
    files = [file for place in places for file in (place.rglob("*") if place.is_dir() else (place,))]
    return max(file.stat().st_mtime for file in files)


def _here(name: str, command: Sequence[str]) -> None:
    """Run a command for a person who waits for it, and reads what it says."""
    if subprocess.run(command, cwd=WEB, check=False, timeout=_LONGEST_S).returncode:
        raise ProcessError(f"{name} failed")


def write_client(run: Run) -> None:
    """Write what the page knows of the API, from openapi.json."""
    install(run)
    run("client", ["npm", "run", "--silent", "client"])


if __name__ == "__main__":
    try:
        write_client(_here) if sys.argv[1:] == ["client"] else build(_here)
    except ProcessError as failure:
        sys.exit(f"The dashboard could not be built: {failure}")
