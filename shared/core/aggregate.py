"""Wider points from narrower ones: all sources together, days and weeks from their parts.

`aggregated` is blended: every paid source plus organic revenue and conversions. A ratio's two
sides come from the same sources: a source without clicks adds nothing to cpc or ctr.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from shared.core.maturity import least
from shared.core.metric import (
    FRESH,
    MONEY,
    Maturity,
    Metric,
    MetricPoint,
    Source,
    Sums,
    derive,
    point_of,
    total,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from shared.core.period import Bucket

PARTS = (Source.META, Source.GOOGLE, Source.ORGANIC)

MEASURED = {
    Source.META: frozenset({Metric.SPEND, Metric.REVENUE, Metric.CONVERSIONS}),
    Source.GOOGLE: frozenset({Metric.SPEND, Metric.REVENUE, Metric.CONVERSIONS}),
    Source.ORGANIC: frozenset({Metric.REVENUE, Metric.CONVERSIONS}),
}
"""The sums each source delivers in the ordinary course; a missing one makes a blend incomplete."""

_SUMS = {
    Metric.ROAS: {Metric.REVENUE, Metric.SPEND},
    Metric.CAC: {Metric.SPEND, Metric.CONVERSIONS},
    Metric.CPC: {Metric.SPEND},
}
"""The sums that a ratio is made of, of those that are metrics themselves."""

SUMMED = "summed"
"""Flags a day or week that is the sum of narrower points, not a platform's own word."""


def blend(points: Collection[MetricPoint], expected: Collection[Source], currency: str) -> MetricPoint | None:
    """Blend one bucket's source points into `aggregated`; None when no sum is known.

    Args:
        points: the bucket's points, at most one a source.
        expected: the sources the brand has connected.
        currency: the brand's; money in another currency is not summed but flagged.

    A missing source, or a missing sum of a present one, makes what depends on it unavailable:
    a total without Google is not a smaller total, it is unknown.
    """
    parts = sorted((p for p in points if p.sums() != Sums()), key=lambda p: PARTS.index(p.source))
    if not parts:
        return None
    foreign = [p for p in parts if p.currency != currency]
    missing = [s for s in PARTS if s in expected and s not in {p.source for p in parts}]
    unknown = {m for s in missing for m in MEASURED[s]}
    for point in parts:
        unknown |= {m for m in MEASURED[point.source] if point.value(m) is None}
    if foreign:
        unknown |= {Metric.SPEND, Metric.REVENUE}

    every = total(p.sums() for p in parts)
    clicked = total(p.sums() for p in parts if p.clicks is not None)
    ctr = derive(total(p.sums() for p in parts if p.clicks is not None and p.impressions is not None))
    cpc = derive(clicked)
    known = Sums(
        None if Metric.SPEND in unknown else every.spend,
        None if Metric.REVENUE in unknown else every.revenue,
        every.impressions,
        every.clicks,
        None if Metric.CONVERSIONS in unknown else every.conversions,
    )
    flags = [f"incomplete:{s.value}" for s in missing] + (["currency_mismatch"] if foreign else [])
    flags += sorted({"dst"} & {flag for p in parts for flag in p.flags})
    point = point_of(
        known,
        source=Source.AGGREGATED,
        bucket=parts[0].bucket,
        currency=currency,
        maturity=FRESH,
        fetched_at=max(p.fetched_at for p in points),
        flags=tuple(flags),
    )
    values, unavailable = dict(point.values), set(point.unavailable)
    for metric, derived in ((Metric.CTR, ctr[Metric.CTR]), (Metric.CPC, cpc[Metric.CPC])):
        silenced = derived is None or bool(missing) or (metric in MONEY and bool(foreign))
        values[metric] = 0.0 if silenced or derived is None else float(derived)
        (unavailable.add if silenced else unavailable.discard)(metric)
    reached = FRESH if missing else least(_of_its_own(p) for p in parts)
    return replace(
        point,
        values=values,
        unavailable=frozenset(unavailable),
        sources=frozenset(p.source for p in parts),
        maturity=reached.within(frozenset(Metric) - unavailable),
        revision=sum(p.revision for p in points),
    )


def roll_up(parts: Sequence[MetricPoint], bucket: Bucket, *, whole: bool) -> MetricPoint | None:
    """Sum one source's narrower points into a wider bucket; None when nothing is summable.

    A sum that any part lacks is unknown for the whole; `whole` says that no part is missing.
    """
    sums = [p.sums() for p in parts]
    every = total(sums).parts()
    holes = [any(part.parts()[i] is None for part in sums) for i in range(len(every))]
    known = Sums(*(None if hole else value for value, hole in zip(every, holes, strict=True)))
    if known == Sums():
        return None
    point = point_of(
        known,
        source=parts[0].source,
        bucket=bucket,
        currency=parts[0].currency,
        maturity=least(_of_its_own(p) for p in parts) if whole else FRESH,
        fetched_at=max(p.fetched_at for p in parts),
        flags=tuple(sorted({flag for p in parts for flag in p.flags} | {SUMMED})),
    )
    return replace(point, revision=sum(p.revision for p in parts))


def emptied(stands: MetricPoint, parts: Sequence[MetricPoint]) -> MetricPoint:
    """Return a derived point whose parts no longer know anything: it must not go on saying what they said."""
    nothing = point_of(
        Sums(),
        source=stands.source,
        bucket=stands.bucket,
        currency=stands.currency,
        maturity=FRESH,
        fetched_at=max((p.fetched_at for p in parts), default=stands.fetched_at),
        flags=(SUMMED,) if SUMMED in stands.flags else (),
    )
    return replace(nothing, revision=sum(p.revision for p in parts))


def _of_its_own(point: MetricPoint) -> Maturity:
    """Return a part's maturity; what it does not measure does not hold the whole's back.

    A ratio that it lacks for want of a divisor is as mature as the sums of which it would be made.
    """
    usable, settled = point.maturity.usable, point.maturity.settled
    lacking = {
        metric: frozenset(_SUMS.get(metric, frozenset())) - point.unavailable for metric in point.unavailable
    }
    return Maturity(
        usable | {metric for metric, sums in lacking.items() if sums <= usable},
        settled | {metric for metric, sums in lacking.items() if sums <= settled},
    )
