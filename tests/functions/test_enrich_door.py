"""The enrich door as it is deployed: a real model's server, a real store, and an anomaly that waits."""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING, Any

import pytest
import requests
from google.cloud.firestore import Client

from shared.adapters.firestore.anomalies import FirestoreAnomalies
from shared.adapters.firestore.brands import FirestoreBrands
from shared.core.sentry.settings import SentrySettings
from tests.functions.conftest import forget, prepare
from tests.functions.doors import client_of, push
from tests.unit.core.anomalies import raised_anomaly
from tests.unit.core.points import BRAND, NOW
from tests.world import running_world

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def world() -> Iterator[str]:
    with running_world() as url:
        yield url


@pytest.fixture
def waiting(
    monkeypatch: pytest.MonkeyPatch, firestore_emulator: str, project_id: str, closed: str, world: str
) -> Iterator[Client]:
    """A brand with an anomaly of which nobody is told, so that the door asks no queue."""
    prepare(monkeypatch, closed)
    requests.post(f"{world}/_world/reset", json={}, timeout=5).raise_for_status()
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", firestore_emulator)
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", project_id)
    monkeypatch.setenv("GEMINI_BASE", f"{world}/gemini")
    client = Client(project=project_id)
    list(client.collections())  # a cold emulator takes longer than our own calls may
    FirestoreBrands(client).create(BRAND, SentrySettings(), now=NOW)
    FirestoreAnomalies(client).create([raised_anomaly(told=False)])
    yield client
    client.close()
    forget()


def explained(client: Client) -> dict[str, Any]:
    """Wake the door for the anomaly; return its document as it then stands."""
    anomaly = raised_anomaly()
    event = push({"v": 1, "brandId": BRAND.id, "anomalyId": anomaly.id})
    assert client_of("enrich").post("/", json=event).status_code == 200
    stored = client.document(f"brands/{BRAND.id}/performance_anomalies/{anomaly.id}").get()
    return stored.to_dict() or {}


def fault(world: str, name: str) -> None:
    body = {"platform": "gemini", "fault": name, "times": None}
    requests.post(f"{world}/_world/faults", json=body, timeout=5).raise_for_status()


def test_an_anomaly_gets_its_insight_and_its_origin(waiting: Client) -> None:
    stored = explained(waiting)

    assert stored["insightState"] == "done"
    assert set(stored["aiInsight"]) == {"explanation", "suggestedAction"}
    assert "€2.50" in stored["aiInsight"]["explanation"]
    assert stored["insightOrigin"]["model"] == "gemini-3.8-flash"


def test_on_vertex_ai_it_needs_no_key(
    waiting: Client, world: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = requests.get(f"{world}/_world/service-account", timeout=5).json()
    (tmp_path / "account.json").write_text(json.dumps(account))
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "account.json"))
    monkeypatch.delenv("GEMINI_API_KEY")
    monkeypatch.setenv("GEMINI_VERTEX_LOCATION", "southamerica-east1")
    forget()

    assert explained(waiting)["insightState"] == "done"
    calls = requests.get(f"{world}/_world/calls", timeout=5).json()["gemini"]
    (route,) = calls
    assert "/locations/southamerica-east1/publishers/google/models/" in route


def test_a_brand_beyond_its_allowance_gets_our_own_words_and_the_reason(
    waiting: Client, world: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INSIGHT_DAILY_CALLS", "0")
    forget()

    stored = explained(waiting)

    assert (stored["insightState"], stored["insightOrigin"]["reason"]) == ("fallback", "daily_calls_spent")
    assert "gemini" not in requests.get(f"{world}/_world/calls", timeout=5).json()


@pytest.mark.parametrize("name", ["reversed", "digits", "html_502", "invalid_key", "429"])
def test_a_model_that_lies_or_fails_leaves_no_anomaly_unexplained(
    waiting: Client, world: str, name: str
) -> None:
    fault(world, name)

    stored = explained(waiting)

    assert stored["insightState"] == "fallback"
    assert stored["aiInsight"]["explanation"].startswith("CPC on Meta Ads")
    assert "model" not in stored["insightOrigin"]


def test_why_our_own_words_were_used_is_in_the_log(
    waiting: Client, world: str, capsys: pytest.CaptureFixture[str]
) -> None:
    fault(world, "digits")

    explained(waiting)

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if line.startswith("{")]
    (said,) = [line for line in lines if line.get("message") == "insight_fallback"]
    assert (said["severity"], said["reason"]) == ("WARNING", "digits")


@pytest.mark.long
@pytest.mark.timeout(50)  # a function's own time is a minute
def test_a_model_that_hangs_is_given_up_within_the_doors_time(waiting: Client, world: str) -> None:
    fault(world, "hang")

    assert explained(waiting)["insightOrigin"]["reason"] == "unavailable"


def test_a_server_that_never_accepts_is_nobody(waiting: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as kept:
        kept.bind(("127.0.0.1", 0))
        monkeypatch.setenv("GEMINI_BASE", f"http://127.0.0.1:{kept.getsockname()[1]}")
        forget()

        assert explained(waiting)["insightOrigin"]["reason"] == "unavailable"
