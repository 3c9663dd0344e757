"""The past, read by the real connectors from the simulated platforms, whose clock stands still."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest
import requests
from google.cloud.firestore import Client

from bench.week import BRAND, ROME, Clock, Scene, fingerprint, impatient
from local.world.story import Shock, Story
from shared.adapters.firestore.backfills import FirestoreBackfills
from shared.adapters.platform_http import PlatformHttp
from shared.core.aggregate import PARTS
from shared.core.backfill import Backfill
from shared.core.metric import Source
from shared.core.period import Period, buckets_between, day_bucket
from shared.core.wire.metric import metric_point
from shared.errors import BadRequest, PlatformRefused, Unavailable
from shared.flows.backfill import Pace, backfill, check_days
from shared.flows.ingest import FarSide
from tests.world import running_world

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shared.core.integration import Account
    from shared.ports import BrandFile

NOW = datetime(2026, 10, 20, 9, 30, tzinfo=UTC)
JULY, MID_SEPTEMBER = date(2026, 7, 20), date(2026, 9, 14)
STORY = Story("fjord", ROME, "EUR", (Shock(Source.META, NOW, None, spend=1.0),))


class Stopped(Exception):
    """Somebody pressed Ctrl-C."""


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

    def read(self, source: Source, first: date = JULY, last: date = MID_SEPTEMBER) -> int:
        scene = self.scene
        with impatient():
            return backfill(
                self.file,
                Backfill(source, first, last),
                account=self.account,
                far=FarSide(scene.keys, scene.breakers, scene.reader),
                backfills=FirestoreBackfills(scene.client),
                metrics=scene.store,
                pace=Pace(self.budget, PlatformHttp.calls.total, self._wait, lambda _: None, Clock(NOW)),
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
            raise Stopped

    def world(self, what: str, body: dict[str, object]) -> None:
        requests.post(f"{self.scene.world}/_world/{what}", json=body, timeout=5).raise_for_status()

    def throttled(self) -> int:
        told: dict[str, Any] = requests.get(f"{self.scene.world}/_world/usage", timeout=5).json()
        return int(told["throttled"])


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
        past.read(source, date(2026, 8, 20), MID_SEPTEMBER)

    points = [metric_point(fields, name, BRAND) for name, fields in past.scene.documents().items()]
    kept = {(p.source, p.bucket): p for p in points}
    begin, end = day_bucket(date(2026, 8, 20), ROME).start, day_bucket(MID_SEPTEMBER, ROME).end
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


def test_a_second_run_of_the_same_days_asks_and_changes_nothing(past: Past) -> None:
    past.read(Source.GOOGLE, date(2026, 9, 1), MID_SEPTEMBER)
    sent = PlatformHttp.calls.total()

    assert past.read(Source.GOOGLE, date(2026, 9, 1), MID_SEPTEMBER) == 0
    assert PlatformHttp.calls.total() - sent <= 1  # the account is looked at


@pytest.mark.parametrize("stop_after", [2, 3, 5, 6])
def test_a_run_that_was_stopped_anywhere_goes_on_there(
    past: Past, project_id: str, world: str, stop_after: int
) -> None:
    first, last = date(2026, 8, 25), date(2026, 9, 5)
    past.stop_after = stop_after
    with pytest.raises(Stopped):
        past.read(Source.META, first, last)
    past.stop_after = None
    past.read(Source.META, first, last)
    throttled = past.throttled()

    whole = _past(world, f"{project_id}-whole")
    whole.read(Source.META, first, last)

    assert throttled == 0
    assert fingerprint(past.scene.documents()) == fingerprint(whole.scene.documents())


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

    with pytest.raises(PlatformRefused, match="too_much_data"):
        past.read(Source.META, MID_SEPTEMBER, MID_SEPTEMBER)


@pytest.mark.parametrize("outcome", ["failed", "skipped"])
def test_a_report_that_failed_is_ordered_again(past: Past, outcome: str) -> None:
    past.world("runs", {"next": outcome})

    past.read(Source.META, date(2026, 9, 1), MID_SEPTEMBER)

    assert (60.0, "the platform failed") in past.waits
    assert past.steps[-1].days_done == 14


def test_a_platform_that_stays_away_ends_the_run_and_keeps_what_was_done(past: Past) -> None:
    past.read(Source.GOOGLE, date(2026, 9, 1), date(2026, 9, 10))
    kept = len(past.scene.documents())
    past.world("faults", {"platform": "google-ads", "fault": "503", "times": None})

    with pytest.raises(Unavailable):
        past.read(Source.GOOGLE, date(2026, 8, 1), date(2026, 9, 10))

    assert len(past.scene.documents()) == kept


def test_a_throttle_is_waited_out_as_told(past: Past) -> None:
    past.world("faults", {"platform": "google-ads", "fault": "throttle", "times": 1})

    past.read(Source.GOOGLE, date(2026, 9, 1), MID_SEPTEMBER)

    assert past.waits == [(1800.0, "told to wait")]


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


def test_thirty_seven_months_back_to_the_day_are_read() -> None:
    check_days(date(2023, 9, 20), date(2026, 10, 19), date(2026, 10, 20))


def test_a_source_without_a_connection_is_refused(past: Past) -> None:
    with pytest.raises(BadRequest, match="source"):
        past.read(Source.AGGREGATED)


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
