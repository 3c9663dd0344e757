"""Events through the real relay to the real door: doubled, late and in no order, one set comes out."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import exp
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
import requests

from shared import wiring
from shared.core.brand import Brand, BrandId
from shared.core.ledger import Ledger, keep
from shared.core.metric import MICROS, USABLE, MetricPoint, Source, Sums, point_of
from shared.core.period import HOUR, Period, bucket_at
from shared.core.sentry.settings import SentrySettings
from shared.flows.backtest import run_backtest
from shared.flows.ingest import keep_points

if TYPE_CHECKING:
    from tests.e2e.running import Running

NEWEST = datetime(2026, 5, 20, 12, tzinfo=UTC)
PAST, LIVED = 12 * 24, 12
ORDINARY = Sums(100 * MICROS, 400 * MICROS, 5_000, 100, 20 * MICROS)


def brand_of(number: int) -> Brand:
    return Brand(
        BrandId(f"order-{number}"), "owner", "Order", ZoneInfo("Europe/Rome"), "EUR", "en", "purchase"
    )


def an_hour(ago: int, *, late: bool = False) -> MetricPoint:
    """Return an hour: noisy, dear for six hours of which some are taken back, without orders once."""
    noise = random.Random(ago)
    spend = round(100 * MICROS * exp(noise.gauss(0, 0.03)) * (3 if 5 <= ago < 10 else 1))
    told = replace(ORDINARY, spend=spend)
    if ago == 2:
        told = replace(told, conversions=0, revenue=0)
    if late:
        told = replace(told, spend=100 * MICROS, revenue=410 * MICROS)
    bucket = bucket_at(NEWEST - ago * HOUR, Period.HOURLY, ZoneInfo("Europe/Rome"))
    fetched = bucket.end + timedelta(hours=6 if late else 2)
    return point_of(
        told, source=Source.META, bucket=bucket, currency="EUR", maturity=USABLE, fetched_at=fetched
    )


def known_before(brand: Brand) -> None:
    """Make a brand, and store its past as pages alone, which wake nobody."""
    wiring.brands().create(brand, SentrySettings(), now=NEWEST)
    ledger = Ledger(brand, {})
    keep(ledger, [an_hour(ago + LIVED) for ago in range(PAST)], connected=(Source.META,))
    wiring.metrics().commit(brand.id, [], ledger.touched())


def live_through(brand: Brand) -> None:
    for ago in reversed(range(0, LIVED, 3)):
        points = [an_hour(ago + n) for n in range(3)] + ([an_hour(8, late=True)] if ago == 3 else [])
        keep_points(points, brand, connected=(Source.META,), metrics=wiring.metrics(), pause=wiring.pause)


def raised(brand: Brand) -> set[tuple[object, ...]]:
    found, _ = wiring.anomalies().newest(brand, status=None, limit=200, after=None)
    return {
        tuple(
            part.replace(brand.id, "brand") if isinstance(part, str) else part
            for part in (a.id, a.incident, a.told, a.status, a.value, a.expected, a.severity)
        )
        for a in found
    }


@pytest.mark.parametrize("numbers", [range(3), pytest.param(range(3, 13), marks=pytest.mark.long)], ids=len)
def test_any_order_of_doubled_and_delayed_events_ends_with_one_set(running: Running, numbers: range) -> None:
    """Brands live through the same at once; chance gives each an order of its own."""
    url, brands = running.platform.urls["relay"], [brand_of(number) for number in numbers]
    faults = {"duplicate": 0.5, "shuffle": 0.8, "seed": 7}
    for brand in brands:
        known_before(brand)
    try:
        requests.post(f"{url}/faults", json=faults, timeout=5).raise_for_status()
        for brand in brands:
            live_through(brand)
        running.settle()
        outcomes = [raised(brand) for brand in brands]
    finally:
        requests.post(f"{url}/faults", json={}, timeout=5).raise_for_status()

    assert len(outcomes[0]) > 10
    assert {status.value for _, _, _, status, *_ in outcomes[0]} == {"new", "resolved"}  # type: ignore[attr-defined]
    for number, outcome in enumerate(outcomes):
        assert outcome ^ outcomes[0] == set(), number
    file = wiring.brands().get(brands[0].id)
    assert file is not None
    tested = run_backtest(file, 2, NEWEST + timedelta(days=1), metrics=wiring.metrics())
    own = next(each for each in tested.outcomes if each.sensitivity is tested.chosen)
    assert {(a.id.replace(brands[0].id, "brand"), a.told) for a in own.anomalies} == {
        (name, told) for name, _, told, *_ in outcomes[0]
    }
