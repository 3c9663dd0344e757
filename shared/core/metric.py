"""The contract's seven metrics, the sums they come from, and one point of a series.

Sums are integers (money and conversions in millionths), so adding never rounds. Ratios are
derived from sums at every level: a mean of ratios appears nowhere.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import Enum
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from shared.core.brand import BrandId
    from shared.core.period import Bucket, Period

MICROS = 1_000_000

IMPORTED = "imported"
"""Flags a point that came from a person's file."""

_NEWS_FOR = timedelta(days=3)


class Source(Enum):
    META = "meta"
    GOOGLE = "google"
    ORGANIC = "organic"
    AGGREGATED = "aggregated"


class Metric(Enum):
    __hash__ = object.__hash__  # members are singletons; an Enum's own hash is a Python call each time

    SPEND = "spend"
    REVENUE = "revenue"
    ROAS = "roas"
    CAC = "cac"
    CTR = "ctr"
    CPC = "cpc"
    CONVERSIONS = "conversions"


MONEY = frozenset({Metric.SPEND, Metric.REVENUE, Metric.CAC, Metric.CPC})


@dataclass(frozen=True, slots=True)
class Sums:
    """What a source measured in one bucket; None means not measured, 0 a measured zero.

    Money and conversions are in millionths (conversions are fractional on Google).
    """

    spend: int | None = None
    revenue: int | None = None
    impressions: int | None = None
    clicks: int | None = None
    conversions: int | None = None

    def __add__(self, other: Sums) -> Sums:
        return Sums(*(_add(a, b) for a, b in zip(self.parts(), other.parts(), strict=True)))

    def __sub__(self, other: Sums) -> Sums:
        """Take away what is known of the other; what self does not know stays unknown."""
        pairs = zip(self.parts(), other.parts(), strict=True)
        return Sums(*(None if a is None else a - (b or 0) for a, b in pairs))

    def parts(self) -> tuple[int | None, ...]:
        return (self.spend, self.revenue, self.impressions, self.clicks, self.conversions)


def total(parts: Iterable[Sums]) -> Sums:
    """Add up sums; what no part measured stays None."""
    result = Sums()
    for part in parts:
        result += part
    return result


def derive(sums: Sums) -> dict[Metric, Fraction | None]:
    """Return the seven metrics, exactly; None where unmeasured or divided by 0.

    roas = revenue / spend, cac = spend / conversions, ctr = clicks / impressions (a fraction),
    cpc = spend / clicks.

    >>> derive(Sums(spend=100 * MICROS, revenue=250 * MICROS, clicks=40))[Metric.ROAS]
    Fraction(5, 2)
    >>> derive(Sums(spend=100 * MICROS, clicks=0))[Metric.CPC] is None
    True
    """
    return {
        Metric.SPEND: _scaled(sums.spend),
        Metric.REVENUE: _scaled(sums.revenue),
        Metric.ROAS: _ratio(sums.revenue, sums.spend),
        Metric.CAC: _ratio(sums.spend, sums.conversions),
        Metric.CTR: _ratio(sums.clicks, sums.impressions),
        Metric.CPC: _ratio(sums.spend, sums.clicks, MICROS),
        Metric.CONVERSIONS: _scaled(sums.conversions),
    }


@dataclass(frozen=True, slots=True)
class Maturity:
    """How far a bucket's numbers can be trusted: what is in neither set is still fresh.

    `usable`: closed, and the source's usual delay is over; it may be judged. `settled`: the
    platform no longer restates it; a part of `usable`.
    """

    usable: frozenset[Metric] = frozenset()
    settled: frozenset[Metric] = frozenset()

    def __and__(self, other: Maturity) -> Maturity:
        """Return what a number made of both has reached."""
        return Maturity(self.usable & other.usable, self.settled & other.settled)

    def within(self, known: frozenset[Metric]) -> Maturity:
        """Leave out what is not known at all."""
        return Maturity(self.usable & known, self.settled & known)

    def of(self, metric: Metric) -> str:
        """Return `fresh`, `usable` or `settled`.

        >>> Maturity(frozenset({Metric.SPEND})).of(Metric.SPEND), FRESH.of(Metric.SPEND)
        ('usable', 'fresh')
        """
        if metric in self.settled:
            return "settled"
        return "usable" if metric in self.usable else "fresh"


