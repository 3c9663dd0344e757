"""The ad-exchange CPC series through the whole pipeline: what the Sentry raised, what it missed."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from google.cloud.firestore import Client
from rich.console import Console

from ops.__main__ import main as warroom

if TYPE_CHECKING:
    from pathlib import Path

    from local.platform import Platform

_SERIES = ("exchange-2_cpc_results", "exchange-3_cpc_results")
_SETTLED_S = 300.0


def measure(platform: Platform, data: Path) -> dict[str, object]:
    """Import both series as brands of their own; count the windows in which an anomaly was raised.

    `platform` delivers events to the Sentry, and this process's environment points at it; `data`
    holds series/ and windows.json.
    """
    labels = json.loads((data / "windows.json").read_text())
    console, raised, total = Console(stderr=True), 0, 0
    for name in _SERIES:
        windows = [tuple(map(_moment, window)) for window in labels[f"series/{name}.csv"]]
        alarms = _alarms(platform, data / "series" / f"{name}.csv", name.partition("_")[0])
        for start, end in windows:
            inside = [alarm for alarm in alarms if start <= alarm <= end]
            total, raised = total + 1, raised + bool(inside)
            what = f"raised from {inside[0]:%d %b %H:%M}, {len(inside)} anomalies" if inside else "missed"
            console.print(f"{name}  {start:%d %b %H:%M} - {end:%d %b %H:%M}  {what}")
        outside = sum(not any(start <= alarm <= end for start, end in windows) for alarm in alarms)
        console.print(f"{name}  {outside} anomalies outside every window")
    return {"nab_windows": total, "nab_windows_raised": raised}


def _alarms(platform: Platform, file: Path, brand: str) -> list[datetime]:
    _do("add-brand", brand, "--owner", "bench", "--time-zone", "UTC", "--currency", "USD")
    what = ("--source", "google", "--metric", "cpc", "--period", "hourly")
    _do("import-csv", str(file), "--brand", brand, *what)
    deadline = time.monotonic() + _SETTLED_S
    while platform.relay()["waiting"]:
        if time.monotonic() > deadline:
            raise TimeoutError(f"the events of {brand} were not settled within {_SETTLED_S:.0f} s")
        time.sleep(0.2)
    document = Client(project=platform.project).collection("brands").document(brand)
    return sorted(doc.get("timestamp") for doc in document.collection("performance_anomalies").stream())


def _do(*command: str) -> None:
    if warroom(command):
        raise SystemExit(f"warroom {' '.join(command)} failed")


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
