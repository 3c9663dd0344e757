"""An anomaly for tests."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from shared.core.anomaly import Anomaly, raised
from shared.core.explanation import Part, cause_of, explain
from shared.core.metric import Metric, Source
from shared.core.sentry.detection import Verdict
from shared.core.sentry.severity import Direction, Severity
from tests.unit.core.points import BRAND, NOW, point, sums

if TYPE_CHECKING:
    from shared.core.anomaly import Insight

VERDICT = Verdict(Metric.CPC, 2.5, 1.0, 150.0, 30, 9.0, Direction.ADVERSE, Severity.CRITICAL)


def split(verdict: Verdict) -> tuple[Part, ...]:
    """Explain a verdict where nothing but the metric itself is known."""
    return explain(verdict.metric, Source.META, verdict.size, (verdict.expected, verdict.value), {})


def origin(verdict: Verdict) -> tuple[tuple[Part, ...], str]:
    parts = split(verdict)
    return parts, cause_of(verdict.metric, verdict.size, parts, {})


def raised_anomaly(*, insight: Insight | None = None, verdict: Verdict = VERDICT, **more: Any) -> Anomaly:
    metered = point(sums(spend=250, clicks=100))
    anomaly = raised(BRAND.id, metered, verdict, origin(verdict), NOW)
    return replace(anomaly, insight=insight, **more)
