"""Backfill: read a source's past, month by month, as gently as its platform wants."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from shared.core.integration import Problem, Status
from shared.core.metric import Source
from shared.core.report import Asked
from shared.errors import BadRequest, PlatformRefused, RateLimited, Unavailable
from shared.flows.ingest import keep_report

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from shared.core.backfill import Backfill
    from shared.core.brand import Brand
    from shared.core.integration import Account, Integration
    from shared.core.report import Report
    from shared.flows.ingest import FarSide
    from shared.ports import Backfills, BrandFile, Clock, Metrics

MOST_MONTHS = 37
"""How far back the platforms themselves go."""

_RETRIES = 3
_POLL_S, _LONGEST_POLL_S, _PATIENCE_S = 2.0, 30.0, 2 * 3600.0
_PAUSE_S = 30.0
_FULL_PERCENT, _REST_S = 75.0, 600.0
_HOUR_S = 3600.0
_CALLS_A_MONTH = {Source.META: 7, Source.GOOGLE: 1, Source.ORGANIC: 1}
"""Meta's are an order, some three looks at it, two pages of hours and one of days."""

_SPENT = frozenset({Problem.BAD_REQUEST.value, Problem.ACCOUNT_NOT_FOUND.value})
"""Refusals that may be of a prepared report alone, which failed or is long forgotten."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a backfill may go.

    Attributes:
        calls_per_hour: how many calls it may make of one platform.
        calls: how many were made so far, every try counted.
        wait: waits some seconds, and is told why.
        pause: waits before the n-th new try of a contended write.
        clock: tells when an hour, and with it its budget, is over.
    """

    calls_per_hour: int
    calls: Callable[[], int]
    wait: Callable[[float, str], None]
    pause: Callable[[int], None]
    clock: Clock


def check_days(first: date, last: date, today: date) -> None:
    """Refuse days that no platform tells of, or that hourly reading has not left behind yet."""
    if first > last:
        raise BadRequest("from", "must not be after to")
    if last >= today:
        raise BadRequest("to", "the account's yesterday at the latest: today is read every hour")
    months = (today.year - first.year) * 12 + today.month - first.month
    if (months, today.day) > (MOST_MONTHS, first.day):
        raise BadRequest("from", f"platforms tell of {MOST_MONTHS} months at most")


def planned(left: Backfill) -> tuple[int, int]:
    """Return into how many chunks what is left is cut, and about how many calls they take."""
    chunks = sum(1 for _ in left.chunks())
    return chunks, chunks * _CALLS_A_MONTH[left.source]


def connection_of(file: BrandFile, source: Source) -> Integration:
    for integration in file.integrations:
        if integration.platform.source is source and integration.status is not Status.DISCONNECTED:
            return integration
    raise BadRequest("source", f"{file.brand.id} has no connection of {source.value}")


def backfill(
    file: BrandFile,
    wanted: Backfill,
    *,
    account: Account | None,
    far: FarSide,
    backfills: Backfills,
    metrics: Metrics,
    pace: Pace,
    told: Callable[[Backfill, int], None],
) -> int:
    """Read the days that are wanted of a source; return how many points changed.

    Every month that is read is kept, and remembered as done, before the next one is asked for: a
    run that stops anywhere goes on there when it is asked for the same days again, with the very
    report that its platform was preparing. `account` is what is known of it, None to ask; `told`
    hears of every step, with the points changed so far.

    Raises:
        BadRequest: a day that is not over where the account lives, or too long ago.
        PlatformRefused: for a reason that a person has to mend, or one day is too much.
        Unavailable: four tries in a row failed, or a report was not ready after two hours.
    """
    integration, changed = connection_of(file, wanted.source), 0
    stored = backfills.get(file.brand.id, wanted.source)
    known = wanted.resumed(stored)
    told(known, changed)
    if known.chunk() is None:
        return changed
    errand = _Errand(file.brand, integration, far, backfills, pace)
    today = errand.learn(account)
    check_days(wanted.first, wanted.last, today)
    if stored is not None and known is wanted:
        errand.let_end(stored.order)
    while known.chunk() is not None:
        report, known = errand.read(known)
        changed += len(keep_report(report, wanted.source, file, metrics=metrics, pause=pace.pause))
        backfills.save(file.brand.id, known)
        told(known, changed)
        if known.chunk() is not None:
            errand.rest_after(report)
    return changed


class _NeverReady(Exception):
    """A report that its platform began and did not finish."""


