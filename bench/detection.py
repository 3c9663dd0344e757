"""`make detection NAB=folder`: writes docs/detection.md, the detector beside others, with its pictures."""

from __future__ import annotations

import argparse
import sys
from datetime import timedelta
from math import nan
from pathlib import Path
from typing import TYPE_CHECKING

from bench import nab
from bench.compared import OURS, Heard, Line, compare, heard
from bench.injection import SHAPES
from bench.score import PROFILES
from bench.series import Labelled, read
from shared.core.sentry.gate import GATE_SIGMAS
from shared.core.sentry.threshold import THRESHOLD_PERCENT, Sensitivity

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

DOCS = Path(__file__).resolve().parent.parent / "docs"
_TRIALS, _SEED = 1_000, 7
_MARGIN = 1.6
_COLOURS = {Sensitivity.LOW: "#b3261e", Sensitivity.MEDIUM: "#e8710a", Sensitivity.HIGH: "#f2b53b"}
_NOTES = "<!-- written by hand below this line -->"


def main() -> int:
    parser = argparse.ArgumentParser(prog="make detection")
    parser.add_argument("--nab", type=Path, required=True, help="folder with labelled series")
    asked = parser.parse_args()
    series = read(asked.nab)
    rows = {each.name: nab.detect(each.stamps, each.values) for each in series}
    pictures = [draw(each, rows[each.name]) for each in series]
    text = page(series, compare(series, _TRIALS, _SEED), heard(series, rows), pictures)
    target = DOCS / "detection.md"
    notes = target.read_text().partition(_NOTES)[2] if target.exists() else "\n"
    target.write_text(f"{text}\n{_NOTES}{notes}")
    print(f"wrote {target.relative_to(DOCS.parent)} and {len(pictures)} pictures")
    return 0


def page(
    series: Sequence[Labelled], lines: Sequence[Line], quiet: Sequence[Heard], pictures: Sequence[Path]
) -> str:
    """Write the page's measured part."""
    windows = sum(len(each.windows) for each in series)
    parts = [
        "# How well the Sentry detects\n",
        (
            f"Measured on {len(series)} hourly ad-exchange series with {windows} windows labelled by people "
            "(Numenta Anomaly Benchmark, realAdExchange, MIT), and on anomalies put into them. One set of "
            "constants; every detector is causal and sees a series once. `make detection NAB=folder` writes "
            "this page and its pictures anew.\n"
        ),
        "## Beside others\n",
        _table(
            ["detector", *(f"score, {name.replace('_', ' ')}" for name in PROFILES), "windows", "us a point"],
            [
                [
                    _own(line.name),
                    *(f"{scored.score:.1f}" for scored in line.scored.values()),
                    f"{line.scored['standard'].hit}/{line.scored['standard'].windows}",
                    f"{line.us_per_point:.1f}",
                ]
                for line in lines
            ],
        ),
        (
            "The score is the benchmark's own: 0 for silence, 100 for every window at its first row and "
            "nothing else, at the threshold that is best for each detector. With so few windows it is mostly "
            "luck: `chance` scores at random, and one window is worth up to fourteen points. Microseconds "
            "are of CPU; the Sentry's hold the keeping of its pages and all three sensitivities.\n"
        ),
        "## Anomalies put in\n",
        (
            f"{_TRIALS} trials (a tenth for slow peers), each detector at the threshold that raises one "
            "false alarm a week and series; the share that is caught while it lasts.\n"
        ),
        _table(
            ["detector", *(shape.name.replace("_", " ") for shape in SHAPES), "trials"],
            [
                [_own(line.name), *(f"{line.caught[shape.name]:.1%}" for shape in SHAPES), str(line.trials)]
                for line in lines
            ],
        ),
        "## How quiet\n",
        (
            "Per week and series, outside every window: hours that the contract's percentage alone raises "
            "against the same expectation, and how often people are told.\n"
        ),
        _table(
            [
                "sensitivity",
                "threshold",
                "gate",
                "percentage alone",
                "in windows",
                "people told",
                "in windows",
            ],
            [
                [
                    each.sensitivity.value,
                    f"{THRESHOLD_PERCENT[each.sensitivity]} %",
                    f"{GATE_SIGMAS[each.sensitivity]:g} sigmas",
                    f"{each.literal:.1f}",
                    f"{each.literal_windows}/{each.labelled}",
                    f"{each.told:.2f}",
                    f"{each.windows}/{each.labelled}",
                ]
                for each in quiet
            ],
        ),
        "## Pictures\n",
        (
            "Blue: the value. Grey: the expectation and the medium sensitivity's band (the wider of its "
            "threshold and its gate). Red ground: labelled windows. Marks: people are told, at low (red), "
            "medium (orange) or high (yellow) sensitivity and above.\n"
        ),
        *(f"![{path.stem}]({path.relative_to(DOCS).as_posix()})\n" for path in pictures),
    ]
    return "\n".join(parts)


