"""The rows of history pages as JSON, written by the column.

A point's JSON is a form with gaps: `metric_fields` writes the form, once for all rows that share
it; whole columns are formatted at once and fill the gaps.
"""

from __future__ import annotations

import json
from array import array
from datetime import UTC, datetime
from functools import lru_cache
from itertools import chain, groupby
from math import isnan
from typing import TYPE_CHECKING, Any

import orjson

from shared.core.metric import Metric, Source
from shared.core.period import Period
from shared.core.wire.metric import metric_fields

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from zoneinfo import ZoneInfo

    from shared.core.brand import BrandId
    from shared.core.history import Page
    from shared.core.metric import MetricPoint

WRITING = 2
"""Counts the changes of what is written for the same rows, so that no caller keeps the old."""

_GAP = "\0"  # never in JSON, which escapes it
_GAPS = 6 + len(Metric)
_WIDTH = 2 * _GAPS + 1
_RANK = {source: n for n, source in enumerate(Source)}


def pages_json(
    brand_id: BrandId, pages: Iterable[Page], start: datetime, end: datetime, zone: ZoneInfo
) -> bytes:
    """Write the points whose bucket starts in [start, end) as a JSON array, by time, then source."""
    ordered = sorted(pages, key=lambda page: (page.month, _RANK[page.source]))
    pieces: list[bytes] = []
    for _, month in groupby(ordered, lambda page: page.month):
        parts = [(page, rows) for page in month if (rows := page.rows(start, end))]
        starts = [_part(page, rows, "starts") for page, rows in parts]
        pieces += _grid(starts, [_cells(brand_id, page, rows, zone) for page, rows in parts])
    return b"[%b]" % b"".join(pieces)[1:]


def _grid(starts: list[array[int]], tables: list[list[Sequence[bytes]]]) -> list[bytes]:
    """Put the rows of several sources in order of time; a source without a row leaves its cells empty."""
    every = sorted(set().union(*starts))
    width = len(tables) * _WIDTH
    pieces = [b""] * (width * len(every))
    place = {start: n * width for n, start in enumerate(every)}
    for n, (known, table) in enumerate(zip(starts, tables, strict=True)):
        for at, column in enumerate(table, n * _WIDTH):
            if len(known) == len(every):
                pieces[at::width] = column
            else:
                for start, piece in zip(known, column, strict=True):
                    pieces[place[start] + at] = piece
    return pieces


def _cells(brand_id: BrandId, page: Page, rows: range, zone: ZoneInfo) -> list[Sequence[bytes]]:
    """Write rows as columns of pieces: in turn a part of the form, and the text behind it."""
    first, *parts = _forms(brand_id, page, rows, zone)
    return [first, *chain.from_iterable(zip(_texts(page, rows, zone), parts, strict=True))]


def _texts(page: Page, rows: range, zone: ZoneInfo) -> list[Sequence[bytes]]:
    """Write what fills the gaps of some rows, a list for each gap."""
    starts = _part(page, rows, "starts")
    if page.period is Period.HOURLY:
        keys, stamps = _hours(starts.tobytes())
    else:
        buckets = [page.point(row, zone).bucket for row in rows]
        keys, stamps = [each.key.encode() for each in buckets], _moments(each.start for each in buckets)
    return [
        keys,
        stamps,
        *(_split(orjson.dumps(_part(page, rows, metric.value).tolist())) for metric in Metric),
        _counts(_part(page, rows, "impressions")),
        _counts(_part(page, rows, "clicks")),
        # A double tells microseconds apart for longer than any of us will need.
        _moments(datetime.fromtimestamp(micros / 1e6, UTC) for micros in _part(page, rows, "fetched")),
        _split(orjson.dumps(_part(page, rows, "revisions").tolist())),
    ]


def _forms(brand_id: BrandId, page: Page, rows: range, zone: ZoneInfo) -> list[Sequence[bytes]]:
    """Write what lies between the gaps of some rows, a list for each part."""
    kinds = list(
        zip(
            *(_part(page, rows, name) for name in ("masks", "usable", "settled", "sources")),
            *(map(isnan, _part(page, rows, name)) for name in ("impressions", "clicks")),
            page.remarks(rows),
            strict=True,
        )
    )
    example = dict(zip(kinds, rows, strict=True))
    forms = {kind: _form(brand_id, page.point(row, zone)) for kind, row in example.items()}
    if len(forms) == 1:
        return [[part] * len(rows) for form in forms.values() for part in form]
    return list(zip(*(forms[kind] for kind in kinds), strict=True))


def _form(brand_id: BrandId, point: MetricPoint) -> list[bytes]:
    """Write a point behind a comma, in parts, without what `_texts` writes."""
    numbers = ",".join(f'"{metric.value}":{_GAP}' for metric in Metric)
    gaps = {
        "id": f'"{point.id(brand_id).removesuffix(point.bucket.key)}{_GAP}"',
        "timestamp": _GAP,
        "data": f"{{{numbers}}}",
        "volume": _VOLUMES[point.impressions is not None, point.clicks is not None],
        "fetchedAt": _GAP,
        "revision": _GAP,
    }
    fields = metric_fields(brand_id, point)
    text = ",".join(f'"{name}":{gaps.get(name) or _json(value)}' for name, value in fields.items())
    return f",{{{text}}}".encode().split(_GAP.encode())


_VOLUMES = {
    (True, True): f'{{"impressions":{_GAP},"clicks":{_GAP}}}',
    (True, False): f'{{"impressions":{_GAP}{_GAP}}}',
    (False, True): f'{{{_GAP}"clicks":{_GAP}}}',
    (False, False): f"{{{_GAP}{_GAP}}}",
}
"""By which of the two is measured; nothing fills the gap of what is not."""


@lru_cache(maxsize=8)
def _hours(starts: bytes) -> tuple[Sequence[bytes], Sequence[bytes]]:
    """Write the keys and timestamps of packed hours: all sources and brands have the same."""
    stamps = _moments(datetime.fromtimestamp(start, UTC) for start in array("q", starts))
    return [b"%bZ" % stamp[1:14] for stamp in stamps], stamps


def _part(page: Page, rows: range, name: str) -> array[Any]:
    return page.columns[name][rows.start : rows.stop]


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _counts(column: array[float]) -> list[bytes]:
    """Write whole numbers without their `.0`, and nothing for what is not measured."""
    return _split(orjson.dumps(column.tolist()).replace(b".0", b"").replace(b"null", b""))


def _moments(moments: Iterable[datetime]) -> list[bytes]:
    return _split(orjson.dumps(list(moments), option=orjson.OPT_UTC_Z))


def _split(array: bytes) -> list[bytes]:
    return array[1:-1].split(b",")
