"""`warroom import-csv`: a marketer's export through the same writes and events as everything else."""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ops.options import add_command
from ops.progress import progress
from ops.result import Result
from ops.target import brand_file
from shared import wiring
from shared.core.metric import FRESH, IMPORTED, USABLE, Metric, MetricPoint, Source
from shared.core.period import Bucket, Period, bucket_at
from shared.errors import BadRequest
from shared.flows.ingest import connected, keep_points

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Mapping

    from ops.options import Commands
    from shared.core.brand import Brand

_SOURCES = tuple(source.value for source in Source if source is not Source.AGGREGATED)
_AT_ONCE = 72


def add_to(commands: Commands) -> None:
    parser = add_command(
        commands,
        "import-csv",
        run,
        about="import one metric of one source from a timestamp,value file",
        dry_run="check the file, write nothing",
    )
    parser.add_argument("file", type=Path, help="CSV with the columns timestamp and value")
    parser.add_argument("--brand", required=True)
    parser.add_argument("--source", required=True, choices=_SOURCES)
    parser.add_argument("--metric", required=True, choices=[m.value for m in Metric])
    parser.add_argument("--period", required=True, choices=[p.value for p in Period])


def run(asked: argparse.Namespace) -> Result:
    """Check the whole file, then write it; a bad row is named and nothing is written."""
    file = brand_file(asked.brand)
    rows = read(asked.file, file.brand, Period(asked.period))
    now = wiring.clock().now()
    source, metric = Source(asked.source), Metric(asked.metric)
    points = [_point(b, v, source, metric, file.brand, now) for b, v in sorted(rows.values.items())]
    result: dict[str, object] = {"rows": rows.count, "points": len(points), "repeated": rows.repeated}
    if asked.dry_run:
        return Result(result | {"written": 0})
    written = 0
    with progress() as bars:
        bar = bars.add_task(asked.file.name, total=len(points))
        for start in range(0, len(points), _AT_ONCE):
            changed = keep_points(
                points[start : start + _AT_ONCE],
                file.brand,
                connected=connected(file),
                metrics=wiring.metrics(),
                pause=wiring.pause,
            )
            written += len(changed)
            bars.advance(bar, _AT_ONCE)
    return Result(result | {"written": written})


@dataclass(frozen=True, slots=True)
class Rows:
    """A file's values by bucket; of several rows in one bucket the last stands."""

    values: Mapping[Bucket, float]
    count: int
    repeated: int


def read(path: Path, brand: Brand, period: Period) -> Rows:
    """Read a file whose stamps without zone are in the brand's zone; BadRequest names the row."""
    values: dict[Bucket, float] = {}
    count = 0
    for line, stamp, text in _cells(path):
        count += 1
        try:
            moment = datetime.fromisoformat(stamp)
        except ValueError:
            raise BadRequest(f"row {line}", f"timestamp {stamp!r} is not a date and time") from None
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            raise BadRequest(f"row {line}", f"value {text!r} is not a finite number")
        aware = moment if moment.tzinfo else moment.replace(tzinfo=brand.zone)
        values[bucket_at(aware.astimezone(UTC), period, brand.zone)] = value
    if not values:
        raise BadRequest("file", "holds no rows")
    return Rows(values, count, count - len(values))


def _cells(path: Path) -> Iterator[tuple[int, str, str]]:
    with path.open(newline="", encoding="utf-8-sig") as opened:
        table = csv.DictReader(opened)
        if not {"timestamp", "value"} <= set(table.fieldnames or ()):
            raise BadRequest("file", "the first line must name the columns timestamp and value")
        for row in table:
            yield table.line_num, (row["timestamp"] or "").strip(), (row["value"] or "").strip()


def _point(
    bucket: Bucket, value: float, source: Source, metric: Metric, brand: Brand, now: datetime
) -> MetricPoint:
    """Make a point that knows one metric and says so of the others."""
    return MetricPoint(
        source=source,
        bucket=bucket,
        values={m: value if m is metric else 0.0 for m in Metric},
        unavailable=frozenset(Metric) - {metric},
        impressions=None,
        clicks=None,
        currency=brand.currency,
        maturity=(USABLE if bucket.end <= now else FRESH).within(frozenset({metric})),
        fetched_at=now,
        flags=(IMPORTED,),
    )
