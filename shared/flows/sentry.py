"""The Sentry: a metric was written; is it news?"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import dropwhile, groupby
from typing import TYPE_CHECKING

from shared.core.anomaly import AnomalyStatus, InsightState, anomaly_id, corrected, placed, raised
from shared.core.history import PAGES_FOR_BASELINE, Page, page_id
from shared.core.ledger import Ledger
from shared.core.period import Period, month_of_key, months_back
from shared.core.sentry.cycle import CYCLES
from shared.core.sentry.detection import Silence, Verdict, judge
from shared.core.sentry.history import History

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from shared.core.anomaly import Anomaly
    from shared.core.brand import Brand, BrandId
    from shared.core.metric import Metric, MetricPoint, Source
    from shared.core.sentry.settings import SentrySettings
    from shared.ports import Anomalies, Clock, KnownAnomaly, Metrics, Queue, Sight, Watch

    Verdicts = Mapping[Metric, Verdict | Silence]

_JUDGED_NORMAL = frozenset({Silence.WITHIN_THRESHOLD, Silence.WITHIN_NOISE, Silence.LOW_VOLUME})
_QUIET_TIMES_READ = 4
"""What was told within one quiet time decides where an alarm belongs; the others are for alarms
that come in out of order."""


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
    as_it_stands = _restated(at_first, first, sight.point, history, settings)
    fresh = _raise_new(first, at_first, as_it_stands, sight, anomalies, clock)
    news = [metric for metric, verdict in at_first.items() if isinstance(verdict, Verdict)]
    if news and not first.is_old:
        _place(sight.file.brand, first, news, anomalies)
    restated = _was_restated(sight.point, pages.get(names[0]))
    _review_known(as_it_stands, sight, anomalies, queue, restated=restated)
    queue.flush()
    return fresh


def _first_known(point: MetricPoint, page: Page | None) -> MetricPoint:
    first = page.first(point.bucket) if page is not None else None
    return point if first is None else first


def _was_restated(point: MetricPoint, page: Page | None) -> bool:
    """Say whether other numbers stood here before; writers past our ingestion do not count their own."""
    kept = page.get(point.bucket) if page is not None else None
    return max(point.revision, kept.revision if kept is not None else 0) > 1


def _restated(
    at_first: Verdicts, first: MetricPoint, point: MetricPoint, history: History, settings: SentrySettings
) -> Verdicts:
    """Return how each number stands now: one that did not change stands as it did at first."""
    changed = {metric for metric in at_first if first.value(metric) != point.value(metric)}
    if not changed:
        return at_first
    late = judge(point, history, settings, restated=True)
    return {metric: late[metric] if metric in changed else verdict for metric, verdict in at_first.items()}


def _raise_new(
    first: MetricPoint,
    at_first: Verdicts,
    as_it_stands: Verdicts,
    sight: Sight,
    anomalies: Anomalies,
    clock: Clock,
) -> list[str]:
    """Create what is not known yet, as its numbers stand by now."""
    if first.is_old or sight.point.is_old:
        return []
    news = []
    for metric, verdict in at_first.items():
        if isinstance(verdict, Verdict):
            anomaly, now = raised(sight.file.brand.id, first, verdict, clock.now()), as_it_stands[metric]
            if isinstance(now, Verdict) or now in _JUDGED_NORMAL:
                anomaly = corrected(anomaly, now if isinstance(now, Verdict) else None) or anomaly
            news.append(replace(anomaly, told=False))  # until its place among the others is known
    return anomalies.create(news)


def _review_known(
    as_it_stands: Verdicts,
    sight: Sight,
    anomalies: Anomalies,
    queue: Queue,
    *,
    restated: bool,
) -> None:
    """Correct, close or reopen what was raised on this bucket, and ask for what is still unexplained.

    A crash between raising and asking must not lose the asking: whoever comes second finds the
    anomaly still unexplained, and asks again. What was over before anybody heard of it is not told.
    """
    brand = sight.file.brand
    doubtful = {
        anomaly_id(sight.point.id(brand.id), metric): verdict
        for metric, verdict in as_it_stands.items()
        if isinstance(verdict, Verdict) or (restated and verdict in _JUDGED_NORMAL)
    }
    if not doubtful:
        return
    for name, known in anomalies.get(brand, list(doubtful)).items():
        verdict = doubtful[name]
        better = corrected(known.anomaly, verdict if isinstance(verdict, Verdict) else None)
        if better is not None:
            anomalies.correct(known, better)
        open_still = (better or known.anomaly).status is not AnomalyStatus.RESOLVED
        pending = known.anomaly.insight_state is InsightState.PENDING and open_still
        if known.anomaly.told and (pending or better is not None):
            queue.ask_to_notify(brand.id, name)
        if pending:
            queue.ask_for_insight(brand.id, name)


def _place(brand: Brand, point: MetricPoint, metrics: Collection[Metric], anomalies: Anomalies) -> None:
    """Sort what was raised around a point into incidents, and mark what people hear of.

    Events that come out of order may have been placed wrongly: whoever comes later sees more, and
    puts right what it sees, on to where nothing changes any more.
    """
    reach = timedelta(seconds=CYCLES[point.period].quiet * _QUIET_TIMES_READ)
    at, last = None, point
    while at != last:
        at = last
        for series in _by_series(anomalies.near(brand, at, metrics, reach)):
            for was, where in zip(series, placed([each.anomaly for each in series]), strict=True):
                if (where.incident, where.told) != (was.anomaly.incident, was.anomaly.told):
                    anomalies.correct(was, where)
                    last = replace(last, bucket=max(last.bucket, where.bucket))


def _by_series(known: Sequence[KnownAnomaly]) -> list[list[KnownAnomaly]]:
    """Group by metric and direction, each oldest first, from the first whose place is certain.

    That is one that was told, or one that is new; the others follow from what is out of sight.
    """

    def series(each: KnownAnomaly) -> tuple[str, str]:
        return each.anomaly.metric.value, each.anomaly.direction.value

    groups = [list(group) for _, group in groupby(sorted(known, key=series), key=series)]
    return [list(dropwhile(lambda each: not _is_certain(each.anomaly), group)) for group in groups]


def _is_certain(anomaly: Anomaly) -> bool:
    return anomaly.told or anomaly.incident == anomaly.id


def _with_this_point(sight: Sight, months: list[str], metrics: Metrics) -> Mapping[str, Page]:
    """Fold in a point that came past our own ingestion, so that every writer is watched alike."""
    brand, point = sight.file.brand, sight.point
    if sight.pages:
        ledger = Ledger(brand, sight.pages)
        newer = ledger.adopt(point)
    else:
        ledger, newer = _rebuilt(brand, point, months, metrics), point
    if newer is None:
        return sight.pages
    metrics.commit(brand.id, [], ledger.touched())
    return {page.id: page for page in ledger.touched()} | dict(sight.pages)


def _rebuilt(brand: Brand, point: MetricPoint, months: list[str], metrics: Metrics) -> Ledger:
    """Make pages from documents for a brand that has none; bounded by the baseline's months."""
    ledger = Ledger(brand, {})
    for stored in metrics.documents(brand, point.source, months):
        ledger.put(stored)
    return ledger


def _period_of(key: str) -> Period:
    if key.endswith("Z"):
        return Period.HOURLY
    return Period.WEEKLY if "W" in key else Period.DAILY
