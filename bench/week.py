"""A scripted week of the simulated world, read as it happens, then replayed in other orders.

The week has late and restated numbers, outages, throttles, broken answers and a night in which
clocks go back. Reading is the product's own: timetable, connectors over HTTP, ledger and store on
the emulator. What every platform answered is recorded; the checker reads only that record and a
final read of the store, and names what it finds as Jepsen does: lost, duplicated, regressions.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from unittest import mock
from zoneinfo import ZoneInfo

import requests

from local.world.story import Shock, Story
from local.world.tenants import DEMO
from shared.adapters import platform_http
from shared.adapters.firestore.brands import FirestoreBrands
from shared.adapters.firestore.breakers import FirestoreBreakers
from shared.adapters.firestore.freshness import FirestoreTimetable
from shared.adapters.firestore.metrics import FirestoreMetrics
from shared.adapters.sources.ga4 import Ga4
from shared.adapters.sources.google_ads import GoogleAds
from shared.adapters.sources.meta import MetaAds
from shared.adapters.vault import MasterKeys, Vault
from shared.core.aggregate import PARTS, SUMMED, blend, emptied, roll_up
from shared.core.brand import Brand, brand_id
from shared.core.integration import Account, Integration, Platform, Status
from shared.core.metric import MetricPoint, Source, Sums, total
from shared.core.period import HOUR, Bucket, Period, bucket_at, buckets_between
from shared.core.secret import Secret
from shared.core.sentry.settings import SentrySettings
from shared.core.wire.metric import metric_point
from shared.flows.ingest import FarSide, ingest, keep_report
from shared.flows.schedule import schedule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from google.cloud.firestore import Client

    from shared.core.brand import BrandId
    from shared.core.history import Page
    from shared.core.report import Asked, Report
    from shared.ports import BrandFile, PlatformReader

ROME = ZoneInfo("Europe/Rome")
BRAND = Brand(brand_id("fjord"), "owner", "Fjord", ROME, "EUR", "en", "purchase")
CLOCKS_GO_BACK = datetime(2026, 10, 25, 1, tzinfo=UTC)
MONDAY = datetime(2026, 10, 18, 22, tzinfo=UTC)
_DAY = timedelta(days=1)
_NUMBERS = ("fetchedAt", "revision")


@dataclass(frozen=True, slots=True)
class Happening:
    """What the world does at a moment: a fault that begins, or the end of a platform's faults."""

    at: datetime
    platform: str
    fault: str | None = None
    times: int | None = None


def script(begin: datetime) -> tuple[Story, list[Happening]]:
    """Return the truth and the misfortunes of the days from a local midnight on.

    All of it happens within the first two days, so that a shorter run meets it as well; a week
    sees the restatements of the nights that follow, too.
    """
    noon = begin + 12 * HOUR
    shocks = (
        Shock(Source.GOOGLE, noon, noon + 5 * HOUR, since=begin + 39 * HOUR, spend=0.9, clicks=0.9),
        Shock(Source.META, begin + 8 * HOUR, noon, since=begin + 30 * HOUR, conversions=0.5, revenue=0.5),
        Shock(Source.ORGANIC, noon, noon + 2 * HOUR, since=begin + 33 * HOUR, revenue=-0.4),
    )
    happenings = [
        Happening(begin + 9 * HOUR, "meta", "html_502"),
        Happening(begin + 14 * HOUR, "meta"),
        Happening(begin + 16 * HOUR, "google-ads", "throttle"),
        Happening(begin + 18 * HOUR, "google-ads"),
        Happening(begin + 20 * HOUR, "ga4", "500"),
        Happening(begin + 23 * HOUR, "ga4"),
        Happening(begin + 27 * HOUR, "meta", "error_in_200", 1),
        Happening(begin + 28 * HOUR, "google-ads", "truncated_json", 2),
        Happening(begin + 29 * HOUR, "meta", "throttle_account", 2),
        Happening(begin + 31 * HOUR, "ga4", "reset", 2),
        Happening(begin + 34 * HOUR, "google-oauth", "503", 3),
    ]
    return Story("fjord", ROME, "EUR", shocks, late=True), happenings


@dataclass
class Clock:
    """A clock that moves only when told."""

    at: datetime

    def now(self) -> datetime:
        return self.at


