from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from shared.core.freshness import (
    Freshness,
    asked_of,
    connected,
    held_off,
    next_hour,
    refused,
    succeeded,
    told_to_wait,
    unanswered,
)
from shared.core.integration import Account
from shared.core.metric import Source, Sums
from shared.core.period import HOUR
from shared.core.report import Asked, Report, ReportRow, Usage
from shared.core.wire.freshness import freshness_fields, freshness_of
from tests.unit.core.points import BRAND, NOW, ROME, hour

MINUTE = timedelta(minutes=1)
NEW = connected(BRAND.id, Source.META, NOW)
ASKED = Asked(NOW, "purchase", "EUR")


def waits(known: Freshness) -> timedelta:
    return known.next_attempt_at - NOW


def report(*, percent: float = 0.0, rest_s: int = 0) -> Report:
    row = ReportRow(hour(-1), Sums(spend=1))
    return Report("EUR", ROME, NOW, (row,), usage=Usage(percent, rest_s))


@pytest.mark.parametrize(("failures", "minutes"), [(0, 2), (1, 4), (2, 8), (4, 32), (5, 60), (900, 60)])
def test_a_platform_that_is_away_is_tried_ever_later_up_to_an_hour(failures: int, minutes: int) -> None:
    known = unanswered(replace(NEW, failures=failures), NOW)

    assert minutes * MINUTE <= waits(known) <= 1.2 * minutes * MINUTE
    assert known.failures == failures + 1


@pytest.mark.parametrize(
    ("failures", "told_s", "minutes"),
    [(0, 60, 1), (0, 1140, 19), (1, 60, 30), (2, 60, 60), (1, 7200, 120), (9, 60, 360), (900, 60, 360)],
)
def test_a_throttle_waits_as_told_and_longer_when_told_again(
    failures: int, told_s: int, minutes: int
) -> None:
    known = told_to_wait(replace(NEW, failures=failures), told_s, NOW)

    assert minutes * MINUTE <= waits(known) <= 1.2 * minutes * MINUTE


def test_a_refusal_is_looked_at_again_tomorrow() -> None:
    known = refused(NEW, "credential_expired", NOW)

    assert 24 * HOUR <= waits(known) <= 29 * HOUR
    assert known.problem == "credential_expired"


def test_being_held_off_by_a_breaker_is_no_failure_of_ones_own() -> None:
    known = held_off(replace(NEW, failures=2), "rate_limited", NOW + HOUR, NOW)

    assert known.failures == 2
    assert HOUR <= waits(known) <= 1.2 * HOUR


def test_a_success_forgets_every_trouble() -> None:
    troubled = replace(refused(NEW, "account_inactive", NOW), asked_at=NOW, lease_until=NOW)

    known = succeeded(troubled, report(), ASKED)

    assert (known.problem, known.failures, known.asked_at, known.lease_until) == (None, 0, None, None)
    assert known.next_attempt_at == next_hour(BRAND.id, Source.META, NOW)
    assert known.account == Account("EUR", "Europe/Rome")


@pytest.mark.parametrize(
    ("percent", "rest_s", "least"),
    [(89.9, 7200, 0 * HOUR), (90.0, 0, HOUR), (97.0, 7200, 2 * HOUR)],
)
def test_a_nearly_used_allowance_is_left_alone(percent: float, rest_s: int, least: timedelta) -> None:
    known = succeeded(NEW, report(percent=percent, rest_s=rest_s), ASKED)

    assert waits(known) >= least


def test_data_never_reaches_less_far_than_it_did() -> None:
    known = succeeded(replace(NEW, data_until=NOW), report(), ASKED)

    assert known.data_until == NOW


def test_a_source_is_stale_two_hours_after_its_usual_delay() -> None:
    known = succeeded(NEW, report(), ASKED)

    assert known.data_until == hour(-1).end
    assert not known.is_stale(hour(-1).end + 3 * HOUR - MINUTE)
    assert known.is_stale(hour(-1).end + 3 * HOUR)


def test_nights_are_those_of_the_accounts_own_zone() -> None:
    account = Account("USD", "America/Los_Angeles")
    known = replace(NEW, last_success_at=NOW, account=account)

    lookbacks = [asked_of(known, BRAND, datetime(2026, 5, 20, h, 5, tzinfo=UTC)).lookback for h in (10, 11)]

    assert lookbacks == [0, 29]


def test_an_outage_is_caught_up_with_but_not_beyond_a_month() -> None:
    def days(outage: timedelta) -> int:
        return asked_of(replace(NEW, last_success_at=NOW - outage), BRAND, NOW).days

    assert [days(n * 24 * HOUR) for n in (0, 1, 10, 200)] == [2, 3, 12, 31]


def test_a_document_gives_back_what_was_written() -> None:
    known = replace(
        succeeded(NEW, report(), replace(ASKED, lookback=29)), expires_at=NOW, lease_until=NOW, asked_at=NOW
    )

    for each in (NEW, known):
        assert freshness_of(freshness_fields(each), BRAND.id, Source.META) == each
