"""The tick: one message for every source that is due."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from shared.core.brand import BrandId
    from shared.core.metric import Source
    from shared.ports import Brands, Queue, Timetable


def schedule(slot: datetime, *, timetable: Timetable, brands: Brands, queue: Queue, now: datetime) -> int:
    """Ask for the reading of every source that is due; return how many were asked for.

    Holds some hundred at a time, however many brands there are. A slot fired twice finds nothing
    due the second time; two at once ask twice, and the readers' lease lets one of them read. At
    midnight (UTC) sources that have no timetable get one, whoever connected them.
    """
    if (slot.hour, slot.minute) == (0, 0):
        for some in brands.connected():
            timetable.add(some, now)
    asked = 0
    for some in timetable.due(now):
        asked += ask(some, timetable=timetable, queue=queue, now=now)
    return asked


def ask(
    sources: Sequence[tuple[BrandId, Source]], *, timetable: Timetable, queue: Queue, now: datetime
) -> int:
    """Ask for readings now, due or not; return how many.

    Noted first, then published: a crash in between costs the minutes until they are due again.
    """
    timetable.ask(sources, now)
    for brand_id, source in sources:
        queue.ask_for_ingest(brand_id, source, now)
    queue.flush()
    return len(sources)
