"""Nobody but its owner reads or changes anything of a brand, whatever they ask."""

from __future__ import annotations

from typing import TYPE_CHECKING

from google.cloud.firestore import Client

from bench.tenancy import attack

if TYPE_CHECKING:
    from tests.e2e.running import Running


def test_nobody_but_its_owner_reads_or_changes_anything_of_a_brand(running: Running) -> None:
    running.quiet()
    report, before, after = attack(running, running.told.brand, Client(project=running.platform.project))

    assert report.crossed == []
    assert after == before
    assert {400, 401, 403} <= set(report.statuses)
    assert report.statuses[429] == 0
