"""Every five minutes (Cloud Scheduler through Pub/Sub): asks for digests, and again for what was lost."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import functions_framework

from shared import wiring
from shared.edge.events import settled, tick_slot
from shared.edge.log import log
from shared.flows.sweep import sweep as look_over

if TYPE_CHECKING:
    from cloudevents.http import CloudEvent


@functions_framework.cloud_event
@settled(sender=wiring.sender, dead_letters=wiring.dead_letters, clock=wiring.clock)
def sweep(event: CloudEvent) -> None:
    asked = look_over(
        tick_slot(event),
        brands=wiring.brands(),
        anomalies=wiring.anomalies(),
        deliveries=wiring.deliveries(),
        mornings=wiring.mornings(),
        queue=wiring.queue(),
        now=wiring.clock().now(),
    )
    if asked:
        log(logging.WARNING, "asked_again", asked=asked)
