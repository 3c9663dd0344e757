"""From a metric's write to its anomaly, beside a trigger that does nothing, in one run.

Both times begin with the write's commit as Firestore stamped it. The anomaly's ends with the
commit of the anomaly, the other when the idle door was opened.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from google.cloud.firestore import Client, DocumentReference

from bench.figures import p95
from local import ports
from local.platform import REPO
from local.processes import Supervisor
from shared import wiring
from shared.core.brand import Brand, brand_id
from shared.core.metric import MICROS, USABLE, MetricPoint, Source, Sums, point_of
from shared.core.period import Bucket, Period, buckets_between
from shared.core.sentry.settings import SentrySettings
from shared.flows.ingest import keep_points

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from local.platform import Platform

_WRITES, _WARM = 80, 20
_HISTORY = 21 * 24
_PATIENCE_S = 20.0
_QUIET_S = 0.25  # what follows from one write is over before the next, here and at the idle door
_BRAND = Brand(brand_id("bench"), "bench", "Bench", ZoneInfo("UTC"), "USD", "en", "purchase")


def measure(platform: Platform) -> dict[str, object]:
    """Measure on a platform that watches nothing yet; afterwards it watches for the Sentry."""
    points = _history()
    _keep(points[:_HISTORY])
    platform.watch_all()
    client = Client(project=platform.project)
    with tempfile.TemporaryDirectory() as folder:
        idle, opened = Supervisor(Path(folder)), Path(folder, "opened")
        opened.touch()
        try:
            platform.watch("noop", "brands/{brandId}/bench_noop/{id}", _idle_door(idle, opened))
            return {
                "write_to_anomaly_p95_ms": p95(_to_anomaly(client, points[_HISTORY:])),
                "noop_trigger_p95_ms": p95(_to_idle_door(client, opened)),
            }
        finally:
            idle.stop()


def _idle_door(idle: Supervisor, opened: Path) -> str:
    port = ports.take(("noop",))["noop"]
    command = [sys.executable, "-m", "functions_framework", "--source", "bench/noop.py", "--target", "noop"]
    command += ["--host", "127.0.0.1", "--port", str(port)]
    child = idle.start("noop", command, os.environ | {"NOOP_LOG": str(opened)}, REPO)
    idle.wait(child, f"http://127.0.0.1:{port}")
    return f"http://127.0.0.1:{port}"


def _history() -> list[MetricPoint]:
    """Three steady weeks, then hours in which a click costs ten times as much."""
    now = datetime.now(UTC)
    wiring.brands().create(_BRAND, SentrySettings(), now=now)
    begin = now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=_HISTORY + _WRITES + 24)
    end = begin + timedelta(hours=_HISTORY + _WRITES)
    hours = buckets_between(begin, end, Period.HOURLY, _BRAND.zone)
    return [_point(hour, 1000 if n >= _HISTORY else 100, now) for n, hour in enumerate(hours)]


def _point(hour: Bucket, spend: int, now: datetime) -> MetricPoint:
    return point_of(
        Sums(spend=spend * MICROS, clicks=100, impressions=5000),
        source=Source.META,
        bucket=hour,
        currency="USD",
        maturity=USABLE,
        fetched_at=now,
    )


def _keep(points: Sequence[MetricPoint]) -> None:
    keep_points(points, _BRAND, connected=(), metrics=wiring.metrics(), pause=wiring.pause)


def _to_anomaly(client: Client, points: Sequence[MetricPoint]) -> list[float]:
    document = client.collection("brands").document(_BRAND.id)
    taken = []
    for point in points:
        _keep([point])
        metric = document.collection("performance_metrics").document(point.id(_BRAND.id))
        anomaly = document.collection("performance_anomalies").document(f"an_{metric.id}_cpc")
        _until(partial(_explained, anomaly))
        time.sleep(_QUIET_S)
        waited = anomaly.get().create_time - metric.get().update_time
        taken.append(waited.total_seconds() * 1000)
    return taken[_WARM:]


def _to_idle_door(client: Client, opened: Path) -> list[float]:
    collection = client.collection("brands").document(_BRAND.id).collection("bench_noop")
    written = {}
    for n in range(_WRITES):
        name = f"write-{n}"
        written[name] = collection.document(name).set({"n": n}).update_time.timestamp()
        _until(partial(_noted, opened, name))
        time.sleep(_QUIET_S)
    lines = (line.split() for line in opened.read_text().splitlines())
    return [(float(at) - written[name]) * 1000 for name, at in lines][_WARM:]


def _explained(document: DocumentReference) -> bool:
    """Say whether all that follows from the anomaly is over, so that writes do not queue up."""
    stored = document.get()
    return stored.exists and stored.get("insightState") != "pending"


def _noted(opened: Path, name: str) -> bool:
    return f"{name} " in opened.read_text()


def _until(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while not done():
        if time.monotonic() > deadline:
            raise TimeoutError(f"nothing came within {_PATIENCE_S} s")
        time.sleep(0.02)
