"""`make figures PART=web`: what the page weighs, how soon it shows and follows, and whom it shuts out.

`script_gzip_kb` and `css_gzip_kb` are what a signed-in reader's browser loads until the first chart, at
gzip -9; the Firebase SDK, which comes beside it, is not counted. `first_chart_ms` counts from the
beginning of the navigation, `live_update_p50_ms` from the beginning of a write until the page shows it.
"""

from __future__ import annotations

import gzip
import os
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bench.figures import show
from bench.page import STATES, Window, browser, context, hosts, picture, serious, window
from bench.page import show as show_state
from bench.shop import Shop, open_shop
from local.dashboard import WEB
from local.demo import demo, seed, tell
from local.platform import REPO, Platform

if TYPE_CHECKING:
    from collections.abc import Iterable

    from playwright.sync_api import Browser

_LOADS, _WRITES = 5, 11
_PICTURES = REPO / ".warroom" / "pictures"
_NOTE_FIRST_CHART = """
new MutationObserver((_, watcher) => {
  if (!document.querySelector(".plot canvas")) return;
  window.firstChart = performance.now();
  watcher.disconnect();
}).observe(document, { childList: true, subtree: true });
"""
_CHANGED = "before => document.querySelector('.tile[aria-pressed=true] .tile-value').innerText !== before"


def main() -> int:
    with (
        tempfile.TemporaryDirectory() as folder,
        Platform.start(state=Path(folder), with_page=True, say=lambda _: None) as platform,
    ):
        os.environ.update(platform.env)
        shop = open_shop(datetime.now(UTC))
        _demo(platform)
        if not platform.page_ready(300):
            raise SystemExit(platform.page_says)
        if not platform.auth_ready(300):
            raise SystemExit(platform.auth_says)
        with browser() as started:
            figures = _signed_in(platform, started, shop)
            figures["states_pictured"], shut_out = _states(platform, started)
            show(figures | {"axe_serious": figures["axe_serious"] + shut_out})
    return 0


def _demo(platform: Platform) -> None:
    told = demo(datetime.now(UTC))
    tell(told, platform.urls["world"])
    seed(told)
    platform.watch_all()
    platform.tick()


def _signed_in(platform: Platform, started: Browser, shop: Shop) -> dict[str, int | float]:
    with context(started, size=(1440, 900)) as own:
        own.add_init_script(_NOTE_FIRST_CHART)
        tab = window(own, platform.urls["gateway"])
        tab.open(brand="aurora", lang="en")
        tab.sign_in()
        tab.see(".plot canvas")
        loads = []
        for _ in range(_LOADS):
            before = len(tab.asked)
            tab.open(brand="aurora", lang="en")
            tab.see(".plot canvas")
            loads.append(float(tab.page.evaluate("window.firstChart")))
        scripts, styles = (_weight(tab.asked[before:], ending) for ending in (".js", ".css"))
        tab.banded()
        found = len(serious(tab))
        follows = _follow(tab, shop)
        return {
            "script_gzip_kb": round(scripts / 1000, 1),
            "css_gzip_kb": round(styles / 1000, 1),
            "first_chart_ms": round(median(loads)),
            "live_update_p50_ms": round(median(follows)),
            "third_party_requests": len(tab.strangers(hosts(platform))),
            "axe_serious": found,
        }


def _follow(tab: Window, shop: Shop) -> list[float]:
    """Time how long it takes from a write until the page, left alone, shows another figure."""
    tab.open(brand="cobalt", lang="en", source="meta", metric="revenue")
    tab.banded()
    took = []
    for n in range(_WRITES):
        before = tab.see(".tile[aria-pressed=true] .tile-value")
        began = time.monotonic()
        shop.sell(revenue=1.01 + n / 100, now=datetime.now(UTC))
        tab.page.wait_for_function(_CHANGED, arg=before, polling="raf")
        took.append((time.monotonic() - began) * 1000)
    return took


def _states(platform: Platform, started: Browser) -> tuple[int, int]:
    """Picture every state in either light; count them, and what axe finds in them."""
    pictured, found = set(), 0
    for scheme in ("light", "dark"):
        for scenario in STATES:
            with context(started, scheme=scheme) as own:
                tab = window(own, platform.urls["gateway"])
                show_state(tab, scenario)
                picture(tab, _PICTURES, f"{scenario}-{scheme}")
                pictured.add(scenario)
                found += len(serious(tab))
    return len(pictured), found


def _weight(asked: Iterable[str], ending: str) -> int:
    """Return how many bytes our own files of a kind have, at gzip -9."""
    names = {urlsplit(url).path for url in asked}
    ours = [name for name in names if name.endswith(ending) and "/firebase-" not in name]
    return sum(len(gzip.compress((WEB / "dist" / name.lstrip("/")).read_bytes(), 9)) for name in ours)


if __name__ == "__main__":
    sys.exit(main())
