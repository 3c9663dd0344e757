"""The Sentry: a metric was written; is it news?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.core.anomaly import InsightState, anomaly_id, corrected, raised
from shared.core.baseline import History
from shared.core.detection import Silence, Verdict, judge
from shared.core.history import PAGES_FOR_BASELINE, Page, page_id
from shared.core.ledger import Ledger
from shared.core.period import Period, month_of_key, months_back

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shared.core.brand import Brand, BrandId
    from shared.core.metric import Metric, MetricPoint, Source
    from shared.ports import Anomalies, Clock, Metrics, Queue, Sight, Watch

_JUDGED_NORMAL = frozenset({Silence.WITHIN_THRESHOLD, Silence.WITHIN_NOISE})


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
    """
    period = _period_of(key)
    months = months_back(month_of_key(key), PAGES_FOR_BASELINE[period])
    names = [page_id(source, period, month) for month in months]
    sight = desk.look(brand_id, f"metric_{brand_id}_{source.value}_{key}", names)
    if sight is None:
        return []
    pages = _with_this_point(sight, months, metrics)
    history = History([pages[name] for name in names if name in pages], sight.point.bucket)
    verdicts = judge(sight.point, history, sight.file.settings)
    fresh = _raise_new(verdicts, sight, anomalies, queue, clock)
    _review_known(verdicts, sight, anomalies, queue, except_for=fresh)
    queue.flush()
    return fresh


def _raise_new(
    verdicts: Mapping[Metric, Verdict | Silence],
    sight: Sight,
    anomalies: Anomalies,
    queue: Queue,
    clock: Clock,
) -> list[str]:
    if sight.point.is_old:
        return []
    brand_id, now = sight.file.brand.id, clock.now()
    news = [v for v in verdicts.values() if isinstance(v, Verdict)]
    fresh = anomalies.create([raised(brand_id, sight.point, verdict, now) for verdict in news])
    for name in fresh:
        queue.ask_to_notify(brand_id, name)
        queue.ask_for_insight(brand_id, name)
    return fresh


def _review_known(
    verdicts: Mapping[Metric, Verdict | Silence],
    sight: Sight,
    anomalies: Anomalies,
    queue: Queue,
    *,
    except_for: list[str],
) -> None:
    """Correct, close or reopen what was raised before on this bucket.

    A crash between raising and asking must not lose the asking: whoever comes second finds the
    anomaly still unexplained, and asks again.
    """
    brand, restated = sight.file.brand, sight.point.revision > 1
    doubtful = {
        anomaly_id(sight.point.id(brand.id), metric): verdict
        for metric, verdict in verdicts.items()
        if isinstance(verdict, Verdict) or (restated and verdict in _JUDGED_NORMAL)
    }
    names = [name for name in doubtful if name not in except_for]
    if not names:
        return
    for name, known in anomalies.get(brand, names).items():
        verdict = doubtful[name]
        better = corrected(known.anomaly, verdict if isinstance(verdict, Verdict) else None)
        if better is not None:
            anomalies.correct(known, better)
            queue.ask_to_notify(brand.id, name)
        if known.anomaly.insight_state is InsightState.PENDING:
            queue.ask_to_notify(brand.id, name)
            queue.ask_for_insight(brand.id, name)


def _with_this_point(sight: Sight, months: list[str], metrics: Metrics) -> Mapping[str, Page]:
    """Fold in a point that came past our own ingestion, so that every writer is watched alike."""
    brand, point = sight.file.brand, sight.point
    if sight.pages:
        ledger = Ledger(brand, sight.pages)
        newer = ledger.put(point)
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
