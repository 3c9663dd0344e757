"""What others would do: detectors to stand beside the product's, each causal and in one pass.

Where a library or a rule could be set up in several ways, the one of a few that did best on the
benchmark's four ad-exchange series stands here, so these figures flatter the peers. A row that a
rule cannot judge yet scores 0.
"""

from __future__ import annotations

import math
import time
from collections import defaultdict, deque
from datetime import timedelta
from itertools import pairwise
from statistics import fmean, median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from bench.injection import Detector
    from bench.series import Labelled

_HOUR = timedelta(hours=1)
_DAY = 24  # rows, of the hourly series these libraries expect
_WEEK = 7 * _DAY
_MAD_TO_SIGMA = 1.4826  # of a normal distribution
_ENDLESS = 1e9  # the score of something where nothing was expected, or the reverse


def last_value(_stamps: Sequence[datetime], values: Sequence[float], _since: int = 0) -> list[float]:
    """Percent rule: |value / previous value - 1|."""
    return [0.0, *(_change(value, before) for before, value in pairwise(values))]


def same_hour_mean(stamps: Sequence[datetime], values: Sequence[float], _since: int = 0) -> list[float]:
    """Percent rule: |value / mean - 1|, the mean of the same hour over the 14 days before."""
    found = []
    known: defaultdict[int, deque[tuple[datetime, float]]] = defaultdict(deque)
    for stamp, value in zip(stamps, values, strict=True):
        past = known[stamp.hour]
        while past and past[0][0] < stamp - timedelta(days=14):
            past.popleft()
        found.append(_change(value, fmean(each for _, each in past)) if past else 0.0)
        past.append((stamp, value))
    return found


def google_account_anomaly_detector(
    stamps: Sequence[datetime], values: Sequence[float], _since: int = 0
) -> list[float]:
    """Google's script: |value / mean - 1|, the mean of the same weekday and hour over 26 weeks.

    With less history it is the mean of the weeks there are. The script compares the sum of the day so
    far, up to three hours ago, with a ratio that the user sets, and warns once a day; a price has no
    such sum, so here the hour alone is compared, at once.
    Source: developers.google.com/google-ads/scripts/docs/solutions/account-anomaly-detector
    """
    found = []
    known: defaultdict[tuple[int, int], deque[float]] = defaultdict(lambda: deque(maxlen=26))
    for stamp, value in zip(stamps, values, strict=True):
        past = known[stamp.weekday(), stamp.hour]
        found.append(_change(value, fmean(past)) if past else 0.0)
        past.append(value)
    return found


def river(_stamps: Sequence[datetime], values: Sequence[float], _since: int = 0) -> list[float]:
    """River's PredictiveAnomalyDetection over SNARIMAX with the last hour and the same hour yesterday.

    The regressor is that of its documentation. Its score is the squared error over mean + `n_std`
    deviations of such errors, cut at 1; with 10 instead of 3 deviations the cut leaves large scores
    apart. The first week is its warm-up.
    """
    from river import anomaly, linear_model, optim, preprocessing, time_series  # noqa: PLC0415 - not there in tests

    regressor = preprocessing.StandardScaler() | linear_model.LinearRegression(optimizer=optim.SGD(0.005))
    forecaster = time_series.SNARIMAX(p=1, d=0, q=0, m=_DAY, sp=1, regressor=regressor)
    model = anomaly.PredictiveAnomalyDetection(forecaster, n_std=10.0, warmup_period=_WEEK)
    found: list[float] = []
    for value in values:
        found.append(float(model.score_one({}, value)) if found else 0.0)
        model.learn_one({}, value)
    return found


def statsforecast(stamps: Sequence[datetime], values: Sequence[float], _since: int = 0) -> list[float]:
    """Daily refit of statsforecast's MSTL: |residual| over the robust sigma of the residuals before.

    Each day the next 24 hours are forecast from the logarithms of the last four weeks, the span a
    sigma is taken over too; gaps are filled with the same hour of the day before.
    """
    import numpy as np  # noqa: PLC0415 - not there in tests
    from statsforecast.models import MSTL  # noqa: PLC0415 - same

    grid: list[float] = []
    residuals: deque[float] = deque(maxlen=4 * _WEEK)
    ahead: list[float] = []
    begin, least = 0, math.inf
    found: list[float] = []
    for stamp, value in zip(stamps, values, strict=True):
        hour = round((stamp - stamps[0]) / _HOUR)
        least = min(least, value) if value > 0 else least
        level = math.log(max(value, least / 2)) if least < math.inf else 0.0
        while len(grid) < hour:
            grid.append(grid[-_DAY] if len(grid) >= _DAY else level)
        if len(grid) > hour:
            found.append(found[-1])
            continue
        if hour >= 2 * _WEEK and hour >= begin + len(ahead):
            model = MSTL(season_length=_DAY)
            ahead = model.forecast(y=np.array(grid[-4 * _WEEK :]), h=_DAY)["mean"].tolist()
            begin = hour
        error = abs(level - ahead[hour - begin]) if ahead else math.nan
        sigma = _MAD_TO_SIGMA * median(residuals) if len(residuals) >= _DAY else 0.0
        found.append(min(error / sigma, _ENDLESS) if sigma else 0.0)
        if ahead:
            residuals.append(error)
        grid.append(level)
    return found


PEERS: Mapping[str, Detector] = {
    each.__name__: each
    for each in (last_value, same_hour_mean, google_account_anomaly_detector, river, statsforecast)
}


def timed(detector: Detector, series: Sequence[Labelled]) -> float:
    """Time a detector over all series: microseconds of CPU a row."""
    began = time.process_time()
    for each in series:
        detector(each.stamps, each.values)
    return (time.process_time() - began) * 1e6 / sum(len(each.stamps) for each in series)


def _change(value: float, base: float) -> float:
    if not base:
        return _ENDLESS if value else 0.0
    return abs(value / base - 1)
