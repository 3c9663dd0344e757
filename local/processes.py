"""Child processes: started in groups of their own, waited for, and never left behind."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import signal
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

import psutil
import requests

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

_POLL_S = 0.03
_STOP_S = 4.0


class ProcessError(Exception):
    """A program did not start, died, or is already running."""


@dataclass(frozen=True, slots=True)
class Child:
    """A started program; where it is `needed`, its end is the end of the whole."""

    name: str
    popen: subprocess.Popen[bytes]
    log: Path
    needed: bool = True


class Supervisor:
    """Owns one state folder: its lock, its log files, its children.

    The lock dies with this process, however it ends. Children that a killed predecessor left
    behind are found by pid and start time, and stopped first.
    """

    def __init__(self, state: Path) -> None:
        self._state = state
        self._children: list[Child] = []
        self._lock = _locked(state)
        self._pids = state / "pids.json"
        # A signal interrupts the main thread; this one starts no child without noting it.
        self._starter = ThreadPoolExecutor(1)
        _stop_leftovers(self._pids)

    @property
    def pids(self) -> dict[str, int]:
        return {child.name: child.popen.pid for child in self._children}

    def start(
        self, name: str, command: Sequence[str], env: Mapping[str, str], cwd: Path, *, needed: bool = True
    ) -> Child:
        """Start a program; ProcessError when everything is being stopped or it does not exist."""
        try:
            starting = self._starter.submit(self._start, name, command, env, cwd, needed=needed)
        except RuntimeError:
            raise ProcessError(f"{name} is not started any more: everything is being stopped") from None
        return starting.result()

    def _start(
        self, name: str, command: Sequence[str], env: Mapping[str, str], cwd: Path, *, needed: bool
    ) -> Child:
        log = self._state / "logs" / f"{name}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("wb") as out:
            try:
                popen = subprocess.Popen(
                    list(command),
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=subprocess.STDOUT,
                    env=dict(env),
                    cwd=cwd,
                    start_new_session=True,
                )
            except FileNotFoundError:
                raise ProcessError(f"{command[0]} is missing on this machine") from None
        child = Child(name, popen, log, needed)
        self._children.append(child)
        self._remember()
        return child

    def wait(self, child: Child, url: str, within_s: float = 60.0) -> None:
        """Return when `url` answers at all; ProcessError when the child died or took too long."""
        self.wait_all([(child, url)], within_s)

    def wait_all(self, expected: Iterable[tuple[Child, str]], within_s: float = 60.0) -> None:
        """Return when each child answers at its URL; ProcessError as soon as any of them died."""
        silent, deadline = dict(expected), time.monotonic() + within_s
        with requests.Session() as session:
            session.trust_env = False  # a proxy leads nowhere on loopback
            while silent:
                for child, url in list(silent.items()):
                    if (code := child.popen.poll()) is not None:
                        raise ProcessError(f"{child.name} ended with code {code}: {last_words(child.log)}")
                    if _answers(session, url):
                        del silent[child]
                    elif time.monotonic() > deadline:
                        raise ProcessError(
                            f"{child.name} did not answer within {within_s:.0f} s; see {child.log}"
                        )
                if silent:
                    time.sleep(_POLL_S)

    def finish(self, child: Child, within_s: float) -> None:
        """Return when a program has done its work; ProcessError when it failed or took too long."""
        try:
            code = child.popen.wait(within_s)
        except subprocess.TimeoutExpired:
            raise ProcessError(f"{child.name} took longer than {within_s:.0f} s; see {child.log}") from None
        if code:
            raise ProcessError(f"{child.name} failed: {last_words(child.log)}")

    def dead(self) -> Child | None:
        """Return a needed child that ended by itself, if any did."""
        return next((c for c in self._children if c.needed and c.popen.poll() is not None), None)

    def stop(self) -> None:
        """Stop every child, the last started first, and let go of the lock."""
        self._starter.shutdown()
        for child in reversed(self._children):
            # What is not needed has nothing to put away, and may be too busy starting to listen.
            _signal(child.popen.pid, signal.SIGTERM if child.needed else signal.SIGKILL)
        deadline = time.monotonic() + _STOP_S
        for child in reversed(self._children):
            try:
                child.popen.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                _signal(child.popen.pid, signal.SIGKILL)
                child.popen.wait()
            _signal(child.popen.pid, signal.SIGKILL)  # what it may have left in its group
        self._children.clear()
        self._pids.unlink(missing_ok=True)
        self._lock.close()

    def _remember(self) -> None:
        known = []
        for child in self._children:
            with contextlib.suppress(psutil.NoSuchProcess):
                known.append([child.popen.pid, psutil.Process(child.popen.pid).create_time()])
        draft = self._pids.with_suffix(".new")
        draft.write_text(json.dumps(known))
        draft.replace(self._pids)


def _locked(state: Path) -> IO[str]:
    state.mkdir(parents=True, exist_ok=True)
    lock = (state / "lock").open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        url = ""
        with contextlib.suppress(OSError, ValueError, KeyError):
            url = f" at {json.loads((state / 'local.json').read_text())['urls']['gateway']}"
        raise ProcessError(f"a platform already runs from this folder{url}; stop it first") from None
    return lock


def _stop_leftovers(pids: Path) -> None:
    """Stop what a killed run left; a pid that now belongs to another program is left alone."""
    try:
        known = json.loads(pids.read_text())
    except (OSError, ValueError):
        return
    ours = []
    for pid, created in known:
        with contextlib.suppress(psutil.NoSuchProcess):
            process = psutil.Process(pid)
            if abs(process.create_time() - created) < 1.0:
                _signal(pid, signal.SIGKILL)
                ours.append(process)
    psutil.wait_procs(ours, timeout=_STOP_S)  # only then are their ports free
    pids.unlink(missing_ok=True)


def _answers(session: requests.Session, url: str) -> bool:
    with contextlib.suppress(requests.RequestException):
        session.get(url, timeout=1)
        return True
    return False


def _signal(pid: int, number: int) -> None:
    """Signal a child's whole group; it leads one, since it was started in a session of its own."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)


def last_words(log: Path) -> str:
    return " | ".join(log.read_text(errors="replace").strip().splitlines()[-4:]) or "it said nothing"
