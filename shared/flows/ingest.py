"""Ingestion: read one source of one brand, and keep what is new."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from shared.core.breaker import Open, shared
from shared.core.freshness import (
    PASSING,
    RECHECK,
    Freshness,
    asked_of,
    held_off,
    refused,
    succeeded,
    told_to_wait,
    unanswered,
)
from shared.core.integration import DEAD_CREDENTIAL, Status
from shared.core.ledger import Ledger, absorb, keep, pages_needed
from shared.core.period import Period, bucket_at
from shared.core.source_alarm import open_alarms, remembered, standing
from shared.errors import Contended, KeyUnreadable, PlatformRefused, RateLimited, Refused, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence
    from datetime import datetime

    from shared.core.brand import Brand, BrandId
    from shared.core.integration import Integration
    from shared.core.metric import MetricPoint, Source
    from shared.core.period import Bucket
    from shared.core.report import Asked, Report, ReportRow
    from shared.ports import (
        BrandFile,
        Brands,
        Breakers,
        Claim,
        Clock,
        Keys,
        Metrics,
        Platforms,
        Timetable,
    )

_WARN_PERCENT = 75.0
_TRIES = 6
_POINTS_A_COMMIT = 180  # with their blends, days and weeks below 400 documents
_ROWS_A_COMMIT = 150  # the same, where every row comes with its day


@dataclass(frozen=True, slots=True)
class FarSide:
    """What it takes to call a platform: the keys, who must not be called for now, and the readers."""

    keys: Keys
    breakers: Breakers
    platforms: Platforms


@dataclass(frozen=True, slots=True)
class Ingested:
    """What one reading changed, how fresh its source was and is, and the allowance used, in percent."""

    changed: tuple[MetricPoint, ...]
    before: Freshness
    freshness: Freshness
    used_percent: float = 0.0

    def worry(self, now: datetime) -> str | None:
        """Name what an operator should know of: a problem, a nearly used allowance, a credential's end."""
        if self.freshness.problem is not None:
            return self.freshness.problem
        if self.used_percent >= _WARN_PERCENT:
            return "allowance_nearly_used"
        days = self.freshness.expiry_warning(now)
        return None if days is None else f"credential_expires_within_{days}_days"

    def alarms(self, now: datetime) -> list[str]:
        """Name the troubles of the source that people are to hear of, and those that are over now.

        Asked for again at every reading while they last, and once more when they are over, so that
        none is lost on the way.
        """
        after = [alarm.id for alarm in open_alarms(self.freshness, now)]
        return list(dict.fromkeys((*after, *standing(self.before, now))))


def ingest(
    brand_id: BrandId,
    source: Source,
    *,
    timetable: Timetable,
    brands: Brands,
    far: FarSide,
    metrics: Metrics,
    clock: Clock,
    pause: Callable[[int], None],
) -> Ingested | None:
    """Read a brand's source and keep what changed; None when there is nothing to read now.

    Whatever the platform does, its source gets a next attempt and the event is done: a dead or
    throttled platform costs its own brand one short reading, and no other brand anything. Only
    our own stores' trouble is raised, for the event to come back.
    """
    now = clock.now()
    claim = timetable.claim(brand_id, source, now)
    if claim is None:
        return None
    integration = _connection(claim.file, source)
    if integration is None:
        timetable.forget(brand_id, source)
        return None
    outcome = _read(claim, integration, now, far)
    if isinstance(outcome, Freshness):
        done = Ingested((), claim.freshness, outcome)
    else:
        report, asked = outcome
        changed = keep_report(report, source, claim.file, metrics=metrics, pause=pause)
        used = report.usage.percent if report.usage else 0.0
        known = claim.freshness
        done = Ingested(tuple(changed), known, succeeded(known, report, asked), used)
    alarms = remembered(done.before, done.freshness, now)
    timetable.settle(claim, replace(done.freshness, alarms=alarms))
    told = _told(integration, done.freshness)
    if told != integration:
        brands.report_health(told)
    return done


def _read(
    claim: Claim, integration: Integration, now: datetime, far: FarSide
) -> tuple[Report, Asked] | Freshness:
    """Ask the platform; what keeps it from answering becomes the source's freshness."""
    known, brand = claim.freshness, claim.file.brand
    platform, account = integration.platform, integration.account_id
    reader = far.platforms(platform)
    try:
        key = far.keys.open(
            integration.sealed_key, brand_id=brand.id, purpose=platform.value, account_id=account
        )
        sharing = shared(platform, far.keys.fingerprint(key), reader.app_of(key))
    except (PlatformRefused, KeyUnreadable) as error:
        return refused(known, error.reason, now)
    opened = far.breakers.open(sharing.names, now)
    if opened is not None:
        return held_off(known, opened.reason, opened.until, now)
    asked = asked_of(known, brand, now)
    try:
        return reader.report(key, account, asked), asked
    except PlatformRefused as error:
        if error.reason in DEAD_CREDENTIAL:
            far.breakers.trip(sharing.credential, Open(now + RECHECK, error.reason))
        return refused(known, error.reason, now)
    except Refused as error:
        return refused(known, error.reason, now)
    except RateLimited as error:
        if error.scope != "account":
            until = now + timedelta(seconds=error.retry_after_s)
            far.breakers.trip(sharing.app or sharing.credential, Open(until, error.reason))
        return told_to_wait(known, error.retry_after_s, now)
    except Unavailable:
        return unanswered(known, now)


