from __future__ import annotations

import random
from math import exp

import pytest

from shared.core.period import Period
from shared.core.sentry.cycle import CYCLES
from shared.core.sentry.season import SIGMA_FLOOR, Season

HOURLY = CYCLES[Period.HOURLY]


def noisy(days: int, sigma: float, seed: int = 1) -> list[float]:
    chance = random.Random(seed)
    return [100.0 * exp(chance.gauss(0.0, sigma)) for _ in range(24 * days)]


def test_each_hour_has_the_median_of_its_own_hours() -> None:
    values = [float(10 + hour) for _ in range(21) for hour in range(24)]

    assert Season(values, HOURLY).profile == [float(10 + hour) for hour in range(24)]


def test_one_bad_day_in_three_weeks_does_not_move_the_profile() -> None:
    values = [100.0] * (20 * 24) + [0.0] * 24

    assert Season(values, HOURLY).profile == [100.0] * 24


def test_the_same_weekday_counts_twice() -> None:
    days = [100.0 if day % 7 else 200.0 for day in range(22)]
    sunday = Season([value for value in days[:21] for _ in range(24)], HOURLY)

    assert sunday.profile[0] == 100.0
    few = Season([value for value in days[14:21] for _ in range(24)], HOURLY)
    assert few.rounds == 7


@pytest.mark.parametrize("sigma", [0.05, 0.12, 0.25])
def test_the_noise_of_an_hour_is_found_again(sigma: float) -> None:
    season = Season(noisy(21, sigma), HOURLY)
    found = sorted(season.sigma(1, phase) for phase in range(24))[12]

    assert found == pytest.approx(sigma, rel=0.2)


def test_a_wider_window_is_steadier_and_never_more_than_independent_hours_would_be() -> None:
    season = Season(noisy(21, 0.2), HOURLY)

    sigmas = [season.sigma(size, 0) for size in HOURLY.horizons]

    assert sigmas[1] > sigmas[2] > sigmas[3] >= 0.2 / 24**0.5 * 0.8


def test_a_steady_series_is_believed_to_the_floor() -> None:
    season = Season([100.0] * (21 * 24), HOURLY)

    assert {season.sigma(size, phase) for size in HOURLY.horizons for phase in range(24)} == {SIGMA_FLOOR}


def test_a_series_of_few_days_counts_its_slope_as_noise() -> None:
    steep = [100.0, 300.0] * 24

    assert Season(steep, HOURLY).sigma(1, 0) > 0.7


def test_the_level_follows_a_lasting_change_and_not_a_bad_quarter_of_a_day() -> None:
    season = Season([100.0] * (21 * 24), HOURLY)

    assert season.level([50.0] * 24, 0) == pytest.approx(0.5**HOURLY.follow)
    assert season.level([0.0] * 6 + [100.0] * 18, 0) == 1.0


def test_hours_in_which_nothing_is_ever_sold_say_nothing_about_the_level() -> None:
    season = Season([0.0] * 14 * 24, HOURLY)

    assert season.level([5.0] * 24, 0) == 1.0
