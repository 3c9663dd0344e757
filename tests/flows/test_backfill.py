"""The past, read by the real connectors from the simulated platforms, whose clock stands still."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest
import requests
from google.cloud.firestore import Client

from bench.week import BRAND, ROME, Asks, Clock, Scene, fingerprint, impatient
from local.world.story import Shock, Story
from ops.__main__ import main
from shared import wiring
from shared.adapters.firestore.anomalies import FirestoreAnomalies
from shared.adapters.firestore.backfills import FirestoreBackfills
from shared.adapters.firestore.metrics import FirestoreWatch
from shared.adapters.platform_http import PlatformHttp
from shared.core.aggregate import PARTS
from shared.core.backfill import Backfill
from shared.core.history import page_id
from shared.core.integration import Account, Platform
from shared.core.metric import Source
from shared.core.period import Period, bucket_at, buckets_between, day_bucket
from shared.core.sentry.detection import Verdict, judge
from shared.core.sentry.history import History
from shared.core.wire.metric import metric_point
from shared.errors import BadRequest, PlatformRefused, RateLimited, Unavailable
from shared.flows.backfill import Pace, backfill, check_days
from shared.flows.ingest import FarSide
from shared.flows.sentry import watch
from tests.world import running_world

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from shared.core.report import Asked
    from shared.core.secret import Secret
    from shared.ports import BrandFile, PlatformReader, Platforms

NOW = datetime(2026, 10, 20, 9, 30, tzinfo=UTC)
JULY, MID_SEPTEMBER = date(2026, 7, 20), date(2026, 9, 14)
STORY = Story("fjord", ROME, "EUR", (Shock(Source.META, NOW, None, spend=1.0),))


@dataclass
class Past:
    """One brand whose past is read; every wait is noted, and none is waited."""

    scene: Scene
    file: BrandFile
    waits: list[tuple[float, str]] = field(default_factory=list)
    steps: list[Backfill] = field(default_factory=list)
    stop_after: int | None = None
    budget: int = 10_000
    account: Account | None = None
    now: datetime = NOW
    reader: Platforms | None = None

    def read(self, source: Source, first: date = JULY, last: date = MID_SEPTEMBER) -> int:
        scene = self.scene
        with impatient():
            return backfill(
                self.file,
                Backfill(source, first, last),
                account=self.account,
                far=FarSide(scene.keys, scene.breakers, self.reader or scene.reader),
                backfills=FirestoreBackfills(scene.client),
                metrics=scene.store,
                pace=Pace(self.budget, PlatformHttp.calls.total, self._wait, lambda _: None, Clock(self.now)),
                told=self._told,
            )

    def _wait(self, seconds: float, why: str) -> None:
        self.waits.append((seconds, why))
        self._maybe_stop()

    def _told(self, known: Backfill, _changed: int) -> None:
        self.steps.append(known)
        self._maybe_stop()

    def _maybe_stop(self) -> None:
        if self.stop_after is not None and len(self.waits) + len(self.steps) >= self.stop_after:
            raise KeyboardInterrupt

    def world(self, what: str, body: dict[str, object]) -> None:
        requests.post(f"{self.scene.world}/_world/{what}", json=body, timeout=5).raise_for_status()

    def started(self) -> int:
        """Return how many report runs Meta was asked to start."""
        told: dict[str, Any] = requests.get(f"{self.scene.world}/_world/calls", timeout=5).json()
        return sum(n for route, n in told["meta"].items() if route.startswith("POST"))

    def throttled(self) -> int:
        told: dict[str, Any] = requests.get(f"{self.scene.world}/_world/usage", timeout=5).json()
        return int(told["throttled"])


@dataclass
class Spoiling:
    """Meta's reader, whose first order is never ready, or fails as told whenever it is looked at."""

    real: PlatformReader
    failure: Exception | None = None
    spoilt: list[str] = field(default_factory=list)

    def __call__(self, _platform: Platform) -> Spoiling:
        return self

    def order(self, key: Secret, account_id: str, asked: Asked) -> str:
        order = self.real.order(key, account_id, asked)
        if not self.spoilt:
            self.spoilt.append(order)
        return order

    def progress(self, key: Secret, order: str) -> float:
        share = self.real.progress(key, order)
        if share < 1.0 or order not in self.spoilt:
            return share
        if self.failure is not None:
            raise self.failure
        return 0.99

    def __getattr__(self, name: str) -> object:
        return getattr(self.real, name)


