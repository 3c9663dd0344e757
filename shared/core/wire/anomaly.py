"""`performance_anomalies` documents."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from shared.core.anomaly import Anomaly, AnomalyStatus, Insight, InsightState, Origin
from shared.core.explanation import Driver, Part
from shared.core.metric import Metric, Source
from shared.core.period import Period, bucket_at, bucket_of_key
from shared.core.sentry.outage import Rule
from shared.core.sentry.severity import Direction, Severity, polarity
from shared.core.sentry.threshold import shown
from shared.core.wire.fields import Fields

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shared.core.brand import Brand


def anomaly_fields(anomaly: Anomaly) -> dict[str, object]:
    """Write an anomaly as the contract's PerformanceAnomaly, with our additions behind it."""
    fields: dict[str, object] = {
        "id": anomaly.id,
        "brandId": anomaly.brand_id,
        "metricType": anomaly.metric.value,
        "severity": anomaly.severity.value,
        "detectedAt": anomaly.detected_at,
        "valueAtDetection": anomaly.value,
        "expectedValue": anomaly.expected,
        "deviationPercentage": anomaly.deviation_percent,
        "status": anomaly.status.value,
        "source": anomaly.source.value,
        "period": anomaly.bucket.period.value,
        "metricId": anomaly.metric_id,
        "timestamp": anomaly.bucket.start,
        "direction": anomaly.direction.value,
        "threshold": anomaly.threshold_percent,
        "currency": anomaly.currency,
        "insightState": anomaly.insight_state.value,
        "rule": anomaly.rule.value,
        "sigmas": anomaly.sigmas,
        "strength": anomaly.strength,
        "explanation": _explanation_fields(anomaly),
        "cause": anomaly.cause,
        "incidentId": anomaly.incident,
        "told": anomaly.told,
    }
    if anomaly.size > 1:
        fields["windowHours"] = anomaly.size
    if anomaly.at_risk is not None:
        fields["moneyAtRisk"] = {"amount": shown(anomaly.at_risk), "currency": anomaly.currency}
    if anomaly.insight is not None:
        fields["aiInsight"] = {
            "explanation": anomaly.insight.explanation,
            "suggestedAction": anomaly.insight.suggested_action,
        }
        if anomaly.insight.origin is not None:
            fields["insightOrigin"] = _origin_fields(anomaly.insight.origin)
    if anomaly.resolved_by is not None:
        fields["resolvedBy"] = anomaly.resolved_by
    if anomaly.snoozed_until is not None:
        fields["snoozedUntil"] = anomaly.snoozed_until
    return fields


def anomaly_of(fields: Mapping[str, object], anomaly_id: str, brand: Brand) -> Anomaly:
    """Read a PerformanceAnomaly; InvalidDocument names the path that does not fit.

    One with the contract's fields alone is about all sources together, in the hour it was detected in.
    """
    read = Fields(fields, anomaly_id)
    source, detected_at = read.choice("source", Source, Source.AGGREGATED), read.instant("detectedAt")
    hour = bucket_at(detected_at, Period.HOURLY, brand.zone)
    stem, at_risk = f"metric_{brand.id}_{source.value}_", read.optional_inner("moneyAtRisk")
    metric_id = read.text("metricId", f"{stem}{hour.key}")
    try:
        bucket = bucket_of_key(metric_id.removeprefix(stem), brand.zone)
    except ValueError:
        raise read.wrong("metricId", "does not name this brand, source and bucket") from None
    metric, value, expected = (
        read.choice("metricType", Metric),
        read.number("valueAtDetection"),
        read.number("expectedValue"),
    )
    status = read.choice("status", AnomalyStatus)
    resolved_by = read.optional_text("resolvedBy")
    if status is AnomalyStatus.RESOLVED and resolved_by is None:
        resolved_by = "human"
    return Anomaly(
        id=anomaly_id,
        brand_id=brand.id,
        metric=metric,
        source=source,
        bucket=bucket,
        metric_id=metric_id,
        severity=read.choice("severity", Severity),
        direction=read.choice("direction", Direction, polarity(metric, rising=value > expected)),
        detected_at=detected_at,
        value=value,
        expected=expected,
        deviation_percent=read.number("deviationPercentage"),
        threshold_percent=int(read.number("threshold", 0.0)),
        currency=read.text("currency", brand.currency),
        size=int(read.number("windowHours", 1.0)),
        rule=read.choice("rule", Rule, Rule.PERCENT),
        sigmas=read.number("sigmas", 0.0),
        strength=read.number("strength", 0.0),
        at_risk=at_risk.number("amount") if at_risk else None,
        parts=_parts_of(read.optional_inner("explanation")),
        cause=read.optional_text("cause") or "",
        incident=read.optional_text("incidentId") or "",
        told=read.flag("told", default=True),
        status=status,
        insight=_insight(read),
        insight_state=read.choice("insightState", InsightState, InsightState.PENDING),
        resolved_by=resolved_by,
        snoozed_until=read.optional_instant("snoozedUntil"),
    )


def _explanation_fields(anomaly: Anomaly) -> dict[str, object]:
    """Write the parts, the largest first; what each has at risk is its share of the whole's."""
    change, at_risk = anomaly.value - anomaly.expected, anomaly.at_risk
    parts = []
    for part in anomaly.parts:
        fields: dict[str, object] = {
            "source": part.source.value,
            "driver": part.driver.value,
            "amount": shown(float(part.amount)),
            "before": shown(float(part.before)),
            "after": shown(float(part.after)),
        }
        if at_risk is not None and change:
            fields["moneyAtRisk"] = shown(at_risk * float(part.amount) / change)
        parts.append(fields)
    return {"total": shown(change), "parts": parts}


def _parts_of(read: Fields | None) -> tuple[Part, ...]:
    if read is None:
        return ()
    return tuple(
        Part(
            part.choice("source", Source),
            part.choice("driver", Driver),
            part.number("amount"),
            part.number("before"),
            part.number("after"),
        )
        for part in read.inners("parts")
    )


def _insight(read: Fields) -> Insight | None:
    insight, origin = read.optional_inner("aiInsight"), read.optional_inner("insightOrigin")
    if insight is None:
        return None
    words = Insight(insight.text("explanation"), insight.text("suggestedAction"))
    return replace(words, origin=_origin(origin)) if origin else words


def _origin(read: Fields) -> Origin:
    return Origin(
        model=read.optional_text("model"),
        prompt_version=read.text("promptVersion"),
        fact_hash=read.text("factHash"),
        reason=read.optional_text("reason"),
    )


def _origin_fields(origin: Origin) -> dict[str, str]:
    fields = {
        "model": origin.model,
        "promptVersion": origin.prompt_version,
        "factHash": origin.fact_hash,
        "reason": origin.reason,
    }
    return {name: value for name, value in fields.items() if value is not None}
