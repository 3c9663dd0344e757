"""The dashboard in a real browser: opened, signed in to, pictured, and searched for what shuts people out."""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from playwright.sync_api import sync_playwright

from local.auth import EMAIL, PASSWORD
from local.browser import chromium, flags
from local.dashboard import WEB

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, BrowserContext, Page

    from local.platform import Platform

PATIENCE_MS = 90_000

_DIGIT = re.compile(r"\d")
_LOOKED_FOR = "google.com/images/cleardot.gif"
"""Firestore's SDK looks for it when the network is away; the page's policy forbids that, and says so."""

STATES = {
    "healthy": ".peace",
    "drop": ".incident",
    "stale": "[data-banner=stale]",
    "token-dead": "[data-banner=dead]",
    "learning": "[data-banner=learning]",
    "empty": "[data-banner=empty]",
    "no-integration": "[data-banner=empty]",
    "no-data": "[data-banner=gap]",
    "partial": "[data-banner=partial]",
    "loading": "main[aria-busy=true] .tile.skeleton",
    "error": "[data-banner=error] code",
    "forbidden": "[data-banner=forbidden]",
    "offline": "[data-banner=offline]",
    "signed-out": ".sign-in",
}
"""Every state that mock mode shows, and what tells it from the others."""

WITHOUT_CHARTS = frozenset({"empty", "no-integration", "loading", "error", "forbidden", "signed-out"})


@dataclass(slots=True)
class Window:
    """One tab, and what it asked whom and complained about."""

    page: Page
    gateway: str
    asked: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    forbidden: set[str] = field(default_factory=set)

    def open(self, **view: str) -> None:
        self.page.goto(f"{self.gateway}/?{urlencode(view)}")

    def sign_in(self, email: str = EMAIL, password: str = PASSWORD) -> None:
        self.page.fill("input[name=email]", email)
        self.page.fill("input[name=password]", password)
        self.page.click(".sign-in button[type=submit]")

    def see(self, selector: str, text: str | None = None) -> str:
        """Wait until something is on the page; return its text."""
        found = self.page.locator(selector)
        (found.filter(has_text=text) if text else found).first.wait_for(timeout=PATIENCE_MS)
        return (found.filter(has_text=text) if text else found).first.inner_text()

    def banded(self) -> None:
        """Wait until charts have their bands: the tiles then say what was expected."""
        self.page.locator(".tile-expected").filter(has_text=_DIGIT).first.wait_for(timeout=PATIENCE_MS)

    def strangers(self, known: set[str]) -> list[str]:
        """Return the addresses it asked that are not of these hosts, without what its policy forbade."""
        asked = (url for url in self.asked if url not in self.forbidden)
        return [url for url in asked if urlsplit(url).netloc not in known]


@contextmanager
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium(), args=flags())
        try:
            yield started
        finally:
            started.close()


def context(
    browser: Browser, *, scheme: str = "light", locale: str = "pt-BR", size: tuple[int, int] = (1280, 860)
) -> BrowserContext:
    """Return a browser of its own: no cookies, no sign-in, nothing kept."""
    width, height = size
    options: dict[str, Any] = {"color_scheme": scheme, "viewport": {"width": width, "height": height}}
    made = browser.new_context(locale=locale, reduced_motion="reduce", **options)
    made.set_default_timeout(PATIENCE_MS)
    return made


def window(context: BrowserContext, gateway: str) -> Window:
    made = Window(context.new_page(), gateway)
    made.page.on("request", lambda request: made.asked.append(request.url))
    made.page.on(
        "requestfailed", lambda request: made.forbidden.add(request.url) if request.failure == "csp" else None
    )
    made.page.on("pageerror", lambda error: made.complaints.append(str(error)))
    made.page.on("console", lambda said: made.complaints.append(said.text) if _is_grave(said.text) else None)
    return made


def _is_grave(said: str) -> bool:
    return "Content Security Policy" in said and _LOOKED_FOR not in said


def hosts(platform: Platform) -> set[str]:
    """Return who a page may talk to on this machine: its own origin and the emulators of Google's."""
    return {urlsplit(platform.urls[name]).netloc for name in ("gateway", "auth", "firestore")}


def show(window: Window, scenario: str, **view: str) -> None:
    """Open one state of mock mode and wait until it is all there."""
    window.open(mock="true", scenario=scenario, **view)
    window.see(STATES[scenario])
    if scenario not in WITHOUT_CHARTS:
        window.see(".plot canvas")
        if scenario != "learning":
            window.banded()


def serious(window: Window) -> list[str]:
    """Return what axe finds serious or worse, as rule and place."""
    window.page.evaluate((WEB / "node_modules" / "axe-core" / "axe.min.js").read_text())
    found = window.page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    return [
        f"{each['id']}: {node['target']}"
        for each in found["violations"]
        if each["impact"] in {"serious", "critical"}
        for node in each["nodes"]
    ]


def picture(window: Window, folder: Path, name: str, *, whole: bool = True) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.png"
    window.page.screenshot(path=path, full_page=whole)
    return path
