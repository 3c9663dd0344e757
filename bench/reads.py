"""A month of hourly points over HTTP, beside the least its pages cost and the documents' own price.

All take turns in one run: whatever disturbs the machine disturbs each of them.
"""

from __future__ import annotations

import base64
import json
import random
import time
from array import array
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from http.client import HTTPConnection, HTTPResponse
from statistics import median
from typing import TYPE_CHECKING
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from google.cloud.firestore import Client, FieldFilter

from shared import wiring
from shared.core.aggregate import PARTS
from shared.core.brand import Brand, brand_id
from shared.core.history import page_id
from shared.core.metric import MICROS, SETTLED, Metric, MetricPoint, Source, Sums, point_of
from shared.core.period import HOUR, Bucket, Period, buckets_between
from shared.core.sentry.settings import SentrySettings
from shared.flows.ingest import keep_points

if TYPE_CHECKING:
    from collections.abc import Callable

    from google.cloud.firestore import CollectionReference

    from local.platform import Platform

_ROUNDS, _WARM = 60, 10
_DOCUMENTS_EVERY = 10
_BEGIN, _END = datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)
_MONTH = "202610"
_BRAND = Brand(brand_id("month"), "month-owner", "Month", ZoneInfo("UTC"), "EUR", "en", "purchase")


def measure(platform: Platform) -> dict[str, object]:
    """Seed a brand of its own and measure; this process's environment points at `platform`.

    Medians in ms. `cold`: a page has changed since anything was last asked for.
    """
    wiring.brands().create(_BRAND, SentrySettings(), now=_BEGIN)
    chance = random.Random(1)
    points = [_point(s, hour, chance) for hour in _hours() for s in PARTS]
    keep_points(points, _BRAND, connected=PARTS, metrics=wiring.metrics(), pause=wiring.pause)
    client = Client(project=platform.project)
    api = _Api(platform)
    expected = len(_hours()) * len(Source)
    taken: dict[str, list[float]] = {}

    def timed(name: str, act: Callable[[], int]) -> None:
        began = time.perf_counter()
        found = act()
        taken.setdefault(name, []).append((time.perf_counter() - began) * 1000)
        if found != expected:
            raise AssertionError(f"{name} found {found} points, not {expected}")

    for n in range(_ROUNDS + _WARM):
        if n == _WARM:
            taken.clear()
        timed("metrics_month_ms", api.month)
        timed("packed_floor_ms", lambda: _packed(client))
        timed("not_modified_ms", api.unchanged)
        _restate(points[n], chance)
        timed("metrics_month_cold_ms", api.month)
        if n % _DOCUMENTS_EVERY == 0:
            timed("documents_ms", lambda: _documents(client))
    figures: dict[str, object] = {name: median(values) for name, values in sorted(taken.items())}
    month, cold = median(taken["metrics_month_ms"]), median(taken["metrics_month_cold_ms"])
    floor, documents = median(taken["packed_floor_ms"]), median(taken["documents_ms"])
    return figures | {
        "metrics_to_floor": month / floor,
        "metrics_cold_to_floor": cold / floor,
        "documents_to_metrics": documents / month,
        "metrics_month_bytes": api.length,
    }


class _Api:
    """The gateway over one kept connection, signed in as the brand's owner."""

    def __init__(self, platform: Platform) -> None:
        self._connection = HTTPConnection("127.0.0.1", platform.ports["gateway"], timeout=10)
        self._token = _token(platform.project)
        last = (_END - HOUR).date().isoformat()
        query = {"brandId": _BRAND.id, "startDate": f"{_BEGIN:%F}", "endDate": last, "period": "hourly"}
        self._path = f"/api/performance/metrics?{urlencode(query)}"
        self._etag, self._found = "", 0
        self.length = 0

    def month(self) -> int:
        """Ask for the month; return how many points came, counted without parsing them."""
        answer, body = self._ask(HTTPStatus.OK, {})
        self._etag, self.length = answer.headers["ETag"], len(body)
        self._found = body.count(b'{"id":')
        return self._found

    def unchanged(self) -> int:
        self._ask(HTTPStatus.NOT_MODIFIED, {"If-None-Match": self._etag})
        return self._found

    def _ask(self, expected: HTTPStatus, headers: dict[str, str]) -> tuple[HTTPResponse, bytes]:
        self._connection.request("GET", self._path, headers=headers | {"Authorization": self._token})
        answer = self._connection.getresponse()
        body = answer.read()
        if answer.status != expected:
            raise AssertionError(f"status {answer.status}: {body[:500]!r}")
        return answer, body


def _packed(client: Client) -> int:
    """Read four pages in one round trip and unpack their columns."""
    history = _collection(client, "history")
    names = [page_id(source, Period.HOURLY, _MONTH) for source in Source]
    found = 0
    for page in client.get_all([history.document(name) for name in names]):
        fields = page.to_dict() or {}
        columns = [array("d", fields[metric.value]) for metric in Metric]
        found += len(columns[0])
    return found


def _documents(client: Client) -> int:
    """Query the month's documents, as a reader without pages would."""
    inside = (
        _collection(client, "performance_metrics")
        .where(filter=FieldFilter("timestamp", ">=", _BEGIN))
        .where(filter=FieldFilter("timestamp", "<", _END))
    )
    fields = [document.to_dict() or {} for document in inside.stream()]
    return sum(each["period"] == Period.HOURLY.value for each in fields)


def _collection(client: Client, name: str) -> CollectionReference:
    collection: CollectionReference = client.collection("brands").document(_BRAND.id).collection(name)
    return collection


def _hours() -> list[Bucket]:
    return buckets_between(_BEGIN, _END, Period.HOURLY, _BRAND.zone)


def _point(source: Source, hour: Bucket, chance: random.Random) -> MetricPoint:
    """Make an hour as a platform tells it, learnt at a moment of its own."""
    bought, earned = chance.randrange(1, 40), chance.randrange(10**4, 10**6) * MICROS // 100
    if source is Source.ORGANIC:
        sums = Sums(revenue=earned, conversions=bought * MICROS)
    else:
        clicks = chance.randrange(50, 500)
        spent = chance.randrange(10**3, 10**5) * MICROS // 100
        sums = Sums(spent, earned, clicks * chance.randrange(20, 90), clicks, bought * MICROS)
    learnt = hour.end + timedelta(seconds=chance.randrange(3600), microseconds=chance.randrange(10**6))
    return point_of(
        sums, source=source, bucket=hour, currency=_BRAND.currency, maturity=SETTLED, fetched_at=learnt
    )


def _restate(known: MetricPoint, chance: random.Random) -> None:
    """Let a platform say something new about an hour."""
    later = _point(known.source, known.bucket, chance)
    points = [replace(later, fetched_at=known.fetched_at + 30 * 24 * HOUR)]
    keep_points(points, _BRAND, connected=PARTS, metrics=wiring.metrics(), pause=wiring.pause)


def _token(project: str) -> str:
    """Sign in as the Auth emulator does: a token without signature."""
    now = int(time.time())
    issuer = f"https://securetoken.google.com/{project}"
    claims = {"iss": issuer, "aud": project, "sub": _BRAND.owner_id, "iat": now, "exp": now + 3600}
    parts = ({"alg": "none", "typ": "JWT"}, claims)
    head, body = (base64.urlsafe_b64encode(json.dumps(p).encode()).decode().rstrip("=") for p in parts)
    return f"Bearer {head}.{body}."