class _Errand:
    """The reading of one account: what it is asked with, and what of the hour's budget is left."""

    def __init__(
        self, brand: Brand, integration: Integration, far: FarSide, backfills: Backfills, pace: Pace
    ) -> None:
        self._brand, self._id, self._backfills, self._pace = brand, integration.account_id, backfills, pace
        self._reader = far.platforms(integration.platform)
        self._key = far.keys.open(
            integration.sealed_key,
            brand_id=brand.id,
            purpose=integration.platform.value,
            account_id=integration.account_id,
        )
        self._account: Account | None = None
        self._begin_hour()

    def learn(self, account: Account | None) -> date:
        """Remember what the account is, asked as patiently as for its reports; return its today."""
        failures = 0
        while account is None:
            try:
                account = self._reader.check(self._key, self._id)
            except (RateLimited, Unavailable) as trouble:
                failures += isinstance(trouble, Unavailable)
                if failures > _RETRIES:
                    raise
                self._wait_out(trouble, failures)
        self._account = account
        return self._pace.clock.now().astimezone(ZoneInfo(account.time_zone)).date()

    def let_end(self, order: str) -> None:
        """Wait until a report that nobody wants any more is over: an account prepares one at a time."""
        with suppress(PlatformRefused, RateLimited, Unavailable):
            self._await(order)

    def read(self, known: Backfill) -> tuple[Report, Backfill]:
        """Read the next chunk; return it, and what is done once it is kept."""
        failures = 0
        while (chunk := known.chunk()) is not None:
            self._keep_to_budget()
            try:
                if not known.order:
                    known = self._ordered(known, chunk)
                self._await(known.order)
                report = self._reader.collect(self._key, self._id, self._asked(chunk), known.order)
            except PlatformRefused as refusal:
                known = self._smaller(known, chunk, refusal)
            except _NeverReady:
                self._backfills.save(self._brand.id, known.ordered("", chunk[1]))
                raise Unavailable("platform", "never finished a report that it began") from None
            except (RateLimited, Unavailable) as trouble:
                failures += isinstance(trouble, Unavailable)
                if failures > _RETRIES:
                    raise
                self._wait_out(trouble, failures)
                if self._is_to_blame(known.order):
                    known = known.ordered("", chunk[1])
            else:
                return report, known.done(chunk[1])
        raise AssertionError  # nobody asks for what is done

    def rest_after(self, report: Report) -> None:
        if report.usage is not None and report.usage.percent >= _FULL_PERCENT:
            self._pace.wait(float(report.usage.rest_s or _REST_S), "the allowance is nearly used")

    def _asked(self, chunk: tuple[date, date]) -> Asked:
        brand, (first, last) = self._brand, chunk
        return Asked(
            self._pace.clock.now(),
            brand.conversion_event,
            brand.currency,
            (last - first).days + 1,
            until=last,
            account=self._account,
        )

    def _ordered(self, known: Backfill, chunk: tuple[date, date]) -> Backfill:
        known = known.ordered(self._reader.order(self._key, self._id, self._asked(chunk)), chunk[1])
        self._backfills.save(self._brand.id, known)
        return known

    def _smaller(self, known: Backfill, chunk: tuple[date, date], refusal: PlatformRefused) -> Backfill:
        """Return it with a smaller next chunk where that helps; else raise the refusal."""
        if refusal.reason in _SPENT:
            self._backfills.save(self._brand.id, known.ordered("", chunk[1]))
        if refusal.reason != Problem.TOO_MUCH_DATA.value:
            raise refusal
        halved = known.halved()
        if halved is None:
            raise PlatformRefused(f"{refusal.dependency}, {chunk[0]} alone", refusal.reason) from refusal
        return halved

    def _is_to_blame(self, order: str) -> bool:
        """Say whether an order is why nothing comes: its platform answers, and of the order it does not.

        A report that failed looks like a platform that fails for the moment, which must not make
        us order a second report beside a first that is still being prepared.
        """
        if not order:
            return False
        try:
            self._reader.check(self._key, self._id)
        except (PlatformRefused, RateLimited, Unavailable):
            return False
        try:
            self._reader.progress(self._key, order)
        except (RateLimited, Unavailable):
            return True
        except PlatformRefused:
            return False  # the next look at it meets the same
        return False

    def _await(self, order: str) -> None:
        """Wait until what was ordered is ready."""
        waited, pause = 0.0, _POLL_S
        while (share := self._reader.progress(self._key, order)) < 1.0:
            if waited >= _PATIENCE_S:
                raise _NeverReady
            self._pace.wait(pause, f"the platform prepares a report, {share:.0%}")
            waited, pause = waited + pause, min(pause * 2, _LONGEST_POLL_S)

    def _wait_out(self, trouble: RateLimited | Unavailable, failures: int) -> None:
        if isinstance(trouble, RateLimited):
            self._pace.wait(float(trouble.retry_after_s), "told to wait")
        else:
            self._pace.wait(_PAUSE_S * 2**failures, "the platform failed")

    def _keep_to_budget(self) -> None:
        """Wait for the next hour when this one's calls are used up."""
        left_s = self._hour_ends - self._pace.clock.now().timestamp()
        if left_s > 0:
            if self._pace.calls() - self._began_with < self._pace.calls_per_hour:
                return
            self._pace.wait(left_s, "this hour's calls are used up")
        self._begin_hour()

    def _begin_hour(self) -> None:
        self._hour_ends = self._pace.clock.now().timestamp() + _HOUR_S
        self._began_with = self._pace.calls()