@dataclass
class Asks:
    """A queue that hands over what was asked for."""

    asked: list[tuple[BrandId, Source]] = field(default_factory=list)

    def ask_for_ingest(self, brand_id: BrandId, source: Source, _slot: datetime) -> None:
        self.asked.append((brand_id, source))

    def ask_for_insight(self, _brand_id: BrandId, _anomaly_id: str) -> None:
        raise AssertionError("nothing is judged here")

    def ask_to_notify(self, _brand_id: BrandId, _anomaly_id: str) -> None:
        raise AssertionError("nothing is judged here")

    def ask_for_digest(self, _brand_id: BrandId, _day: date) -> None:
        raise AssertionError("nobody is told of anything here")

    def ask_to_tell_of_source(self, _brand_id: BrandId, _alarm_id: str) -> None:
        raise AssertionError("nobody is told of anything here")

    def flush(self) -> None:
        """Hold nothing back."""


class Store(FirestoreMetrics):
    """The product's own store; notes every document's revision and moment as it is written."""

    def __init__(self, client: Client) -> None:
        super().__init__(client)
        self.commits = self.documents_written = self.pages_written = self.regressions = 0
        self._newest: dict[str, tuple[int, datetime]] = {}

    def forget(self) -> None:
        self._newest.clear()

    def commit(self, brand_id: BrandId, points: Sequence[MetricPoint], pages: Sequence[Page]) -> None:
        super().commit(brand_id, points, pages)
        self.commits += 1
        self.documents_written += len(points)
        self.pages_written += len(pages)
        for point in points:
            name, mark = point.id(brand_id), (point.revision, point.fetched_at)
            former = self._newest.get(name, mark)
            self.regressions += mark[0] < former[0] or mark[1] < former[1]
            self._newest[name] = mark


