"""An anomaly's split, once more: from the history pages, as the Sentry made it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.core.explanation import explain
from shared.core.history import page_id
from shared.core.sentry.detection import Verdict, judge, stand_now
from shared.core.sentry.history import History
from shared.core.sides import pages_for, parts_of, sides_of
from shared.errors import NotFound

if TYPE_CHECKING:
    from shared.core.anomaly import Anomaly
    from shared.core.explanation import Part
    from shared.core.sentry.detection import Silence
    from shared.ports import BrandFile, Metrics


@dataclass(frozen=True, slots=True)
class Recomputed:
    """What the pages make of an anomaly by now: its change split anew, and how its bucket is judged."""

    parts: tuple[Part, ...]
    judged: Verdict | Silence

    def agrees(self, anomaly: Anomaly) -> bool:
        """Say whether the same is said now: the figures, and what each part adds."""
        now = self.judged
        if not isinstance(now, Verdict) or (now.value, now.expected, now.size) != (
            anomaly.value,
            anomaly.expected,
            anomaly.size,
        ):
            return False
        return _amounts(self.parts) == _amounts(anomaly.parts)


def recompute(anomaly: Anomaly, file: BrandFile, metrics: Metrics) -> Recomputed:
    """Split an anomaly's change anew; NotFound when its bucket is on no page."""
    brand, settings, bucket = file.brand, file.settings, anomaly.bucket
    own = page_id(anomaly.source, bucket.period, bucket.month)
    page = metrics.pages(brand.id, [own]).get(own)
    point = page.get(bucket) if page is not None else None
    first = page.first(bucket) if page is not None else None
    if point is None or first is None:
        raise NotFound(f"{own} holds no {bucket.key}; `warroom rebuild-history` may bring it back")
    past = pages_for(anomaly.source, first)
    names = {name for source in parts_of(first) for name in pages_for(source, first)}
    pages = metrics.pages(brand.id, names | set(past))
    sides = sides_of(first, pages, brand, settings)
    change = anomaly.expected, anomaly.value
    parts = explain(anomaly.metric, anomaly.source, anomaly.size, change, sides)
    history = History([pages[n] for n in past if n in pages], bucket, brand.zone, settings.blind())
    judged = stand_now(judge(first, history, settings), first, point, history, settings)
    return Recomputed(parts, judged[anomaly.metric])


def _amounts(parts: tuple[Part, ...]) -> dict[tuple[str, str], float]:
    """Return what each part adds, rounded to where two machines' floats agree."""
    return {(part.source.value, part.driver.value): float(f"{float(part.amount):.9g}") for part in parts}
