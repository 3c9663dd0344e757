from __future__ import annotations

from datetime import date

import pytest

from shared.core.backfill import Backfill
from shared.core.metric import Source
from shared.core.wire.backfill import backfill_fields, backfill_of
from shared.errors import InvalidDocument

WHOLE = Backfill(Source.META, date(2026, 1, 20), date(2026, 3, 5))


def test_chunks_are_months_oldest_first_and_leave_out_no_day() -> None:
    assert list(WHOLE.chunks()) == [
        (date(2026, 1, 20), date(2026, 1, 31)),
        (date(2026, 2, 1), date(2026, 2, 28)),
        (date(2026, 3, 1), date(2026, 3, 5)),
    ]


def test_an_ordered_chunk_stays_the_chunk_until_it_is_done() -> None:
    ordered = WHOLE.ordered("7001", date(2026, 1, 25))

    assert ordered.chunk() == (date(2026, 1, 20), date(2026, 1, 25))
    assert ordered.done(date(2026, 1, 25)).chunk() == (date(2026, 1, 26), date(2026, 1, 31))


def test_halving_ends_with_single_days_and_then_with_none() -> None:
    sizes, left = [], WHOLE.ordered("7001", date(2026, 1, 31))
    while (halved := left.halved()) is not None:
        first, last = halved.chunk() or (date.min, date.max)
        sizes.append((last - first).days + 1)
        assert halved.order == ""
        left = halved

    assert sizes == [6, 3, 2, 1]


def test_the_same_days_are_resumed_and_others_begin_anew() -> None:
    stored = WHOLE.done(date(2026, 1, 31)).ordered("7001", date(2026, 2, 28))
    other = Backfill(Source.META, date(2026, 1, 20), date(2026, 3, 6))

    assert WHOLE.resumed(stored) == stored
    assert other.resumed(stored) == other
    assert WHOLE.resumed(None) == WHOLE


def test_days_done_are_counted_from_the_first() -> None:
    assert (WHOLE.days, WHOLE.days_done) == (45, 0)
    assert WHOLE.done(date(2026, 1, 31)).days_done == 12
    assert WHOLE.done(date(2026, 3, 5)).chunk() is None


@pytest.mark.parametrize(
    "known",
    [WHOLE, WHOLE.done(date(2026, 1, 31)), WHOLE.ordered("7001", date(2026, 1, 31))],
)
def test_what_is_stored_is_read_back(known: Backfill) -> None:
    assert backfill_of(backfill_fields(known), "path", Source.META) == known


@pytest.mark.parametrize("field", ["from", "to", "doneThrough", "orderLast"])
def test_a_field_that_is_no_day_is_named(field: str) -> None:
    fields = backfill_fields(WHOLE) | {field: "soon"}

    with pytest.raises(InvalidDocument, match=field):
        backfill_of(fields, "path", Source.META)


def test_a_document_without_its_days_is_refused() -> None:
    with pytest.raises(InvalidDocument):
        backfill_of({"source": "meta"}, "path", Source.META)
