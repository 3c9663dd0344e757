"""`make figures PART=security`: what is promised about keys and tenants, measured now.

One line a promise. Ends with 1 when one is broken, and with an error when something it needs is missing.
"""

from __future__ import annotations

import os
import sys
import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import requests

from bench import envelopes, forgeries, leaks, outbound, prompts, secrecy, tenancy
from bench.fuzz import fuzz, shots
from local.platform import REPO, Platform
from shared import wiring
from shared.core.brand import BrandId
from shared.core.sentry.settings import SentrySettings
from tests.e2e.running import Running, lived_in, token
from tests.rules.answers import complaint, verdicts
from tests.rules.emulator import Project
from tests.rules.matrix import CANARY, CASES, SMALL_CASES
from tests.rules.world import SEED as WORLD

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_SEED = 20_260_129
_SHOTS = 6_000
_ASKERS = {"owner": "fuzzer", "stranger": "stranger"}

Figures = dict[str, object]

NONE = frozenset(
    {
        *("accepted", "opened", "cross_brand_reads", "writes", "canary_hits", "http_500", "html_errors"),
        *("connections", "leaked", "findings"),
    }
)
"""Figures that must be 0."""

ALIKE = (("cases", "passed"), ("allow_lines", "covered_both_ways"))
"""Figures that must be the same."""

LEAST = {"requests": 1, "cases": 1, "allow_lines": 1, "forged": 1, "bitflips": 1, "moved": 1, "places": 1}
LEAST |= {"urls": 1, "prompts": 1}
"""Figures that say nothing when they are smaller."""


def broken(name: str, figures: Mapping[str, object]) -> Iterator[str]:
    """Name the figures that break a promise."""
    yield from (f"{name}: {key}={figures[key]}" for key in sorted(NONE & set(figures)) if figures[key] != 0)
    for whole, part in ALIKE:
        if figures.get(whole) != figures.get(part):
            yield f"{name}: {whole}={figures[whole]} but {part}={figures[part]}"
    least = LEAST | ({"requests": 5_000} if name == "fuzz" else {})
    for key, fewest in least.items():
        value = figures.get(key, fewest)
        if not isinstance(value, int) or value < fewest:
            yield f"{name}: {key}={value}"
    for key, value in figures.items():
        if isinstance(value, str) and not _is_whole(value):
            yield f"{name}: {key}={value}"


def main() -> int:
    complaints: list[str] = []

    def show(name: str, figures: Figures) -> None:
        told = " ".join(f"{key}={value}" for key, value in figures.items())
        print(f"{name}: {told}" if name else told, flush=True)
        complaints.extend(broken(name, figures))

    with (
        tempfile.TemporaryDirectory() as folder,
        Platform.start(state=Path(folder), with_auth=False, say=_quiet) as platform,
    ):
        os.environ.update(platform.env)
        for name, measure in _parts(platform, complaints).items():
            show(name, measure())
    for each in complaints:
        print(f"broken: {each}", file=sys.stderr)
    return bool(complaints)


def _parts(platform: Platform, complaints: list[str]) -> dict[str, Callable[[], Figures]]:
    """Return every promise's measurement, in the order in which they are shown."""
    lived: list[Running] = []

    def running() -> Running:
        if not lived:
            lived.append(lived_in(platform))
        lived[0].quiet()
        return lived[0]

    return {
        "rules": lambda: _rules(platform),
        "tokens": forgeries.measure,
        "tenancy": lambda: tenancy.measure(running()),
        "envelope": envelopes.measure,
        "": lambda: secrecy.measure(running(), _SEED),
        "fuzz": lambda: _fuzz(running(), complaints),
        "ssrf": outbound.measure,
        "injection": prompts.measure,
        "secrets_scan": lambda: leaks.measure(REPO),
    }


def _rules(platform: Platform) -> Figures:
    """Ask the rules engine every case; SystemExit when no rules are loaded, for all would be allowed."""
    rules = (REPO / "firestore.rules").read_text(encoding="utf-8")
    with requests.Session() as session:
        project = Project(session, f"127.0.0.1:{platform.ports['firestore']}", "demo-rules")
        project.load_rules(rules)
        project.seed(WORLD)
        if project.ask(CANARY).status != 403:
            raise SystemExit("no rules are loaded")
        passed = sum(complaint(case, project) is None for case in CASES)
        project.load_rules(rules)  # what was kept for coverage is forgotten, and big values with it
        for case in SMALL_CASES:
            complaint(case, project)
        lines = verdicts(rules, project)
    both = sum(said == {True, False} for said in lines.values())
    return {"cases": len(CASES), "passed": passed, "allow_lines": len(lines), "covered_both_ways": both}


def _fuzz(running: Running, complaints: list[str]) -> Figures:
    owned = replace(running.told.brand, id=BrandId("fuzzed"), owner_id="fuzzer")
    wiring.brands().create(owned, SentrySettings(), now=datetime.now(UTC))
    tokens = {who: token(running.platform.project, uid) for who, uid in _ASKERS.items()}
    report = fuzz(running.platform.urls["gateway"], list(shots(owned.id, tokens, _SHOTS, _SEED)))
    complaints.extend(f"fuzz: {worst}" for worst in report.worst)
    return {"requests": report.requests, "http_500": report.http_500, "html_errors": report.not_json}


def _is_whole(share: str) -> bool:
    part, _, whole = share.partition("/")
    return share == "100%" or (part == whole and part.isdecimal() and int(part) > 0)


def _quiet(_text: str) -> None:
    """Say nothing: figures come alone."""


if __name__ == "__main__":
    sys.exit(main())
