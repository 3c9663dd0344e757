"""The sweep: asks for the digests that are due, and again for what a crash or an outage left undone."""

from __future__ import annotations

from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING

from shared.core.anomaly import beginning
from shared.core.notifications import EMAIL, SLACK
from shared.core.sweep import GRACE, PAST, span

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from shared.core.anomaly import Anomaly
    from shared.core.brand import BrandId
    from shared.ports import Anomalies, Brands, Deliveries, Mornings, Queue, Unfinished

_MOST_PAGES = 10
"""What a run does of one kind at most, some hundred at a time; the next run goes on."""


def sweep(
    slot: datetime,
    *,
    brands: Brands,
    anomalies: Anomalies,
    deliveries: Deliveries,
    mornings: Mornings,
    queue: Queue,
    now: datetime,
) -> int:
    """Ask for digests that are due, and again for what never came; return how many of that was asked for.

    Everything that is asked for is done once, however often it is asked for: a sweep that meets
    another, or what is on its way after all, costs a look. Where nothing is left, nothing is written.
    """
    _ask_for_digests(slot, brands, mornings, queue, now)
    start, end = span(slot, now)
    asked = 0
    for some in islice(anomalies.unexplained(start, end), _MOST_PAGES):
        asked += _ask(queue.ask_for_insight, ((each.brand_id, each.anomaly_id) for each in some), queue)
    for some in islice(anomalies.grave(start, end), _MOST_PAGES):
        asked += _ask(queue.ask_to_notify, _untold(some, brands, deliveries), queue)
    for claimed in islice(deliveries.broken_off(now - PAST, now - GRACE), _MOST_PAGES):
        told_of = (_told_of(each, subject, brands, anomalies) for each, subject in claimed)
        late = [(each.brand_id, each.id) for each in told_of if each and each.detected_at >= now - PAST]
        asked += _ask(queue.ask_to_notify, late, queue)
    return asked


def _ask(ask: Callable[[BrandId, str], None], wanted: Iterable[tuple[BrandId, str]], queue: Queue) -> int:
    """Ask for each once, and wait until that has arrived; return for how many."""
    named = sorted(set(wanted))
    for brand_id, name in named:
        ask(brand_id, name)
    if named:
        queue.flush()
    return len(named)


def _ask_for_digests(slot: datetime, brands: Brands, mornings: Mornings, queue: Queue, now: datetime) -> None:
    """Ask for digests that are due; at midnight (UTC) brands that have none yet get them."""
    if (slot.hour, slot.minute) == (0, 0):
        for new in brands.everyone():
            mornings.add(new, now)
    for due in islice(mornings.due(now), _MOST_PAGES):
        for brand_id, day in due:
            queue.ask_for_digest(brand_id, day)
        if due:
            queue.flush()


def _untold(some: Iterable[Unfinished], brands: Brands, deliveries: Deliveries) -> list[tuple[BrandId, str]]:
    """Return an anomaly of each incident that somebody who can be reached never heard of."""
    found: dict[BrandId, dict[str, str]] = {}
    for each in some:
        found.setdefault(each.brand_id, {})[each.incident] = each.anomaly_id
    return [
        (brand_id, incidents[incident])
        for brand_id, incidents in found.items()
        for channel in _reached(brand_id, brands)
        for incident in incidents.keys() - deliveries.known(brand_id, incidents, [channel])
    ]


def _reached(brand_id: BrandId, brands: Brands) -> list[str]:
    """Return the channels on which a brand wants to be told and can be."""
    file = brands.get(brand_id)
    if file is None:
        return []
    where = brands.notifications(brand_id)
    able = {SLACK: where.slack_on, EMAIL: bool(where.mailboxes)}
    return [name for name, can in able.items() if can and name in file.settings.channels]


def _told_of(brand_id: BrandId, subject: str, brands: Brands, anomalies: Anomalies) -> Anomaly | None:
    """Return the anomaly that gave the subject of a delivery its name; None for what is no incident."""
    file = brands.get(brand_id)
    begun = beginning(subject, file.brand.zone) if file is not None else None
    if file is None or begun is None:
        return None
    cause, bucket = begun
    near = anomalies.caused(file.brand, cause, bucket.start, bucket.start + timedelta(seconds=1))
    return next((each.anomaly for each in near if each.anomaly.bucket == bucket), None)
