"""`make figures PART=ingest`: what ingestion costs, how fast it is, and that it loses nothing."""

from __future__ import annotations

import os
import resource
import sys
import tempfile
import time
import tracemalloc
from datetime import datetime, timedelta
from pathlib import Path

import requests
from google.cloud.firestore import Client
from rich.progress import Progress

from bench import reads, week
from bench.counting import Counted
from bench.figures import show
from local.platform import Platform
from shared.adapters.firestore.brands import FirestoreBrands
from shared.adapters.firestore.freshness import FirestoreTimetable
from shared.adapters.platform_http import PlatformHttp
from shared.core.aggregate import PARTS
from shared.core.brand import BrandId
from shared.core.freshness import connected
from shared.core.integration import Platform as IntegrationPlatform
from shared.core.metric import Source
from shared.core.period import HOUR
from shared.core.wire.freshness import freshness_fields
from shared.flows.schedule import schedule

_STEADY_HOURS = 24
_BRANDS = 1000
_TICK_BRANDS = 10_000
_MB = 1024 * 1024


def main() -> int:
    with (
        tempfile.TemporaryDirectory() as folder,
        Platform.start(state=Path(folder), with_auth=False, say=lambda _: None) as platform,
        Progress(transient=True) as progress,
    ):
        os.environ.update(platform.env)
        world = platform.urls["world"]
        figures = _week(world, progress)
        figures |= _steady(world)
        figures |= _many(world, progress)
        figures |= _tick(progress)
        requests.post(f"{world}/_world/reset", timeout=5).raise_for_status()
        figures |= reads.measure(platform)
    show(figures)
    return 0


def _week(world: str, progress: Progress) -> dict[str, object]:
    """Live the scripted week, check it, and replay it in two other orders."""
    days = 7
    bar = progress.add_task("a scripted week", total=days * 24)
    began = week.MONDAY

    def told(now: datetime) -> None:
        progress.update(bar, completed=(now - began) / HOUR)

    lived = week.live(week.Scene(Client(project="demo-week"), world), began, days, told)
    found, documents = week.check(lived), lived.scene.documents()
    progress.update(bar, description="the week in other orders")
    mixed = week.replay(Client(project="demo-mixed"), week.interleaved(lived.scene.said, 1), began)
    shuffled = week.replay(Client(project="demo-shuffled"), week.shuffled(lived.scene.said, 2), began)
    same = week.fingerprint(mixed.documents()) == week.fingerprint(documents)
    alike = week.content(shuffled.documents()) == week.content(documents)
    progress.remove_task(bar)
    store = lived.scene.store
    return {
        "week_readings": lived.readings,
        "week_answers": len(lived.scene.said),
        "points": found["points"],
        "lost": found["lost"],
        "duplicated": found["duplicated"],
        "regressions": sum(scene.store.regressions for scene in (lived.scene, mixed, shuffled)),
        "mismatches": found["mismatches"],
        "truth_mismatches": found["truth_mismatches"],
        "replayed_byte_equal": f"{int(same)}/1",
        "replayed_in_no_order_same_content": f"{int(alike)}/1",
        "late_documents_written_per_brand_hour": store.documents_written / (days * 24),
    }


def _steady(world: str) -> dict[str, object]:
    """Read one brand through an undisturbed day and count what that takes.

    Calls of one hour: Meta's two reports, one query of Google, one of GA4; one more query of Google
    a night. Reads of one reading: the tick's query, brand, connection and timetable, and the pages
    of four sources and three periods; five breakers in all, as Meta's plain token tells no app; and
    at night the pages of the months looked back on. Writes of one reading: the timetable when
    asked, leased and settled, the documents that changed and the pages they lie on.
    """
    client = Client(project="demo-steady")
    scene = week.Scene(client, world)
    began = week.MONDAY
    calm = week.script(began)[0]
    undisturbed = type(calm)(calm.seed, calm.zone, calm.currency)
    _post(world, "story", {"tenant": "demo", "story": undisturbed.to_json()})
    scene.connect(began)
    clock = week.Clock(began)
    _read_hours(scene, clock, world, 30)
    counted, sent, documents = Counted(client), PlatformHttp.calls.copy(), scene.store.documents_written
    pages = scene.store.pages_written
    cpu = time.process_time()
    _read_hours(scene, clock, world, _STEADY_HOURS)
    cpu = time.process_time() - cpu
    calls = PlatformHttp.calls - sent
    counts = counted.counts
    return {
        "platform_calls_per_brand_hour": calls.total() / _STEADY_HOURS,
        "platform_calls_per_brand_hour{meta}": calls["meta"] / _STEADY_HOURS,
        "platform_calls_per_brand_hour{google_ads}": calls["google_ads"] / _STEADY_HOURS,
        "platform_calls_per_brand_hour{ga4}": calls["ga4"] / _STEADY_HOURS,
        "platform_calls_formula": "2+1+1+1/24",
        "firestore_reads_per_brand_hour": counts["reads"] / _STEADY_HOURS,
        "firestore_reads_formula": "3*(1+3+12)+5+nights",
        "firestore_writes_per_brand_hour": counts["writes"] / _STEADY_HOURS,
        "firestore_writes_formula": "3*3+documents+pages",
        "documents_per_brand_hour": (scene.store.documents_written - documents) / _STEADY_HOURS,
        "pages_per_brand_hour": (scene.store.pages_written - pages) / _STEADY_HOURS,
        "brand_hours_per_core_second": _STEADY_HOURS / cpu,
    }


