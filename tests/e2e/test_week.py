"""Two days around the night in which clocks go back; `make figures PART=ingest` runs the whole week."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from unittest import mock

import pytest
from google.cloud.firestore import Client

from bench.week import (
    CLOCKS_GO_BACK,
    Lived,
    Scene,
    check,
    content,
    fingerprint,
    interleaved,
    live,
    replay,
    shuffled,
)
from shared.core.history import Page
from shared.core.looks import Looks
from tests.world import running_world

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shared.core.metric import MetricPoint

BEGIN = CLOCKS_GO_BACK - timedelta(hours=27)  # midnight in Rome


@pytest.fixture(scope="module")
def lived(firestore_emulator: str) -> Iterator[Lived]:
    with pytest.MonkeyPatch.context() as patch, running_world() as world:
        patch.setenv("FIRESTORE_EMULATOR_HOST", firestore_emulator)
        yield live(Scene(Client(project="demo-week-lived"), world), BEGIN, days=2)


@pytest.fixture
def client(firestore_emulator: str, project_id: str, monkeypatch: pytest.MonkeyPatch) -> Client:
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", firestore_emulator)
    return Client(project=project_id)


def test_nothing_is_lost_doubled_or_taken_back(lived: Lived) -> None:
    found = check(lived)

    assert found["points"] > 300
    assert {n: found[n] for n in ("lost", "duplicated", "regressions", "mismatches")} == {
        "lost": 0,
        "duplicated": 0,
        "regressions": 0,
        "mismatches": 0,
    }
    assert found["truth_mismatches"] == 0


def test_the_misfortunes_were_met(lived: Lived) -> None:
    flags = {flag for fields in lived.scene.documents().values() for flag in fields["flags"]}  # type: ignore[attr-defined]

    assert {"partial", "dst", "incomplete:meta"} <= flags
    assert lived.readings > len(lived.scene.said) + 10


def test_other_sources_in_between_and_old_answers_again_end_byte_for_byte_the_same(
    lived: Lived, client: Client
) -> None:
    again = replay(client, interleaved(lived.scene.said, seed=1), BEGIN)

    assert fingerprint(again.documents()) == fingerprint(lived.scene.documents())
    assert again.store.regressions == 0


def test_answers_in_no_order_at_all_end_with_the_same_content(lived: Lived, client: Client) -> None:
    again = replay(client, shuffled(lived.scene.said, seed=3), BEGIN)

    assert content(again.documents()) == content(lived.scene.documents())
    assert again.store.regressions == 0


# The checker must be able to fail.


def test_a_document_that_vanished_is_lost_and_one_too_many_is_doubled(lived: Lived) -> None:
    documents = lived.scene.documents()
    hour = "metric_fjord_google_2026-10-24T12Z"
    stray = documents[hour] | {"id": "metric_fjord_google_2026-11-01T12Z"}
    stray["timestamp"] += timedelta(days=8)  # type: ignore[operator]
    tampered = {n: f for n, f in documents.items() if n != hour} | {str(stray["id"]): stray}

    with mock.patch.object(Scene, "documents", return_value=tampered):
        found = check(lived)

    assert (found["lost"], found["duplicated"]) == (1, 1)
    assert found["mismatches"] > 0


def test_without_the_guard_of_restatements_order_leaves_a_trace(lived: Lived, client: Client) -> None:
    def unguarded(page: Page, point: MetricPoint) -> MetricPoint:
        return page._kept(point)

    with mock.patch.object(Page, "put", unguarded):
        again = replay(client, shuffled(lived.scene.said, seed=3), BEGIN)

    assert content(again.documents()) != content(lived.scene.documents())
    assert again.store.regressions > 0


def test_without_remembered_looks_purchases_depend_on_the_order(lived: Lived, client: Client) -> None:
    with mock.patch.object(Looks, "add", return_value=False):
        again = replay(client, shuffled(lived.scene.said, seed=3), BEGIN)

    assert content(again.documents()) != content(lived.scene.documents())
