"""An anomaly's split, once more: from the history pages, as the Sentry made it."""

from __future__ import annotations

from dataclasses import dataclass
from math import isclose
from typing import TYPE_CHECKING

from shared.core.explanation import explain
from shared.core.history import page_id
from shared.core.sentry.detection import Verdict, judge, stand_now
from shared.core.sentry.history import History
from shared.core.sides import pages_for, parts_of, sides_of
from shared.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Sequence

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
        """Say whether the same is said now: the figures, and to a billionth what each part adds."""
        if not _is_of(self.judged, anomaly):
            return False
        now, then = _amounts(self.parts), _amounts(anomaly.parts)
        least = abs(anomaly.value - anomaly.expected) * 1e-9
        return all(
            isclose(now.get(name, 0.0), then.get(name, 0.0), rel_tol=1e-9, abs_tol=least)
            for name in now | then
        )


def recompute(anomaly: Anomaly, file: BrandFile, metrics: Metrics) -> Recomputed:
    """Split an anomaly's change anew; NotFound when its bucket is on no page."""
    brand, settings, bucket = file.brand, file.settings, anomaly.bucket
    own = page_id(anomaly.source, bucket.period, bucket.month)
    page = metrics.pages(brand.id, [own]).get(own)
    point = page.get(bucket) if page is not None else None
    first = page.first(bucket) if page is not None else None
    if point is None or first is None:
        raise NotFound(f"{own} holds no {bucket.key}; `warroom rebuild-history` may bring it back")
    past = pages_for(anomaly.source, point)
    names = {name for source in {*parts_of(first), *parts_of(point)} for name in pages_for(source, point)}
    pages = metrics.pages(brand.id, names | set(past))
    history = History([pages[n] for n in past if n in pages], bucket, brand.zone, settings.blind())
    at_first = judge(first, history, settings)
    late = not _is_of(at_first[anomaly.metric], anomaly)  # what was corrected since is split by later numbers
    sides = sides_of(point if late else first, pages, brand, settings, late=late)
    change = anomaly.expected, anomaly.value
    parts = explain(anomaly.metric, anomaly.source, anomaly.size, change, sides)
    return Recomputed(parts, stand_now(at_first, first, point, history, settings)[anomaly.metric])


def _is_of(judged: Verdict | Silence, anomaly: Anomaly) -> bool:
    if not isinstance(judged, Verdict):
        return False
    return (judged.value, judged.expected, judged.size) == (anomaly.value, anomaly.expected, anomaly.size)


def _amounts(parts: Sequence[Part]) -> dict[tuple[str, str], float]:
    return {(part.source.value, part.driver.value): float(part.amount) for part in parts}