@pytest.fixture(scope="module")
def world() -> Iterator[str]:
    with running_world() as url:
        yield url


@pytest.fixture
def past(world: str, firestore_emulator: str, project_id: str, monkeypatch: pytest.MonkeyPatch) -> Past:
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", firestore_emulator)
    return _past(world, project_id)


def _past(world: str, project_id: str) -> Past:
    scene = Scene(Client(project=project_id), world)
    made = Past(scene, scene.connect(NOW))
    made.world("reset", {})
    made.world("story", {"tenant": "demo", "story": STORY.to_json()})
    made.world("clock", {"now": NOW.isoformat()})
    return made


def test_every_day_and_hour_of_the_past_is_kept_for_every_source(past: Past) -> None:
    for source in PARTS:
        past.read(source)

    points = [metric_point(fields, name, BRAND) for name, fields in past.scene.documents().items()]
    kept = {(p.source, p.bucket): p for p in points}
    begin, end = day_bucket(JULY, ROME).start, day_bucket(MID_SEPTEMBER, ROME).end
    for day in buckets_between(begin, end, Period.DAILY, ROME):
        hours = buckets_between(day.start, day.end, Period.HOURLY, ROME)
        for source in (Source.META, Source.GOOGLE):
            spent = sum(STORY.hour(source, hour.start).spend or 0 for hour in hours)
            assert kept[source, day].sums().spend == spent
            assert sum(kept[source, hour].sums().spend or 0 for hour in hours) == spent
        assert (Source.ORGANIC, day) in kept
        assert (Source.AGGREGATED, day) in kept


def test_the_past_is_history_and_no_news(past: Past) -> None:
    past.read(Source.GOOGLE, date(2026, 9, 1), MID_SEPTEMBER)

    points = [metric_point(fields, name, BRAND) for name, fields in past.scene.documents().items()]
    assert all(point.is_old for point in points)


def test_a_shock_of_the_past_alarms_nobody(past: Past) -> None:
    shocked = bucket_at(datetime(2026, 9, 10, 12, tzinfo=UTC), Period.HOURLY, ROME)
    shock = Shock(Source.GOOGLE, shocked.start, shocked.end, spend=4.0)
    past.world("story", {"tenant": "demo", "story": replace(STORY, shocks=(shock,)).to_json()})
    past.read(Source.GOOGLE)
    metrics, anomalies = past.scene.store, FirestoreAnomalies(past.scene.client)

    names = [page_id(Source.GOOGLE, Period.HOURLY, month) for month in ("202609", "202608")]
    pages = metrics.pages(BRAND.id, names)
    point = pages[names[0]].get(shocked)
    assert point is not None
    found = judge(
        point, History([pages[name] for name in names], shocked, past.file.brand.zone), past.file.settings
    )
    raised = watch(
        BRAND.id,
        Source.GOOGLE,
        shocked.key,
        desk=FirestoreWatch(past.scene.client),
        metrics=metrics,
        anomalies=anomalies,
        queue=Asks(),  # type: ignore[arg-type]
        clock=Clock(NOW),
    )

    assert any(isinstance(verdict, Verdict) for verdict in found.values())
    assert raised == []
    assert anomalies.newest(BRAND, status=None, limit=9, after=None)[0] == []


def test_a_second_run_of_the_same_days_asks_and_changes_nothing(past: Past) -> None:
    past.read(Source.GOOGLE, date(2026, 9, 1), MID_SEPTEMBER)
    sent = PlatformHttp.calls.total()

    assert past.read(Source.GOOGLE, date(2026, 9, 1), MID_SEPTEMBER) == 0
    assert PlatformHttp.calls.total() == sent


