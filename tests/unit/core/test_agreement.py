"""Pages, documents, days, weeks and blends agree after any writes in any order."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import reduce
from operator import add
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from shared.core.aggregate import PARTS, SUMMED, blend, emptied, roll_up
from shared.core.history import Page
from shared.core.ledger import Ledger, absorb, keep
from shared.core.metric import MetricPoint, Source, Sums
from shared.core.period import HOUR, Bucket, Period, bucket_at, buckets_between, day_bucket
from shared.core.report import Report, ReportRow
from shared.core.wire.metric import metric_fields, metric_point
from tests.unit.core.points import BRAND, ROME, point

# Three days around a clock change: 24, 25 and 24 hours, the last of them in the next week.
FIRST = datetime(2026, 10, 23, 22, tzinfo=UTC)
HOURS = [bucket_at(FIRST + n * HOUR, Period.HOURLY, ROME) for n in range(73)]
DAYS = [day_bucket(date(2026, 10, n), ROME) for n in (24, 25, 26)]
LATER = datetime(2026, 11, 1, tzinfo=UTC)

MICROS = st.none() | st.integers(0, 3).map(lambda n: n * 1_234_567)
COUNTS = st.none() | st.integers(0, 3)
# An account's zone never changes; the brand's is Rome.
ZONES = st.shared(
    st.fixed_dictionaries({source: st.sampled_from([ROME, ZoneInfo("UTC")]) for source in PARTS}), key="zones"
)
SUMS = st.builds(Sums, MICROS, MICROS, COUNTS, COUNTS, MICROS)
FEW, SOME = st.integers(0, 3), st.integers(0, 3).map(lambda n: n * 1_234_567)
ALL, BOUGHT = st.builds(Sums, SOME, SOME, FEW, FEW, SOME), st.builds(Sums, revenue=SOME, conversions=SOME)
TOLD = {
    Source.META: (st.builds(Sums, spend=SOME, impressions=FEW, clicks=FEW), ALL),
    Source.GOOGLE: (ALL, ALL),
    Source.ORGANIC: (BOUGHT, BOUGHT),
}
"""What each platform tells of an hour and of a day."""
MOMENTS = st.integers(0, 5).map(lambda n: LATER + timedelta(minutes=n))


@st.composite
def imports(draw: st.DrawFn) -> list[MetricPoint]:
    """Some points of any source and width, as a file or another backend brings them."""
    buckets = st.sampled_from(HOURS[:6] + HOURS[24:30]) | st.sampled_from(DAYS)
    return [
        point(
            draw(SUMS),
            draw(buckets),
            draw(st.sampled_from(PARTS)),
            currency=draw(st.sampled_from(["EUR", "USD"])),
            complete=draw(st.booleans()),
            fetched_at=draw(MOMENTS),
        )
        for _ in range(draw(st.integers(1, 4)))
    ]


@st.composite
def reports(draw: st.DrawFn) -> tuple[Source, Report]:
    """One day as a platform reports it: some hours, and the day's total to date."""
    source, day = draw(st.sampled_from(PARTS)), draw(st.sampled_from(DAYS))
    hours = buckets_between(day.start, day.end, Period.HOURLY, ROME)
    told = draw(st.lists(st.sampled_from(hours[:5]), unique=True, max_size=4))
    at = draw(MOMENTS | st.integers(0, 26).map(lambda n: day.start + n * HOUR + timedelta(minutes=7)))
    rows = tuple(ReportRow(hour, draw(TOLD[source][0])) for hour in told)
    return source, Report(
        "EUR",
        draw(ZONES)[source],
        at,
        rows,
        (ReportRow(day, draw(TOLD[source][1])),),
        snapshots=source is Source.META,
    )


