"""How fresh one source of one brand is, and when it is read next: every outcome of a reading is a value.

    idle ──due──→ asked ──claimed──→ reading ──→ idle, with the next attempt's time
                    ↑ no answer within ASK_AGAIN      a lease keeps a second reader away

| outcome | next attempt |
|---|---|
| success | five to fifteen past the next hour, each source at its own second |
| nearly all of the allowance used | as long as the platform says, an hour at least |
| told to wait | as long as told; told again, 15 minutes doubling to 6 hours |
| platform away | 2 minutes doubling to 1 hour |
| refused for a reason a person has to mend | tomorrow |
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, timedelta
from hashlib import blake2b
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from shared.core.integration import Account
from shared.core.maturity import LOOKBACK_DAYS, delivered_after
from shared.core.period import HOUR
from shared.core.report import Asked

if TYPE_CHECKING:
    from datetime import date, datetime

    from shared.core.brand import Brand, BrandId
    from shared.core.metric import Source
    from shared.core.report import Report

ASK_AGAIN = timedelta(minutes=10)
"""A message that nobody answered for so long is lost."""

LEASE = timedelta(minutes=5)
"""Longer than a reading may take; after it the reader is taken for dead."""

RATE_LIMITED, PLATFORM_UNAVAILABLE = "rate_limited", "platform_unavailable"
PASSING = frozenset({RATE_LIMITED, PLATFORM_UNAVAILABLE})
"""Problems that pass by themselves; all others are refusals that a person has to mend."""

MOST_DAYS = 31
"""Local days of hours that one reading covers at most: the first one, or the first after an outage."""

RECHECK = timedelta(days=1)
_NIGHT = 4  # o'clock in the account's zone: yesterday is over for every platform
_EARLIEST, _SPREAD_S = timedelta(minutes=5), 600
_STALE_AFTER = timedelta(hours=2)
_FULL_PERCENT = 90.0
_EXPIRY_WARNINGS = (1, 7, 14)  # days
_DAYS_READ = 2


@dataclass(frozen=True, slots=True)
class Freshness:
    """One source of one brand. Moments are aware UTC.

    Attributes:
        next_attempt_at: when it is due.
        asked_at: when its reading was asked for, until it is done.
        lease_until: until when a reader has it to itself.
        last_success_at: when the platform last answered.
        data_until: the end of the newest hour that is known.
        stale_at: from when on its numbers are too old, unless it is read before.
        problem: why the last attempt failed, None after a success.
        failures: how many attempts failed in a row.
        looked_back_on: the account's local day on which restatements were last read.
        account: the account's zone and currency, once known.
        expires_at: when the credential ends, where the platform tells.
        alarms: the names of its troubles that people are to hear of, or to hear that they are over.
    """

    brand_id: BrandId
    source: Source
    next_attempt_at: datetime
    stale_at: datetime
    asked_at: datetime | None = None
    lease_until: datetime | None = None
    last_success_at: datetime | None = None
    data_until: datetime | None = None
    problem: str | None = None
    failures: int = 0
    looked_back_on: date | None = None
    account: Account | None = None
    expires_at: datetime | None = None
    alarms: tuple[str, ...] = ()

    def lag(self, now: datetime) -> timedelta | None:
        """Return how old the newest known hour is; None when nothing ever came."""
        return None if self.data_until is None else now - self.data_until

    def is_stale(self, now: datetime) -> bool:
        """Say whether its numbers are too old; a source that never delivered becomes stale as well."""
        return now >= self.stale_at

    def is_wanted(self, now: datetime) -> bool:
        """Say whether its reading was asked for and nobody is at it."""
        return self.asked_at is not None and (self.lease_until is None or self.lease_until <= now)

    def expiry_warning(self, now: datetime) -> int | None:
        """Return 1, 7 or 14 when the credential ends within so many days; None when it does not.

        >>> from datetime import datetime
        >>> now = datetime(2026, 5, 4, tzinfo=UTC)
        >>> fresh = Freshness("aurora", "meta", now, now, expires_at=now + timedelta(days=6))
        >>> fresh.expiry_warning(now), fresh.expiry_warning(now - timedelta(days=30))
        (7, None)
        """
        if self.expires_at is None:
            return None
        left = self.expires_at - now
        return next((days for days in _EXPIRY_WARNINGS if left <= timedelta(days=days)), None)


def connected(brand_id: BrandId, source: Source, now: datetime) -> Freshness:
    """Return a source that was just connected: due at once, and not stale yet."""
    return Freshness(brand_id, source, now, now + _STALE_AFTER)


def asked_of(known: Freshness, brand: Brand, now: datetime) -> Asked:
    """Say what to ask: two local days, all that an outage left out, and at night the days that move."""
    zone = ZoneInfo(known.account.time_zone) if known.account else brand.zone
    local = now.astimezone(zone)
    days, lookback = _DAYS_READ, 0
    if known.last_success_at is None:
        days = MOST_DAYS
    else:
        missed = local.date() - known.last_success_at.astimezone(zone).date()
        days = min(_DAYS_READ + missed.days, MOST_DAYS)
    if local.hour >= _NIGHT and known.looked_back_on != local.date():
        lookback = LOOKBACK_DAYS[known.source]
    return Asked(now, brand.conversion_event, brand.currency, days, lookback, account=known.account)


def succeeded(known: Freshness, report: Report, asked: Asked) -> Freshness:
    now = asked.now
    data_until = max(
        (row.bucket.end for row in report.hours),
        default=now.astimezone(UTC).replace(minute=0, second=0, microsecond=0),
    )
    if known.data_until is not None:
        data_until = max(data_until, known.data_until)
    following = next_hour(known.brand_id, known.source, now)
    if report.usage is not None and report.usage.percent >= _FULL_PERCENT:
        following = max(following, now + max(timedelta(seconds=report.usage.rest_s), HOUR))
    return replace(
        _done(known, following),
        last_success_at=now,
        data_until=data_until,
        stale_at=data_until + delivered_after(known.source) + _STALE_AFTER,
        problem=None,
        failures=0,
        looked_back_on=now.astimezone(report.zone).date() if asked.lookback else known.looked_back_on,
        account=Account(report.currency, report.zone.key),
        expires_at=report.expires_at or known.expires_at,
    )


def refused(known: Freshness, problem: str, now: datetime) -> Freshness:
    """Return it after a refusal that a person has to mend."""
    return _failed(known, problem, now, RECHECK)


def held_off(known: Freshness, reason: str, until: datetime, now: datetime) -> Freshness:
    """Return it without an attempt: something that it shares with others must not be used before `until`."""
    waiting = _failed(known, reason, now, until - now)
    return replace(waiting, failures=known.failures)


def told_to_wait(known: Freshness, wait_s: int, now: datetime) -> Freshness:
    """Return it after a throttle; every further one in a row doubles the shortest wait."""
    again = _doubled(timedelta(minutes=15), known.failures, timedelta(hours=6))
    wait = timedelta(seconds=wait_s)
    return _failed(known, RATE_LIMITED, now, max(wait, again) if known.failures else wait)


def unanswered(known: Freshness, now: datetime) -> Freshness:
    """Return it after the platform failed, timed out or answered nonsense."""
    return _failed(known, PLATFORM_UNAVAILABLE, now, _doubled(timedelta(minutes=2), known.failures, HOUR))


def next_hour(brand_id: BrandId, source: Source, now: datetime) -> datetime:
    """Return a source's own moment, five to fifteen minutes past the hour, next after `now`.

    The same for ever, so that ten thousand brands spread evenly and nobody has to remember.
    """
    hour = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    moment = hour + _EARLIEST + timedelta(seconds=_dice(brand_id, source) % _SPREAD_S)
    return moment if moment > now else moment + HOUR


def _doubled(first: timedelta, times: int, longest: timedelta) -> timedelta:
    doubled: timedelta = first * 2 ** min(times, 16)
    return min(doubled, longest)


def _failed(known: Freshness, problem: str, now: datetime, wait: timedelta) -> Freshness:
    """Wait, and up to a fifth longer, so that those who failed together do not return together."""
    longer = wait * (_dice(known.brand_id, known.source) % 100) / 500
    return replace(_done(known, now + wait + longer), problem=problem, failures=known.failures + 1)


def _done(known: Freshness, following: datetime) -> Freshness:
    return replace(known, next_attempt_at=following, asked_at=None, lease_until=None)


def _dice(brand_id: BrandId, source: Source) -> int:
    digest = blake2b(f"{brand_id}/{source.value}".encode(), digest_size=4).digest()
    return int.from_bytes(digest, "big")
