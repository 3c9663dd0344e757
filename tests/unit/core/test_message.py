"""What a person reads of an incident."""

from __future__ import annotations

from dataclasses import replace

from shared.core.anomaly import AnomalyStatus
from shared.core.message import message_of
from shared.core.sentry.severity import Severity
from tests.unit.core.anomalies import raised_anomaly
from tests.unit.core.points import BRAND


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