class Documents:
    """A brand's metric documents as they are written beside its pages."""

    def __init__(self) -> None:
        self.ledger = Ledger(BRAND, {})
        self.stored: dict[str, dict[str, object]] = {}

    def take(self, write: list[MetricPoint] | tuple[Source, Report]) -> None:
        if isinstance(write, list):
            changed = keep(self.ledger, write, connected=PARTS)
        else:
            changed = absorb(self.ledger, write[1], write[0], connected=PARTS)
        for each in changed:
            before = self.stored.get(each.id(BRAND.id), {"revision": 0})
            assert each.revision >= int(str(before["revision"]))
            self.stored[each.id(BRAND.id)] = metric_fields(BRAND.id, each)

    def points(self) -> dict[tuple[Source, Bucket], MetricPoint]:
        read = (metric_point(fields, name, BRAND) for name, fields in self.stored.items())
        return {(p.source, p.bucket): p for p in read}


WRITES = st.lists(imports() | reports(), min_size=1, max_size=8)


@given(WRITES)
def test_a_document_and_its_pages_row_say_the_same(writes: list[list[MetricPoint]]) -> None:
    kept = Documents()
    for write in writes:
        kept.take(write)

    rows = {}
    for page in kept.ledger.touched():
        read = Page.from_fields(page.to_fields(), page.id)
        rows |= {(p.source, p.bucket): p for p in read.points(FIRST - 30 * 24 * HOUR, LATER, ROME)}
    assert rows == kept.points()
    assert {k: p.revision for k, p in rows.items()} == {k: p.revision for k, p in kept.points().items()}


@given(WRITES)
def test_every_blend_is_the_blend_of_its_parts(writes: list[list[MetricPoint]]) -> None:
    kept = Documents()
    for write in writes:
        kept.take(write)

    points = kept.points()
    for bucket in {bucket for _, bucket in points}:
        parts = [points[source, bucket] for source in PARTS if (source, bucket) in points]
        blended, stored = blend(parts, PARTS, "EUR"), points.get((Source.AGGREGATED, bucket))
        if blended is None:
            assert stored is None or stored == emptied(stored, parts)
        else:
            assert stored == blended
            assert stored.revision == blended.revision


@given(WRITES)
def test_every_wider_point_is_the_sum_of_its_parts_and_its_adjustment(
    writes: list[list[MetricPoint]],
) -> None:
    kept = Documents()
    for write in writes:
        kept.take(write)

    points = kept.points()
    for (source, bucket), stands in points.items():
        if bucket.period is Period.HOURLY or source is Source.AGGREGATED:
            continue
        narrow = Period.HOURLY if bucket.period is Period.DAILY else Period.DAILY
        within = buckets_between(bucket.start, bucket.end, narrow, ROME)
        parts = [points[source, part] for part in within if (source, part) in points]
        if stands.adjustment is not None:
            known = reduce(add, (part.sums() for part in parts), Sums())
            assert stands.adjustment == stands.sums() - known
        elif SUMMED in stands.flags:
            whole = roll_up(parts, bucket, whole=len(parts) == len(within))
            assert stands == (whole or emptied(stands, parts))


@given(st.lists(reports(), min_size=1, max_size=8), st.randoms(use_true_random=False))
def test_any_order_of_a_platforms_answers_ends_with_the_same_content(
    given_reports: list[tuple[Source, Report]], chance: object
) -> None:
    """When it was learnt and how often it changed may differ; no number does."""
    unique = {(source, report.fetched_at): (source, report) for source, report in given_reports}
    in_time = sorted(unique.values(), key=lambda each: each[1].fetched_at)
    shuffled = in_time * 2
    chance.shuffle(shuffled)  # type: ignore[attr-defined]

    first, second = Documents(), Documents()
    for each in in_time:
        first.take(each)
    for each in shuffled:
        second.take(each)

    def contents(kept: Documents) -> dict[str, dict[str, object]]:
        loose = {"fetchedAt", "revision"}
        return {n: {k: v for k, v in f.items() if k not in loose} for n, f in kept.stored.items()}

    assert contents(first) == contents(second)
