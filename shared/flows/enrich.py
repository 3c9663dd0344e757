"""Enrichment: an anomaly gets its explanation, once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from shared.core.anomaly import InsightState
from shared.core.insight import brief

if TYPE_CHECKING:
    from shared.core.brand import BrandId
    from shared.flows.explain import Explainer
    from shared.ports import Anomalies, Brands, Queue


def enrich(
    brand_id: BrandId,
    anomaly_id: str,
    *,
    brands: Brands,
    anomalies: Anomalies,
    explainer: Explainer,
    queue: Queue,
) -> str | None:
    """Explain an anomaly that has no insight yet; return the reason when our own words were used.

    Either way the anomaly is explained when this returns, and people are asked to be told so: again
    when it was explained before, for whoever explained it may have died before asking.
    """
    file = brands.get(brand_id)
    if file is None:
        return None
    known = anomalies.get(file.brand, [anomaly_id]).get(anomaly_id)
    if known is None:
        return None
    reason = None
    if known.anomaly.insight_state is InsightState.PENDING:
        insight, reason = explainer.explain(brand_id, brief(known.anomaly, file.brand))
        state = InsightState.DONE if reason is None else InsightState.FALLBACK
        anomalies.correct(known, replace(known.anomaly, insight=insight, insight_state=state))
    if known.anomaly.told:
        queue.ask_to_notify(brand_id, anomaly_id)
        queue.flush()
    return reason
