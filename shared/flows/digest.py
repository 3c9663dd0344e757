"""The morning's digest of what was not worth a message of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.core.digest import digest_of, due_day, span_of

if TYPE_CHECKING:
    from datetime import date

    from shared.core.brand import BrandId
    from shared.flows.notify import Post
    from shared.ports import Anomalies


def tell_digest(brand_id: BrandId, day: date, *, anomalies: Anomalies, post: Post) -> list[str]:
    """Tell a brand's digest in its hour, once on each channel; return those on which it was sent.

    A request at another time tells nothing: what is asked for is a hint, as all events are.
    Raises what `Post.deliver` raises.
    """
    file = post.brands.get(brand_id)
    if file is None or due_day(file.brand, post.clock.now()) != day:
        return []
    message = digest_of(anomalies.detected(file.brand, *span_of(day, file.brand)), file.brand, day)
    return [] if message is None else post.deliver(file, f"digest_{day.isoformat()}", message)
