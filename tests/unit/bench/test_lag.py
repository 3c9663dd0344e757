"""A brand whose purchases come in late: the curve, and who tells what of it when."""

import random
from functools import cache
from itertools import pairwise

import pytest

from bench import lag
from bench.lag import WAYS, Outcome, Truth

BY_NAME = {way.name: way for way in WAYS}


@cache
def truth() -> Truth:
    return lag.simulate(random.Random("a brand"), weeks=3)


@cache
def outcome(way: str) -> Outcome:
    return lag.outcome(truth(), BY_NAME[way])


@cache
def figures() -> dict[str, object]:
    return lag.figures(seed=1, weeks=1, brands=1)


def test_the_curve_rises_from_its_start_to_1() -> None:
    shares = [lag.known(age) for age in range(lag.SETTLED_H + 1)]

    assert shares[0] == pytest.approx(0.45)
    assert shares[12] == pytest.approx(0.95, abs=0.01)
    assert all(before < after for before, after in pairwise(shares))
    assert shares[-1] == 1


@pytest.mark.parametrize("age", [0, 3, 12, 48])
def test_orders_come_in_along_the_curve(age: int) -> None:
    hours = truth().hours
    share = sum(hour.orders(age) for hour in hours) / sum(len(hour.delays) for hour in hours)

    assert share == pytest.approx(lag.known(age), abs=0.01)


def test_an_hours_number_never_falls() -> None:
    for hour in truth().hours[:100]:
        counts = [hour.orders(age) for age in range(lag.SETTLED_H + 1)]
        assert counts == sorted(counts)
        assert counts[-1] == len(hour.delays)


def test_in_the_six_hours_of_an_incident_orders_fall_by_more_than_half() -> None:
    hours, incidents = truth().hours, truth().incidents
    during = [len(hours[row].delays) for span in incidents for row in span]
    week_before = [len(hours[row - 168].delays) for span in incidents for row in span if row >= 168]

    assert all(len(span) == 6 for span in incidents)
    assert sum(during) / len(during) < 0.5 * sum(week_before) / len(week_before)


def test_the_same_seed_gives_the_same_figures() -> None:
    assert figures() == pytest.approx(lag.figures(seed=1, weeks=1, brands=1), nan_ok=True)
    assert lag.simulate(random.Random("1/0"), weeks=1) != lag.simulate(random.Random("2/0"), weeks=1)


def test_every_way_has_its_three_figures() -> None:
    names = set(figures())

    assert names == {"lag_incidents"} | {
        f"lag_{figure}{{{way}}}"
        for figure in ("false_alarms_per_week", "caught", "hours_to_alarm")
        for way in BY_NAME
    }


@pytest.mark.parametrize("naive", ["naive", "naive_3h"])
def test_equal_age_raises_fewer_false_alarms_than_the_naive_way(naive: str) -> None:
    assert outcome("equal_age").false < outcome(naive).false


def test_equal_age_tells_a_day_before_the_fixed_delay() -> None:
    early, late = outcome("equal_age").waits, outcome("fixed_delay").waits

    assert len(early) == len(late) == len(lag.judged(truth())) > 0
    assert max(early) + 24 < min(late)