def _told(integration: Integration, freshness: Freshness) -> Integration:
    """Return the integration as its owner sees it: what passes by itself is no error of the connection."""
    broken = freshness.problem is not None and freshness.problem not in PASSING
    if freshness.problem is not None and not broken:
        return integration
    return replace(
        integration,
        status=Status.ERROR if broken else Status.ACTIVE,
        problem=freshness.problem,
        next_attempt_at=freshness.next_attempt_at if broken else None,
        expires_at=freshness.expires_at,
    )


def keep_report(
    report: Report, source: Source, file: BrandFile, *, metrics: Metrics, pause: Callable[[int], None]
) -> list[MetricPoint]:
    """Take a report in, some days at a time; return what changed, derived points too."""
    changed: list[MetricPoint] = []
    for few in _some_days(report):
        buckets = {row.bucket for row in (*few.hours, *few.days)}
        days = {bucket_at(bucket.start, Period.DAILY, few.zone) for bucket in buckets}
        changed += _commit(
            lambda ledger, few=few: absorb(ledger, few, source, connected=connected(file)),  # type: ignore[misc]
            pages_needed(buckets | days, file.brand),
            file.brand,
            metrics,
            pause,
        )
    return changed


def keep_points(
    points: Sequence[MetricPoint],
    brand: Brand,
    *,
    connected: Collection[Source],
    metrics: Metrics,
    pause: Callable[[int], None],
) -> list[MetricPoint]:
    """Write the points that say something new, with all that follows from them; return what changed.

    `points` may be any number, of any sources and periods; a blend waits for the `connected`
    sources; `pause` waits before the n-th new try.
    """
    changed: list[MetricPoint] = []
    ordered = sorted(points, key=lambda p: (p.bucket.start, p.bucket.end, p.source.value))
    for start in range(0, len(ordered), _POINTS_A_COMMIT):
        few = ordered[start : start + _POINTS_A_COMMIT]
        changed += _commit(
            lambda ledger, few=few: keep(ledger, few, connected=connected),  # type: ignore[misc]
            pages_needed((point.bucket for point in few), brand),
            brand,
            metrics,
            pause,
        )
    return changed


def connected(file: BrandFile) -> set[Source]:
    """Return the sources that a brand's blends wait for."""
    return {i.platform.source for i in file.integrations if i.status is not Status.DISCONNECTED}


def _commit(
    change: Callable[[Ledger], list[MetricPoint]],
    page_ids: Collection[str],
    brand: Brand,
    metrics: Metrics,
    pause: Callable[[int], None],
) -> list[MetricPoint]:
    """Read pages, change them, and write them with their documents in one atomic commit.

    When another source of the brand wrote first, everything is read and computed again: nothing
    is lost, nothing half-written.
    """
    for attempt in range(1, _TRIES + 1):
        ledger = Ledger(brand, metrics.pages(brand.id, page_ids))
        changed = change(ledger)
        if not ledger.touched():
            return []
        try:
            metrics.commit(brand.id, changed, ledger.touched())
        except Contended:
            if attempt == _TRIES:
                raise
            pause(attempt)
        else:
            return changed
    raise AssertionError  # the last attempt returns or raises


def _some_days(report: Report) -> Iterator[Report]:
    """Cut a report into pieces whose documents fit one commit: hours weigh with their blends."""
    by_day: dict[Bucket, tuple[list[ReportRow], list[ReportRow]]] = {}
    for kind, rows in enumerate((report.hours, report.days)):
        for row in rows:
            day = bucket_at(row.bucket.start, Period.DAILY, report.zone)
            by_day.setdefault(day, ([], []))[kind].append(row)
    piece: tuple[list[ReportRow], list[ReportRow]] = ([], [])
    for _, (hours, days) in sorted(by_day.items()):
        if len(piece[0]) + len(piece[1]) + len(hours) > _ROWS_A_COMMIT:
            yield replace(report, hours=tuple(piece[0]), days=tuple(piece[1]))
            piece = ([], [])
        piece[0].extend(hours)
        piece[1].extend(days)
    yield replace(report, hours=tuple(piece[0]), days=tuple(piece[1]))


def _connection(file: BrandFile | None, source: Source) -> Integration | None:
    if file is None:
        return None
    for integration in file.integrations:
        if integration.platform.source is source and integration.status is not Status.DISCONNECTED:
            return integration
    return None
