"""The morning's digest of what was not worth a message of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.core.digest import LATEST, day_after, digest_of, nine, span_of
from shared.core.incident import subjects
from shared.errors import Terminal

if TYPE_CHECKING:
    from datetime import date

    from shared.core.anomaly import Anomaly
    from shared.core.brand import Brand, BrandId
    from shared.flows.notify import Post
    from shared.ports import Anomalies, Mornings


def tell_digest(
    brand_id: BrandId, day: date, *, anomalies: Anomalies, mornings: Mornings, post: Post
) -> list[str]:
    """Tell a brand's digest from nine on, once on each channel; return those on which it was sent.

    It is due until it was told, there was nothing to tell, or it never can be; then the next day's is.
    A request for another day tells nothing: what is asked for is a hint, as all events are. Raises what
    `Post.deliver` raises.
    """
    file, now = post.brands.get(brand_id), post.clock.now()
    if file is None:
        mornings.forget(brand_id)
        return []
    brand = file.brand
    if mornings.next(brand_id) != day or now < nine(day, brand):
        return []
    following = day_after(day, brand, now)
    told: list[str] = []
    try:
        if now < nine(day, brand) + LATEST:
            message = digest_of(_of(day, brand, anomalies, post), brand, day)
            told = [] if message is None else post.deliver(file, f"digest_{day.isoformat()}", message)
    except Terminal:
        mornings.settle(brand_id, following, nine(following, brand))
        raise
    mornings.settle(brand_id, following, nine(following, brand))
    return told


def _of(day: date, brand: Brand, anomalies: Anomalies, post: Post) -> list[Anomaly]:
    """Return what was raised in a day's span or put off until then, and has no message of its own."""
    span = span_of(day, brand)
    found = {each.id: each for each in (*anomalies.detected(brand, *span), *anomalies.woken(brand, *span))}
    incidents = {each.incident for each in found.values()}
    told = post.deliveries.known(brand.id, incidents | subjects(found.values()), post.channels)
    own = {each.incident for each in found.values() if told & {each.incident, *subjects([each])}}
    return [each for each in found.values() if each.incident not in own]
