"""What a door brings along: only its own adapters and SDKs, so none pays for, or can reach, another's."""

import json
import os
import subprocess
import sys
from functools import cache

import pytest

from tests.functions.doors import EVENT_DOORS, HTTP_DOORS, PROJECT, ROOT, SECRETS, used_by

DOORS = (*HTTP_DOORS, *EVENT_DOORS)

FIRESTORE = {"google.cloud.firestore", "shared.adapters.firestore"}
IDENTITY = {"shared.adapters.identity"}
PUBSUB = {"google.cloud.pubsub_v1", "shared.adapters.pubsub"}
SOURCES = {"shared.adapters.sources"}
VAULT = {"cryptography.hazmat.primitives.ciphers.aead", "shared.adapters.vault"}
GEMINI = {"google.genai", "shared.adapters.gemini"}
SLACK = {"shared.adapters.slack"}
MAIL = {"shared.adapters.email", "smtplib"}
PICTURES = {"shared.adapters.painter"}  # google.genai brings Pillow along by itself

ROOMS = {
    "metrics": FIRESTORE | IDENTITY,
    "anomalies": FIRESTORE | IDENTITY,
    "backtest": FIRESTORE | IDENTITY,
    "expectations": FIRESTORE | IDENTITY,
    "integrations": FIRESTORE | IDENTITY | PUBSUB | SOURCES | VAULT,
    "notifications": FIRESTORE | IDENTITY | VAULT | SLACK | MAIL,
    "validate": FIRESTORE | IDENTITY | SOURCES,
    "schedule": FIRESTORE | PUBSUB,
    "ingest": FIRESTORE | PUBSUB | SOURCES | VAULT,
    "sentry": FIRESTORE | PUBSUB,
    "enrich": FIRESTORE | PUBSUB | GEMINI,
    "answer": FIRESTORE | PUBSUB,
    "sweep": FIRESTORE | PUBSUB,
    "notify": FIRESTORE | VAULT | SLACK | MAIL | PICTURES,
}
"""Each door, and all that it may have beside the core, the edge and its flow."""

GUARDED = FIRESTORE | IDENTITY | PUBSUB | SOURCES | VAULT | GEMINI | SLACK | MAIL | PICTURES
SDKS = {"google.cloud.firestore", "google.cloud.pubsub_v1", "google.genai", "PIL"}
NEVER = {"numpy", "pandas", "google.generativeai", "firebase_admin", "firebase_functions", "local", "ops"}
NEVER |= {"bench", "tests", "pytest", "slack_sdk"}

NOT_BUILT = {"mocked", "origins", "pause"}
"""Wiring that acts or answers rather than builds."""

PROGRAM = """
import json, sys
import main
getattr(main, sys.argv[1])
loaded = sorted(sys.modules)
from shared import wiring
from shared.core.integration import Platform
for name in sys.argv[2:]:
    part = getattr(wiring, name)
    if name == "platform":
        [part(kind) for kind in Platform]
    elif name == "channels":
        part(wiring.keys())
    else:
        part()
print(json.dumps([loaded, sorted(sys.modules)]))
"""


@cache
def modules_of(door: str) -> tuple[frozenset[str], frozenset[str]]:
    """Return what is imported when a door has loaded, and when it has built all that it uses."""
    environment = SECRETS | {
        "GOOGLE_CLOUD_PROJECT": PROJECT,
        "FIRESTORE_EMULATOR_HOST": "127.0.0.1:9",
        "PUBSUB_EMULATOR_HOST": "127.0.0.1:9",
        "FIREBASE_AUTH_EMULATOR_HOST": "127.0.0.1:9",
        "PATH": os.defpath,
    }
    parts = [name for name in used_by(door) if name not in NOT_BUILT]
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, door, *parts],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    loaded, built = json.loads(done.stdout.splitlines()[-1])
    return frozenset(loaded), frozenset(built)


def test_the_table_knows_every_door() -> None:
    assert set(ROOMS) == set(DOORS)


@pytest.mark.parametrize("door", DOORS)
def test_a_door_has_its_own_adapters_and_no_other(door: str) -> None:
    _, built = modules_of(door)

    assert built & GUARDED == ROOMS[door]


@pytest.mark.parametrize("door", DOORS)
def test_a_door_never_imports_another(door: str) -> None:
    _, built = modules_of(door)

    assert {name for name in built if name.startswith("functions.")} == {f"functions.{door}"}


@pytest.mark.parametrize("door", DOORS)
def test_a_door_carries_no_foreign_weight(door: str) -> None:
    _, built = modules_of(door)

    assert {name for name in built if name in NEVER or name.partition(".")[0] in NEVER} == set()


@pytest.mark.parametrize("door", DOORS)
def test_a_door_has_loaded_before_any_sdk_has(door: str) -> None:
    """A mock answer, a refusal and a health check cost no SDK's import."""
    loaded, _ = modules_of(door)

    assert loaded & SDKS == set()
