"""An anomaly: a verdict that is remembered, explained, told and closed."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING

from shared.core.period import bucket_of_key
from shared.core.sentry.outage import Rule
from shared.core.sentry.severity import Direction
from shared.core.sentry.threshold import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from shared.core.brand import BrandId
    from shared.core.explanation import Part
    from shared.core.metric import Metric, MetricPoint, Source
    from shared.core.period import Bucket
    from shared.core.sentry.detection import Verdict
    from shared.core.sentry.severity import Severity


_INCIDENT = re.compile(r"inc_(?P<cause>.+)_(?P<key>[^_]+)", re.ASCII)


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
class Origin:
    """Where an insight's words come from.

    `model` wrote them under a version of our prompt; None: they are our own, for `reason`. The
    facts they were made from are named by a hash, the same whenever a reader would read the same.
    """

    model: str | None
    prompt_version: str
    fact_hash: str
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Insight:
    explanation: str
    suggested_action: str
    origin: Origin | None = None


@dataclass(frozen=True, slots=True)
class Anomaly:
    """A deviation of the last `size` buckets that end with `bucket`.

    `sigmas` is the signed deviation in its series' own noise, `strength` how far off it was when it
    was raised, `at_risk` the adverse money behind it in `currency` (None: nobody knows). `parts`
    split it by source and driver, the largest first; `cause` names what led them when it was raised.
    `incident` is its matter's id; `told` says whether people hear of this one.
    """

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
    size: int = 1
    rule: Rule = Rule.PERCENT
    sigmas: float = 0.0
    strength: float = 0.0
    at_risk: float | None = None
    parts: tuple[Part, ...] = ()
    cause: str = ""
    incident: str = ""
    told: bool = True
    status: AnomalyStatus = AnomalyStatus.NEW
    insight: Insight | None = None
    insight_state: InsightState = InsightState.PENDING
    resolved_by: str | None = None  # human or machine
    snoozed_until: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Say whether somebody still has to look at it."""
        return self.status in {AnomalyStatus.NEW, AnomalyStatus.INVESTIGATING}

    def is_snoozed(self, now: datetime) -> bool:
        """Say whether a person put it off until later; what gets worse is told by another anomaly."""
        return self.snoozed_until is not None and now < self.snoozed_until


def anomaly_id(metric_id: str, metric: Metric) -> str:
    """Name an anomaly after what it is about, so that telling it twice lands on one document."""
    return f"an_{metric_id}_{metric.value}"


def incident_id(cause: str, bucket: Bucket) -> str:
    """Name an incident after its cause and when it began, whichever of its anomalies is known first."""
    return f"inc_{cause}_{bucket.key}"


def beginning(incident: str, zone: ZoneInfo) -> tuple[str, Bucket] | None:
    """Read the cause and the bucket that an incident is named after; None for what names none.

    >>> from zoneinfo import ZoneInfo
    >>> cause, bucket = beginning("inc_meta.bought_2026-05-20T12Z", ZoneInfo("UTC"))
    >>> cause, bucket.key
    ('meta.bought', '2026-05-20T12Z')
    >>> beginning("digest_2026-05-20", ZoneInfo("UTC"))
    """
    match = _INCIDENT.fullmatch(incident)
    try:
        return (match["cause"], bucket_of_key(match["key"], zone)) if match else None
    except ValueError:
        return None


def raised(
    brand_id: BrandId, point: MetricPoint, verdict: Verdict, origin: tuple[Sequence[Part], str], now: datetime
) -> Anomaly:
    """Make an anomaly of a verdict; `origin` are its parts and their cause, `now` when it is known."""
    metric_id, (parts, cause) = point.id(brand_id), origin
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
        size=verdict.size,
        rule=verdict.rule,
        sigmas=verdict.sigmas,
        strength=verdict.strength,
        at_risk=_at_risk(verdict),
        parts=tuple(parts),
        cause=cause,
        incident=incident_id(cause, point.bucket),
    )


def _at_risk(verdict: Verdict) -> float | None:
    """Return what is at stake where the deviation is adverse; good news risks nothing."""
    if verdict.direction is not Direction.ADVERSE:
        return 0.0
    return None if verdict.stake is None else shown(verdict.stake)


def corrected(
    known: Anomaly, verdict: Verdict | None, split: Callable[[Verdict], Sequence[Part]], now: datetime
) -> Anomaly | None:
    """Bring a known anomaly in line with a new verdict on its bucket; None when nothing changes.

    A human's word stands: only an anomaly still `new` is corrected or closed. One that a machine
    closed opens again when its deviation is back, as news from `now` on. Other numbers are split
    anew, and wait for an insight of their own: an old one would tell the old figures.
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
        detected_at=now if reopened else known.detected_at,
        severity=verdict.severity,
        direction=verdict.direction,
        value=verdict.value,
        expected=verdict.expected,
        deviation_percent=verdict.deviation_percent,
        threshold_percent=verdict.threshold_percent,
        size=verdict.size,
        rule=verdict.rule,
        sigmas=verdict.sigmas,
        at_risk=_at_risk(verdict),
    )
    if told == known:
        return None
    numbers = (told.value, told.expected, told.size)
    if numbers == (known.value, known.expected, known.size):
        return told
    return replace(told, parts=tuple(split(verdict)), insight=None, insight_state=InsightState.PENDING)
