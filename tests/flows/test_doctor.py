"""`warroom doctor`: each way in which an installation breaks, told in one line that says what to do."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import requests

from local.pubsub import DOORS, Topics
from ops.__main__ import main as warroom
from shared import wiring
from shared.config import PRODUCTION_BASES
from shared.core.freshness import refused
from shared.core.metric import Source
from shared.core.secret import Secret
from shared.core.sentry.settings import SentrySettings
from shared.errors import PlatformRefused
from tests.flows.stage import LATER, Moving, Stage
from tests.functions.conftest import EMULATED, forget, prepare
from tests.functions.doors import MASTER_KEY, SECRETS
from tests.unit.core.points import BRAND

if TYPE_CHECKING:
    from collections.abc import Iterator

NOBODY = "127.0.0.1:9"
OTHER_KEY = bytes(range(2, 34)).hex()
PASSWORD = "made-up-password"
WITHOUT = (
    "Google's credentials do not work here (DefaultCredentialsError): "
    "`gcloud auth application-default login` makes some"
)


@pytest.fixture
def well(
    stage: Stage,
    project_id: str,
    firestore_emulator: str,
    pubsub_emulator: str,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Stage]:
    """An installation that works: one brand, connected and read, and every topic heard."""
    prepare(monkeypatch, NOBODY)
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", project_id)
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", firestore_emulator)
    monkeypatch.setenv("PUBSUB_EMULATOR_HOST", pubsub_emulator)
    monkeypatch.setenv("SMTP_URL", f"smtp://robot:{PASSWORD}@127.0.0.1:465")
    monkeypatch.setattr(wiring, "clock", lambda: Moving(LATER))
    Topics(pubsub_emulator, project_id).create(f"http://{NOBODY}")
    stage.connect()
    stage.reachable()
    yield stage
    monkeypatch.undo()
    forget()


def told(capsys: pytest.CaptureFixture[str], code: int) -> dict[str, list[str]]:
    """Return what the doctor says, by level; one line each, and no secret in any."""
    forget()
    capsys.readouterr()
    assert warroom(["doctor"]) == code
    said = capsys.readouterr().out
    for secret in (MASTER_KEY, OTHER_KEY, PASSWORD, SECRETS["GEMINI_API_KEY"], "EAAB", "xoxb-1", "pw1."):
        assert secret not in said
    found: dict[str, list[str]] = {"ok": [], "warn": [], "fail": []}
    for line in said.splitlines():
        level, _, rest = line.partition(" ")
        found[level].append(rest.strip())
    return found


def test_a_well_installation_is_called_well(well: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    found = told(capsys, 0)

    assert (found["warn"], found["fail"]) == ([], [])
    assert found["ok"] == [
        f"environment  project {well.client.project}, emulators",
        "gemini  gemini-3.8-flash with AI Studio's key",
        "mail  SMTP_URL and MAIL_FROM are set",
        "master key  d6cd5d39 seals, 0 more open",
        "topic performance-tick  wakes schedule",
        "topic performance-ingest  wakes ingest",
        "topic performance-enrich  wakes enrich",
        "topic performance-notify  wakes notify",
        "topic performance-sweep  wakes sweep",
        "firestore  answers",
        "dead letters  none",
        "brands  1 read, 2 sealed keys open, 1 sources deliver",
    ]


def test_the_same_is_told_as_json(well: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    well.client.document("dead_letters/one").set({"kind": "ingest"})

    assert warroom(["--json", "doctor"]) == 0
    said: dict[str, Any] = json.loads(capsys.readouterr().out)

    assert (said["well"], said["warn"], said["fail"]) == (True, 1, 0)
    assert {
        "level": "warn",
        "about": "dead letters",
        "found": "1 events were given up",
        "do": "`warroom replay --dry-run` lists them",
    } in said["findings"]


@pytest.mark.parametrize(
    ("changes", "mistakes"),
    [
        ({"MOCK_MODE": "maybe"}, ["MOCK_MODE must be on or off"]),
        ({"K_SERVICE": "ingest"}, ["emulators are for demo- projects outside Cloud Run"]),
        (
            {"GEMINI_VERTEX_LOCATION": "global"},
            ["GEMINI_API_KEY and GEMINI_VERTEX_LOCATION exclude each other"],
        ),
        (
            {"SMTP_URL": f"http://{PASSWORD}@x", "EVENT_AUDIENCE": "https://door"},
            ["SMTP_URL must be", "EVENT_AUDIENCE and EVENT_SENDER go together"],
        ),
    ],
)
def test_every_mistake_of_the_environment_has_a_line(
    well: Stage,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    changes: dict[str, str],
    mistakes: list[str],
) -> None:
    assert well
    for name, value in changes.items():
        monkeypatch.setenv(name, value)

    found = told(capsys, 1)

    for mistake in mistakes:
        assert any(mistake in line for line in found["fail"])
    assert "the rest  was not looked at: mend the environment first" in found["warn"]


def test_a_missing_variable_names_the_doors_that_do_not_start(
    well: Stage, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert well
    for name in ("PERFORMANCE_ENCRYPTION_KEY", "GEMINI_API_KEY"):
        monkeypatch.delenv(name)

    found = told(capsys, 1)

    (missing,) = found["fail"]
    assert missing.startswith("environment  PERFORMANCE_ENCRYPTION_KEY is missing: set it; without it no ")
    assert all(door in missing for door in ("ingest", "notify", "integrations", "notifications"))
    (without,) = found["warn"]
    assert without.startswith("environment  GEMINI_API_KEY is missing: set it; without it no enrich starts")


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("made-up-key-that-is-none", "master key  PERFORMANCE_ENCRYPTION_KEY has a key that is neither"),
        (
            f'{{"primary": "x", "keys": {{"y": "{MASTER_KEY}"}}}}',
            "master key  PERFORMANCE_ENCRYPTION_KEY names a",
        ),
        (OTHER_KEY, f"brand {BRAND.id}  meta_ads: the sealed key's master key is retired"),
    ],
)
def test_a_master_key_that_does_not_fit_is_told(
    well: Stage,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    key: str,
    said: str,
) -> None:
    assert well
    monkeypatch.setenv("PERFORMANCE_ENCRYPTION_KEY", key)

    assert any(line.startswith(said) for line in told(capsys, 1)["fail"])


def test_what_an_older_master_key_sealed_is_to_be_rewrapped(
    well: Stage, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert well
    keys = {"new": OTHER_KEY, "d6cd5d39": MASTER_KEY}
    monkeypatch.setenv("PERFORMANCE_ENCRYPTION_KEY", json.dumps({"primary": "new", "keys": keys}))

    found = told(capsys, 0)

    assert "master key  new seals, 1 more open" in found["ok"]
    assert found["warn"] == ["sealed keys  2 are sealed with an older master key: run `warroom rewrap`"]


def test_a_store_or_a_queue_that_is_away_is_told(
    well: Stage, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert well
    for name in ("FIRESTORE_EMULATOR_HOST", "PUBSUB_EMULATOR_HOST"):
        monkeypatch.setenv(name, NOBODY)

    found = told(capsys, 1)

    assert sorted(line.partition(":")[0] for line in found["fail"]) == [
        "firestore  firestore",
        "pubsub  pubsub",
    ]
    assert found["warn"] == ["the rest  was not looked at: mend firestore first"]


def test_a_topic_that_is_missing_or_that_nobody_hears_is_told(
    well: Stage, capsys: pytest.CaptureFixture[str], pubsub_emulator: str
) -> None:
    base = f"http://{pubsub_emulator}/v1/projects/{well.client.project}"
    for what in ("topics/performance-enrich", "subscriptions/performance-notify"):
        requests.delete(f"{base}/{what}", timeout=5).raise_for_status()

    assert told(capsys, 1)["fail"] == [
        "topic performance-enrich  does not exist: create it, then deploy enrich",
        "topic performance-notify  has no subscription: deploy notify, which it wakes",
    ]


def test_topics_that_may_not_be_looked_at_are_no_failure(
    well: Stage, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Closed:
        def listeners(self, _topic: str) -> int | None:
            raise PlatformRefused("pubsub", "forbidden")

    assert well
    monkeypatch.setattr(wiring, "topics", Closed)

    assert len(told(capsys, 0)["warn"]) == len(DOORS)


def test_one_brand_that_cannot_be_read_hides_no_other(
    well: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("boreal", "cosmos", "dunes"):
        well.brands.create(replace(BRAND, id=name), SentrySettings(), now=LATER)
    well.client.document("brands/boreal").update({"timeZone": "Mars/Olympus"})
    well.client.document("brands/cosmos/performance_configs/main").update({"occasions": "all"})
    well.client.document("brands/dunes").update({"ownerId": ""})
    well.client.document("brands/a b").set({"ownerId": "x"})

    found = told(capsys, 1)

    assert sorted(line.partition("  ")[0] for line in found["fail"]) == [
        "brand a b",
        "brand boreal",
        "brand cosmos",
        "brand dunes",
    ]
    assert any("timeZone: an IANA time zone is required" in line for line in found["fail"])
    assert "brands  1 read, 2 sealed keys open, 1 sources deliver" in found["ok"]


def test_a_sealed_key_that_was_moved_does_not_open(well: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    sealed = well.keys.seal(Secret("EAAB"), brand_id=BRAND.id, purpose="meta_ads", account_id="2")
    config = well.client.document(f"brands/{BRAND.id}/performance_configs/main")
    config.update({"integrations.meta_ads.encryptedApiKey": sealed})

    (line,) = told(capsys, 1)["fail"]

    assert line.startswith(f"brand {BRAND.id}  meta_ads: the sealed key does not open: ")


def test_a_source_that_is_dead_old_or_forgotten_is_told(
    well: Stage, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    well.timetable.ask([(BRAND.id, Source.META)], LATER)
    claim = well.timetable.claim(BRAND.id, Source.META, LATER)
    assert claim is not None
    well.timetable.settle(claim, refused(claim.freshness, "credential_invalid", LATER))
    (dead,) = told(capsys, 1)["fail"]

    well.connect()
    monkeypatch.setattr(wiring, "clock", lambda: Moving(LATER + timedelta(days=1)))
    (old,) = told(capsys, 0)["warn"]

    well.timetable.forget(BRAND.id, Source.META)
    (forgotten,) = told(capsys, 0)["warn"]

    assert dead.startswith(f"brand {BRAND.id}  meta credential dead (credential_invalid)")
    assert old == f"brand {BRAND.id}  meta stale: `warroom tick --brand {BRAND.id}` reads it now"
    assert forgotten.startswith(f"brand {BRAND.id}  meta is in no timetable: ")


def test_insights_that_do_not_come_are_counted(
    well: Stage, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    well.shock()
    raised = len(well.watch())
    assert raised > 0
    assert told(capsys, 0)["warn"] == []

    monkeypatch.setattr(wiring, "clock", lambda: Moving(LATER + timedelta(hours=1)))

    (line,) = told(capsys, 0)["warn"]
    assert line.startswith(f"brand {BRAND.id}  {raised} insights are pending: ")


def test_without_a_project_there_is_nothing_to_look_at(
    well: Stage, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    assert well
    monkeypatch.delenv("GOOGLE_CLOUD_PROJECT")
    monkeypatch.setattr("ops.target._STATE", tmp_path)

    assert warroom(["doctor"]) == 1
    assert "start `make run`, or set GOOGLE_CLOUD_PROJECT" in capsys.readouterr().err


def test_beside_a_local_run_its_master_key_is_found(
    well: Stage, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    (tmp_path / "local.json").write_text(json.dumps({"env": {"GOOGLE_CLOUD_PROJECT": well.client.project}}))
    (tmp_path / "master.key").write_text(MASTER_KEY)
    for name in ("GOOGLE_CLOUD_PROJECT", "PERFORMANCE_ENCRYPTION_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setattr("ops.target._STATE", tmp_path)

    assert told(capsys, 0)["fail"] == []


def test_without_credentials_every_command_says_so_in_one_sentence(
    well: Stage, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    """A deployed project is named, and nobody is logged in: nothing of it is asked over the network."""
    assert well
    for name in (*EMULATED, *PRODUCTION_BASES, "SMTP_URL", "DASHBOARD_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "aurora-prod")
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "none.json"))
    forget()

    assert warroom(["tick", "--dry-run"]) == 1
    said = capsys.readouterr().err.splitlines()
    found = told(capsys, 1)

    assert said == [f"warroom: {WITHOUT}"]
    assert found["fail"] == [f"pubsub  {WITHOUT}", f"firestore  {WITHOUT}"]
