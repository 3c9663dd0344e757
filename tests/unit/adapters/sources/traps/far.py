"""The simulated world as a connector meets it, and what a connector should have told of it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

import requests

from local.world.tenants import DEMO
from shared.adapters.sources.ga4 import Ga4
from shared.adapters.sources.google_ads import GoogleAds
from shared.adapters.sources.meta import MetaAds
from shared.core.integration import Account
from shared.core.metric import Source, Sums, total
from shared.core.report import Asked
from shared.core.secret import Secret
from shared.errors import WarRoomError

if TYPE_CHECKING:
    from collections.abc import Callable
    from zoneinfo import ZoneInfo

    import pytest

    from local.world.story import Story
    from local.world.tenants import Tenant
    from shared.core.report import Report
    from shared.ports import PlatformReader

NOW = datetime(2026, 1, 29, 18, tzinfo=UTC)  # 15:00 in São Paulo, so that no hour is running
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
WRONG = "numbers, and wrong ones"
_PLATFORM = {Source.META: "meta", Source.GOOGLE: "google-ads", Source.ORGANIC: "ga4"}
_HOUR = timedelta(hours=1)

Flagged = tuple[Sums, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Told:
    """A report without what makes no difference: by the buckets' keys, with flags."""

    currency: str
    hours: dict[str, Flagged]
    days: dict[str, Flagged]


class Far:
    """A world in which nothing is scripted yet, at three in the afternoon, and its readers."""

    def __init__(self, base: str) -> None:
        self._base = base
        self.control("reset")
        self.control("clock", now=NOW.isoformat())

    def control(self, name: str, **fields: object) -> None:
        answer = requests.post(f"{self._base}/_world/{name}", json=fields, timeout=5)
        assert answer.status_code == 200, answer.text

    def fault(self, source: Source, name: str, seconds: float = 0.5) -> None:
        self.control("faults", platform=_PLATFORM[source], fault=name, seconds=seconds)

    def reader(self, source: Source) -> PlatformReader:
        token_url = f"{self._base}/google-oauth/token"
        if source is Source.META:
            return MetaAds(f"{self._base}/meta")
        if source is Source.GOOGLE:
            return GoogleAds(f"{self._base}/google-ads", token_url)
        return Ga4(f"{self._base}/ga4", token_url)


@dataclass(frozen=True, slots=True)
class Trap:
    """Something that platforms do and that a connector has to know.

    Attributes:
        name: what they do.
        unfix: takes away what the connector does about it.
        meets: what a connector comes to then: the reason of an error, or WRONG.
        story: the truth of the world's demo tenant.
        arrange: what else is set in the world, before both runs.
        read: asks the connector; by default, for a report of the demo tenant.
        right: what that should give; by default, the story's truth.
    """

    name: str
    source: Source
    unfix: Callable[[pytest.MonkeyPatch], None]
    meets: str = WRONG
    story: Story = DEMO.story
    asked: Asked = field(default=Asked(NOW, "purchase", "BRL"))
    arrange: Callable[[Far, pytest.MonkeyPatch], None] | None = None
    read: Callable[[Far, Trap], object] | None = None
    right: Callable[[Trap], object] | None = None

    def __str__(self) -> str:
        return f"{self.source.value}: {self.name}"

    def set_up(self, far: Far, patch: pytest.MonkeyPatch) -> None:
        far.control("story", story=self.story.to_json())
        far.control("clock", now=self.asked.now.isoformat())
        if self.arrange is not None:
            self.arrange(far, patch)

    def expected(self) -> object:
        return self.right(self) if self.right else truth(self.story, self.source, self.asked)

    def outcome(self, far: Far) -> object:
        """Return what the connector tells, or the reason for which it tells nothing."""
        try:
            return (self.read or report)(far, self)
        except WarRoomError as error:
            return error.reason


def key_of(source: Source, tenant: Tenant = DEMO) -> Secret:
    return Secret(
        {
            Source.META: tenant.meta_key,
            Source.GOOGLE: tenant.google_key,
            Source.ORGANIC: tenant.ga4_key,
        }[source]
    )


def account_of(source: Source, tenant: Tenant = DEMO) -> str:
    accounts = {
        Source.META: tenant.meta_account,
        Source.GOOGLE: tenant.google_account,
        Source.ORGANIC: tenant.ga4_account,
    }
    return accounts[source]


def report(far: Far, trap: Trap) -> Told:
    """Read the demo tenant, whose zone and currency are known as they are after the first reading."""
    asked = replace(trap.asked, account=Account(trap.story.currency, trap.story.zone.key))
    reader = far.reader(trap.source)
    return told(reader.report(key_of(trap.source), account_of(trap.source), asked))


def told(found: Report) -> Told:
    return Told(
        found.currency,
        {row.bucket.key: (row.sums, row.flags) for row in found.hours},
        {row.bucket.key: (row.sums, row.flags) for row in found.days},
    )


def truth(story: Story, source: Source, asked: Asked) -> Told:
    """Return what should be told, worked out from the story's hours alone."""
    zone = story.zone
    last = asked.until or asked.now.astimezone(zone).date()
    lookback = max(asked.days - 1, asked.lookback)
    by_hour = lookback if source is Source.ORGANIC else asked.days - 1
    hours: dict[str, Flagged] = {}
    days: dict[str, Flagged] = {}
    for back in range(lookback, -1, -1):
        day = last - timedelta(days=back)
        starts = _closed_hours(day, zone, asked.now)
        aligned = all(start.minute == 0 for start in starts)
        whole = total(story.hour(source, start) for start in starts)
        days[day.isoformat()] = (_measured(whole, source), () if aligned else ("hours_unaligned",))
        if aligned and back <= by_hour:
            hours |= _hours(story, source, starts)
    return Told(story.currency, hours, days)


def _hours(story: Story, source: Source, starts: list[datetime]) -> dict[str, Flagged]:
    """Return a day's hours; where clocks go back, the first of both has what is in the two."""
    found: dict[str, Flagged] = {}
    for start in starts:
        sums, key = _measured(story.hour(source, start), source), f"{start:%Y-%m-%dT%HZ}"
        if source is Source.META:
            sums = Sums(spend=sums.spend, impressions=sums.impressions, clicks=sums.clicks)
        found[key] = (sums, ())
        if start.astimezone(story.zone).fold:
            first = f"{start - _HOUR:%Y-%m-%dT%HZ}"
            found[first] = (found[first][0] + sums, ("dst",))
            found[key] = (sums - sums, ("dst",))
    return found


def _closed_hours(day: date, zone: ZoneInfo, now: datetime) -> list[datetime]:
    start = datetime.combine(day, time(), zone).astimezone(UTC)
    end = datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)
    hours = (start + n * _HOUR for n in range((end - start) // _HOUR))
    return [hour for hour in hours if hour + _HOUR <= now]


def _measured(sums: Sums, source: Source) -> Sums:
    return Sums(revenue=sums.revenue, conversions=sums.conversions) if source is Source.ORGANIC else sums