def draw(series: Labelled, rows: Sequence[nab.Row]) -> Path:
    """Draw a series with its band, its windows and those rows of which people are told."""
    import matplotlib as mpl  # noqa: PLC0415 - not there in tests

    mpl.use("agg")
    import matplotlib.pyplot as plt  # noqa: PLC0415 - same
    from matplotlib import dates  # noqa: PLC0415 - same

    figure, axes = plt.subplots(figsize=(15, 3.6))
    known = [number for number, row in enumerate(rows) if row.expected is not None]
    stamps = [series.stamps[number] for number in known]
    expected = [rows[number].expected or 0.0 for number in known]
    low, high = zip(*(rows[number].band for number in known), strict=True)
    axes.fill_between(stamps, low, high, color="#9aa0a6", alpha=0.25, linewidth=0)
    axes.plot(*_with_gaps(stamps, expected), color="#9aa0a6", linewidth=0.7)
    axes.plot(*_with_gaps(series.stamps, series.values), color="#1a73e8", linewidth=0.8)
    for start, end in series.windows:
        axes.axvspan(start, end, color="#d93025", alpha=0.12, linewidth=0)
    marked: set[int] = set()
    for sensitivity, colour in _COLOURS.items():
        told = [number for number, row in enumerate(rows) if row.told[sensitivity] and number not in marked]
        marked |= set(told)
        axes.scatter(
            [series.stamps[number] for number in told],
            [series.values[number] for number in told],
            color=colour, edgecolor="black", linewidth=0.6, s=34, zorder=3, label=sensitivity.value,
        )  # fmt: skip
    axes.axvline(series.stamps[series.probation], color="#5f6368", linewidth=0.8, linestyle=":")
    axes.set_yscale("log")
    seen = [value for value in series.values if value > 0]
    axes.set_ylim(min(seen) / _MARGIN, max(seen) * _MARGIN)
    axes.set_xlim(series.stamps[0], series.stamps[-1] + timedelta(hours=1))
    axes.xaxis.set_major_formatter(dates.DateFormatter("%d %b"))
    axes.set_title(Path(series.name).stem, loc="left", fontsize=10)
    axes.legend(loc="upper right", fontsize=8, title="told at", title_fontsize=8, ncols=3)
    figure.tight_layout()
    path = DOCS / "detection" / f"{Path(series.name).stem}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=90, metadata={"Software": None})
    plt.close(figure)
    return path


def _with_gaps(stamps: Sequence[datetime], values: Sequence[float]) -> tuple[list[datetime], list[float]]:
    """Break a line where hours are missing."""
    found: tuple[list[datetime], list[float]] = ([], [])
    for number, (stamp, value) in enumerate(zip(stamps, values, strict=True)):
        if number and stamp - stamps[number - 1] > timedelta(hours=2):
            found[0].append(stamps[number - 1])
            found[1].append(nan)
        found[0].append(stamp)
        found[1].append(value)
    return found


def _own(name: str) -> str:
    return f"**{name}**" if name == OURS else name.replace("_", " ")


def _table(head: Sequence[str], body: Sequence[Sequence[str]]) -> str:
    rows = [head, ["---"] * len(head), *body]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows) + "\n"


if __name__ == "__main__":
    sys.exit(main())
