"""The tick of every minute (Cloud Scheduler through Pub/Sub): asks for the sources that are due."""

from __future__ import annotations

from typing import TYPE_CHECKING

import functions_framework

from shared import wiring
from shared.edge.events import settled, tick_slot
from shared.flows.schedule import schedule as fan_out

if TYPE_CHECKING:
    from cloudevents.http import CloudEvent


@functions_framework.cloud_event
@settled(sender=wiring.sender, dead_letters=wiring.dead_letters, clock=wiring.clock)
def schedule(event: CloudEvent) -> None:
    fan_out(
        tick_slot(event),
        timetable=wiring.timetable(),
        brands=wiring.brands(),
        queue=wiring.queue(),
        now=wiring.clock().now(),
    )
