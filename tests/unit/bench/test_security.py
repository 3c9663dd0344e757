"""A promise that is broken, or that was not measured at all, is named."""

from __future__ import annotations

import pytest

from bench.security import broken

KEPT: dict[str, dict[str, object]] = {
    "rules": {"cases": 9, "passed": 9, "allow_lines": 2, "covered_both_ways": 2},
    "tokens": {"forged": 433, "accepted": 0},
    "tenancy": {"requests": 9, "cross_brand_reads": 0, "writes": 0},
    "envelope": {
        "vectors": "66/66",
        "cavp": "7/7",
        "bitflips": 9,
        "accepted": 0,
        "moved": 9,
        "opened": 0,
    },
    "": {"canary_hits": 0, "places": 9},
    "fuzz": {"requests": 5_000, "http_500": 0, "html_errors": 0},
    "ssrf": {"urls": 9, "connections": 0},
    "injection": {"prompts": 9, "leaked": 0, "schema_ok": "100%"},
    "secrets_scan": {"findings": 0, "planted_found": "1/1"},
}
WORSE = {9: 0, 0: 1, 2: 3, 433: 0, 5_000: 4_999, "66/66": "65/66", "7/7": "0/0", "100%": "99%", "1/1": "0/1"}


@pytest.mark.parametrize("name", KEPT)
def test_a_promise_that_is_kept_is_not_named(name: str) -> None:
    assert list(broken(name, KEPT[name])) == []


@pytest.mark.parametrize(("name", "figure"), [(name, figure) for name in KEPT for figure in KEPT[name]])
def test_every_figure_that_is_worse_is_named(name: str, figure: str) -> None:
    worse = {**KEPT[name], figure: WORSE[KEPT[name][figure]]}  # type: ignore[index]

    assert figure in " ".join(broken(name, worse))
