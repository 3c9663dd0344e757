"""The answer of `GET backtest`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.core.sentry.threshold import THRESHOLD_PERCENT

if TYPE_CHECKING:
    from shared.core.backtest import Backtest


def backtest_fields(found: Backtest) -> dict[str, object]:
    """Write what each sensitivity would have raised; `sensitivity` is the brand's own."""
    return {
        "brandId": found.brand.id,
        "days": found.days,
        "until": found.until,
        "sensitivity": found.chosen.value,
        "outcomes": [
            {
                "sensitivity": outcome.sensitivity.value,
                "threshold": THRESHOLD_PERCENT[outcome.sensitivity],
                "anomalies": len(outcome.anomalies),
                "incidents": outcome.incidents,
                "notifications": outcome.notifications,
                "moneyAtRisk": {"amount": round(outcome.at_risk, 2), "currency": found.brand.currency},
            }
            for outcome in found.outcomes
        ],
    }
