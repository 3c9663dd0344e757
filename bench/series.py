"""Series with labelled anomalies, as the Numenta Anomaly Benchmark lays them out.

A data folder holds CSV files `timestamp,value` and one JSON file of windows, the times between
which people saw something wrong: `{"folder/name.csv": [["2011-07-11 04:00:01", "2011-07-17 22:00:01"]]}`.
"""

from __future__ import annotations

import csv
import json
import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_HEADER = ("timestamp", "value")
_PROBATION_SHARE, _PROBATION_ROWS = 0.15, 750

Windows = tuple[tuple[datetime, datetime], ...]


@dataclass(frozen=True, slots=True)
class Labelled:
    """One series, a row per stamp in the order of its file.

    `name` is its path below the data folder, with slashes. Stamps are naive, may leave gaps and
    repeat. Windows are (start, end), both included.
    """

    name: str
    stamps: tuple[datetime, ...]
    values: tuple[float, ...]
    windows: Windows = ()

    @property
    def probation(self) -> int:
        """How many first rows are for learning and not judged: 15 %, at most 750."""
        return min(int(_PROBATION_SHARE * len(self.stamps)), _PROBATION_ROWS)

    @property
    def weeks(self) -> float:
        """Weeks from the first judged row to the last."""
        return (self.stamps[-1] - self.stamps[self.probation]) / timedelta(weeks=1)

    def spans(self) -> tuple[range, ...]:
        """Return the windows as ranges of rows, earliest first."""
        return tuple(self._span(start, end) for start, end in sorted(self.windows))

    def outside(self) -> tuple[int, ...]:
        """Return the judged rows that lie in no window."""
        inside = {row for span in self.spans() for row in span}
        return tuple(row for row in range(self.probation, len(self.stamps)) if row not in inside)

    def _span(self, start: datetime, end: datetime) -> range:
        rows = [row for row, stamp in enumerate(self.stamps) if start <= stamp <= end]
        if not rows:
            raise ValueError(f"{self.name}: no row from {start} to {end}, which is labelled")
        return range(rows[0], rows[-1] + 1)


def read(data: Path, labels: Path | None = None) -> list[Labelled]:
    """Read every series below `data`, by name; a CSV with another header is not one.

    `labels` is the file of windows, else `data`/windows.json, else the only *windows*.json below
    `data`; without any nothing is labelled. It names a series by its path or by the path's last two parts.
    """
    chosen = labels or _labels(data)
    windows = _windows(chosen) if chosen else {}
    names = sorted(file.relative_to(data).as_posix() for file in data.rglob("*.csv") if _is_series(file))
    if not names:
        raise ValueError(f"{data}: no CSV with the header {','.join(_HEADER)}")
    return [_series(data, name, windows) for name in names]


def unlabelled(data: Path) -> list[Labelled]:
    """Read every series below `data` as it is, whatever labels lie beside it; a missing value is NaN."""
    names = sorted(file.relative_to(data).as_posix() for file in data.rglob("*.csv") if _is_series(file))
    return [Labelled(name, *column(data / name, "value")) for name in names]


def column(file: Path, name: str) -> tuple[tuple[datetime, ...], tuple[float, ...]]:
    """Read the stamps and one column of numbers; an empty cell is NaN."""
    stamps, values = [], []
    with file.open(newline="") as lines:
        rows = csv.DictReader(lines)
        if missing := {"timestamp", name}.difference(rows.fieldnames or ()):
            raise ValueError(f"{file}: no column {', '.join(sorted(missing))}")
        for row in rows:
            try:
                stamps.append(_stamp(row["timestamp"]))
                values.append(float(row[name] or "nan"))
            except (TypeError, ValueError) as error:
                raise ValueError(f"{file}, line {rows.line_num}: {error}") from error
    if not stamps:
        raise ValueError(f"{file}: no rows")
    return tuple(stamps), tuple(values)


def _series(data: Path, name: str, windows: Mapping[str, Windows]) -> Labelled:
    stamps, values = column(data / name, "value")
    for row, value in enumerate(values):
        if not math.isfinite(value):
            raise ValueError(f"{data / name}, line {row + 2}: the value is not a finite number")
    found = Labelled(name, stamps, values, windows.get(name, windows.get(_short(name), ())))
    found.spans()  # a window without rows is a mistake in the labels
    return found


def _is_series(file: Path) -> bool:
    with file.open(newline="") as lines:
        return tuple(next(csv.reader(lines), ())) == _HEADER


def _labels(data: Path) -> Path | None:
    if (usual := data / "windows.json").exists():
        return usual
    found = sorted(data.rglob("*windows*.json"))
    if len(found) > 1:
        raise ValueError(f"{data}: which file of windows? {', '.join(each.name for each in found)}")
    return found[0] if found else None


def _windows(file: Path) -> dict[str, Windows]:
    """Read the windows by the path given there and by its last two parts."""
    by_path: dict[str, Windows] = {}
    for name, pairs in json.loads(file.read_text()).items():
        try:
            by_path[name] = tuple((_stamp(start), _stamp(end)) for start, end in pairs)
        except (TypeError, ValueError) as error:
            raise ValueError(f"{file}, {name}: {error}") from error
    return {_short(name): windows for name, windows in by_path.items()} | by_path


def _short(name: str) -> str:
    return "/".join(PurePosixPath(name).parts[-2:])


def _stamp(text: str) -> datetime:
    stamp = datetime.fromisoformat(text.strip())
    if stamp.tzinfo is not None:
        raise ValueError(f"{text} has a time zone")
    return stamp
