"""The morning's message: a line an incident, the gravest first, nothing that was told already."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from shared.core.anomaly import AnomalyStatus
from shared.core.digest import MOST_LINES, day_after, digest_of, next_day, nine, span_of
from shared.core.sentry.severity import Direction, Severity
from tests.unit.core.anomalies import raised_anomaly
from tests.unit.core.points import BRAND

if TYPE_CHECKING:
    from shared.core.anomaly import Anomaly

DAY = date(2026, 5, 21)


def one(n: int, severity: Severity = Severity.WARNING, **more: Any) -> Anomaly:
    return raised_anomaly(id=f"an_{n}", incident=f"inc_{n}", severity=severity, **more)


def lines(*found: Anomaly) -> tuple[str, ...]:
    message = digest_of(found, BRAND, DAY)
    return () if message is None else message.lines


def test_each_incident_is_a_line_the_gravest_and_dearest_first() -> None:
    good = one(1, Severity.INFO, direction=Direction.FAVOURABLE)
    cheap, dear = one(2, at_risk=5.0), one(3, at_risk=90.0, value=3.5)

    found = lines(good, cheap, dear, replace(dear, id="an_4", told=False))

    assert [line[0] for line in found] == ["🟠", "🟠", "🔵"]
    assert found[0] == (
        "🟠 Meta Ads: CPC 150% above expectation (€3.50, expected €1.00) · May 20, 2026, 2:00\u202fPM"
    )


def test_what_was_told_at_once_or_is_over_is_left_out() -> None:
    grave, beside = one(1, Severity.CRITICAL), one(1)
    over = one(2, status=AnomalyStatus.RESOLVED, resolved_by="machine")
    ignored, unheard = one(3, status=AnomalyStatus.IGNORED), one(4, told=False)

    asleep = one(5, snoozed_until=datetime(2026, 5, 22, tzinfo=UTC))

    assert digest_of([grave, beside, over, ignored, unheard, asleep], BRAND, DAY) is None
    assert len(lines(replace(asleep, snoozed_until=datetime(2026, 5, 20, tzinfo=UTC)))) == 1


def test_a_bad_night_is_cut_short() -> None:
    found = lines(*(one(n) for n in range(MOST_LINES + 3)))

    assert len(found) == MOST_LINES + 1
    assert found[-1] == "and 3 more"


def test_the_digest_is_due_at_nine_by_the_brands_clocks_and_tells_of_a_day() -> None:
    start, end = span_of(DAY, BRAND)

    assert start == datetime(2026, 5, 20, 7, tzinfo=UTC)
    assert end == nine(DAY, BRAND) == datetime(2026, 5, 21, 7, tzinfo=UTC)
    assert next_day(BRAND, end - timedelta(seconds=1)) == DAY
    assert next_day(BRAND, end) == DAY + timedelta(days=1)


def test_days_that_were_missed_are_caught_up_with_but_for_those_too_long_ago() -> None:
    nine_o_clock = nine(DAY, BRAND)

    assert day_after(DAY, BRAND, nine_o_clock) == DAY + timedelta(days=1)
    assert day_after(DAY, BRAND, nine_o_clock + timedelta(days=2)) == DAY + timedelta(days=1)
    assert day_after(DAY, BRAND, nine_o_clock + timedelta(days=9)) == DAY + timedelta(days=7)
