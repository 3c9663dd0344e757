"""Firestore is away: what the doors say meanwhile, and how soon they serve again."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psutil
import requests

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from local.platform import Platform

_PATIENCE_S = 60.0

HEARD_S = 5
"""Whoever waits longer than this for an answer gives up."""

BACK_S = 10.0
"""Whoever is not served so long after Firestore is back gives up: gRPC's own waits grow to minutes."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    retry_after: str | None
    kind: str
    took_s: float


@contextmanager
def standing_still(platform: Platform) -> Iterator[None]:
    """Stop the Firestore emulator's process, and let it go on afterwards: calls hang, none is refused."""
    found = _emulator(platform)
    found.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        found.send_signal(signal.SIGCONT)


@contextmanager
def killed(platform: Platform) -> Iterator[Callable[[], None]]:
    """Kill the Firestore emulator: calls are refused; what is yielded starts it again, empty.

    The platform is to be stopped afterwards, for the new one ends here too.
    """
    found, again = _emulator(platform), list[subprocess.Popen[bytes]]()
    command, environment, folder = found.cmdline(), found.environ(), found.cwd()
    os.killpg(found.pid, signal.SIGKILL)

    def restart() -> None:
        with (platform.state / "logs" / "firestore-again.log").open("wb") as log:
            again.append(
                subprocess.Popen(
                    command,
                    env=environment,
                    cwd=folder,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            )
        _until(lambda: _listens(platform.urls["firestore"]), _PATIENCE_S)

    try:
        yield restart
    finally:
        for process in again:
            process.kill()
            process.wait()


def ask_all(platform: Platform, headers: Mapping[str, str], brand: str) -> dict[str, Answer]:
    """Ask every door, all at once, for five seconds at most; the key that two of them are shown is none."""
    base, days = f"{platform.urls['gateway']}/api/performance", {"brandId": brand}
    month = days | {"startDate": "2026-01-28", "endDate": "2026-01-29", "period": "hourly"}
    key = days | {"platform": "google_ads", "apiKey": "no-key", "accountId": "1234567890"}
    asks = {
        "metrics": ("GET", f"{base}/metrics", month, None),
        "anomalies": ("GET", f"{base}/anomalies", days, None),
        "backtest": ("GET", f"{base}/backtest", days | {"days": "1"}, None),
        "disconnect": ("DELETE", f"{base}/integrations", days | {"platform": "ga4"}, None),
        "validate": ("POST", f"{base}/integrations/validate", None, key),
        "connect": ("PUT", f"{base}/integrations", None, key),
        "addresses": ("GET", f"{base}/notifications", days, None),
    }

    def ask(name: str) -> Answer:
        method, url, parameters, body = asks[name]
        began = time.monotonic()
        told = requests.request(
            method, url, params=parameters, json=body, headers=dict(headers), timeout=HEARD_S
        )
        took = time.monotonic() - began
        kind = told.headers.get("Content-Type", "")
        return Answer(told.status_code, told.headers.get("Retry-After"), kind, took)

    with ThreadPoolExecutor(len(asks)) as pool:
        return dict(zip(asks, pool.map(ask, asks), strict=True))


def recovered(platform: Platform, headers: Mapping[str, str], brand: str) -> float:
    """Return after how many seconds every door serves again: none says 503; TimeoutError after ten."""
    began = time.monotonic()
    _until(lambda: all(each.status < 500 for each in ask_all(platform, headers, brand).values()), BACK_S)
    return time.monotonic() - began


def _emulator(platform: Platform) -> psutil.Process:
    """Return the leader of the emulator's process group."""
    marks = ("cloud-firestore-emulator", str(platform.ports["firestore"]))
    for process in psutil.process_iter(["cmdline"]):
        if all(mark in " ".join(process.info["cmdline"] or ()) for mark in marks):
            return process
    raise LookupError("no Firestore emulator runs")


def _listens(url: str) -> bool:
    with suppress(requests.RequestException):
        return requests.get(url, timeout=1).ok
    return False


def _until(done: Callable[[], bool], within_s: float) -> None:
    deadline = time.monotonic() + within_s
    while not done():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {within_s:.0f} s")
        time.sleep(0.2)