def _read_hours(scene: week.Scene, clock: week.Clock, world: str, hours: int) -> None:
    end = clock.at + hours * HOUR
    queue = week.Asks()
    watching = FirestoreTimetable(Client(project=scene.client.project))  # not a part of what is counted
    while (due := min(each.next_attempt_at for each in watching.of(week.BRAND.id))) < end:
        clock.at = max(clock.at, due.replace(second=0, microsecond=0) + timedelta(minutes=1))
        _post(world, "clock", {"now": clock.at.isoformat()})
        timetable, brands = scene.timetable, scene.brands
        schedule(clock.at, timetable=timetable, brands=brands, queue=queue, now=clock.at)
        asked, queue.asked = queue.asked, []
        for _, source in asked:
            scene.read(source, clock)
    clock.at = max(clock.at, end)


def _many(world: str, progress: Progress) -> dict[str, object]:
    """Read one hour of a thousand brands in this process; its memory must not grow with them."""
    now = week.MONDAY + 12 * HOUR
    _post(world, "clock", {"now": now.isoformat()})
    clock, sizes = week.Clock(now), {}
    client = Client(project="demo-many")
    scene = week.Scene(client, world)
    for n in progress.track(range(_BRANDS), description="a thousand brands"):
        brand = BrandId(f"brand-{n}")
        scene.adopt(brand, IntegrationPlatform.GOOGLE_ADS, now - HOUR)
        scene.read(Source.GOOGLE, clock, brand)
        scene.forget()
        if n + 1 in {100, _BRANDS}:
            sizes[n + 1] = _resident_mb()
        if n % 100 == 0:
            _empty(client.project)  # the emulator keeps all it is given in its own memory
    return {
        "rss_mb{100 brands}": sizes[100],
        "rss_mb{1000 brands}": sizes[_BRANDS],
        "rss_growth_mb": sizes[_BRANDS] - sizes[100],
    }


def _tick(progress: Progress) -> dict[str, object]:
    """Ask for ten thousand brands' sources, all due at once, in one tick; then in a second one at once."""
    client, now = Client(project="demo-tick"), week.MONDAY
    known = [(BrandId(f"brand-{n}"), source) for n in range(_TICK_BRANDS) for source in PARTS]
    for start in progress.track(range(0, len(known), 400), description="ten thousand brands"):
        batch = client.batch()
        for brand, source in known[start : start + 400]:
            document = (
                client.collection("brands").document(brand).collection("freshness").document(source.value)
            )
            batch.set(document, freshness_fields(connected(brand, source, now)))
        batch.commit()
    timetable, brands, queue = FirestoreTimetable(client), FirestoreBrands(client), _Forgetful()
    began = time.monotonic()
    asked = schedule(now + HOUR, timetable=timetable, brands=brands, queue=queue, now=now)
    took = time.monotonic() - began
    again = schedule(now + HOUR, timetable=timetable, brands=brands, queue=queue, now=now)
    tracemalloc.start()
    later = now + timedelta(minutes=11)
    schedule(now + HOUR, timetable=timetable, brands=brands, queue=queue, now=later)
    peak = tracemalloc.get_traced_memory()[1] / _MB
    tracemalloc.stop()
    return {
        "tick_sources_asked": asked,
        "tick_10000_brands_s": took,
        "tick_fired_twice_asked": again,
        "tick_peak_python_mb": peak,
    }


class _Forgetful(week.Asks):
    """A queue that keeps nothing of what it passed on."""

    def flush(self) -> None:
        self.asked.clear()


def _empty(project: str) -> None:
    emulator = os.environ["FIRESTORE_EMULATOR_HOST"]
    url = f"http://{emulator}/emulator/v1/projects/{project}/databases/(default)/documents"
    requests.delete(url, timeout=30).raise_for_status()


def _post(world: str, what: str, body: dict[str, object]) -> None:
    requests.post(f"{world}/_world/{what}", json=body, timeout=5).raise_for_status()


def _resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / _MB


if __name__ == "__main__":
    sys.exit(main())
