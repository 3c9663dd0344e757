"""Anomalies put into made-up series: where they go, and who catches them."""

import math
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from bench.injection import SHAPES, Detector, Shape, catch_rates, threshold, trials
from bench.series import Labelled

BEGIN = datetime(2026, 3, 2)  # noqa: DTZ001 - the benchmark's stamps have no zone
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
DAYS = 60


def made(name: str, *windows: tuple[datetime, datetime]) -> Labelled:
    stamps = tuple(BEGIN + hour * HOUR for hour in range(DAYS * 24))
    values = tuple(10 + 3 * math.sin(stamp.hour / 24 * math.tau) for stamp in stamps)
    return Labelled(name, stamps, values, windows)


LABELLED = made("one.csv", (BEGIN + 30 * DAY, BEGIN + 33 * DAY), (BEGIN + 50 * DAY, BEGIN + 51 * DAY))
SERIES = [LABELLED, made("two.csv")]


def oracle(stamps: Sequence[datetime], values: Sequence[float], _since: int = 0) -> list[float]:
    """Know what the value would have been."""
    known = dict(zip(LABELLED.stamps, LABELLED.values, strict=True))
    return [abs(value - known[stamp]) for stamp, value in zip(stamps, values, strict=True)]


def blind(stamps: Sequence[datetime], _values: Sequence[float], _since: int = 0) -> list[float]:
    """Find midnight strange."""
    return [float(stamp.hour == 0) for stamp in stamps]


def at_rows(*rows: int) -> Detector:
    """Score the rows, the first highest."""
    by_row = {row: float(len(rows) - place) for place, row in enumerate(rows)}
    return lambda stamps, _values, _since=0: [by_row.get(row, 0.0) for row in range(len(stamps))]


def test_the_same_seed_draws_the_same_trials() -> None:
    assert trials(SERIES, SHAPES, 50, seed=3) == trials(SERIES, SHAPES, 50, seed=3)
    assert trials(SERIES, SHAPES, 50, seed=3) != trials(SERIES, SHAPES, 50, seed=4)


def test_every_shape_and_every_series_has_its_share() -> None:
    drawn = trials(SERIES, SHAPES, 500, seed=1)

    assert {shape: sum(each.shape == shape for each in drawn) for shape in SHAPES} == dict.fromkeys(
        SHAPES, 100
    )
    assert 150 < sum(each.series is LABELLED for each in drawn) < 350


def test_nothing_is_put_into_a_labelled_window_or_the_day_after_it() -> None:
    for trial in trials([LABELLED], SHAPES, 1000, seed=1):
        first, last = LABELLED.stamps[trial.start], LABELLED.stamps[trial.stop - 1]
        assert all(last < start or first > end + DAY for start, end in LABELLED.windows)


def test_a_trial_has_fifteen_days_before_it_and_ends_with_the_series() -> None:
    drawn = trials(SERIES, SHAPES, 1000, seed=1)

    assert min(trial.series.stamps[trial.start] for trial in drawn) >= BEGIN + 15 * DAY
    assert all(trial.stop - trial.start == trial.shape.hours for trial in drawn)


def test_a_shape_that_fits_nowhere_is_told() -> None:
    with pytest.raises(ValueError, match="two_months: no place"):
        trials(SERIES, [Shape("two_months", DAYS * 24, 0.0)], 1, seed=1)


def test_an_oracle_catches_everything() -> None:
    assert catch_rates(oracle, SERIES, count=50) == {shape.name: 1.0 for shape in SHAPES}


def test_a_blind_detector_catches_nothing_however_loud() -> None:
    for rate in (0.1, 1.0, 1000.0):
        assert catch_rates(blind, SERIES, count=50, rate=rate) == {shape.name: 0.0 for shape in SHAPES}


def test_a_rate_of_shapes_counts_caught_trials_of_that_shape_alone() -> None:
    def sees_rises(_stamps: Sequence[datetime], values: Sequence[float], _since: int = 0) -> list[float]:
        return [max(0.0, value - 14) for value in values]

    found = catch_rates(sees_rises, SERIES, count=50)

    assert found["six_hours_at_zero"] == found["day_halved"] == 0
    assert found["day_doubled"] == 1


def test_a_detector_sees_forty_five_days_before_a_trial() -> None:
    seen = []

    def watching(stamps: Sequence[datetime], values: Sequence[float], _since: int = 0) -> list[float]:
        seen.append(stamps[-1] - stamps[0])
        return oracle(stamps, values)

    catch_rates(watching, SERIES, [Shape("hour", 1, 3.0)], count=100)

    assert max(seen[len(SERIES) :]) == 45 * DAY


def test_the_threshold_is_the_lowest_that_keeps_to_the_rate() -> None:
    series = [made("one.csv")]
    weeks = series[0].weeks

    limit = threshold(at_rows(300, 500, 700), series, rate=2 / weeks)

    assert 1 < limit <= 2


def test_alarms_few_rows_apart_are_one() -> None:
    series = [made("one.csv")]

    limit = threshold(at_rows(300, 303, 306, 700), series, rate=1 / series[0].weeks)

    assert 1 < limit <= 2


def test_alarms_in_labelled_windows_and_in_the_probation_are_not_false() -> None:
    inside = 31 * 24

    limit = threshold(at_rows(inside, 5, 600), [LABELLED], rate=0.5 / LABELLED.weeks)

    assert 1 < limit <= 2
