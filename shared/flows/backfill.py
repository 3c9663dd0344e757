"""Backfill: read a source's past, month by month, as gently as its platform wants."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.core.integration import Problem, Status
from shared.core.report import Asked
from shared.errors import BadRequest, PlatformRefused, RateLimited, Unavailable
from shared.flows.ingest import keep_report

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from shared.core.backfill import Backfill
    from shared.core.integration import Account, Integration
    from shared.core.metric import Source
    from shared.core.report import Report
    from shared.core.secret import Secret
    from shared.flows.ingest import FarSide
    from shared.ports import Backfills, BrandFile, Clock, Metrics, PlatformReader

MOST_MONTHS = 37
"""How far back the platforms themselves go."""

_TRIES = 3
_POLL_S, _LONGEST_POLL_S, _PATIENCE_S = 2.0, 30.0, 2 * 3600.0
_PAUSE_S = 30.0
_FULL_PERCENT, _REST_S = 75.0, 600.0
_HOUR_S = 3600.0


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a backfill may go.

    Attributes:
        calls_per_hour: how many calls it may make of one platform.
        calls: how many were made so far, every try counted.
        wait: waits some seconds, and is told why.
        pause: waits before the n-th new try of a contended write.
    """

    calls_per_hour: int
    calls: Callable[[], int]
    wait: Callable[[float, str], None]
    pause: Callable[[int], None]


def check_days(first: date, last: date, today: date) -> None:
    """Refuse days that no platform tells of, or that hourly reading has not left behind yet."""
    if first > last:
        raise BadRequest("from", "must not be after to")
    if last >= today:
        raise BadRequest("to", "yesterday at the latest: today is read every hour")
    if (today.year - first.year) * 12 + today.month - first.month >= MOST_MONTHS:
        raise BadRequest("from", f"platforms tell of {MOST_MONTHS} months at most")


def connection_of(file: BrandFile, source: Source) -> Integration:
    for integration in file.integrations:
        if integration.platform.source is source and integration.status is not Status.DISCONNECTED:
            return integration
    raise BadRequest("source", f"{file.brand.id} has no connection of {source.value}")


def backfill(
    file: BrandFile,
    wanted: Backfill,
    *,
    far: FarSide,
    backfills: Backfills,
    metrics: Metrics,
    clock: Clock,
    pace: Pace,
    told: Callable[[Backfill, int], None],
) -> int:
    """Read the days that are wanted of a source; return how many points changed.

    Every month that is read is kept, and remembered as done, before the next one is asked for: a
    run that stops anywhere goes on there when it is asked for the same days again, with the very
    report that its platform was preparing. `told` hears of every step, with the points changed
    so far.

    Raises:
        PlatformRefused: for a reason that a person has to mend, or one day is too much.
        Unavailable: three tries in a row failed, or a report was never ready.
    """
    brand, integration = file.brand, connection_of(file, wanted.source)
    reader, account_id = far.platforms(integration.platform), integration.account_id
    key = far.keys.open(
        integration.sealed_key, brand_id=brand.id, purpose=integration.platform.value, account_id=account_id
    )
    errand = _Errand(reader, key, account_id, _patient(pace, lambda: reader.check(key, account_id)), pace)
    known = backfills.get(brand.id, wanted.source)
    if known is None or (known.first, known.last) != (wanted.first, wanted.last):
        known = wanted
    changed = failures = 0
    told(known, changed)
    while (chunk := known.chunk()) is not None:
        days = (chunk[1] - chunk[0]).days + 1
        asked = Asked(
            clock.now(),
            brand.conversion_event,
            brand.currency,
            days,
            until=chunk[1],
            account=errand.account,
        )
        errand.keep_to_budget(clock)
        try:
            if not known.order:
                known = known.ordered(reader.order(key, account_id, asked), chunk[1])
                backfills.save(brand.id, known)
            report = errand.collected(asked, known.order)
        except RateLimited as throttle:
            pace.wait(float(throttle.retry_after_s), "told to wait")
            continue
        except PlatformRefused as refusal:
            halved = known.halved() if refusal.reason == Problem.TOO_MUCH_DATA.value else None
            if halved is None:
                raise
            known = halved
            continue
        except Unavailable:
            failures += 1
            if failures == _TRIES:
                raise
            known = known.ordered("", chunk[1])
            pace.wait(_PAUSE_S * 2**failures, "the platform failed")
            continue
        failures = 0
        changed += len(keep_report(report, wanted.source, file, metrics=metrics, pause=pace.pause))
        known = known.done(chunk[1])
        backfills.save(brand.id, known)
        told(known, changed)
        if report.usage is not None and report.usage.percent >= _FULL_PERCENT and known.chunk() is not None:
            pace.wait(float(report.usage.rest_s or _REST_S), "the allowance is nearly used")
    return changed


class _Errand:
    """One account's reading: what is asked with, and what of the hour's budget is left."""

    def __init__(
        self, reader: PlatformReader, key: Secret, account_id: str, account: Account, pace: Pace
    ) -> None:
        self.account = account
        self._reader, self._key, self._account_id, self._pace = reader, key, account_id, pace
        self._began_with = pace.calls()
        self._hour_ends: float | None = None

    def keep_to_budget(self, clock: Clock) -> None:
        """Wait for the next hour when this one's calls are used up."""
        now = clock.now().timestamp()
        if self._hour_ends is None or now >= self._hour_ends:
            self._hour_ends, self._began_with = now + _HOUR_S, self._pace.calls()
        elif self._pace.calls() - self._began_with >= self._pace.calls_per_hour:
            self._pace.wait(self._hour_ends - now, "this hour's calls are used up")
            self._hour_ends = None

    def collected(self, asked: Asked, order: str) -> Report:
        """Wait until what was ordered is ready, and read it."""
        waited, pause = 0.0, _POLL_S
        while (share := self._reader.progress(self._key, order)) < 1.0:
            if waited > _PATIENCE_S:
                raise Unavailable("platform", "never finished a report that it began")
            self._pace.wait(pause, f"the platform prepares a report, {share:.0%}")
            waited, pause = waited + pause, min(pause * 2, _LONGEST_POLL_S)
        return self._reader.collect(self._key, self._account_id, asked, order)


def _patient(pace: Pace, check: Callable[[], Account]) -> Account:
    for attempt in range(1, _TRIES):
        try:
            return check()
        except Unavailable:
            pace.wait(_PAUSE_S * 2**attempt, "the platform failed")
        except RateLimited as throttle:
            pace.wait(float(throttle.retry_after_s), "told to wait")
    return check()
