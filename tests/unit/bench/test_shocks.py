"""One shock is one incident, two are two, in a brand that is otherwise as usual."""

from __future__ import annotations

import pytest

from bench.shocks import PAIRS, SHOCKS, Shock, after
from shared.core.metric import Source
from shared.core.period import Period


@pytest.mark.parametrize("shock", [SHOCKS[2], SHOCKS[3], SHOCKS[6], SHOCKS[-1]], ids=str)
def test_one_shock_is_one_incident_over_metrics_sources_and_periods(shock: Shock) -> None:
    outcome = after(shock)

    assert len(outcome.incidents) == 1
    assert shock.source in {each.source for each in outcome.anomalies} <= {shock.source, Source.AGGREGATED}
    assert {each.bucket.period for each in outcome.anomalies} >= {Period.HOURLY, Period.DAILY}
    assert {each.cause for each in outcome.anomalies} == {f"{shock.source.value}.{shock.driver.side}"}


@pytest.mark.parametrize("pair", [PAIRS[0], PAIRS[len(PAIRS) // 2], PAIRS[-1]], ids=str)
def test_two_shocks_that_have_nothing_to_do_with_each_other_are_two(pair: tuple[Shock, Shock]) -> None:
    assert len(after(*pair).incidents) == 2


def test_an_undisturbed_brand_raises_nothing_new() -> None:
    assert after().incidents == frozenset()
