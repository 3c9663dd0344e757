"""What a person reads of an incident."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shared.core.anomaly import AnomalyStatus
from shared.core.incident import placed
from shared.core.message import message_of
from shared.core.metric import Metric
from shared.core.sentry.severity import Severity
from tests.unit.core.anomalies import raised_anomaly
from tests.unit.core.points import BRAND, hour
from tests.unit.core.test_incident import alarm


def test_a_message_says_it_all_in_its_title() -> None:
    message = message_of([raised_anomaly()], BRAND)

    assert message.title == "🔴 Aurora · Meta Ads: CPC 150% above expectation"
    assert dict(message.figures) == {
        "Value": "€2.50",
        "Expected": "€1.00",
        "When": "May 20, 2026, 2:00\u202fPM",
        "Why": "alert beyond 30%",
    }


def test_a_title_is_one_line_whatever_a_name_holds() -> None:
    message = message_of([raised_anomaly()], replace(BRAND, name="Au\r\nBcc: all@example.com"))

    assert "\n" not in message.title
    assert "\r" not in message.title


def test_the_fingerprint_changes_exactly_when_the_words_do() -> None:
    first, same = message_of([raised_anomaly()], BRAND), message_of([raised_anomaly()], BRAND)
    closed = message_of([raised_anomaly(status=AnomalyStatus.RESOLVED)], BRAND)
    warning = message_of([replace(raised_anomaly(), severity=Severity.WARNING)], BRAND)

    assert first.fingerprint == same.fingerprint
    assert len({first.fingerprint, closed.fingerprint, warning.fingerprint}) == 3


@pytest.mark.parametrize(("locale", "word"), [("en", "🔕 Ignored: 🔴"), ("pt-BR", "🔕 Ignorado: 🔴")])
def test_what_is_ignored_is_not_said_to_be_resolved(locale: str, word: str) -> None:
    ignored = raised_anomaly(status=AnomalyStatus.IGNORED)
    brand = replace(BRAND, locale=locale)

    assert message_of([ignored], brand).title.startswith(word)
    back = replace(alarm(hour(0), Metric.SPEND), status=AnomalyStatus.RESOLVED, resolved_by="machine")
    assert message_of([ignored, back], brand).title.startswith(word)
    resolved = replace(back, resolved_by="human")
    assert message_of([ignored, resolved], brand).title.startswith("✅")


def test_an_end_names_what_its_beginning_named() -> None:
    metrics = (Metric.CPC, Metric.SPEND, Metric.CAC)
    begun = placed([alarm(hour(0), metric, severity=Severity.CRITICAL) for metric in metrics])
    back = placed([replace(each, status=AnomalyStatus.RESOLVED, resolved_by="machine") for each in begun])

    assert [each.told for each in back] == [True] * 3
    assert message_of(back, BRAND).title == f"✅ Resolved: {message_of(begun, BRAND).title}"
