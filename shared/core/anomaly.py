"""An anomaly: a verdict that is remembered, explained, told and closed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from shared.core.brand import BrandId
    from shared.core.detection import Direction, Severity, Verdict
    from shared.core.metric import Metric, MetricPoint, Source
    from shared.core.period import Bucket


class AnomalyStatus(Enum):
    NEW = "new"
    INVESTIGATING = "investigating"
    RESOLVED = "resolved"
    IGNORED = "ignored"


class InsightState(Enum):
    PENDING = "pending"
    DONE = "done"
    FALLBACK = "fallback"


@dataclass(frozen=True, slots=True)
class Insight:
    explanation: str
    suggested_action: str


@dataclass(frozen=True, slots=True)
class Anomaly:
    id: str
    brand_id: BrandId
    metric: Metric
    source: Source
    bucket: Bucket
    metric_id: str
    severity: Severity
    direction: Direction
    detected_at: datetime
    value: float
    expected: float
    deviation_percent: float
    threshold_percent: int
    currency: str
    status: AnomalyStatus = AnomalyStatus.NEW
    insight: Insight | None = None
    insight_state: InsightState = InsightState.PENDING
    resolved_by: str | None = None  # human or machine


def anomaly_id(metric_id: str, metric: Metric) -> str:
    """Name an anomaly after what it is about, so that telling it twice lands on one document."""
    return f"an_{metric_id}_{metric.value}"


def raised(brand_id: BrandId, point: MetricPoint, verdict: Verdict, now: datetime) -> Anomaly:
    metric_id = point.id(brand_id)
    return Anomaly(
        id=anomaly_id(metric_id, verdict.metric),
        brand_id=brand_id,
        metric=verdict.metric,
        source=point.source,
        bucket=point.bucket,
        metric_id=metric_id,
        severity=verdict.severity,
        direction=verdict.direction,
        detected_at=now,
        value=verdict.value,
        expected=verdict.expected,
        deviation_percent=verdict.deviation_percent,
        threshold_percent=verdict.threshold_percent,
        currency=point.currency,
    )


def corrected(known: Anomaly, verdict: Verdict | None) -> Anomaly | None:
    """Bring a known anomaly in line with a new verdict on its bucket; None when nothing changes.

    A human's word stands: only an anomaly still `new` is corrected or closed. One that a machine
    closed opens again when its deviation is back.
    """
    if verdict is None:
        if known.status is not AnomalyStatus.NEW:
            return None
        return replace(known, status=AnomalyStatus.RESOLVED, resolved_by="machine")
    reopened = known.status is AnomalyStatus.RESOLVED and known.resolved_by == "machine"
    if known.status is not AnomalyStatus.NEW and not reopened:
        return None
    told = replace(
        known,
        status=AnomalyStatus.NEW,
        resolved_by=None,
        severity=verdict.severity,
        direction=verdict.direction,
        value=verdict.value,
        expected=verdict.expected,
        deviation_percent=verdict.deviation_percent,
        threshold_percent=verdict.threshold_percent,
    )
    return None if told == known else told
