"""The answer of `GET expectations`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.core.metric import Metric

if TYPE_CHECKING:
    from shared.core.expectation import Expectation

_DIGITS = 6


def expectation_fields(found: Expectation) -> dict[str, object]:
    """Write a bucket's bands by metric; numbers have six digits, for they are drawn and not added up."""
    return {
        "source": found.source.value,
        "period": found.bucket.period.value,
        "timestamp": found.bucket.start,
        "metrics": {
            metric.value: {
                "expected": _short(found.bands[metric].expected),
                "lower": _short(found.bands[metric].lower),
                "upper": _short(found.bands[metric].upper),
            }
            for metric in Metric
            if metric in found.bands
        },
        "first": {metric.value: found.first[metric] for metric in Metric if metric in found.first},
    }


def _short(value: float) -> float:
    return float(f"{value:.{_DIGITS}g}")