def test_an_account_that_is_known_is_not_asked_what_it_is(past: Past) -> None:
    past.account = Account("EUR", ROME.key)
    sent = PlatformHttp.calls["google_ads"]

    past.read(Source.GOOGLE)

    assert PlatformHttp.calls["google_ads"] - sent <= 4  # three months, and a token


@pytest.mark.parametrize("source", PARTS)
def test_a_run_that_is_stopped_wherever_it_can_be_ends_as_if_it_never_was(
    past: Past, project_id: str, world: str, source: Source
) -> None:
    first, last = date(2026, 8, 29), date(2026, 9, 3)
    stops = 0
    while True:
        past.stop_after = len(past.waits) + len(past.steps) + 2  # the first step is told at once
        try:
            past.read(source, first, last)
        except KeyboardInterrupt:
            stops += 1
        else:
            break
    started, throttled = past.started() if source is Source.META else 0, past.throttled()

    whole = _past(world, f"{project_id}-whole")
    whole.read(source, first, last)

    assert stops >= 2
    assert throttled == 0
    assert started == (whole.started() if source is Source.META else 0)
    assert fingerprint(past.scene.documents()) == fingerprint(whole.scene.documents())


def test_other_days_wait_until_the_report_of_the_former_ones_is_over(past: Past) -> None:
    past.stop_after = 2
    with pytest.raises(KeyboardInterrupt):
        past.read(Source.META, date(2026, 9, 1), date(2026, 9, 5))
    past.stop_after = None

    past.read(Source.META, date(2026, 9, 1), date(2026, 9, 6))

    assert past.steps[-1].days_done == 6
    assert past.throttled() == 0


def test_meta_prepares_one_report_a_month_and_is_asked_until_it_is_done(past: Past) -> None:
    past.world("runs", {"looks_done": True})

    past.read(Source.META)

    assert [known.days_done for known in past.steps] == [0, 12, 43, 57]
    assert [why for _, why in past.waits][:3] == [
        "the platform prepares a report, 0%",
        "the platform prepares a report, 50%",
        "the platform prepares a report, 97%",
    ]


def test_a_month_that_is_too_much_is_read_in_halves(past: Past) -> None:
    past.world("runs", {"next": "too_large"})

    past.read(Source.META, date(2026, 9, 1), MID_SEPTEMBER)

    assert [known.days_done for known in past.steps] == [0, 7, 14]


def test_a_single_day_that_is_too_much_is_refused(past: Past) -> None:
    past.world("runs", {"next": "too_large"})

    with pytest.raises(PlatformRefused, match="2026-09-14 alone: too_much_data"):
        past.read(Source.META, MID_SEPTEMBER, MID_SEPTEMBER)


@pytest.mark.parametrize("outcome", ["failed", "skipped"])
def test_a_report_that_failed_is_ordered_again(past: Past, outcome: str) -> None:
    past.world("runs", {"next": outcome})

    past.read(Source.META, date(2026, 9, 1), MID_SEPTEMBER)

    assert (60.0, "the platform failed") in past.waits
    assert past.steps[-1].days_done == 14
    assert past.started() == 2


def test_an_outage_while_a_report_is_prepared_orders_no_second_one(past: Past) -> None:
    past.stop_after = 2
    with pytest.raises(KeyboardInterrupt):
        past.read(Source.META, date(2026, 9, 1), MID_SEPTEMBER)
    past.stop_after = None
    past.world("faults", {"platform": "meta", "fault": "html_502", "times": 6})
    past.account = Account("EUR", ROME.key)

    past.read(Source.META, date(2026, 9, 1), MID_SEPTEMBER)

    assert past.steps[-1].days_done == 14
    assert (past.started(), past.throttled()) == (1, 0)


def test_a_report_that_always_says_to_wait_is_ordered_again(past: Past) -> None:
    real = past.scene.reader(Platform.META_ADS)
    past.reader = Spoiling(real, RateLimited("meta", 900))  # type: ignore[assignment]

    past.read(Source.META, date(2026, 9, 1), MID_SEPTEMBER)

    assert past.waits.count((900.0, "told to wait")) == 1
    assert (past.started(), past.throttled()) == (2, 0)


