from __future__ import annotations

from dataclasses import replace

import pytest

from shared.core.metric import Metric, MetricPoint
from shared.core.sentry.detection import Silence, Verdict, judge
from shared.core.sentry.history import History
from shared.core.sentry.settings import SentrySettings
from shared.core.sentry.severity import Direction, Severity, polarity, severity_of
from shared.core.sentry.threshold import Sensitivity, exceeds
from tests.unit.core.points import ROME, hour, pages_of, point, sums

STEADY = sums(spend=100, revenue=400, clicks=100, impressions=5_000, conversions=20)
WEEKS = 21 * 24


def verdicts(
    now: MetricPoint, settings: SentrySettings | None = None, hours: int = WEEKS
) -> dict[Metric, Verdict | Silence]:
    past = [point(STEADY, hour(-n)) for n in range(1, hours + 1)]
    return dict(judge(now, History(pages_of(past), now.bucket, ROME), settings or SentrySettings()))


@pytest.mark.parametrize(
    ("value", "expected", "percent", "over"),
    [
        (0.7, 1.0, 30, False),
        (1.3, 1.0, 30, False),
        (1.3000001, 1.0, 30, True),
        (0.6999999, 1.0, 30, True),
        (70.0, 100.0, 30, False),
        (2.3, 2.0, 15, False),
        (2.300001, 2.0, 15, True),
        (1.7, 2.0, 15, False),
        (3.45, 3.0, 15, False),
        (3.4500001, 3.0, 15, True),
        (0.15, 0.1, 50, False),
        (0.05, 0.1, 50, False),
        (0.0499999, 0.1, 50, True),
        (0.33, 0.3, 10, False),
        (0.0, 5.0, 50, True),
    ],
)
def test_the_threshold_is_strict_and_exact(value: float, expected: float, percent: int, over: bool) -> None:
    assert exceeds(value, expected, percent) is over


@pytest.mark.parametrize(
    ("sensitivity", "at", "over"),
    [
        (Sensitivity.HIGH, 115.0, 115.01),
        (Sensitivity.MEDIUM, 130.0, 130.01),
        (Sensitivity.LOW, 150.0, 150.01),
    ],
)
def test_each_sensitivity_raises_just_over_its_threshold(
    sensitivity: Sensitivity, at: float, over: float
) -> None:
    settings = SentrySettings(sensitivity=sensitivity)

    silent = verdicts(point(replace(STEADY, spend=round(at * 1_000_000))), settings)[Metric.SPEND]
    raised = verdicts(point(replace(STEADY, spend=round(over * 1_000_000))), settings)[Metric.SPEND]

    assert silent is Silence.WITHIN_THRESHOLD
    assert isinstance(raised, Verdict)
    assert raised.threshold_percent == {"high": 15, "medium": 30, "low": 50}[sensitivity.value]


def test_a_verdict_can_be_recomputed_from_what_it_shows() -> None:
    verdict = verdicts(point(replace(STEADY, spend=250_000_000)))[Metric.SPEND]

    assert isinstance(verdict, Verdict)
    assert (verdict.value, verdict.expected, verdict.deviation_percent) == (250.0, 100.0, 150.0)
    assert (verdict.direction, verdict.severity) == (Direction.ADVERSE, Severity.CRITICAL)


@pytest.mark.parametrize(
    ("metric", "rising"),
    [
        (Metric.REVENUE, True),
        (Metric.ROAS, True),
        (Metric.CTR, True),
        (Metric.CONVERSIONS, True),
        (Metric.CAC, False),
        (Metric.CPC, False),
    ],
)
def test_each_metric_has_one_good_direction(metric: Metric, rising: bool) -> None:
    assert polarity(metric, rising=rising) is Direction.FAVOURABLE
    assert polarity(metric, rising=not rising) is Direction.ADVERSE


@pytest.mark.parametrize("rising", [True, False])
def test_spend_off_its_track_is_bad_both_ways(rising: bool) -> None:
    assert polarity(Metric.SPEND, rising=rising) is Direction.ADVERSE


def test_exactly_twice_the_threshold_is_still_a_warning() -> None:
    assert severity_of(60.0, 30, Direction.ADVERSE) is Severity.WARNING
    assert severity_of(-60.1, 30, Direction.ADVERSE) is Severity.CRITICAL
    assert severity_of(500.0, 30, Direction.FAVOURABLE) is Severity.INFO


