"""The tick: one message for every connected source of every brand."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from shared.ports import Brands, Queue


def schedule(slot: datetime, *, brands: Brands, queue: Queue) -> int:
    """Ask for every source's ingestion; return how many were asked.

    A slot fired twice asks twice: ingestion writes only what changed, so the second finds nothing.
    """
    asked = 0
    for brand_id, source in brands.connected():
        queue.ask_for_ingest(brand_id, source, slot)
        asked += 1
    queue.flush()
    return asked
