"""What the expectations door answers from stored pages: a row a bucket, by the brand's own settings."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from shared import wiring
from shared.core.brand import Brand, brand_id
from shared.core.metric import MICROS, USABLE, MetricPoint, Source, Sums, point_of
from shared.core.period import HOUR, Bucket, Period, buckets_between
from shared.core.sentry.settings import SentrySettings
from shared.core.sentry.threshold import Sensitivity
from shared.core.wire.config import settings_fields
from shared.flows.ingest import keep_points
from tests.functions.conftest import forget, prepare
from tests.functions.doors import ASKS, client_of, signed_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from google.cloud.firestore import Client
    from werkzeug.test import TestResponse

AURORA = Brand(brand_id("aurora"), "ana", "Aurora", ZoneInfo("Europe/Rome"), "EUR", "en", "purchase")
NOW = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
HOURS = buckets_between(NOW - timedelta(days=22), NOW, Period.HOURLY, AURORA.zone)
RANGE = {
    "startDate": f"{NOW - 3 * HOUR:%Y-%m-%dT%H:%M:%SZ}",
    "endDate": f"{NOW + 5 * HOUR:%Y-%m-%dT%H:%M:%SZ}",
}


@pytest.fixture
def firestore(
    monkeypatch: pytest.MonkeyPatch, firestore_emulator: str, project_id: str, closed: str
) -> Iterator[Client]:
    prepare(monkeypatch, closed)
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", firestore_emulator)
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", project_id)
    wiring.brands().create(AURORA, SentrySettings(), now=NOW)
    keep([hour(each) for each in HOURS])
    yield wiring._firestore()
    forget()


def hour(bucket: Bucket, conversions: int = 20) -> MetricPoint:
    return point_of(
        Sums(100 * MICROS, 400 * MICROS, 5_000, 100, conversions * MICROS),
        source=Source.META,
        bucket=bucket,
        currency="EUR",
        maturity=USABLE,
        fetched_at=bucket.end,
    )


def keep(points: list[MetricPoint]) -> None:
    keep_points(points, AURORA, connected=(Source.META,), metrics=wiring.metrics(), pause=wiring.pause)


def ask(firestore: Client, known: str | None = None, **query: Any) -> TestResponse:
    headers = signed_in("ana", firestore.project, int(time.time()))
    if known is not None:
        headers["If-None-Match"] = known
    return ASKS["expectations"].send(client_of("expectations"), headers=headers, query=RANGE | query)


def test_each_bucket_that_has_begun_has_a_row_with_its_bands(firestore: Client) -> None:
    rows = json.loads(ask(firestore).data)

    starts = [datetime.fromisoformat(row["timestamp"]) for row in rows]
    assert starts == [NOW + n * HOUR for n in (-3, -2, -1, 0)]
    assert {row["source"] for row in rows} == {"meta"}
    assert rows[0]["metrics"]["cpc"] == {"expected": 1.0, "lower": 0.7, "upper": 1.3}
    assert rows[-1]["metrics"]["cpc"] == rows[0]["metrics"]["cpc"]  # it runs, and is expected already


def test_the_brands_own_sensitivity_draws_the_band(firestore: Client) -> None:
    first = ask(firestore)
    settings = replace(SentrySettings(), sensitivity=Sensitivity.LOW)
    firestore.document("brands/aurora/performance_configs/main").update(settings_fields(settings))

    second = ask(firestore, first.headers["ETag"])

    assert second.status_code == 200
    assert json.loads(second.data)[0]["metrics"]["cpc"] == {"expected": 1.0, "lower": 0.5, "upper": 1.5}


def test_what_is_known_is_not_looked_at_again(firestore: Client) -> None:
    first = ask(firestore)

    again = ask(firestore, first.headers["ETag"])

    assert (again.status_code, again.data) == (304, b"")


def test_a_restated_number_tells_what_was_judged(firestore: Client) -> None:
    before = json.loads(ask(firestore).data)[2]
    keep([replace(hour(HOURS[-1], conversions=25), fetched_at=NOW + HOUR)])

    after = json.loads(ask(firestore).data)[2]

    assert before["first"] == {}
    assert after["first"] == {"cac": 5.0, "conversions": 20.0}
    assert after["metrics"] == before["metrics"]


def test_a_blend_and_its_parts_come_by_time_and_then_by_source(firestore: Client) -> None:
    rows = json.loads(ask(firestore, source=["aggregated", "meta"]).data)

    assert [row["source"] for row in rows] == ["meta", "aggregated"] * 4
