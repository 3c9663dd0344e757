"""`backfills/{source}`: how far the reading of a past has come."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from shared.core.backfill import Backfill
from shared.core.wire.fields import Fields

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shared.core.metric import Source


def backfill_fields(known: Backfill) -> dict[str, object]:
    return {
        "source": known.source.value,
        "from": known.first.isoformat(),
        "to": known.last.isoformat(),
        "doneThrough": known.done_through.isoformat() if known.done_through else None,
        "order": known.order or None,
        "orderLast": known.order_last.isoformat() if known.order_last else None,
    }


def backfill_of(fields: Mapping[str, object], path: str, source: Source) -> Backfill:
    """Read one; InvalidDocument names the field that does not fit."""
    read = Fields(fields, path)

    def day(name: str) -> date | None:
        text = read.optional_text(name)
        try:
            return date.fromisoformat(text) if text else None
        except ValueError:
            raise read.wrong(name, "a date is required") from None

    first, last = day("from"), day("to")
    if first is None or last is None:
        raise read.wrong("from", "a first and a last day are required")
    return Backfill(
        source, first, last, day("doneThrough"), read.optional_text("order") or "", day("orderLast")
    )
