"""`warroom seed`: the demo brand's past, where emulators are, and nowhere else."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from google.cloud.firestore import Client

from local.demo import OWNER
from ops.__main__ import main as warroom
from shared import wiring
from shared.core.brand import BrandId
from shared.core.metric import Source
from tests.functions.conftest import forget
from tests.functions.doors import MASTER_KEY

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def project(firestore_emulator: str, project_id: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", project_id)
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", firestore_emulator)
    monkeypatch.setenv("PERFORMANCE_ENCRYPTION_KEY", MASTER_KEY)
    forget()
    yield project_id
    forget()


def test_the_demo_brand_is_seeded_once(project: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert warroom(["seed", "--dry-run", "--json"]) == 0
    planned = json.loads(capsys.readouterr().out)
    assert list(Client(project=project).collections()) == []

    assert warroom(["seed", "--json"]) == 0
    done = json.loads(capsys.readouterr().out)

    assert planned == {"brand": "aurora", "rows": done["rows"], "points": 0, "dry_run": True}
    assert done["points"] > done["rows"] > 3 * 5 * 7 * 24
    file = wiring.brands().get(BrandId("aurora"))
    assert file is not None
    assert file.brand.owner_id == OWNER
    assert {known.source for known in wiring.timetable().of(file.brand.id)} == set(Source) - {
        Source.AGGREGATED
    }

    assert warroom(["seed"]) == 1
    assert capsys.readouterr().err == "warroom: brand: aurora exists already; it is seeded once\n"


@pytest.mark.parametrize(
    "environment",
    [
        {"GOOGLE_CLOUD_PROJECT": "aurora-prod"},
        {"GOOGLE_CLOUD_PROJECT": "demo-aurora"},
        {"GOOGLE_CLOUD_PROJECT": "demo-aurora", "PUBSUB_EMULATOR_HOST": "127.0.0.1:9"},
        {"GOOGLE_CLOUD_PROJECT": "aurora-prod", "FIRESTORE_EMULATOR_HOST": "127.0.0.1:9"},
    ],
)
def test_elsewhere_it_refuses(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], environment: dict[str, str]
) -> None:
    for name in ("FIRESTORE_EMULATOR_HOST", "PUBSUB_EMULATOR_HOST", "FIREBASE_AUTH_EMULATOR_HOST"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    forget()

    assert warroom(["seed"]) == 1
    assert "FIRESTORE_EMULATOR_HOST" in capsys.readouterr().err
    forget()
