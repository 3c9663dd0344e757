"""Firestore stands still: what the doors say meanwhile, and how soon they serve again."""

from __future__ import annotations

import signal
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psutil
import requests

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from local.platform import Platform

_PATIENCE_S = 30.0


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    retry_after: str | None
    kind: str
    took_s: float


@contextmanager
def standing_still(platform: Platform) -> Iterator[None]:
    """Stop the Firestore emulator's process, and let it go on afterwards: calls hang, none is refused."""
    marks = ("cloud-firestore-emulator", str(platform.ports["firestore"]))
    found = [
        process
        for process in psutil.process_iter(["cmdline"])
        if all(mark in " ".join(process.info["cmdline"] or ()) for mark in marks)
    ]
    if not found:
        raise LookupError("no Firestore emulator runs")
    for process in found:
        process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        for process in found:
            process.send_signal(signal.SIGCONT)


def ask_all(platform: Platform, headers: Mapping[str, str], brand: str) -> dict[str, Answer]:
    """Ask every door that reads, all at once."""
    base, days = f"{platform.urls['gateway']}/api/performance", {"brandId": brand}
    month = days | {"startDate": "2026-01-28", "endDate": "2026-01-29", "period": "hourly"}
    asks = {
        "metrics": ("GET", f"{base}/metrics", month),
        "anomalies": ("GET", f"{base}/anomalies", days),
        "backtest": ("GET", f"{base}/backtest", days | {"days": "1"}),
        "disconnect": ("DELETE", f"{base}/integrations", days | {"platform": "ga4"}),
    }

    def ask(name: str) -> Answer:
        method, url, parameters = asks[name]
        began = time.monotonic()
        told = requests.request(method, url, params=parameters, headers=dict(headers), timeout=20)
        took = time.monotonic() - began
        kind = told.headers.get("Content-Type", "")
        return Answer(told.status_code, told.headers.get("Retry-After"), kind, took)

    with ThreadPoolExecutor(len(asks)) as pool:
        return dict(zip(asks, pool.map(ask, asks), strict=True))


def recovered(platform: Platform, headers: Mapping[str, str], brand: str) -> float:
    """Return after how many seconds a reader is served again."""
    began = time.monotonic()
    while time.monotonic() - began < _PATIENCE_S:
        if ask_all(platform, headers, brand)["anomalies"].status == 200:
            return time.monotonic() - began
        time.sleep(0.2)
    raise TimeoutError(f"not served again within {_PATIENCE_S:.0f} s")
