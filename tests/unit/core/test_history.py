from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.history import Page
from shared.core.metric import MetricPoint, Source, Sums
from shared.core.period import Period
from shared.errors import InvalidDocument
from tests.unit.core.points import NOW, ROME, hour, point, sums

MICROS = st.none() | st.integers(0, 10**15)
COUNTS = st.none() | st.integers(0, 10**9)
SUMS = st.builds(Sums, MICROS, MICROS, COUNTS, COUNTS, MICROS)


def page() -> Page:
    return Page(Source.META, Period.HOURLY, "202605", "EUR")


@st.composite
def points(draw: st.DrawFn) -> MetricPoint:
    return point(
        draw(SUMS),
        hour(draw(st.integers(-200, 200))),
        currency=draw(st.sampled_from(["EUR", "USD"])),
        complete=draw(st.booleans()),
        fetched_at=NOW + timedelta(microseconds=draw(st.integers(0, 10**9))),
        flags=draw(st.sampled_from([(), ("dst",), ("partial", "tz_mismatch")])),
    )


@given(st.lists(points(), max_size=20))
def test_a_page_gives_back_exactly_what_was_put_in(given_points: list[MetricPoint]) -> None:
    kept = page()
    newest = {p.bucket: p for p in sorted(given_points, key=lambda p: p.fetched_at)}
    for each in newest.values():
        kept.put(each)

    read = Page.from_fields(kept.to_fields(), "history/x")

    assert {b: read.get(b) for b in newest} == newest
    assert len(read) == len(newest)


def test_rows_are_ordered_whatever_order_they_came_in() -> None:
    kept = page()
    for n in (3, 1, 2):
        kept.put(point(sums(spend=n), hour(n)))

    found = list(kept.points(hour(1).start, hour(3).end, ROME))

    assert [p.bucket for p in found] == [hour(1), hour(2), hour(3)]


def test_unchanged_content_is_no_change_even_when_fetched_again() -> None:
    kept = page()
    kept.put(point(sums(spend=1)))

    assert kept.put(point(sums(spend=1), fetched_at=NOW + timedelta(hours=1))) is None


def test_changed_content_raises_the_revision_by_one() -> None:
    kept = page()
    first = kept.put(point(sums(spend=1)))
    second = kept.put(point(sums(spend=2), fetched_at=NOW + timedelta(hours=1)))

    assert first is not None
    assert second is not None
    assert (first.revision, second.revision) == (1, 2)


def test_a_late_original_never_replaces_a_restatement() -> None:
    kept = page()
    kept.put(point(sums(spend=2)))

    assert kept.put(point(sums(spend=1), fetched_at=NOW - timedelta(seconds=1))) is None
    assert kept.get(hour()) == point(sums(spend=2))


@pytest.mark.parametrize("column", ["starts", "spend", "masks"])
@pytest.mark.parametrize("broken", [None, "text", b"\0" * 7, b""])
def test_a_column_that_does_not_fit_is_named(column: str, broken: object) -> None:
    kept = page()
    kept.put(point(sums(spend=1)))
    fields = kept.to_fields() | {column: broken}

    with pytest.raises(InvalidDocument, match=f"history/x.{column}"):
        Page.from_fields(fields, "history/x")


def test_a_document_that_is_no_page_is_refused() -> None:
    with pytest.raises(InvalidDocument, match="history/x"):
        Page.from_fields({"source": "meta"}, "history/x")


def test_the_revision_is_no_content() -> None:
    assert point(sums(spend=1)) == replace(point(sums(spend=1)), revision=7)
