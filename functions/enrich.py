"""An anomaly wants its explanation (Pub/Sub): Gemini's, checked, or our own."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import functions_framework

from shared import wiring
from shared.edge.events import anomaly_job, settled
from shared.edge.log import log
from shared.flows.enrich import enrich as explained
from shared.flows.explain import Explainer

if TYPE_CHECKING:
    from cloudevents.http import CloudEvent


@functions_framework.cloud_event
@settled(sender=wiring.sender, dead_letters=wiring.dead_letters, clock=wiring.clock)
def enrich(event: CloudEvent) -> None:
    job = anomaly_job(event)
    reason = explained(
        job.brand_id,
        job.anomaly_id,
        brands=wiring.brands(),
        anomalies=wiring.anomalies(),
        explainer=Explainer(
            wiring.writer(), wiring.drafts(), wiring.allowance(), wiring.clock(), wiring.pause
        ),
        queue=wiring.queue(),
    )
    if reason is not None:
        log(logging.WARNING, "insight_fallback", reason=reason, anomalyId=job.anomaly_id)