def test_a_report_that_is_never_ready_ends_the_run_after_two_hours(past: Past) -> None:
    past.reader = Spoiling(past.scene.reader(Platform.META_ADS))  # type: ignore[assignment]

    with pytest.raises(Unavailable, match="never finished"):
        past.read(Source.META, date(2026, 9, 1), MID_SEPTEMBER)

    assert [seconds for seconds, _ in past.waits][:6] == [2.0, 4.0, 8.0, 16.0, 30.0, 30.0]
    assert 7200 <= sum(seconds for seconds, _ in past.waits) < 7260
    past.read(Source.META, date(2026, 9, 1), MID_SEPTEMBER)
    assert (past.steps[-1].days_done, past.started()) == (14, 2)


def test_a_report_that_is_refused_is_not_asked_for_again(past: Past) -> None:
    failure = PlatformRefused("meta", "bad_request")
    past.reader = Spoiling(past.scene.reader(Platform.META_ADS), failure)  # type: ignore[assignment]
    with pytest.raises(PlatformRefused):
        past.read(Source.META, date(2026, 9, 1), MID_SEPTEMBER)

    past.read(Source.META, date(2026, 9, 1), MID_SEPTEMBER)

    assert past.steps[-1].days_done == 14


def test_a_platform_that_stays_away_ends_the_run_and_keeps_what_was_done(past: Past) -> None:
    past.read(Source.GOOGLE, date(2026, 9, 1), date(2026, 9, 10))
    kept = len(past.scene.documents())
    past.world("faults", {"platform": "google-ads", "fault": "503", "times": None})

    with pytest.raises(Unavailable):
        past.read(Source.GOOGLE, date(2026, 8, 1), date(2026, 9, 10))

    assert [seconds for seconds, _ in past.waits] == [60.0, 120.0, 240.0]
    assert len(past.scene.documents()) == kept


def test_a_throttle_is_waited_out_as_told(past: Past) -> None:
    past.world("faults", {"platform": "google-ads", "fault": "throttle", "times": 1})

    past.read(Source.GOOGLE, date(2026, 9, 1), MID_SEPTEMBER)

    assert past.waits == [(1800.0, "told to wait")]


def test_a_throttle_between_order_and_answer_keeps_the_order(past: Past) -> None:
    past.stop_after = 2
    with pytest.raises(KeyboardInterrupt):
        past.read(Source.META, date(2026, 9, 1), MID_SEPTEMBER)
    past.stop_after, past.account = None, Account("EUR", ROME.key)
    past.world("faults", {"platform": "meta", "fault": "throttle_account", "times": 2})

    past.read(Source.META, date(2026, 9, 1), MID_SEPTEMBER)

    assert "told to wait" in {why for _, why in past.waits}
    assert (past.started(), past.throttled()) == (1, 0)


def test_a_nearly_used_allowance_is_rested(past: Past) -> None:
    past.world("usage", {"tenant": "demo", "percent": 80, "regain_minutes": 4})

    past.read(Source.META, date(2026, 8, 25), date(2026, 9, 5))

    assert (240.0, "the allowance is nearly used") in past.waits


def test_a_budget_of_calls_is_kept_to(past: Past) -> None:
    past.budget = 2

    past.read(Source.GOOGLE)

    assert (3600.0, "this hour's calls are used up") in past.waits


@pytest.mark.parametrize(
    ("first", "last", "field"),
    [
        (date(2026, 9, 2), date(2026, 9, 1), "from"),
        (date(2026, 9, 2), date(2026, 10, 20), "to"),
        (date(2023, 9, 19), date(2026, 9, 1), "from"),
    ],
)
def test_days_that_cannot_be_read_are_refused_by_name(first: date, last: date, field: str) -> None:
    with pytest.raises(BadRequest) as refusal:
        check_days(first, last, date(2026, 10, 20))

    assert refusal.value.field == field


