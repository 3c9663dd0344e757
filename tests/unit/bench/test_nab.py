"""The production detector over files of a series: what is read, and what is written beside each row."""

from __future__ import annotations

import csv
import math
import random
import sys
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from bench import nab
from shared.core.sentry.threshold import Sensitivity

if TYPE_CHECKING:
    from pathlib import Path

BEGIN = datetime(2026, 3, 2)  # noqa: DTZ001 - the benchmark's stamps have no zone
HOUR = timedelta(hours=1)


def priced(hours: int, step: timedelta = HOUR, seed: int = 1) -> tuple[list[datetime], list[float]]:
    chance = random.Random(seed)
    stamps = [BEGIN + n * step for n in range(hours)]
    return stamps, [1 + 0.3 * math.sin(s.hour / 24 * math.tau) + chance.gauss(0, 0.05) for s in stamps]


def test_what_comes_later_changes_no_score() -> None:
    stamps, values = priced(30 * 24)
    values[-50:] = [9.0] * 50

    assert nab.scores(stamps, values)[:500] == nab.scores(stamps[:500], values[:500])


def test_more_is_surer_and_a_score_lies_between_nothing_and_one() -> None:
    stamps, values = priced(25 * 24)
    last = [
        nab.scores(stamps, [*values[:-1], values[-1] * factor])[-1] for factor in (1.3, 1.6, 2.0, 3.0, 9.0)
    ]

    assert last == sorted(last)
    assert 0.0 <= last[0] < last[-1] < 1.0


def test_an_hour_at_nothing_is_told_at_every_sensitivity() -> None:
    stamps, values = priced(25 * 24)
    values[-1] = 0.0

    assert nab.detect(stamps, values)[-1].told == dict.fromkeys(Sensitivity, True)


def test_a_learner_that_skips_the_past_ends_with_the_same_scores() -> None:
    stamps, values = priced(30 * 24)
    values[-3] = 6.0

    assert nab.scores(stamps, values, 700)[700:] == nab.scores(stamps, values)[700:]


@pytest.mark.parametrize("step", [timedelta(minutes=5), timedelta(hours=1), timedelta(days=1)])
def test_the_period_is_told_by_the_stamps(step: timedelta) -> None:
    stamps, _ = priced(40 * 12, step)
    values = [1.0] * (len(stamps) - 12) + [9.0] * 12

    assert any(row.told[Sensitivity.LOW] for row in nab.detect(stamps, values)[-12:])


def test_missing_values_repeated_stamps_and_gaps_are_rows_like_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stamps, values = priced(15 * 24)
    rows = [(stamp, value) for stamp, value in zip(stamps, values, strict=True) if stamp.day != 9]
    rows[100] = (rows[99][0], rows[100][1])
    lines = [f"{stamp},{'' if n == 50 else value}" for n, (stamp, value) in enumerate(rows)]
    (tmp_path / "data" / "ads").mkdir(parents=True)
    (tmp_path / "data" / "ads" / "cpc.csv").write_text("\n".join(["timestamp,value", *lines]))
    (tmp_path / "data" / "ads" / "other.csv").write_text("a,b\n1,2\n")
    (tmp_path / "data" / "some_windows.json").write_text("not JSON")
    out = tmp_path / "out"
    monkeypatch.setattr(sys, "argv", ["nab", "--data", str(tmp_path / "data"), "--out", str(out)])

    assert nab.main() == 0

    with (out / "ads" / "cpc.csv").open() as file:
        told = list(csv.DictReader(file))
    assert [path.name for path in out.rglob("*.csv")] == ["cpc.csv"]
    header = "timestamp value expected deviation anomaly_score low medium high"
    assert " ".join(told[0]) == header
    assert len(told) == len(rows)
    assert told[50]["anomaly_score"] == "0.000000"
    assert {row[name] for row in told for name in ("low", "medium", "high")} <= {"0", "1"}
    assert all(0 <= float(row["anomaly_score"]) < 1 for row in told)
