"""What the metrics door reads and answers: packed pages, in full, and only when they have changed."""

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from google.cloud.firestore import Client
from werkzeug.test import TestResponse

from shared import wiring
from shared.core.aggregate import PARTS
from shared.core.brand import Brand, brand_id
from shared.core.metric import MICROS, SETTLED, MetricPoint, Source, Sums, point_of
from shared.core.period import Period, buckets_between
from shared.core.sentry.settings import SentrySettings
from shared.edge.http import wire
from shared.flows import metrics as flow
from shared.flows.ingest import keep_points
from tests.functions.conftest import forget, prepare
from tests.functions.doors import ASKS, SAFE_HEADERS, client_of, problem_of, signed_in

ROME = ZoneInfo("Europe/Rome")
AURORA = Brand(brand_id("aurora"), "ana", "Aurora", ROME, "EUR", "en", "purchase")
BOREAL = replace(AURORA, id=brand_id("boreal"), owner_id="bruno")
FIRST, LAST = datetime(2026, 10, 24, tzinfo=UTC), datetime(2026, 11, 3, tzinfo=UTC)
RANGE = {"startDate": "2026-10-24T00:00:00Z", "endDate": "2026-11-02T23:00:00Z"}


@pytest.fixture
def firestore(
    monkeypatch: pytest.MonkeyPatch, firestore_emulator: str, project_id: str, closed: str
) -> Iterator[Client]:
    """A project with two brands, over a change of clocks and of months; Google's hours have gaps."""
    prepare(monkeypatch, closed)
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", firestore_emulator)
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", project_id)
    for brand in (AURORA, BOREAL):
        wiring.brands().create(brand, SentrySettings(), now=FIRST)
        keep([each for source in PARTS for each in hours(source)], brand)
    yield wiring._firestore()
    forget()


def hours(source: Source) -> list[MetricPoint]:
    days = {25, 31, 1}  # of October, October and November
    known = [hour for hour in buckets_between(FIRST, LAST, Period.HOURLY, ROME) if hour.start.day in days]
    return [
        point_of(
            Sums(n * MICROS // 7, n * MICROS, n * 100, n or None, n * MICROS // 3),
            source=source,
            bucket=hour,
            currency="EUR",
            maturity=SETTLED,
            fetched_at=hour.end + timedelta(microseconds=n),
        )
        for n, hour in enumerate(known[:: 3 if source is Source.GOOGLE else 1])
    ]


def keep(points: list[MetricPoint], brand: Brand = AURORA) -> None:
    keep_points(points, brand, connected=PARTS, metrics=wiring.metrics(), pause=wiring.pause)


def ask(firestore: Client, uid: str = "ana", known: str | None = None, **query: Any) -> TestResponse:
    headers = signed_in(uid, firestore.project, int(time.time()))
    if known is not None:
        headers["If-None-Match"] = known
    return ASKS["metrics"].send(client_of("metrics"), headers=headers, query=RANGE | query)


def documents(firestore: Client, period: str, *sources: str) -> list[Any]:
    """Return what is stored of a period, as the edge writes it, by time, then source."""
    order = [source.value for source in Source]
    stored = [doc.to_dict() for doc in firestore.collection("brands/aurora/performance_metrics").stream()]
    kept = [each for each in stored if each["period"] == period and each["source"] in (sources or order)]
    kept.sort(key=lambda each: (each["timestamp"], order.index(each["source"])))
    return json.loads(json.dumps(kept, default=wire))


@pytest.mark.parametrize("period", ["hourly", "daily", "weekly"])
def test_the_answer_is_what_the_documents_say(firestore: Client, period: str) -> None:
    response = ask(firestore, period=period, startDate="2026-10-10", endDate="2026-11-08")

    assert response.status_code == 200
    assert response.content_type == "application/json"
    assert json.loads(response.data) == documents(firestore, period)


def test_only_the_asked_sources_are_told(firestore: Client) -> None:
    response = ask(firestore, source=["organic", "google"])

    assert json.loads(response.data) == documents(firestore, "hourly", "google", "organic")


def test_only_the_asked_hours_are_told(firestore: Client) -> None:
    response = ask(firestore, startDate="2026-10-31T22:30:00Z", endDate="2026-11-01T01:00:00Z", source="meta")

    assert [each["timestamp"] for each in json.loads(response.data)] == [
        "2026-10-31T23:00:00Z",
        "2026-11-01T00:00:00Z",
        "2026-11-01T01:00:00Z",
    ]


def test_a_range_without_points_is_an_empty_list(firestore: Client) -> None:
    response = ask(firestore, startDate="2026-10-01", endDate="2026-10-02")

    assert (response.status_code, response.data) == (200, b"[]")


@pytest.mark.parametrize(
    ("query", "pages"),
    [
        ({"startDate": "2026-10-01T00:00:00Z", "endDate": "2026-10-31T23:00:00Z"}, 4),
        ({}, 8),
        ({"source": "meta", "endDate": "2026-10-24T00:00:00Z"}, 1),
    ],
)
def test_a_request_reads_the_brand_and_a_page_for_each_source_and_month(
    firestore: Client, monkeypatch: pytest.MonkeyPatch, query: dict[str, str], pages: int
) -> None:
    read: list[int] = []
    api = firestore._firestore_api
    read_batch = api.batch_get_documents

    def counting(request: dict[str, Any], **how: Any) -> object:
        read.append(len(request["documents"]))
        return read_batch(request=request, **how)

    monkeypatch.setattr(api, "batch_get_documents", counting)
    monkeypatch.setattr(api, "run_query", None)

    assert ask(firestore, **query).status_code == 200
    assert read == [1, pages]


def test_what_the_caller_holds_is_not_even_written(
    firestore: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = ask(firestore)
    wiring.written.cache_clear()
    monkeypatch.setattr(flow, "pages_json", None)

    second = ask(firestore, known=first.headers["ETag"])

    assert (second.status_code, second.data) == (304, b"")
    assert second.headers["ETag"] == first.headers["ETag"]
    assert {header: second.headers.get(header) for header in SAFE_HEADERS} == SAFE_HEADERS


def test_an_hour_that_was_restated_is_told_to_who_holds_the_old_one(firestore: Client) -> None:
    first = ask(firestore)
    known = hours(Source.META)[0]
    keep([replace(known, impressions=12_345, fetched_at=known.fetched_at + timedelta(days=1))])

    second = ask(firestore, known=first.headers["ETag"])

    assert second.status_code == 200
    assert second.headers["ETag"] != first.headers["ETag"]
    assert json.loads(second.data)[0]["volume"]["impressions"] == 12_345


def test_an_answer_that_is_kept_is_the_owner_s_alone(firestore: Client) -> None:
    ours = ask(firestore)

    theirs = ask(firestore, "bruno", ours.headers["ETag"], brandId="boreal")
    refused = ask(firestore, "bruno", ours.headers["ETag"])

    assert theirs.status_code == 200
    assert {each["brandId"] for each in json.loads(theirs.data)} == {"boreal"}
    assert refused.status_code == 403
    assert problem_of(refused)["code"] == "forbidden"
    assert "ETag" not in refused.headers
