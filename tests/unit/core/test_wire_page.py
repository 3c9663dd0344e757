"""A page's rows in JSON are, value for value, what its points would be."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from shared.core.history import Page
from shared.core.metric import Maturity, Metric, MetricPoint, Source, Sums
from shared.core.period import HOUR, Period, bucket_at
from shared.core.wire.metric import metric_fields
from shared.core.wire.page import WRITING, pages_json
from shared.edge.http import wire
from tests.unit.core.points import BRAND, ROME, hour, pages_of, point, sums

ZONES = [
    ZoneInfo(name)
    for name in ("UTC", "Europe/Rome", "America/Sao_Paulo", "Asia/Kolkata", "Australia/Lord_Howe")
]
SPRING, AUTUMN = datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 10, 25, tzinfo=UTC)
FIRST, LAST = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)

HOURS = st.integers(-60, 60)
INSTANTS = st.builds(lambda day, n: day + n * HOUR, st.sampled_from([SPRING, AUTUMN]), HOURS)
FETCHED = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
COUNTS = st.none() | st.integers(0, 10**12)
MICROS = st.none() | st.integers(-(10**15), 10**15)
METRICS = st.frozensets(st.sampled_from(Metric))
FLAGS = st.sampled_from([(), (), ("dst",), ("partial", "dst"), ('"', "%s", "\0", "ação")])
SAID = ("unavailable", "maturity", "impressions", "clicks", "currency", "flags", "adjustment", "sources")
ADJUSTMENTS = st.none() | st.builds(Sums, MICROS, MICROS, COUNTS, COUNTS, MICROS)


@st.composite
def points(draw: st.DrawFn, period: Period, zone: ZoneInfo) -> MetricPoint:
    usable = draw(st.sampled_from([frozenset(Metric), frozenset({Metric.SPEND})]))
    return MetricPoint(
        source=draw(st.sampled_from([Source.META, Source.AGGREGATED])),
        bucket=bucket_at(draw(INSTANTS), period, zone),
        values={metric: draw(NUMBERS) for metric in Metric},
        unavailable=draw(METRICS),
        impressions=draw(COUNTS),
        clicks=draw(COUNTS),
        currency=draw(st.sampled_from(["EUR", "EUR", "USD"])),
        maturity=Maturity(usable, usable & draw(METRICS)),
        fetched_at=draw(FETCHED),
        flags=draw(FLAGS),
        adjustment=draw(ADJUSTMENTS),
        sources=draw(st.frozensets(st.sampled_from(Source))),
        revision=draw(st.integers(1, 10**9)),
    )


@st.composite
def months(draw: st.DrawFn) -> tuple[list[Page], ZoneInfo]:
    """Pages of any sources around a change of clocks, with gaps, in no order.

    Rows say the same as the first does but for one thing, so that many share a form and none should
    share it by mistake.
    """
    period, zone = draw(st.sampled_from(Period)), draw(st.sampled_from(ZONES))
    pages: dict[str, Page] = {}
    drawn = draw(st.lists(st.tuples(points(period, zone), st.sampled_from(SAID)), max_size=12))
    for each, but in drawn:
        alike = {name: getattr(drawn[0][0], name) for name in SAID if name != but}
        page = Page(each.source, period, each.bucket.month, "EUR")
        pages.setdefault(page.id, page).follow(replace(each, **alike))
    return draw(st.permutations(list(pages.values()))), zone


def by_point(pages: list[Page], start: datetime, end: datetime, zone: ZoneInfo) -> object:
    """Say what the same rows are as points, sorted, written and sent one by one."""
    found = [each for page in pages for each in page.points(start, end, zone)]
    found.sort(key=lambda p: (p.bucket.start, list(Source).index(p.source)))
    return json.loads(json.dumps([metric_fields(BRAND.id, each) for each in found], default=wire))


@given(months())
def test_rows_are_written_as_their_points_would_be(given_months: tuple[list[Page], ZoneInfo]) -> None:
    pages, zone = given_months

    written = json.loads(pages_json(BRAND.id, pages, FIRST, LAST, zone))

    assert written == by_point(pages, FIRST, LAST, zone)


@given(months(), INSTANTS, st.timedeltas(timedelta(0), timedelta(days=3)))
def test_only_the_asked_range_is_written(
    given_months: tuple[list[Page], ZoneInfo], start: datetime, length: timedelta
) -> None:
    pages, zone = given_months

    written = json.loads(pages_json(BRAND.id, pages, start, start + length, zone))

    assert written == by_point(pages, start, start + length, zone)


@given(st.integers(0, 2**52))
def test_a_moment_is_written_to_the_microsecond(micros: int) -> None:
    fetched = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)
    pages = pages_of([point(sums(spend=1), fetched_at=fetched)])

    (written,) = json.loads(pages_json(BRAND.id, pages, FIRST, LAST, ROME))

    assert written["fetchedAt"] == wire(fetched)


def test_an_hour_s_fields_stand_in_the_order_of_the_document() -> None:
    each = point(sums(spend=1.5, clicks=3), flags=("dst",))

    (written,) = json.loads(pages_json(BRAND.id, pages_of([each]), FIRST, LAST, ROME))

    assert list(written) == list(metric_fields(BRAND.id, each))


def test_sources_take_turns_hour_by_hour_and_one_may_miss_an_hour() -> None:
    given_points = [point(sums(spend=1), hour(n), source) for n in range(3) for source in Source]
    del given_points[5]  # Google's second hour

    written = json.loads(pages_json(BRAND.id, pages_of(given_points)[::-1], FIRST, LAST, ROME))

    assert [each["id"] for each in written] == [each.id(BRAND.id) for each in given_points]


def test_no_pages_are_an_empty_list() -> None:
    assert pages_json(BRAND.id, [], FIRST, LAST, ROME) == b"[]"


def test_whoever_changes_what_is_written_raises_its_number() -> None:
    """Else callers who hold the old writing are told that nothing has changed."""
    plain = point(sums(1.5, 20, 100, 7, 2))
    marked = replace(plain, source=Source.GOOGLE, flags=("dst",), adjustment=sums(spend=1), impressions=None)
    marked = replace(marked, sources=frozenset({Source.META, Source.GOOGLE}))

    written = pages_json(BRAND.id, pages_of([plain, marked]), FIRST, LAST, ROME)

    assert (WRITING, sha256(written).hexdigest()[:16]) == (2, "4289ac5b987ed660")
