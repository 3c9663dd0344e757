"""Every use of a key leaves one record that says who, whose and what came of it, and never the key."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
import requests
from google.cloud.firestore import Client

from bench.secrecy import Canary, search
from local.world.tenants import DEMO
from shared import wiring
from shared.core.brand import Brand, BrandId
from shared.core.integration import Integration, Platform, Status
from shared.core.metric import Source
from shared.core.notifications import Notifications
from shared.core.secret import Secret
from shared.core.sentry.settings import SentrySettings
from shared.core.source_alarm import open_alarms
from tests.flows.stage import Moving
from tests.functions.conftest import forget, prepare
from tests.functions.doors import client_of, push, signed_in
from tests.world import running_world

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from werkzeug.test import TestResponse

BAD_KEY = "EAAB-made-up-canary-Qx7vTz2mKw"
NOW = datetime(2026, 5, 21, 10, 0, 30, tzinfo=UTC)
AURORA = BrandId("aurora")
PATH = "/api/performance/integrations"
CANARIES = [Canary(name, name, unique=True) for name in (BAD_KEY, DEMO.meta_key)]

Captured = pytest.CaptureFixture[str]


@dataclass
class Scene:
    """The brand aurora, owned by ana, beside simulated platforms."""

    world: str
    client: Client
    answers: list[bytes] = field(default_factory=list)

    def fail(self, fault: str, **more: object) -> None:
        body = {"platform": "meta", "fault": fault, "times": 200} | more
        requests.post(f"{self.world}/_world/faults", json=body, timeout=5).raise_for_status()

    def ask(self, action: str, uid: str | None = "ana", *, mock: bool = False, **body: str) -> TestResponse:
        door, method, path = {
            "validate": ("validate", "POST", f"{PATH}/validate"),
            "connect": ("integrations", "PUT", PATH),
            "disconnect": ("integrations", "DELETE", PATH),
        }[action]
        fields = {"brandId": "aurora", "platform": "meta_ads"}
        if action != "disconnect":
            fields |= {"apiKey": DEMO.meta_key, "accountId": f"act_{DEMO.meta_account}"}
        fields |= body
        answer = client_of(door).open(
            path,
            method=method,
            headers=signed_in(uid, self.client.project, int(NOW.timestamp())) if uid else {},
            json=None if action == "disconnect" else fields,
            query_string=(fields if action == "disconnect" else {}) | ({"mock": "true"} if mock else {}),
        )
        self.answers.append(answer.data)
        return answer

    def connect(self, key: str = DEMO.meta_key, *, sealed_for: str = DEMO.meta_account) -> None:
        """Connect Meta past the door, with a key that is sealed for an account; its source is due."""
        sealed = wiring.keys().seal(
            Secret(key), brand_id=AURORA, purpose="meta_ads", account_id=f"act_{sealed_for}"
        )
        account = f"act_{DEMO.meta_account}"
        connection = Integration(AURORA, Platform.META_ADS, account, sealed, Status.ACTIVE, NOW)
        wiring.brands().connect(connection, NOW)
        wiring.timetable().ask([(AURORA, Source.META)], NOW)

    def read(self) -> TestResponse:
        """Let ingest read Meta."""
        job = {"v": 1, "brandId": "aurora", "source": "meta", "slot": "2026-05-21T10:00:00Z"}
        return client_of("ingest").post("/", json=push(job))


@pytest.fixture(scope="module")
def world() -> Iterator[str]:
    with running_world() as url:
        yield url


@pytest.fixture
def scene(
    monkeypatch: pytest.MonkeyPatch,
    firestore_emulator: str,
    pubsub_emulator: str,
    project_id: str,
    closed: str,
    world: str,
) -> Iterator[Scene]:
    prepare(monkeypatch, closed)
    for name, value in {
        "FIRESTORE_EMULATOR_HOST": firestore_emulator,
        "PUBSUB_EMULATOR_HOST": pubsub_emulator,
        "GOOGLE_CLOUD_PROJECT": project_id,
        "META_GRAPH_BASE": f"{world}/meta",
        "SLACK_BASE": f"{world}/slack/api/",
    }.items():
        monkeypatch.setenv(name, value)
    requests.post(f"{world}/_world/reset", json={}, timeout=5).raise_for_status()
    requests.post(f"{world}/_world/clock", json={"now": NOW.isoformat()}, timeout=5).raise_for_status()
    monkeypatch.setattr(wiring, "clock", lambda: Moving(NOW))
    topic = f"http://{pubsub_emulator}/v1/projects/{project_id}/topics/performance-notify"
    requests.put(topic, json={}, timeout=5).raise_for_status()
    brand = Brand(AURORA, "ana", "Aurora", ZoneInfo("America/Sao_Paulo"), "BRL", "pt-BR", "purchase")
    wiring.brands().create(brand, SentrySettings(), now=NOW)
    client = Client(project=project_id)
    yield Scene(world, client)
    client.close()
    forget()


def records(captured: Captured, scene: Scene) -> list[dict[str, Any]]:
    """Return what was put on record; no key is in it, nor in anything else that was said."""
    said = captured.readouterr()
    places = {"out": said.out.encode(), "err": said.err.encode(), "answers": b"\n".join(scene.answers)}
    assert search(CANARIES, places) == []
    lines = [json.loads(line) for line in said.out.splitlines() if line.startswith("{")]
    return [line for line in lines if line["message"] == "key_audit"]


TRIES = ("validate", "connect")
ACTIONS = (*TRIES, "disconnect")

Prepare = "Callable[[Scene], object]"
PATHS: dict[str, tuple[tuple[str, ...], dict[str, Any], Prepare | None, int, str]] = {
    "a key that is taken": (ACTIONS, {}, None, 200, "ok"),
    "a key that is refused": (TRIES, {"apiKey": BAD_KEY}, None, 200, "credential_invalid"),
    "another's account": (TRIES, {"accountId": "act_1"}, None, 200, "account_not_found_or_no_access"),
    "a stranger": (ACTIONS, {"uid": "bruno"}, None, 403, "forbidden"),
    "nobody": (ACTIONS, {"uid": None}, None, 401, "unauthenticated"),
    "a brand that is not there": (ACTIONS, {"brandId": "boreal"}, None, 403, "forbidden"),
    "a platform that is away": (TRIES, {}, lambda scene: scene.fail("html_502"), 503, "unavailable"),
    "a brand stored wrongly": (
        ACTIONS,
        {},
        lambda scene: scene.client.document("brands/aurora").update({"timeZone": "Mars/Olympus"}),
        500,
        "invalid_document",
    ),
}


@pytest.mark.parametrize(
    ("action", "path"), [(action, path) for path, (actions, *_) in PATHS.items() for action in actions]
)
def test_every_try_leaves_one_record_however_it_ends(
    scene: Scene, capsys: Captured, action: str, path: str
) -> None:
    _, asked, before, status, result = PATHS[path]
    if before is not None:
        before(scene)
    capsys.readouterr()

    answer = scene.ask(action, **asked)

    assert answer.status_code == status
    assert records(capsys, scene) == [
        {
            "severity": "INFO",
            "message": "key_audit",
            "door": "validate" if action == "validate" else "integrations",
            "requestId": answer.headers["X-Request-Id"],
            "action": action,
            "brandId": asked.get("brandId", "aurora"),
            "platform": "meta_ads",
            "result": result,
            "uid": asked.get("uid", "ana"),
        }
    ]


@pytest.mark.parametrize("action", TRIES)
def test_whoever_tries_too_often_is_on_record_each_time(scene: Scene, capsys: Captured, action: str) -> None:
    for _ in range(5):
        scene.ask(action, apiKey=BAD_KEY)

    found = [(each["result"], each["uid"]) for each in records(capsys, scene)]
    assert found == [("credential_invalid", "ana")] * 3 + [("too_many_requests", "ana")] * 2


@pytest.mark.parametrize("action", ACTIONS)
def test_whoever_asked_is_on_record_while_firestore_is_away(
    scene: Scene, capsys: Captured, monkeypatch: pytest.MonkeyPatch, closed: str, action: str
) -> None:
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", closed)
    forget()

    assert scene.ask(action).status_code == 503

    assert [(each["result"], each["uid"]) for each in records(capsys, scene)] == [("unavailable", "ana")]


def test_what_nobody_foresaw_is_on_record_too(
    scene: Scene, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wiring, "platform", lambda _: 1 / 0)

    assert scene.ask("validate").status_code == 500

    assert [(each["result"], each["uid"]) for each in records(capsys, scene)] == [("internal", "ana")]


@pytest.mark.parametrize("action", TRIES)
@pytest.mark.parametrize("asked", [{"mock": True}, {"platform": "tiktok"}, {"accountId": "act_x"}])
def test_what_tries_no_key_leaves_none(
    scene: Scene, capsys: Captured, action: str, asked: dict[str, Any]
) -> None:
    scene.ask(action, **asked)

    assert records(capsys, scene) == []


def test_a_reading_puts_the_opening_of_its_key_on_record(scene: Scene, capsys: Captured) -> None:
    scene.connect()

    assert scene.read().status_code == 200

    assert records(capsys, scene) == [
        {
            "severity": "INFO",
            "message": "key_audit",
            "door": "ingest",
            "eventId": "9911234567890",
            "action": "open",
            "brandId": "aurora",
            "platform": "meta_ads",
            "result": "ok",
            "uid": None,
        }
    ]


UNREAD: dict[str, tuple[Callable[[Scene], object], list[str]]] = {
    "a key sealed for another account": (lambda scene: scene.connect(sealed_for="2"), ["key_unreadable"]),
    "a key that its platform refuses": (lambda scene: scene.connect(BAD_KEY), ["ok"]),
    "a platform that is away": (lambda scene: (scene.connect(), scene.fail("html_502")), ["ok"]),
    "no connection": (
        lambda scene: (
            scene.connect(),
            wiring.brands().disconnect(AURORA, Platform.META_ADS, NOW),
            wiring.timetable().ask([(AURORA, Source.META)], NOW),
        ),
        [],
    ),
    "a reading of a moment ago": (lambda scene: (scene.connect(), scene.read()), ["ok"]),
}


@pytest.mark.parametrize("why", UNREAD)
def test_a_key_is_on_record_once_for_each_time_it_is_opened(scene: Scene, capsys: Captured, why: str) -> None:
    before, results = UNREAD[why]
    before(scene)

    assert scene.read().status_code == 200

    assert [each["result"] for each in records(capsys, scene)] == results


def test_telling_people_puts_the_opening_of_slacks_token_on_record(scene: Scene, capsys: Captured) -> None:
    token = wiring.keys().seal(
        Secret(DEMO.slack_token), brand_id=AURORA, purpose="slack", account_id=DEMO.slack_channel
    )
    scene.client.document("brands/aurora/performance_configs/main").update(
        {"sentrySettings.notificationChannels": ["slack"]}
    )
    wiring.brands().tell_at(AURORA, Notifications(DEMO.slack_channel, token, ()))
    scene.connect(BAD_KEY)
    scene.read()
    [alarm] = open_alarms(wiring.timetable().of(AURORA)[0], NOW)
    capsys.readouterr()

    job = {"v": 1, "brandId": "aurora", "alarmId": alarm.id}
    assert client_of("notify").post("/", json=push(job)).status_code == 200

    [found] = records(capsys, scene)
    assert (found["door"], found["platform"], found["result"]) == ("notify", "slack", "ok")