FRESH = Maturity()
USABLE = Maturity(frozenset(Metric))
SETTLED = Maturity(frozenset(Metric), frozenset(Metric))


@dataclass(frozen=True, slots=True)
class MetricPoint:
    """One bucket of one source, as stored.

    `values` has all seven metrics as finite floats; those in `unavailable` are 0 there and
    mean nothing. `adjustment` stands on days that a platform reported as days: what the day
    holds beyond its known hours. `sources` are those in a blend, as far as known. `fetched_at` is
    when these very numbers were first answered. `revision` never falls; of a source's own points
    it counts content changes from 1.
    """

    source: Source
    bucket: Bucket
    values: Mapping[Metric, float]
    unavailable: frozenset[Metric]
    impressions: int | None
    clicks: int | None
    currency: str
    maturity: Maturity
    fetched_at: datetime
    flags: tuple[str, ...] = ()
    adjustment: Sums | None = None
    sources: frozenset[Source] = frozenset()
    revision: int = field(default=1, compare=False)

    @property
    def period(self) -> Period:
        return self.bucket.period

    @property
    def complete(self) -> bool:
        """Say whether it has numbers and each of them may be judged."""
        known = frozenset(Metric) - self.unavailable
        return bool(known) and self.maturity.usable >= known

    @property
    def is_old(self) -> bool:
        """Say whether its bucket was long over when it was learnt: history, not news.

        What a person imports is meant to be judged, however old it is.
        """
        return self.fetched_at - self.bucket.end > _NEWS_FOR and IMPORTED not in self.flags

    def id(self, brand_id: BrandId) -> str:
        return f"metric_{brand_id}_{self.source.value}_{self.bucket.key}"

    def value(self, metric: Metric) -> float | None:
        return None if metric in self.unavailable else self.values[metric]

    def sums(self) -> Sums:
        """Return what this point adds to a wider one."""
        return Sums(
            self._micros(Metric.SPEND),
            self._micros(Metric.REVENUE),
            self.impressions,
            self.clicks,
            self._micros(Metric.CONVERSIONS),
        )

    def says_the_same(self, other: MetricPoint) -> bool:
        """Compare content: everything but who fetched it when, and the revision."""
        return self == replace(other, fetched_at=self.fetched_at)

    def _micros(self, metric: Metric) -> int | None:
        value = self.value(metric)
        return None if value is None else round(Fraction(repr(value)) * MICROS)


def point_of(
    sums: Sums,
    *,
    source: Source,
    bucket: Bucket,
    currency: str,
    maturity: Maturity,
    fetched_at: datetime,
    flags: tuple[str, ...] = (),
    adjustment: Sums | None = None,
) -> MetricPoint:
    """Make a point from sums: derive, round to floats, name what is unavailable."""
    derived = derive(sums)
    known = frozenset(metric for metric, v in derived.items() if v is not None)
    return MetricPoint(
        source=source,
        bucket=bucket,
        values={metric: 0.0 if v is None else float(v) for metric, v in derived.items()},
        unavailable=frozenset(Metric) - known,
        impressions=sums.impressions,
        clicks=sums.clicks,
        currency=currency,
        maturity=maturity.within(known),
        fetched_at=fetched_at,
        flags=flags,
        adjustment=adjustment,
    )


def _add(a: int | None, b: int | None) -> int | None:
    return b if a is None else a if b is None else a + b


def _scaled(micros: int | None) -> Fraction | None:
    return None if micros is None else Fraction(micros, MICROS)


def _ratio(numerator: int | None, denominator: int | None, scale: int = 1) -> Fraction | None:
    if numerator is None or not denominator:
        return None
    return Fraction(numerator, denominator * scale)
