"""An incident, a source's trouble or a digest is to be told (Pub/Sub): once a channel, edited on change."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import functions_framework

from shared import wiring
from shared.edge.audit import RecordedKeys
from shared.edge.events import settled, tell_job
from shared.edge.log import log
from shared.flows.digest import tell_digest
from shared.flows.illustrate import Illustrator
from shared.flows.notify import Post, notify_of_source
from shared.flows.notify import notify as tell

if TYPE_CHECKING:
    from cloudevents.http import CloudEvent


@functions_framework.cloud_event
@settled(sender=wiring.sender, dead_letters=wiring.dead_letters, clock=wiring.clock)
def notify(event: CloudEvent) -> None:
    job = tell_job(event)
    channels = wiring.channels(RecordedKeys(wiring.keys()))
    illustrator = Illustrator(wiring.metrics(), wiring.painter(), _missed)
    post = Post(
        wiring.brands(),
        wiring.deliveries(),
        channels,
        wiring.clock(),
        illustrator,
        wiring.config().dashboard,
    )
    if job.anomaly_id is not None:
        tell(job.brand_id, job.anomaly_id, anomalies=wiring.anomalies(), post=post)
    if job.digest is not None:
        tell_digest(
            job.brand_id,
            job.digest,
            anomalies=wiring.anomalies(),
            mornings=wiring.mornings(),
            post=post,
        )
    if job.alarm_id is not None:
        notify_of_source(job.brand_id, job.alarm_id, timetable=wiring.timetable(), post=post)


def _missed(error: Exception) -> None:
    log(logging.WARNING, "picture_missed", error=error)
