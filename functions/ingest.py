"""One source of one brand (Pub/Sub): read the platform, write what changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import functions_framework

from shared import wiring
from shared.edge.events import ingest_job, settled
from shared.flows.ingest import ingest as read_and_keep

if TYPE_CHECKING:
    from cloudevents.http import CloudEvent


@functions_framework.cloud_event
@settled(dead_letters=wiring.dead_letters, clock=wiring.clock)
def ingest(event: CloudEvent) -> None:
    job = ingest_job(event)
    read_and_keep(
        job.brand_id,
        job.source,
        brands=wiring.brands(),
        keys=wiring.keys(),
        platforms=wiring.platform,
        metrics=wiring.metrics(),
        clock=wiring.clock(),
        pause=wiring.pause,
    )
