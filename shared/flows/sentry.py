"""The Sentry: a metric was written; is it news?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from shared.core.anomaly import AnomalyStatus, InsightState, anomaly_id, corrected, raised
from shared.core.explanation import cause_of, explain
from shared.core.history import PAGES_FOR_BASELINE, Page, page_id
from shared.core.incident import NEAR, from_what_is_certain, placed
from shared.core.ledger import Ledger
from shared.core.metric import Source
from shared.core.period import Period, bucket_at, month_of_key, months_back
from shared.core.sentry.detection import JUDGED_NORMAL, Verdict, judge, stand_now
from shared.core.sentry.history import History
from shared.core.sides import pages_for, parts_of, sides_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from shared.core.anomaly import Anomaly
    from shared.core.brand import BrandId
    from shared.core.explanation import Part
    from shared.core.metric import Metric, MetricPoint
    from shared.core.sentry.detection import Silence
    from shared.core.sentry.window import Windows
    from shared.ports import Anomalies, Clock, Metrics, Queue, Sight, Watch

    Verdicts = Mapping[Metric, Verdict | Silence]

_MOMENT = timedelta(microseconds=1)


def watch(
    brand_id: BrandId,
    source: Source,
    key: str,
    *,
    desk: Watch,
    metrics: Metrics,
    anomalies: Anomalies,
    queue: Queue,
    clock: Clock,
) -> list[str]:
    """Judge a metric as it stands now; return the ids of anomalies raised by this call.

    The event that led here is only a hint: late, repeated or forged, it recomputes the truth.
    What is news is decided by what each number was when it could first be judged, so that it does
    not matter when an event comes; what it is now corrects, closes or reopens. Only what was first
    known or last changed more than three days late raises nothing: nobody can act on it any more.
    """
    period = _period_of(key)
    months = months_back(month_of_key(key), PAGES_FOR_BASELINE[period])
    names = [page_id(source, period, month) for month in months]
    sight = desk.look(brand_id, f"metric_{brand_id}_{source.value}_{key}", names)
    if sight is None:
        return []
    pages = _with_this_point(sight, months, metrics)
    settings, zone = sight.file.settings, sight.file.brand.zone
    history = History([pages[n] for n in names if n in pages], sight.point.bucket, zone, settings.blind())
    first = _first_known(sight.point, pages.get(names[0]))
    at_first = judge(first, history, settings)
    as_it_stands = stand_now(at_first, first, sight.point, history, settings)
    case = _Case(sight, first, pages, metrics, anomalies, clock)
    fresh = case.raise_new(at_first, as_it_stands)
    known = case.review(as_it_stands, restated=_was_restated(sight.point, pages.get(names[0])))
    case.ask(known, queue)
    queue.flush()
    return fresh


@dataclass(frozen=True, slots=True)
class _Known:
    """An anomaly as it stands by now, and whether this look at it changed it, or one before may have."""

    anomaly: Anomaly
    changed: bool


class _Case:
    """What one written metric raised, and what becomes of it."""

    def __init__(
        self,
        sight: Sight,
        first: MetricPoint,
        pages: Mapping[str, Page],
        metrics: Metrics,
        anomalies: Anomalies,
        clock: Clock,
    ) -> None:
        self._brand = sight.file.brand
        self._settings = sight.file.settings
        self._point = sight.point
        self._first = first
        self._pages = pages
        self._metrics = metrics
        self._anomalies = anomalies
        self._clock = clock

    def raise_new(self, at_first: Verdicts, as_it_stands: Verdicts) -> list[str]:
        """Create what is not known yet, as its numbers stand by now; return the ids."""
        if self._first.is_old or self._point.is_old:
            return []
        news = []
        for metric, verdict in at_first.items():
            if isinstance(verdict, Verdict):
                parts, now = _split(verdict, self._first.source, self._at_first), as_it_stands[metric]
                origin = parts, cause_of(metric, verdict.size, parts, self._at_first)
                anomaly = raised(self._brand.id, self._first, verdict, origin, self._clock.now())
                if isinstance(now, Verdict) or now in JUDGED_NORMAL:
                    anomaly = self._corrected(anomaly, now) or anomaly
                news.append(replace(anomaly, told=False))  # until its place among the others is known
        return self._anomalies.create(news)

    def review(self, as_it_stands: Verdicts, *, restated: bool) -> list[_Known]:
        """Correct, close or reopen what was raised on this bucket, and find its place among the others."""
        doubtful = {
            anomaly_id(self._point.id(self._brand.id), metric): verdict
            for metric, verdict in as_it_stands.items()
            if isinstance(verdict, Verdict) or (restated and verdict in JUDGED_NORMAL)
        }
        found: dict[str, _Known] = {}
        for name, known in (self._anomalies.get(self._brand, list(doubtful)) if doubtful else {}).items():
            better = self._corrected(known.anomaly, doubtful[name])
            if better is not None:
                self._anomalies.correct(known, better)
            found[name] = _Known(better or known.anomaly, restated or better is not None)
        if found and not self._first.is_old:
            for moved in self._place({known.anomaly.cause for known in found.values()}):
                found[moved.id] = _Known(moved, changed=True)
        return list(found.values())

    def ask(self, known: Iterable[_Known], queue: Queue) -> None:
        """Ask for what is still unexplained, and for people to hear of each incident that it changes.

        A crash between raising and asking must not lose the asking: whoever comes second finds the
        anomaly still unexplained, and asks again.
        """
        speaks: dict[str, Anomaly] = {}
        for each in known:
            anomaly = each.anomaly
            open_still = anomaly.status is not AnomalyStatus.RESOLVED
            pending = anomaly.insight_state is InsightState.PENDING and open_still
            if pending or each.changed:
                speaks.setdefault(anomaly.incident, anomaly)
            if pending:
                queue.ask_for_insight(self._brand.id, anomaly.id)
        for anomaly in speaks.values():
            queue.ask_to_notify(self._brand.id, anomaly.id)

    def _place(self, causes: Iterable[str]) -> list[Anomaly]:
        """Sort what was raised around here into incidents; return what belongs elsewhere than it did.

        Events that come out of order may have been placed wrongly: whoever comes later sees more, and
        puts right what it sees, on to where nothing changes any more.
        """
        moved: dict[str, Anomaly] = {}
        for cause in sorted(causes):
            at, last = None, self._point.bucket
            while at != last:
                at = last
                seen = self._anomalies.caused(self._brand, cause, at.start - NEAR, at.end + NEAR)
                was = {known.anomaly.id: known for known in seen}
                for where in placed(from_what_is_certain(known.anomaly for known in seen)):
                    if where != was[where.id].anomaly:
                        self._anomalies.correct(was[where.id], where)
                        moved[where.id] = where
                        last = max(last, where.bucket, key=lambda bucket: bucket.end)
        return list(moved.values())

    def _corrected(self, known: Anomaly, verdict: Verdict | Silence) -> Anomaly | None:
        stands = verdict if isinstance(verdict, Verdict) else None
        now = known.detected_at if self._point.is_old else self._clock.now()
        return corrected(known, stands, lambda found: _split(found, self._point.source, self._by_now), now)

    @cached_property
    def _at_first(self) -> Mapping[Source, Windows]:
        return sides_of(self._first, self._all_pages, self._brand, self._settings)

    @cached_property
    def _by_now(self) -> Mapping[Source, Windows]:
        return sides_of(self._point, self._all_pages, self._brand, self._settings, late=True)

    @cached_property
    def _all_pages(self) -> Mapping[str, Page]:
        """The pages of each source that the point is made of."""
        if self._point.source is not Source.AGGREGATED:
            return self._pages
        parts = {*parts_of(self._first), *parts_of(self._point)}
        names = {name for source in parts for name in pages_for(source, self._point)}
        return self._metrics.pages(self._brand.id, names)


def _split(verdict: Verdict, source: Source, sides: Mapping[Source, Windows]) -> tuple[Part, ...]:
    return explain(verdict.metric, source, verdict.size, (verdict.expected, verdict.value), sides)


def _first_known(point: MetricPoint, page: Page | None) -> MetricPoint:
    first = page.first(point.bucket) if page is not None else None
    return point if first is None else first


def _was_restated(point: MetricPoint, page: Page | None) -> bool:
    """Say whether other numbers stood here before; writers past our ingestion do not count their own."""
    kept = page.get(point.bucket) if page is not None else None
    return max(point.revision, kept.revision if kept is not None else 0) > 1


def _with_this_point(sight: Sight, months: list[str], metrics: Metrics) -> Mapping[str, Page]:
    """Fold in a point that came past our own ingestion, so that every writer is watched alike.

    Events come in any order: where the bucket before is not there yet, all documents of the baseline
    are folded in, so that a past that was written at once is not judged as an unknown one.
    """
    brand, point = sight.file.brand, sight.point
    ledger = Ledger(brand, sight.pages)
    page = ledger.page(point.source, point.bucket)
    seen = page.seen(point.bucket)
    if not sight.dated and seen is not None:
        point = replace(point, fetched_at=max(point.fetched_at, seen))  # the document is what stands
    if ledger.adopt(point) is None:
        return sight.pages
    before = bucket_at(point.bucket.start - _MOMENT, point.period, brand.zone)
    if ledger.get(point.source, before) is None:
        for stored in metrics.documents(brand, point.source, months):
            if stored.period is point.period:
                ledger.adopt(stored)
    metrics.commit(brand.id, [], ledger.touched())
    return {page.id: page for page in ledger.touched()} | dict(sight.pages)


def _period_of(key: str) -> Period:
    if key.endswith("Z"):
        return Period.HOURLY
    return Period.WEEKLY if "W" in key else Period.DAILY