def test_a_day_that_is_not_over_where_the_account_lives_is_refused(past: Past) -> None:
    past.now, past.account = datetime(2026, 10, 20, 2, tzinfo=UTC), Account("EUR", "America/New_York")

    with pytest.raises(BadRequest, match="to: "):
        past.read(Source.GOOGLE, date(2026, 10, 1), date(2026, 10, 19))

    assert past.scene.documents() == {}


def test_thirty_seven_months_back_to_the_day_are_read() -> None:
    check_days(date(2023, 9, 20), date(2026, 10, 19), date(2026, 10, 20))


def test_a_source_without_a_connection_is_refused(past: Past) -> None:
    with pytest.raises(BadRequest, match="source"):
        past.read(Source.AGGREGATED)


@pytest.fixture
def command(past: Past, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., int]]:
    """Run `warroom backfill` of September against this brand's stores and world, without waiting."""
    url = past.scene.world
    environment = {
        "GOOGLE_CLOUD_PROJECT": past.scene.client.project,
        "PERFORMANCE_ENCRYPTION_KEY": bytes(range(32)).hex(),
        "META_GRAPH_BASE": f"{url}/meta",
        "GOOGLE_ADS_BASE": f"{url}/google-ads",
        "GOOGLE_TOKEN_URL": f"{url}/google-oauth/token",
        "GA4_BASE": f"{url}/ga4",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    _forget_wiring()
    monkeypatch.setattr(wiring, "clock", lambda: Clock(NOW))
    monkeypatch.setattr("ops.backfill.time.sleep", lambda _: None)

    def run(*more: str) -> int:
        return main(["--json", "backfill", "--brand", BRAND.id, "--from", "2026-08-30", *more])

    yield run
    monkeypatch.undo()
    _forget_wiring()


def _forget_wiring() -> None:
    for made in vars(wiring).values():
        if hasattr(made, "cache_clear"):
            made.cache_clear()


def test_the_command_reads_all_sources_and_says_what_it_did(
    command: Callable[..., int], past: Past, capsys: pytest.CaptureFixture[str]
) -> None:
    sent = PlatformHttp.calls.total()

    assert command("--to", "2026-09-02", "--dry-run") == 0
    plan = json.loads(capsys.readouterr().out)
    asked_nothing = PlatformHttp.calls.total() == sent
    assert command("--to", "2026-09-02") == 0
    done = json.loads(capsys.readouterr().out)
    assert command("--to", "2026-09-02", "--dry-run") == 0
    left = json.loads(capsys.readouterr().out)

    whole = {"sources": "meta,google,organic", "days": 4}
    assert asked_nothing
    assert plan == whole | {"chunks": 6, "calls_planned": 18, "dry_run": True}
    assert done.pop("points_changed") >= len(past.scene.documents())
    assert done == whole | {"platform_calls": PlatformHttp.calls.total() - sent}
    assert left == whole | {"chunks": 0, "calls_planned": 0, "dry_run": True}


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--to", "2026-08-29"), "from: "),
        (("--to", "2026-10-20"), "to: "),
        (("--to", "soon"), "to: "),
        (("--to", "2026-09-02", "--calls-per-hour", "0"), "calls-per-hour: "),
        (("--to", "2026-09-02", "--brand", "nobody"), "brand: "),
    ],
)
def test_the_command_names_the_field_that_is_wrong(
    command: Callable[..., int], capsys: pytest.CaptureFixture[str], more: tuple[str, ...], said: str
) -> None:
    assert command(*more) == 1
    assert capsys.readouterr().err.startswith(f"warroom: {said}")


@pytest.mark.long
@pytest.mark.timeout(600)
def test_thirteen_months_of_one_brand_end_to_end(past: Past) -> None:
    first, last = date(2025, 9, 20), date(2026, 10, 19)
    for source in PARTS:
        past.read(source, first, last)

    documents = past.scene.documents()
    hours = (day_bucket(last, ROME).end - day_bucket(first, ROME).start).total_seconds() / 3600
    assert sum(fields["period"] == "hourly" for fields in documents.values()) == 4 * hours
    assert past.throttled() == 0
