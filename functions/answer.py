"""An anomaly was written (Firestore): where a person answered it, ask for people to hear of that."""

from __future__ import annotations

from typing import TYPE_CHECKING

import functions_framework

from shared import wiring
from shared.edge.events import answered_anomaly, settled
from shared.flows.answer import pass_on

if TYPE_CHECKING:
    from cloudevents.http import CloudEvent


@functions_framework.cloud_event
@settled(sender=wiring.sender, dead_letters=wiring.dead_letters, clock=wiring.clock)
def answer(event: CloudEvent) -> None:
    job = answered_anomaly(event, wiring.config().project)
    if job is not None:
        pass_on(
            job.brand_id,
            job.anomaly_id,
            brands=wiring.brands(),
            anomalies=wiring.anomalies(),
            queue=wiring.queue(),
        )
