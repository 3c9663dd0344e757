"""An anomaly is to be told (Pub/Sub): once per channel, edited when it changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import functions_framework

from shared import wiring
from shared.edge.events import anomaly_job, settled
from shared.flows.notify import notify as tell

if TYPE_CHECKING:
    from cloudevents.http import CloudEvent


@functions_framework.cloud_event
@settled(dead_letters=wiring.dead_letters, clock=wiring.clock)
def notify(event: CloudEvent) -> None:
    job = anomaly_job(event)
    tell(
        job.brand_id,
        job.anomaly_id,
        brands=wiring.brands(),
        anomalies=wiring.anomalies(),
        deliveries=wiring.deliveries(),
        channels=wiring.channels(),
        clock=wiring.clock(),
    )
