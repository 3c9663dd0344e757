"""Numbers of a brand that does not exist: the same input always gives the same numbers.

`mock=true` answers from here, and so does the simulated outside world of a local run.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum
from hashlib import blake2b
from statistics import NormalDist
from typing import TYPE_CHECKING

from shared.core.metric import MICROS, Source, Sums

if TYPE_CHECKING:
    from datetime import datetime
    from zoneinfo import ZoneInfo


class Scenario(Enum):
    """Which picture mock mode shows."""

    HEALTHY = "healthy"
    DROP = "drop"
    STALE = "stale"
    TOKEN_DEAD = "token-dead"  # noqa: S105 - a scenario's name
    LEARNING = "learning"
    EMPTY = "empty"


@dataclass(frozen=True, slots=True)
class _Shape:
    """A source's ordinary hour in the brand's currency; organic has no spend, so no clicks either."""

    spend: float
    cpm: float
    ctr: float
    conversion_rate: float
    order_value: float
    orders: float = 0.0


_SHAPES = {
    Source.META: _Shape(spend=620.0, cpm=26.0, ctr=0.0155, conversion_rate=0.034, order_value=186.0),
    Source.GOOGLE: _Shape(spend=480.0, cpm=118.0, ctr=0.058, conversion_rate=0.052, order_value=204.0),
    Source.ORGANIC: _Shape(0.0, 0.0, 0.0, 0.0, order_value=171.0, orders=9.0),
}

_BY_HOUR = (
    *(0.42, 0.27, 0.19, 0.15, 0.15, 0.22, 0.44, 0.72, 0.96, 1.10, 1.18, 1.22),
    *(1.30, 1.24, 1.15, 1.12, 1.14, 1.20, 1.32, 1.52, 1.66, 1.58, 1.22, 0.78),
)
_BY_WEEKDAY = (0.98, 0.96, 1.00, 1.03, 1.06, 1.02, 0.95)


def hour_of(seed: str, source: Source, start: datetime, zone: ZoneInfo) -> Sums:
    """Return the sums of one source's hour that begins at `start`, in its ordinary course.

    Season by hour of day and weekday in `zone`, log-normal noise of 4 % on prices and rates,
    and orders that scatter by the square root of their number.
    """
    shape = _SHAPES[source]
    local = start.astimezone(zone)
    season = _BY_HOUR[local.hour] * _BY_WEEKDAY[local.weekday()]
    noise = _Noise(f"{seed}/{source.value}/{int(start.timestamp())}")
    if source is Source.ORGANIC:
        orders = _orders(shape.orders * season, noise)
        revenue = orders * shape.order_value * noise.factor(0.06)
        return Sums(revenue=_micros(revenue, 2), conversions=orders * MICROS)
    spend = shape.spend * season * noise.factor(0.04)
    impressions = round(spend / (shape.cpm * noise.factor(0.04)) * 1000)
    clicks = round(impressions * shape.ctr * noise.factor(0.04))
    orders = _orders(clicks * shape.conversion_rate, noise)
    revenue = orders * shape.order_value * noise.factor(0.06)
    return Sums(_micros(spend, 2), _micros(revenue, 2), impressions, clicks, orders * MICROS)


def dropped(sums: Sums) -> Sums:
    """Return the same hour with its conversion tracking broken: a fifth of the orders arrive."""
    return Sums(
        sums.spend,
        None if sums.revenue is None else sums.revenue // 5,
        sums.impressions,
        sums.clicks,
        None if sums.conversions is None else sums.conversions // (5 * MICROS) * MICROS,
    )


class _Noise:
    """A stream of standard normal numbers that depends on nothing but its key."""

    def __init__(self, key: str) -> None:
        digest = blake2b(key.encode(), digest_size=48).digest()
        self._normals = [
            _NORMAL.inv_cdf((int.from_bytes(digest[n : n + 6], "big") + 0.5) / 2**48) for n in range(0, 48, 6)
        ]

    def normal(self) -> float:
        return self._normals.pop()

    def factor(self, sigma: float) -> float:
        return math.exp(sigma * self.normal())


_NORMAL = NormalDist()


def _orders(mean: float, noise: _Noise) -> int:
    return max(0, round(mean + 0.5 * math.sqrt(mean) * noise.normal()))


def _micros(amount: float, places: int) -> int:
    return round(round(amount, places) * MICROS)
