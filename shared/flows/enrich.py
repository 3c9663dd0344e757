"""Enrichment: an anomaly gets its explanation, once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from shared.core.anomaly import Insight, InsightState
from shared.core.insight import Brief, InsightRefused, brief, fallback, unlock
from shared.errors import Unavailable

if TYPE_CHECKING:
    from shared.core.brand import BrandId
    from shared.ports import Anomalies, Brands, Queue, Writer

_TRIES = 2


def enrich(
    brand_id: BrandId,
    anomaly_id: str,
    *,
    brands: Brands,
    anomalies: Anomalies,
    writer: Writer,
    queue: Queue,
) -> str | None:
    """Explain an anomaly that has no insight yet; return the reason when our own words were used.

    An answer that may not be shown is asked for once more; refused again, or the writer away,
    the same facts are said without it. Either way the anomaly is explained when this returns.
    """
    file = brands.get(brand_id)
    if file is None:
        return None
    known = anomalies.get(file.brand, [anomaly_id]).get(anomaly_id)
    if known is None or known.anomaly.insight_state is not InsightState.PENDING:
        return None
    given = brief(known.anomaly, file.brand)
    insight, reason = _written(writer, given)
    explained = replace(
        known.anomaly,
        insight=insight or fallback(given),
        insight_state=InsightState.DONE if insight else InsightState.FALLBACK,
    )
    anomalies.correct(known, explained)
    if explained.told:
        queue.ask_to_notify(brand_id, anomaly_id)
        queue.flush()
    return reason


def _written(writer: Writer, given: Brief) -> tuple[Insight | None, str | None]:
    reason = None
    for _ in range(_TRIES):
        try:
            return unlock(writer.write(given), given), None
        except InsightRefused as refusal:
            reason = refusal.reason
        except Unavailable as outage:
            return None, outage.reason
    return None, reason
