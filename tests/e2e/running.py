"""What end-to-end tests do to a running platform, and how they wait for it."""

from __future__ import annotations

import base64
import json
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import requests

from local.demo import Demo, demo, seed, tell
from local.journal import Journal
from local.world.tenants import OTHER
from shared import wiring
from shared.core.aggregate import PARTS
from shared.core.brand import Brand, BrandId
from shared.core.freshness import ASK_AGAIN
from shared.core.integration import Integration, Platform, Status
from shared.core.secret import Secret
from shared.core.sentry.settings import SentrySettings

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.platform import Platform as LocalPlatform
    from shared.core.metric import Source

_PATIENCE_S = 60.0


@dataclass(frozen=True, slots=True)
class Running:
    platform: LocalPlatform
    told: Demo
    journal: Journal

    def world(self, what: str, body: dict[str, object]) -> None:
        answer = requests.post(f"{self.platform.urls['world']}/_world/{what}", json=body, timeout=5)
        answer.raise_for_status()

    def make_due(self) -> None:
        """Let every source of the brand be due now, whenever it was read last."""
        sources = [(self.told.brand.id, source) for source in PARTS]
        wiring.timetable().ask(sources, datetime.now(UTC) - ASK_AGAIN)

    def second_brand(self) -> BrandId:
        """Connect another brand to the other tenant's accounts; it was read an hour ago and is due."""
        other = Brand(BrandId("boreal"), "other", "Boreal", OTHER.story.zone, "USD", "en", "purchase")
        now, brands, keys, timetable = datetime.now(UTC), wiring.brands(), wiring.keys(), wiring.timetable()
        brands.create(other, SentrySettings(), now=now)
        for platform, key, account in (
            (Platform.META_ADS, OTHER.meta_key, OTHER.meta_account),
            (Platform.GOOGLE_ADS, OTHER.google_key, OTHER.google_account),
            (Platform.GA4, OTHER.ga4_key, OTHER.ga4_account),
        ):
            sealed = keys.seal(Secret(key), brand_id=other.id, purpose=platform.value, account_id=account)
            brands.connect(Integration(other.id, platform, account, sealed, Status.ACTIVE, now), now)
            timetable.ask([(other.id, platform.source)], now)
            claim = timetable.claim(other.id, platform.source, now)
            if claim is not None:
                before = now - timedelta(hours=1)
                known = replace(claim.freshness, last_success_at=before, next_attempt_at=now, asked_at=None)
                timetable.settle(claim, known)
        return other.id

    def is_being_read(self, source: Source) -> bool:
        known = wiring.timetable().of(self.told.brand.id)
        return any(k.source is source and k.lease_until is not None for k in known)

    def succeeded_since(self, instant: datetime, brand_id: BrandId) -> set[str]:
        """Name the sources of a brand that were read since."""
        known = wiring.timetable().of(brand_id)
        return {k.source.value for k in known if k.last_success_at and k.last_success_at >= instant}

    def tick(self) -> None:
        """Tick, and wait until everything that follows from it is done."""
        before = self.calls()
        self.make_due()
        self.platform.tick()
        until(lambda: all(self.calls().get(s, 0) > before.get(s, 0) for s in ("meta", "google-ads", "ga4")))
        self.quiet()

    def quiet(self) -> None:
        """Wait until events are settled, every anomaly is explained and everybody told."""
        self.settle()
        until(lambda: self.journal.unexplained() == 0 and self.journal.untold() == 0)

    def settle(self) -> None:
        """Wait until a second passes without an event."""
        seen, since = self.platform.relay(), time.monotonic()
        while time.monotonic() - since < 1.0:
            time.sleep(0.1)
            if (now := self.platform.relay()) != seen or now["waiting"]:
                seen, since = now, time.monotonic()

    def calls(self) -> dict[str, int]:
        """Return how often each platform was asked for anything."""
        told = requests.get(f"{self.platform.urls['world']}/_world/calls", timeout=5).json()
        return {name: sum(routes.values()) for name, routes in told.items()}

    def get(self, path: str, *, uid: str | None = None, **parameters: str) -> requests.Response:
        headers = {"Authorization": f"Bearer {token(self.platform.project, uid)}"} if uid else {}
        url = self.platform.urls["gateway"] + path
        return requests.get(url, params=parameters, headers=headers, timeout=20)

    def month(self) -> dict[str, str]:
        """Return a range of the last four weeks, by hours."""
        end = datetime.now(UTC)
        start = end - timedelta(days=28)
        return {"startDate": f"{start:%Y-%m-%d}", "endDate": f"{end:%Y-%m-%d}", "period": "hourly"}

    def sources_since(self, instant: datetime) -> set[Source]:
        return self.journal.sources_since(instant)


def lived_in(platform: LocalPlatform) -> Running:
    """Let the demo brand live on a platform: seeded, watched, and ticked once, all that follows included."""
    told = demo(datetime.now(UTC))
    running = Running(platform, told, Journal(platform.project, platform.urls["world"], told))
    tell(told, platform.urls["world"])
    seed(told)
    platform.watch_all()
    running.tick()
    return running


def token(project: str, uid: str, **more: object) -> str:
    """Make an unsigned ID token, as the Auth emulator does; `more` claims beside the usual ones."""
    now = int(time.time())
    claims: dict[str, Any] = {
        "iss": f"https://securetoken.google.com/{project}",
        "aud": project,
        "sub": uid,
        "user_id": uid,
        "iat": now,
        "auth_time": now,
        "exp": now + 3600,
        **more,
    }
    parts = ({"alg": "none", "typ": "JWT"}, claims)
    encoded = (base64.urlsafe_b64encode(json.dumps(p).encode()).decode().rstrip("=") for p in parts)
    return ".".join((*encoded, ""))


def until(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while not done():
        if time.monotonic() > deadline:
            raise TimeoutError(f"nothing came within {_PATIENCE_S:.0f} s")
        time.sleep(0.05)
