"""What the simulated world remembers: its clock, each tenant's story, pending faults, mail and calls."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from starlette.requests import Request

    from local.world.meta_runs import Run
    from local.world.story import Story
    from local.world.tenants import Tenant

GOOGLE_PAGE = 10_000
RUN_POLLS = 2
_META_TOKEN_LIFE = timedelta(days=60)


@dataclass(slots=True)
class Fault:
    """A scripted misfortune of one platform: `times` more of them, or for ever when None.

    `seed` picks its shape, where it has several.
    """

    platform: str
    name: str
    times: int | None = 1
    account: str | None = None
    seconds: float = 2.0
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class Grant:
    """An access token given out: whose it is, for which scopes, until when, and what it meets if anything."""

    tenant: Tenant
    scopes: frozenset[str]
    expires: datetime
    refusal: str | None = None


@dataclass(slots=True)
class Tuning:
    """What one tenant's platforms say about themselves: usage in percent, moments, GA4's remaining quota.

    `throttled` counts the report runs that were refused because one was running already.
    """

    usage_percent: int = 3
    app_percent: int = 3
    regain_minutes: int = 0
    throttled: int = 0
    demands_proof: bool = False
    never_expires: bool = False
    expires: datetime | None = None
    data_access_expires: datetime | None = None
    quota: dict[str, int] = field(default_factory=dict)

    def expires_at(self, now: datetime) -> datetime | None:
        """Return when the Meta token ends: always 60 days ahead unless set, None for never."""
        return None if self.never_expires else self.expires or now + _META_TOKEN_LIFE


@dataclass(slots=True)
class World:
    frozen_at: datetime | None = None
    stories: dict[str, Story] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    grants: dict[str, Grant] = field(default_factory=dict)
    slack: list[dict[str, Any]] = field(default_factory=list)
    mail: list[dict[str, Any]] = field(default_factory=list)
    calls: dict[str, Counter[str]] = field(default_factory=dict)
    google_page: int = GOOGLE_PAGE
    tunings: dict[str, Tuning] = field(default_factory=dict)
    runs: dict[str, Run] = field(default_factory=dict)
    run_polls: int = RUN_POLLS
    run_outcomes: list[str] = field(default_factory=list)
    runs_look_done: bool = False
    consented_at: datetime | None = None
    smtp_port: int | None = None
    released: asyncio.Event = field(default_factory=asyncio.Event)

    def now(self) -> datetime:
        return self.frozen_at or datetime.now(UTC)

    def story(self, tenant: Tenant) -> Story:
        return self.stories.get(tenant.name, tenant.story)

    def tuning(self, tenant: Tenant) -> Tuning:
        return self.tunings.setdefault(tenant.name, Tuning())

    def grant(self, token: str) -> Grant | None:
        """Return what a live access token permits; tokens age by the real clock, as their holders do."""
        grant = self.grants.get(token)
        return grant if grant is not None and datetime.now(UTC) < grant.expires else None

    def issue(self, tenant: Tenant, scopes: frozenset[str], lifetime: timedelta, refusal: str | None) -> str:
        token = f"ya29.{tenant.name}-{len(self.grants) + 1}"
        self.grants[token] = Grant(tenant, scopes, datetime.now(UTC) + lifetime, refusal)
        return token

    def count(self, platform: str, route: str) -> None:
        self.calls.setdefault(platform, Counter())[route] += 1

    def strike(self, platform: str, path: str) -> Fault | None:
        """Use up one pending fault that fits, oldest first."""
        for fault in self.faults:
            if fault.platform == platform and (fault.account is None or fault.account in path):
                if fault.times is not None:
                    fault.times -= 1
                    if fault.times <= 0:
                        self.faults.remove(fault)
                return fault
        return None

    def reset(self) -> None:
        """Forget everything but the tokens given out; let go of whoever is being kept waiting."""
        self.frozen_at = None
        self.google_page = GOOGLE_PAGE
        self.run_polls = RUN_POLLS
        self.runs_look_done = False
        self.consented_at = None
        for kept in (self.stories, self.tunings, self.runs, self.calls):
            kept.clear()
        for kept_in_order in (self.faults, self.run_outcomes, self.slack, self.mail):
            kept_in_order.clear()
        self.released.set()
        self.released = asyncio.Event()


def world_of(request: Request) -> World:
    return cast("World", request.app.state.world)