def test_a_total_outage_alerts_at_every_sensitivity() -> None:
    for sensitivity in Sensitivity:
        found = verdicts(point(sums(0, 0, 0, 0, 0)), SentrySettings(sensitivity=sensitivity))
        assert isinstance(found[Metric.SPEND], Verdict)
        assert isinstance(found[Metric.CONVERSIONS], Verdict)


def test_an_immature_bucket_is_not_judged() -> None:
    found = verdicts(point(sums(0, 0, 0, 0, 0), complete=False))

    assert set(found.values()) == {Silence.IMMATURE}


def test_a_brand_that_switched_the_sentry_off_hears_nothing() -> None:
    found = verdicts(point(sums(0, 0, 0, 0, 0)), SentrySettings(enabled=False))

    assert set(found.values()) == {Silence.DISABLED}


def test_an_unavailable_metric_is_not_judged() -> None:
    assert verdicts(point(sums(spend=100, clicks=0)))[Metric.CPC] is Silence.UNAVAILABLE


@pytest.mark.parametrize(("hours", "silence"), [(23, True), (24, False)])
def test_a_series_is_learning_until_it_has_a_day(hours: int, silence: bool) -> None:
    found = verdicts(point(replace(STEADY, spend=900_000_000)), hours=hours)[Metric.SPEND]

    assert (found is Silence.LEARNING) is silence


def test_a_handful_of_conversions_is_chance() -> None:
    few = sums(spend=100, revenue=40, clicks=100, impressions=5_000, conversions=2)
    past = [point(few, hour(-n)) for n in range(1, WEEKS)]
    now = point(sums(spend=100, revenue=0, clicks=100, impressions=5_000, conversions=0))

    found = judge(now, History(pages_of(past), now.bucket, ROME), SentrySettings())

    assert found[Metric.CONVERSIONS] is Silence.LOW_VOLUME
    assert found[Metric.REVENUE] is Silence.LOW_VOLUME


def test_a_metric_that_is_always_zero_gives_no_verdict() -> None:
    past = [point(sums(spend=100, clicks=100, conversions=9, revenue=0), hour(-n)) for n in range(1, WEEKS)]
    now = point(sums(spend=100, clicks=100, conversions=9, revenue=50))

    found = judge(now, History(pages_of(past), now.bucket, ROME), SentrySettings())

    assert found[Metric.REVENUE] is Silence.EXPECTED_ZERO


def test_on_a_noisy_series_the_gate_silences_what_the_rule_alone_would_raise() -> None:
    spends = (60, 140, 85, 115, 100)
    past = [point(replace(STEADY, spend=spends[n % 5] * 1_000_000), hour(-n)) for n in range(1, WEEKS)]
    now = point(replace(STEADY, spend=160_000_000))
    history = History(pages_of(past), now.bucket, ROME)

    gated = judge(now, history, SentrySettings())[Metric.SPEND]
    literal = judge(now, history, SentrySettings(noise_gate=False))[Metric.SPEND]

    assert gated is Silence.WITHIN_NOISE
    assert isinstance(literal, Verdict)


def test_what_came_later_does_not_change_a_verdict() -> None:
    now = point(replace(STEADY, spend=250_000_000))
    past = [point(STEADY, hour(-n)) for n in range(1, WEEKS)]
    later = [point(replace(STEADY, spend=250_000_000), hour(n)) for n in range(1, 48)]

    before = judge(now, History(pages_of(past), now.bucket, ROME), SentrySettings())
    after = judge(now, History(pages_of(past + later), now.bucket, ROME), SentrySettings())

    assert before == after


def test_an_hour_that_the_clocks_repeat_is_neither_judged_nor_learnt_from() -> None:
    repeated = point(sums(0, 0, 0, 0, 0), flags=("dst",))
    past = [point(STEADY, hour(-n)) for n in range(1, WEEKS)]
    history = History(pages_of([*past, repeated]), hour(1), ROME)

    assert set(verdicts(repeated).values()) == {Silence.IRREGULAR}
    line = history.line(Metric.SPEND)
    assert line is not None
    assert line.recent == [100.0] * len(line.recent)
    assert line.holes == {len(line.recent) - 1}
