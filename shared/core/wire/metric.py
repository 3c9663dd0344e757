"""`performance_metrics` documents."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from shared.core.metric import FRESH, MICROS, USABLE, Maturity, Metric, MetricPoint, Source, Sums
from shared.core.period import Period, bucket_of_key
from shared.core.wire.fields import Fields
from shared.errors import InvalidDocument

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from shared.core.brand import Brand, BrandId


FETCHED = "fetchedAt"
"""What every document of our own ingestion says."""


def metric_fields(brand_id: BrandId, point: MetricPoint) -> dict[str, object]:
    """Write a point as the contract's PerformanceMetric, with our additions behind it."""
    volume = {"impressions": point.impressions, "clicks": point.clicks}
    fields: dict[str, object] = {
        "id": point.id(brand_id),
        "brandId": brand_id,
        "source": point.source.value,
        "timestamp": point.bucket.start,
        "data": {metric.value: point.values[metric] for metric in Metric},
        "period": point.period.value,
        "unavailable": [metric.value for metric in Metric if metric in point.unavailable],
        "volume": {name: count for name, count in volume.items() if count is not None},
        "currency": point.currency,
        "complete": point.complete,
        "maturity": {m.value: point.maturity.of(m) for m in Metric if m not in point.unavailable},
        "flags": list(point.flags),
        FETCHED: point.fetched_at,
        "revision": point.revision,
    }
    if point.sources:
        fields["sources"] = [source.value for source in Source if source in point.sources]
    if point.adjustment is not None:
        fields["adjustment"] = adjustment_fields(point.adjustment)
    return fields


def metric_point(
    fields: Mapping[str, object], metric_id: str, brand: Brand, written: datetime | None = None
) -> MetricPoint:
    """Read a PerformanceMetric.

    One with the contract's fields alone is in the brand's currency, complete unless it was `written`
    before its bucket was over, and its ratios over a visible nothing are unavailable.

    Raises:
        InvalidDocument: a field is missing or of the wrong kind (the path says which), or the
            id, brandId, source, period and timestamp do not agree.
    """
    read = Fields(fields, metric_id)
    source, period, data = read.choice("source", Source), read.choice("period", Period), read.inner("data")
    key = metric_id.removeprefix(f"metric_{brand.id}_{source.value}_")
    try:
        bucket = bucket_of_key(key, brand.zone)
    except ValueError:
        raise read.wrong("id", "does not name this brand, source and bucket") from None
    if bucket.period is not period:
        raise read.wrong("period", f"the id says {bucket.period.value}")
    stamp, by_utc = read.instant("timestamp"), bucket_of_key(key, _UTC)
    if not (bucket.start <= stamp < bucket.end or by_utc.start <= stamp < by_utc.end):
        raise read.wrong("timestamp", f"the bucket starts at {bucket.start.isoformat()}")
    if read.text("brandId") != brand.id:
        raise read.wrong("brandId", "is not the brand it is stored under")
    values = {metric: _amount(data, metric) for metric in Metric}
    try:
        unavailable = frozenset(Metric(name) for name in read.texts("unavailable"))
        if "unavailable" not in read:
            unavailable = _of_nothing(values)
    except ValueError:
        raise InvalidDocument(f"{metric_id}.unavailable", "names a metric that does not exist") from None
    try:
        sources = frozenset(Source(name) for name in read.texts("sources"))
    except ValueError:
        raise InvalidDocument(f"{metric_id}.sources", "names a source that does not exist") from None
    over = written is None or written >= bucket.end
    volume = read.optional_inner("volume")
    adjustment = read.optional_inner("adjustment")
    return MetricPoint(
        source=source,
        bucket=bucket,
        values=values,
        unavailable=unavailable,
        impressions=volume.count("impressions") if volume else None,
        clicks=volume.count("clicks") if volume else None,
        currency=read.text("currency", brand.currency),
        maturity=_maturity(read, over=over).within(frozenset(Metric) - unavailable),
        fetched_at=read.instant(FETCHED, bucket.end),
        flags=read.texts("flags"),
        adjustment=adjustment_of(adjustment) if adjustment is not None else None,
        sources=sources,
        revision=read.count("revision") or 1,
    )


def _amount(data: Fields, metric: Metric) -> float:
    value = data.number(metric.value)
    if abs(value) > _LARGEST:
        raise data.wrong(metric.value, f"no amount is beyond {_LARGEST:g}")
    return value


def _of_nothing(values: Mapping[Metric, float]) -> frozenset[Metric]:
    """Name the ratios that are 0 because what they divide by visibly is."""
    divisors = {Metric.ROAS: Metric.SPEND, Metric.CAC: Metric.CONVERSIONS} | dict.fromkeys(
        (Metric.CPC, Metric.CTR), Metric.SPEND
    )
    return frozenset(ratio for ratio, over in divisors.items() if values[ratio] == values[over] == 0)


def adjustment_fields(adjustment: Sums) -> dict[str, object]:
    """Write what a day holds beyond its hours, in plain amounts; what it does not know is left out."""
    fields: dict[str, object] = {}
    for name, amount in zip(_PARTS, adjustment.parts(), strict=True):
        if amount is not None:
            fields[name] = amount if name in _COUNTS else amount / MICROS
    return fields


def adjustment_of(read: Fields) -> Sums:
    return Sums(
        *(
            None if name not in read else round(read.number(name) * (1 if name in _COUNTS else MICROS))
            for name in _PARTS
        )
    )


_PARTS = ("spend", "revenue", "impressions", "clicks", "conversions")
_LARGEST = 1e15
"""In any currency; and no sum of so many can leave a float's range."""

_UTC = ZoneInfo("UTC")
_COUNTS = frozenset({"impressions", "clicks"})


def _maturity(read: Fields, *, over: bool) -> Maturity:
    """Read how far each metric is; a document that does not say is as its `complete` says, or `over`."""
    said = read.optional_inner("maturity")
    if said is None:
        return USABLE if read.flag("complete", default=over) else FRESH
    told = {m: said.text(m.value, "fresh") for m in Metric}
    if not set(told.values()) <= {"fresh", "usable", "settled"}:
        raise read.wrong("maturity", "only fresh, usable and settled exist")
    settled = frozenset(m for m, word in told.items() if word == "settled")
    return Maturity(settled | {m for m, word in told.items() if word == "usable"}, settled)
