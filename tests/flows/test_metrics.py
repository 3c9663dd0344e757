"""A range of metrics: which pages it takes, when it has changed, and what is kept of what was written."""

import json
from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.brand import BrandId, OwnedBrand
from shared.core.history import Page, page_id
from shared.core.metric import Source
from shared.core.period import Period, buckets_between
from shared.core.query import LONGEST, MetricsQuery
from shared.flows import metrics as flow
from shared.flows.metrics import Series, Written, read_metrics
from tests.unit.core.points import BRAND, NOW, hour, pages_of, point, sums

DAYS = st.dates(date(2025, 1, 1), date(2027, 12, 31))
INSTANTS = st.datetimes(datetime(2025, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
ZONES = st.sampled_from([ZoneInfo(n) for n in ("UTC", "Pacific/Apia", "Pacific/Pago_Pago", "Europe/Rome")])


class Asked:
    """Holds no pages, and remembers which it was asked for, once a round trip."""

    def __init__(self) -> None:
        self.names: list[set[str]] = []

    def pages(self, _: BrandId, page_ids: Collection[str]) -> dict[str, Page]:
        self.names.append(set(page_ids))
        return {}


@given(st.data(), st.sampled_from(Period), ZONES)
def test_one_page_is_read_for_each_source_and_month_that_buckets_of_the_range_are_filed_under(
    data: st.DataObject, period: Period, zone: ZoneInfo
) -> None:
    start = data.draw(DAYS | INSTANTS)
    end = start + data.draw(st.timedeltas(timedelta(0), LONGEST[period] - timedelta(days=1)))
    query = MetricsQuery(BRAND.id, start, end, period, (Source.META, Source.ORGANIC), None)
    asked = Asked()

    read_metrics(query, OwnedBrand(replace(BRAND, zone=zone)), metrics=asked)  # type: ignore[arg-type]

    months = {bucket.month for bucket in buckets_between(*query.interval(zone), period, zone)}
    names = {page_id(source, period, month) for source in query.sources for month in months}
    assert asked.names == ([names] if names else [])


def series(spend: float = 1.0, version: object = 1) -> Series:
    pages = pages_of([point(sums(spend=spend))])
    for page in pages:
        page.version = version
    return Series(BRAND, pages, hour(-1).start, hour(1).end)


@pytest.mark.parametrize(
    "other",
    [
        series(version=2),
        replace(series(), start=NOW),
        replace(series(), end=NOW),
        replace(series(), brand=replace(BRAND, id=BrandId("boreal"))),
        replace(series(), brand=replace(BRAND, zone=ZoneInfo("UTC"))),
        replace(series(), pages=[]),
    ],
    ids=["page", "start", "end", "brand", "zone", "pages"],
)
def test_a_version_is_of_one_brand_and_range_and_of_the_pages_as_they_are(other: Series) -> None:
    assert other.version != series().version


def test_a_version_does_not_depend_on_the_order_in_which_pages_came() -> None:
    pages = pages_of([point(sums(spend=1), source=source) for source in Source])

    assert replace(series(), pages=pages[::-1]).version == replace(series(), pages=pages).version


def test_what_was_written_is_not_written_again(monkeypatch: pytest.MonkeyPatch) -> None:
    written = Written(most=10_000)
    first = written.json(series())
    monkeypatch.setattr(flow, "pages_json", None)

    assert written.json(series()) == first


def test_what_has_changed_is_written_anew() -> None:
    written = Written(most=10_000)
    written.json(series())

    (after,) = json.loads(written.json(series(2.0, version=2)))

    assert after["data"]["spend"] == 2.0


def test_what_was_asked_for_last_is_kept_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    one, two, three = (series(version=version) for version in (1, 2, 3))
    written = Written(most=2 * len(one.json()))
    for each in (one, two, one, three):
        written.json(each)
    monkeypatch.setattr(flow, "pages_json", lambda *_: b"again")

    assert written.json(one) == written.json(three) != b"again"
    assert written.json(two) == b"again"


def test_what_is_larger_than_all_bounds_is_written_and_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    written = Written(most=10)
    assert len(json.loads(written.json(series()))) == 1
    monkeypatch.setattr(flow, "pages_json", lambda *_: b"again")

    assert written.json(series()) == b"again"
