from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.core.anomaly import AnomalyStatus, Insight, InsightState, corrected
from shared.core.sentry.severity import Severity
from tests.unit.core.anomalies import VERDICT, raised_anomaly, split
from tests.unit.core.points import NOW

LATER = NOW + timedelta(days=1)


def test_an_unchanged_verdict_changes_nothing() -> None:
    assert corrected(raised_anomaly(), VERDICT, split, LATER) is None


def test_a_restatement_corrects_the_numbers() -> None:
    better = corrected(raised_anomaly(), replace(VERDICT, value=2.0, deviation_percent=100.0), split, LATER)

    assert better is not None
    assert (better.value, better.deviation_percent, better.status) == (2.0, 100.0, AnomalyStatus.NEW)
    assert better.detected_at == NOW


def test_other_numbers_wait_for_an_insight_of_their_own() -> None:
    explained = raised_anomaly(insight=Insight("CPC came to €2.50.", "x"), insight_state=InsightState.DONE)

    better = corrected(explained, replace(VERDICT, value=2.0, deviation_percent=100.0), split, LATER)
    graver = corrected(explained, replace(VERDICT, severity=Severity.WARNING), split, LATER)

    assert better is not None
    assert (better.insight, better.insight_state) == (None, InsightState.PENDING)
    assert graver is not None
    assert (graver.insight, graver.insight_state) == (explained.insight, InsightState.DONE)


def test_what_is_no_longer_true_is_resolved_by_the_machine() -> None:
    better = corrected(raised_anomaly(), None, split, LATER)

    assert better is not None
    assert (better.status, better.resolved_by) == (AnomalyStatus.RESOLVED, "machine")


@pytest.mark.parametrize(
    "status", [AnomalyStatus.INVESTIGATING, AnomalyStatus.IGNORED, AnomalyStatus.RESOLVED]
)
@pytest.mark.parametrize("verdict", [None, replace(VERDICT, value=9.0)])
def test_a_persons_word_stands(status: AnomalyStatus, verdict: None) -> None:
    judged = raised_anomaly(status=status, resolved_by="human" if status is AnomalyStatus.RESOLVED else None)

    assert corrected(judged, verdict, split, LATER) is None


def test_what_the_machine_closed_opens_again_when_it_is_back() -> None:
    closed = raised_anomaly(status=AnomalyStatus.RESOLVED, resolved_by="machine")

    better = corrected(closed, VERDICT, split, LATER)

    assert better is not None
    assert (better.status, better.resolved_by) == (AnomalyStatus.NEW, None)
    assert better.detected_at == LATER, "so that the morning's digest hears of it"


def test_closing_twice_changes_nothing() -> None:
    closed = raised_anomaly(status=AnomalyStatus.RESOLVED, resolved_by="machine")

    assert corrected(closed, None, split, LATER) is None
