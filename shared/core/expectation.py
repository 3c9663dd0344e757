"""What the Sentry expects of a bucket, and how far a number may be from it before it is news.

The judgement's own season, level, noise and thresholds, read the other way round: not whether a
number is beyond them, but where beyond begins. Of a bucket by itself; longer windows are judged too.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from itertools import groupby
from math import exp, log
from typing import TYPE_CHECKING

from shared.core.history import PAGES_FOR_BASELINE, page_id
from shared.core.metric import FRESH, Metric, MetricPoint, Source
from shared.core.period import Period, months_back
from shared.core.sentry import gate
from shared.core.sentry.history import History
from shared.core.sentry.season import CLIP
from shared.core.sentry.threshold import THRESHOLD_PERCENT
from shared.core.sentry.window import Windows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from shared.core.brand import Brand
    from shared.core.history import Page
    from shared.core.period import Bucket
    from shared.core.sentry.settings import SentrySettings
    from shared.core.sentry.window import Window

_WRITING = 1
"""Counts the changes of what follows from the same pages, so that no caller keeps the old."""

_NOTHING = 1e-9
_FAR = 1e12
"""Above whatever any series may take for normal."""


@dataclass(frozen=True, slots=True)
class Band:
    """What is expected, and the least and the most that raise nothing, in the metric's unit."""

    expected: float
    lower: float
    upper: float


@dataclass(frozen=True, slots=True)
class Expectation:
    """The bands of one bucket of one source, and what was judged where it has changed since.

    A metric without a band is one of which the Sentry cannot say what is usual; `first` holds the
    numbers that were judged, of metrics that were restated afterwards.
    """

    source: Source
    bucket: Bucket
    bands: Mapping[Metric, Band]
    first: Mapping[Metric, float]


@dataclass(frozen=True, slots=True)
class Expected:
    """The buckets of a range with the past they are judged by, not looked at yet."""

    brand: Brand
    settings: SentrySettings
    sources: Sequence[Source]
    buckets: Sequence[Bucket]
    pages: Mapping[str, Page]

    @property
    def version(self) -> str:
        """A text that differs wherever what is expected may."""
        pages = sorted(f"{page.id} {page.version}" for page in self.pages.values())
        edges = [bucket.key for bucket in (*self.buckets[:1], *self.buckets[-1:])]
        asked = f"{_WRITING} {self.brand} {self.settings} {self.sources} {edges}"
        return blake2b("\n".join((asked, *pages)).encode(), digest_size=16).hexdigest()

    def __iter__(self) -> Iterator[Expectation]:
        """Yield them by time, then source."""
        order = {source: n for n, source in enumerate(Source)}
        found = [each for source in self.sources for each in self._of(source)]
        yield from sorted(found, key=lambda each: (each.bucket.start, order[each.source]))

    def _of(self, source: Source) -> Iterator[Expectation]:
        for month, buckets in groupby(self.buckets, key=lambda bucket: bucket.month):
            months = months_back(month, PAGES_FOR_BASELINE[self.buckets[0].period])
            names = [page_id(source, self.buckets[0].period, each) for each in months]
            past = [self.pages[name] for name in names if name in self.pages]
            own = self.pages.get(names[0])
            for bucket in buckets:
                history = History(past, bucket, self.brand.zone, self.settings.blind())
                first = own.first(bucket) if own is not None else None
                now = own.get(bucket) if own is not None else None
                yield Expectation(
                    source, bucket, bands(source, bucket, history, self.settings), restated(first, now)
                )


def bands(source: Source, bucket: Bucket, history: History, settings: SentrySettings) -> dict[Metric, Band]:
    """Return the band of each metric that has one, whether or not the bucket holds numbers yet."""
    above = _windows(source, bucket, history, dict.fromkeys(Metric, _FAR))
    known = {
        metric: window
        for metric in Metric
        if (window := above.get(metric, 1)) is not None and window.expected >= _NOTHING
    }
    if not known:
        return {}
    falls = {metric: known[metric].expected * CLIP if metric in known else 0.0 for metric in Metric}
    below = _windows(source, bucket, history, falls)
    return {metric: _band(metric, window, above, below, bucket, settings) for metric, window in known.items()}


def restated(first: MetricPoint | None, now: MetricPoint | None) -> dict[Metric, float]:
    """Return what was judged of the metrics that say something else by now."""
    if first is None or now is None:
        return {}
    judged = {metric: first.value(metric) for metric in Metric}
    return {m: value for m, value in judged.items() if value is not None and value != now.value(m)}


def _band(
    metric: Metric, window: Window, above: Windows, below: Windows, bucket: Bucket, settings: SentrySettings
) -> Band:
    wider, expected = settings.wider(bucket), window.expected
    share = THRESHOLD_PERCENT[settings.sensitivity] * wider / 100
    lower, upper = max(0.0, expected * (1 - share)), expected * (1 + share)
    if bucket.period is Period.HOURLY and settings.noise_gate:
        season = window.season
        sigma = season.sigma(window.size, window.phase)
        sigmas = gate.GATE_SIGMAS[settings.sensitivity] * wider
        reach = sigma * sigmas * gate.widened(season.rounds, season.cycle.settled)
        highest, lowest = (_normal(metric, each, sigma) for each in (above, below))
        upper = max(upper, (highest or expected) * exp(reach))
        # No fall counts for more than the clip, so that a gate beyond it is one no fall passes.
        lower = min(lower, lowest * exp(-reach)) if lowest and reach < -log(CLIP) else 0.0
    return Band(expected, lower, upper)


def _normal(metric: Metric, windows: Windows, sigma: float) -> float | None:
    """Return the outermost of what is normal at the time, seen from far on its outer side.

    None where a number may fall as it likes: it is still within something normal there.
    """
    sigmas, window = windows.sigmas(metric, 1), windows.get(metric, 1)
    return window.value / exp(sigmas * sigma) if window is not None and sigmas else None


def _windows(source: Source, bucket: Bucket, history: History, values: Mapping[Metric, float]) -> Windows:
    """Look through a made-up point, for what is usual does not depend on what came."""
    made_up = MetricPoint(
        source=source,
        bucket=bucket,
        values=values,
        unavailable=frozenset(),
        impressions=1,
        clicks=1,
        currency="",
        maturity=FRESH,
        fetched_at=bucket.end,
    )
    return Windows(history, made_up)
