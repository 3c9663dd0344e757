"""One source of one brand (Pub/Sub): read the platform, write what changed."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import functions_framework

from shared import wiring
from shared.edge.audit import RecordedKeys
from shared.edge.events import ingest_job, settled
from shared.edge.log import log
from shared.flows.ingest import FarSide
from shared.flows.ingest import ingest as read_and_keep

if TYPE_CHECKING:
    from cloudevents.http import CloudEvent

    from shared.core.brand import BrandId
    from shared.flows.ingest import Ingested


@functions_framework.cloud_event
@settled(sender=wiring.sender, dead_letters=wiring.dead_letters, clock=wiring.clock)
def ingest(event: CloudEvent) -> None:
    job = ingest_job(event)
    done = read_and_keep(
        job.brand_id,
        job.source,
        timetable=wiring.timetable(),
        brands=wiring.brands(),
        far=FarSide(RecordedKeys(wiring.keys()), wiring.breakers(), wiring.platform),
        metrics=wiring.metrics(),
        clock=wiring.clock(),
        pause=wiring.pause,
    )
    if done is not None:
        _ask(done, job.brand_id)
        worry = done.worry(wiring.clock().now())
        log(
            logging.WARNING if worry else logging.INFO,
            worry or "ingested",
            brandId=job.brand_id,
            source=job.source.value,
            changed=len(done.changed),
            nextAttemptAt=done.freshness.next_attempt_at.isoformat(),
        )


def _ask(done: Ingested, brand_id: BrandId) -> None:
    """Ask for what people are to hear of; where that is nothing, no client is made."""
    alarms = done.alarms(wiring.clock().now())
    for alarm in alarms:
        wiring.queue().ask_to_tell_of_source(brand_id, alarm)
    if alarms:
        wiring.queue().flush()