@dataclass
class Scene:
    """One brand on stores of its own; `world` is the simulated platforms' address, None for replays."""

    client: Client
    world: str | None = None
    said: list[tuple[Source, Report]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.store, self.brands = Store(self.client), FirestoreBrands(self.client)
        self.timetable, self.breakers = FirestoreTimetable(self.client), FirestoreBreakers(self.client)
        self.keys = Vault(MasterKeys.parse(bytes(range(32)).hex()))
        self._readers: dict[Platform, PlatformReader] = {}

    def connect(self, begin: datetime) -> BrandFile:
        """Make the brand with its three connections, as if its readings began at `begin`."""
        self.brands.create(BRAND, SentrySettings(), now=begin)
        for platform in _ACCOUNTS:
            self._connect(BRAND.id, platform, begin)
        file = self.brands.get(BRAND.id)
        if file is None:
            raise LookupError(f"{BRAND.id} was not stored")
        return file

    def adopt(self, brand: BrandId, platform: Platform, begin: datetime) -> None:
        """Make another brand with one of the same connections, and ask for its reading."""
        self.brands.create(replace(BRAND, id=brand), SentrySettings(), now=begin)
        self._connect(brand, platform, begin)
        self.timetable.ask([(brand, platform.source)], begin)

    def _connect(self, brand: BrandId, platform: Platform, begin: datetime) -> None:
        key, account = _ACCOUNTS[platform]
        sealed = self.keys.seal(Secret(key), brand_id=brand, purpose=platform.value, account_id=account)
        self.brands.connect(Integration(brand, platform, account, sealed, Status.ACTIVE, begin), begin)
        self.timetable.ask([(brand, platform.source)], begin)
        claim = self.timetable.claim(brand, platform.source, begin)
        if claim is None:
            raise LookupError(f"{platform.value} cannot be read")
        known = replace(claim.freshness, last_success_at=begin, account=Account("EUR", ROME.key))
        self.timetable.settle(claim, replace(known, asked_at=None, lease_until=None))

    def reader(self, platform: Platform) -> PlatformReader:
        if platform not in self._readers:
            world = self.world
            token = f"{world}/google-oauth/token"
            made: dict[Platform, Callable[[], Any]] = {
                Platform.META_ADS: lambda: MetaAds(f"{world}/meta"),
                Platform.GOOGLE_ADS: lambda: GoogleAds(f"{world}/google-ads", token),
                Platform.GA4: lambda: Ga4(f"{world}/ga4", token),
            }
            recording: Any = _Recording(made[platform](), platform.source, self.said)
            self._readers[platform] = recording
        return self._readers[platform]

    def read(self, source: Source, clock: Clock, brand: BrandId = BRAND.id) -> bool:
        """Do one reading; say whether there was one."""
        done = ingest(
            brand,
            source,
            timetable=self.timetable,
            brands=self.brands,
            far=FarSide(self.keys, self.breakers, self.reader),
            metrics=self.store,
            clock=clock,
            pause=lambda _: None,
        )
        return done is not None

    def forget(self) -> None:
        """Drop what was recorded, for runs that check nothing."""
        self.said.clear()
        self.store.forget()

    def documents(self) -> dict[str, dict[str, object]]:
        collection = self.client.collection("brands").document(BRAND.id).collection("performance_metrics")
        return {doc.id: doc.to_dict() or {} for doc in collection.stream()}


_ACCOUNTS = {
    Platform.META_ADS: (DEMO.meta_key, DEMO.meta_account),
    Platform.GOOGLE_ADS: (DEMO.google_key, DEMO.google_account),
    Platform.GA4: (DEMO.ga4_key, DEMO.ga4_account),
}


class _Recording:
    """A platform's reader that keeps what was answered."""

    def __init__(self, reader: PlatformReader, source: Source, said: list[tuple[Source, Report]]) -> None:
        self._reader, self._source, self._said = reader, source, said

    def report(self, key: Secret, account_id: str, asked: Asked) -> Report:
        report = self._reader.report(key, account_id, asked)
        self._said.append((self._source, report))
        return report

    def __getattr__(self, name: str) -> object:
        return getattr(self._reader, name)


@dataclass
class Lived:
    """What came of reading some days as they happened."""

    scene: Scene
    story: Story
    begin: datetime
    end: datetime
    readings: int


def live(
    scene: Scene, begin: datetime, days: int, told: Callable[[datetime], None] = lambda _: None
) -> Lived:
    """Read a brand through some days, each source whenever its timetable says."""
    story, happenings = script(begin)
    end, clock, queue = begin + days * _DAY, Clock(begin), Asks()
    _world(scene, "story", {"tenant": "demo", "story": story.to_json()})
    scene.connect(begin)
    readings = 0
    with impatient():
        while (due := min(each.next_attempt_at for each in scene.timetable.of(BRAND.id))) < end:
            clock.at = max(clock.at, due.replace(second=0, microsecond=0) + timedelta(minutes=1))
            told(clock.at)
            _happen(scene, happenings, clock.at)
            _world(scene, "clock", {"now": clock.at.isoformat()})
            schedule(
                clock.at,
                timetable=scene.timetable,
                brands=scene.brands,
                queue=queue,
                now=clock.at,
            )
            asked, queue.asked = queue.asked, []
            readings += sum(scene.read(source, clock) for _, source in asked)
    return Lived(scene, story, begin, end, readings)


def replay(client: Client, order: Sequence[tuple[Source, Report]], begin: datetime) -> Scene:
    """Take in recorded answers in any order, on stores of their own."""
    scene = Scene(client)
    file = scene.connect(begin)
    for source, report in order:
        keep_report(report, source, file, metrics=scene.store, pause=lambda _: None)
    return scene


def interleaved(said: Sequence[tuple[Source, Report]], seed: int) -> list[tuple[Source, Report]]:
    """Return each source's answers in their order, the sources mixed at random, old ones repeated.

    This is every order that the lease of one reader a source allows, redeliveries included.
    """
    chance = random.Random(seed)
    lines = {source: [each for each in said if each[0] is source] for source in PARTS}
    order: list[tuple[Source, Report]] = []
    while any(lines.values()):
        source = chance.choice([source for source, line in lines.items() if line])
        order.append(lines[source].pop(0))
        if chance.random() < 0.3:
            order.append(chance.choice(order))
    return order


def shuffled(said: Sequence[tuple[Source, Report]], seed: int) -> list[tuple[Source, Report]]:
    """Return all answers in no order at all, each once or twice."""
    chance = random.Random(seed)
    order = [each for each in said for _ in range(1 + (chance.random() < 0.3))]
    chance.shuffle(order)
    return order


def fingerprint(documents: dict[str, dict[str, object]], *, without: Sequence[str] = ()) -> str:
    """Hash documents byte for byte, in order of their ids."""
    kept = {n: {k: v for k, v in f.items() if k not in without} for n, f in documents.items()}
    text = json.dumps(kept, sort_keys=True, default=lambda value: value.isoformat())
    return sha256(text.encode()).hexdigest()


def content(documents: dict[str, dict[str, object]]) -> str:
    """Hash what documents say, without when it was learnt and how often it had changed before."""
    return fingerprint(documents, without=_NUMBERS)


def check(lived: Lived) -> Counter[str]:
    """Compare what was answered, what is stored, and the world's truth."""
    found: Counter[str] = Counter()
    documents = lived.scene.documents()
    points = {name: metric_point(fields, name, BRAND) for name, fields in documents.items()}
    served = _served(lived.scene.said)
    found["points"] = len(served)
    for (source, bucket), sums in served.items():
        stored = points.get(f"metric_{BRAND.id}_{source.value}_{bucket.key}")
        found["lost"] += stored is None or not _holds(stored.sums(), sums)
    for point in points.values():
        buckets = {point.bucket} if point.source is not Source.AGGREGATED else set()
        parts = PARTS if point.source is Source.AGGREGATED else (point.source,)
        expected = any((part, bucket) in served for part in parts for bucket in buckets or {point.bucket})
        found["duplicated"] += not expected and point.period is not Period.WEEKLY
    by_place = {(p.source, p.bucket): p for p in points.values()}
    for point in by_place.values():
        found["derived"] += 1
        found["mismatches"] += not _follows(point, by_place)
    found["regressions"] = lived.scene.store.regressions
    found["truth_mismatches"] = _untrue(lived, by_place)
    return found


def _served(said: Sequence[tuple[Source, Report]]) -> dict[tuple[Source, Bucket], Sums]:
    """Return the last thing each platform said about each bucket."""
    served: dict[tuple[Source, Bucket], Sums] = {}
    for source, report in sorted(said, key=lambda each: each[1].fetched_at):
        for row in (*report.hours, *report.days):
            served[source, row.bucket] = row.sums
    return served


def _holds(stored: Sums, served: Sums) -> bool:
    pairs = zip(stored.parts(), served.parts(), strict=True)
    return all(told is None or kept == told for kept, told in pairs)


def _follows(point: MetricPoint, points: dict[tuple[Source, Bucket], MetricPoint]) -> bool:
    """Say whether a point is what its parts make it, to the last bit."""
    if point.source is Source.AGGREGATED:
        parts = [points[part, point.bucket] for part in PARTS if (part, point.bucket) in points]
        derived = blend(parts, PARTS, BRAND.currency) or emptied(point, parts)
        return derived == point and derived.revision == point.revision
    if point.period is Period.HOURLY:
        return True
    narrow = Period.HOURLY if point.period is Period.DAILY else Period.DAILY
    within = buckets_between(point.bucket.start, point.bucket.end, narrow, ROME)
    parts = [points[point.source, part] for part in within if (point.source, part) in points]
    if point.adjustment is not None:
        return point.adjustment == point.sums() - total(part.sums() for part in parts)
    whole = roll_up(parts, point.bucket, whole=len(parts) == len(within)) or emptied(point, parts)
    return SUMMED in point.flags and whole == point and whole.revision == point.revision


def _untrue(lived: Lived, points: dict[tuple[Source, Bucket], MetricPoint]) -> int:
    """Count local days on which the hours' spend is not what truly was spent, as known a day later."""
    wrong = 0
    for day in buckets_between(lived.begin, lived.end - 2 * _DAY, Period.DAILY, ROME):
        known_at = bucket_at(day.end, Period.DAILY, ROME).end
        hours = buckets_between(day.start, day.end, Period.HOURLY, ROME)
        for source in (Source.META, Source.GOOGLE):
            truth = sum(lived.story.hour(source, hour.start, known_at).spend or 0 for hour in hours)
            stored = [points[source, hour].sums().spend or 0 for hour in hours if (source, hour) in points]
            wrong += truth != sum(stored)
    return wrong


def _happen(scene: Scene, happenings: list[Happening], now: datetime) -> None:
    while happenings and happenings[0].at <= now:
        happening = happenings.pop(0)
        if happening.fault is None:
            url = f"{scene.world}/_world/faults"
            requests.delete(url, params={"platform": happening.platform}, timeout=5).raise_for_status()
        else:
            fault = {"platform": happening.platform, "fault": happening.fault, "times": happening.times}
            _world(scene, "faults", fault)


def _world(scene: Scene, what: str, body: Mapping[str, object]) -> None:
    requests.post(f"{scene.world}/_world/{what}", json=body, timeout=5).raise_for_status()


@contextmanager
def impatient() -> Iterator[None]:
    """Try again at once: a simulated week has no real seconds to wait."""
    with mock.patch.object(platform_http.patiently, "__defaults__", (lambda _: None,)):
        yield
