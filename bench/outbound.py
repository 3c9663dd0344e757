"""Who could lead us elsewhere, and where we really went: settings, account ids, redirects, a proxy.

Every address that this process looks up or connects to is heard of from the interpreter itself.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from itertools import product
from typing import TYPE_CHECKING, Any
from unittest.mock import patch
from urllib.parse import urlsplit

from local.world.tenants import DEMO
from shared.adapters.gemini import GeminiWriter
from shared.adapters.identity import CertificateCache
from shared.adapters.slack import SlackBot
from shared.adapters.sources.ga4 import Ga4
from shared.adapters.sources.google_ads import GoogleAds
from shared.adapters.sources.meta import MetaAds
from shared.config import PRODUCTION_BASES, Config
from shared.core.insight import brief
from shared.core.integration import Platform
from shared.core.message import Message
from shared.core.query import Validation
from shared.core.secret import Secret
from shared.errors import WarRoomError
from tests.scripted import scripted
from tests.unit.core.anomalies import raised_anomaly
from tests.unit.core.points import BRAND

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

ELSEWHERE = "127.0.0.1:9"
"""Where a redirect or a proxy would lead."""

HOSTILE = (
    "https://evil.example",
    "http://127.0.0.1.evil.example",
    "http://localhost@evil.example",
    "http://127.0.0.1:80@evil.example",
    "http://10.0.0.1",
    "http://169.254.169.254",
    "http://0.0.0.0:80",
    "127.0.0.1:9000",
    "evil.example",
    "http://evil.example\\@127.0.0.1/",
    "http://evil.example#@127.0.0.1/",
    "http://127.0.0.1\t.evil.example/",
    "http://[::ffff:169.254.169.254]/",
    "http://2130706433/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:11211/",
)
"""Addresses of a platform that no configuration may name, not even of a local run."""

ACCOUNTS = (
    *(
        "..",
        "1/..",
        "../../me",
        "act_1/../me",
        "1?fields=id",
        "1#",
        "1%2F..",
        "1@evil.example",
        "//evil.example/",
    ),
    *("1\r\nHost: evil.example", "1\n", " 1", "\uff11", "act_", "", "1" * 33, "act_1\\@evil.example"),
)
"""Account ids that would change what is asked, or whom: an id becomes part of an address."""

_LOCAL = {"GOOGLE_CLOUD_PROJECT": "demo-aurora", "FIRESTORE_EMULATOR_HOST": "127.0.0.1:8080"}
_CLOUD = {"GOOGLE_CLOUD_PROJECT": "aurora-prod", "K_SERVICE": "ingest"}
_BRIEF = brief(raised_anomaly(), BRAND)
REDIRECTS = (301, 302, 303, 307, 308)
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")


def calls(base: str) -> dict[str, Callable[[], object]]:
    """Return one call of each outside service, as the product makes it, at a base address."""
    host, token_url = base.rstrip("/"), f"{base.rstrip('/')}/token"
    slack, message = SlackBot(f"{host}/api/"), Message("title", ("line",))
    return {
        "meta": lambda: MetaAds(host).check(Secret(DEMO.meta_key), "act_1"),
        "google ads": lambda: GoogleAds(host, token_url).check(Secret(DEMO.google_key), "1234567890"),
        "analytics": lambda: Ga4(host, token_url).check(Secret(DEMO.ga4_key), "1"),
        "gemini": lambda: GeminiWriter(Secret("AIza-made-up"), "gemini-x", host).write(_BRIEF),
        "slack post": lambda: slack.post(Secret("xoxb-made-up"), "C1", message),
        "slack edit": lambda: slack.edit(Secret("xoxb-made-up"), "C1", "C1/1.2", message),
        "certificates": lambda: CertificateCache(host).verifier("kid"),
    }


class Ears:
    """Hears of every look-up and connection of this process while it listens."""

    def __init__(self) -> None:
        self._heard: set[str] | None = None
        sys.addaudithook(self._hear)

    def elsewhere(self, call: Callable[[], object], allowed: str) -> set[str]:
        """Make a call; return where it went to, but for the one place that it may."""
        self._heard = heard = set[str]()
        try:
            with suppress(WarRoomError):
                call()
        finally:
            self._heard = None
        return heard - {allowed, allowed.partition(":")[0]}

    def _hear(self, event: str, told: tuple[Any, ...]) -> None:
        if self._heard is None:
            return
        if event == "socket.getaddrinfo":
            self._heard.add(str(told[0]))
        elif event == "socket.connect":
            self._heard.add(":".join(str(part) for part in told[1][:2]))


def taken() -> list[str]:
    """Return what of the hostile settings and account ids is not refused."""
    found = []
    for name, url, env in product(PRODUCTION_BASES, HOSTILE, (_LOCAL, _CLOUD)):
        with suppress(WarRoomError):
            found.append(f"{name}={Config.from_env({**env, name: url}).bases[name]}")
    for platform, account in product(Platform, ACCOUNTS):
        body = {"brandId": "b", "platform": platform.value, "apiKey": "k", "accountId": account}
        with suppress(WarRoomError):
            found.append(f"{platform.value} {Validation.parse(body).account_id}")
    return found


def redirected(ears: Ears, statuses: Iterable[int] = REDIRECTS) -> dict[str, set[str]]:
    """Redirect every call to elsewhere; return by call where it went to."""
    with scripted() as script:
        found = {}
        for status in statuses:
            script.answers[:] = [(status, {}, {"Location": f"http://{ELSEWHERE}/"})]
            for name, call in calls(script.url).items():
                found[f"{name} {status}"] = ears.elsewhere(call, urlsplit(script.url).netloc)
        return found


def proxied(ears: Ears) -> dict[str, set[str]]:
    """Name a proxy in the environment; return by call where it went to."""
    proxies = {spelt: f"http://{ELSEWHERE}" for name in _PROXIES for spelt in (name, name.lower())}
    with scripted() as script, patch.dict(os.environ, proxies | {"NO_PROXY": "", "no_proxy": ""}):
        script.answer(404, {})
        netloc = urlsplit(script.url).netloc
        return {name: ears.elsewhere(call, netloc) for name, call in calls(script.url).items()}


def measure() -> dict[str, object]:
    """Count as gone to what is not refused: whoever takes an address goes there."""
    ears = Ears()
    followed = redirected(ears) | proxied(ears)
    tried = len(PRODUCTION_BASES) * len(HOSTILE) * 2 + len(Platform) * len(ACCOUNTS) + len(followed)
    return {"urls": tried, "connections": len(taken()) + sum(map(bool, followed.values()))}
