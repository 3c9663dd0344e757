"""A metric was written (Firestore): judge it, raise what is news, ask for its explanation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import functions_framework

from shared import wiring
from shared.edge.events import settled, written_metric
from shared.flows.sentry import watch

if TYPE_CHECKING:
    from cloudevents.http import CloudEvent


@functions_framework.cloud_event
@settled(sender=wiring.sender, dead_letters=wiring.dead_letters, clock=wiring.clock)
def sentry(event: CloudEvent) -> None:
    row = written_metric(event, wiring.config().project)
    watch(
        row.brand_id,
        row.source,
        row.key,
        desk=wiring.desk(),
        metrics=wiring.metrics(),
        anomalies=wiring.anomalies(),
        queue=wiring.queue(),
        clock=wiring.clock(),
    )
