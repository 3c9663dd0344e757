"""Events: what can never work is recorded and acknowledged; what points at nothing is simply over."""

import base64
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from google.cloud.firestore import Client

from tests.functions.conftest import forget, prepare
from tests.functions.doors import (
    ANOMALY,
    ANOMALY_PATH,
    EVENT_DOORS,
    JOBS,
    METRIC,
    SAFE_HEADERS,
    WRITTEN,
    client_of,
    event_for,
    firestore_headers,
    problem_of,
    pubsub_headers,
    push,
    written_anomaly,
)

JOB_DOORS = ("ingest", "enrich", "notify")
ELSEWHERE = "//firestore.googleapis.com/projects"
DEEP = base64.b64encode(b"[" * 100_000).decode()


@pytest.fixture
def firestore(
    monkeypatch: pytest.MonkeyPatch, firestore_emulator: str, project_id: str, closed: str
) -> Iterator[Client]:
    """An empty project, and an environment in which doors use it."""
    prepare(monkeypatch, closed)
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", firestore_emulator)
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", project_id)
    client = Client(project=project_id)
    yield client
    client.close()
    forget()


def buried(firestore: Client) -> list[dict[str, Any]]:
    return [letter.to_dict() or {} for letter in firestore.collection("dead_letters").stream()]


@dataclass(frozen=True, slots=True)
class Broken:
    """An event that its door can never make sense of."""

    name: str
    door: str
    deliver: Callable[[FlaskClient, str], Any]


def broken_write(name: str, path: str = "", door: str = "sentry", **changes: str) -> Broken:
    """Break a Firestore event; `{project}` in a change becomes the project's id."""

    def deliver(client: FlaskClient, project: str) -> Any:
        headers = firestore_headers(
            project, path, **{k: v.format(project=project) for k, v in changes.items()}
        )
        return client.post("/", data=WRITTEN, headers=headers)

    return Broken(f"{door}: {name}", door, deliver)


def broken_push(door: str, name: str, body: dict[str, Any]) -> Broken:
    return Broken(f"{door}: {name}", door, lambda client, _: client.post("/", json=body))


def broken_binary(door: str, name: str, raw: str | bytes, **changes: str) -> Broken:
    headers = pubsub_headers(f"performance-{door}", **changes)
    return Broken(f"{door}: {name}", door, lambda client, _: client.post("/", data=raw, headers=headers))


def metric_path(metric: str, brand: str = "aurora") -> str:
    return f"brands/{brand}/performance_metrics/{metric}"


WRITES = [
    broken_write("another type", ce_type="google.cloud.firestore.document.v1.deleted"),
    broken_write("another service", ce_type="google.cloud.storage.object.v1.finalized"),
    broken_write("another project", ce_source=f"{ELSEWHERE}/someone-else/databases/(default)"),
    broken_write("another database", ce_source=f"{ELSEWHERE}/{{project}}/databases/archive"),
    broken_write("another collection", ANOMALY_PATH),
    broken_write("a collection below", f"{metric_path(METRIC)}/notes/first"),
    broken_write("a collection above", f"users/someone/{metric_path(METRIC)}"),
    broken_write("a parent in the path", f"brands/../performance_metrics/{METRIC}"),
    broken_write("another brand's metric", metric_path(METRIC, brand="boreal")),
    broken_write("an unknown source", metric_path("metric_aurora_tiktok_2026-01-29T17Z")),
    broken_write("no bucket", metric_path("metric_aurora_meta_")),
    broken_write("a thirteenth month", metric_path("metric_aurora_meta_2026-13-01")),
    broken_write("a fifty-fourth week", metric_path("metric_aurora_meta_2026-W54")),
    broken_write("the end of the calendar's last day", metric_path("metric_aurora_meta_9999-12-31")),
    broken_write("the end of the calendar's last hour", metric_path("metric_aurora_meta_9999-12-31T23Z")),
    broken_write("an empty subject", ce_subject=""),
    Broken("sentry: a push", "sentry", lambda client, _: client.post("/", json=push({"v": 1}))),
    broken_write("another collection", metric_path(METRIC), "answer"),
    broken_write("another project", ANOMALY_PATH, "answer", ce_source=f"{ELSEWHERE}/x/databases/(default)"),
    broken_write("another brand's anomaly", ANOMALY_PATH.replace("aurora", "boreal", 1), "answer"),
    broken_write("a collection below", f"{ANOMALY_PATH}/notes/first", "answer"),
    broken_write(
        "a parent in the path", f"brands/../performance_anomalies/{ANOMALY}".replace("aurora", ".."), "answer"
    ),
    Broken("answer: a push", "answer", lambda client, _: client.post("/", json=push({"v": 1}))),
]

MESSAGES = [
    broken
    for door in ("schedule", "sweep", *JOB_DOORS)
    for broken in (
        broken_push(door, "truncated base64", push({}, data="eyJ2IjoxfQ")),
        broken_push(door, "not base64", push({}, data="~~~~")),
        broken_push(door, "base64 of no JSON", push({}, data="bm9wZQ==")),
        broken_push(door, "base64 of no text", push({}, data="//79")),
        broken_push(door, "100,000 open brackets", push({}, data=DEEP)),
        broken_push(door, "a list", push([1])),
        broken_push(door, "a later schema", push({**JOBS[door], "v": 2})),
        broken_push(door, "a schema in words", push({**JOBS[door], "v": "1"})),
        broken_binary(door, "a body that is no JSON", b"\x00\x01", content_type="application/octet-stream"),
        broken_binary(door, "a body that is a list", "[]"),
        broken_binary(door, "no message", "{}"),
        broken_binary(door, "a message without data", '{"message":{"attributes":{"a":"b"}}}'),
        broken_binary(
            door,
            "another type",
            json.dumps(push(JOBS[door])),
            ce_type="google.cloud.firestore.document.v1.written",
        ),
    )
]

JOBS_AMISS = [
    *(broken_push(door, "no brand", push(JOBS[door] | {"brandId": None})) for door in JOB_DOORS),
    *(broken_push(door, "a path for a brand", push(JOBS[door] | {"brandId": "a/b"})) for door in JOB_DOORS),
    broken_push("ingest", "no source", push({"v": 1, "brandId": "aurora"})),
    broken_push("ingest", "an unknown source", push(JOBS["ingest"] | {"source": "tiktok"})),
    *(
        broken_push(door, name, push(JOBS[door] | {"anomalyId": value}))
        for door in ("enrich", "notify")
        for name, value in (
            ("no anomaly", None),
            ("another brand's anomaly", "an_metric_boreal_meta_2026-01-29T17Z_revenue"),
            ("a path for an anomaly", "an_metric_aurora_/../../boreal"),
            ("a number for an anomaly", 7),
        )
    ),
    *(
        broken_push("notify", name, push({"v": 1, "brandId": "aurora", "alarmId": value}))
        for name, value in (
            ("a trouble nobody knows", "source_meta_lazy_1"),
            ("a path for a trouble", "source_meta_stale_../x"),
            ("a number for a trouble", 7),
        )
    ),
    broken_push("schedule", "no readable time", push({}, publishTime="soon")),
    broken_push("schedule", "a time before the calendar", push({}, publishTime="0001-01-01T00:00:00+14:00")),
]

ALL = [*WRITES, *MESSAGES, *JOBS_AMISS]


@pytest.mark.parametrize("broken", ALL, ids=[broken.name for broken in ALL])
def test_what_can_never_work_is_acknowledged_and_buried(firestore: Client, broken: Broken) -> None:
    response = broken.deliver(client_of(broken.door), firestore.project)

    assert response.status_code == 200
    assert [(letter["kind"], letter["reason"]) for letter in buried(firestore)] == [
        (broken.door, "malformed_event")
    ]


def test_a_dead_letter_names_the_event_and_keeps_none_of_its_content(firestore: Client) -> None:
    client_of("ingest").post("/", json=push({"v": 1, "brandId": "a/b", "note": "private"}))

    (letter,) = buried(firestore)
    assert set(letter) == {"kind", "eventId", "subject", "reason", "at"}
    assert letter["eventId"] == "9911234567890"
    assert isinstance(letter["at"], datetime)
    assert "private" not in repr(letter)


def test_the_same_broken_event_twice_is_one_dead_letter(firestore: Client) -> None:
    client = client_of("sentry")
    headers = firestore_headers(firestore.project, "brands/aurora/notes/first")

    first = client.post("/", data=WRITTEN, headers=headers)
    second = client.post("/", data=WRITTEN, headers=headers)

    assert (first.status_code, second.status_code) == (200, 200)
    assert len(buried(firestore)) == 1


def test_one_event_that_breaks_two_doors_is_two_dead_letters(firestore: Client) -> None:
    for door in ("enrich", "notify"):
        client_of(door).post("/", json=push({"v": 2}))

    assert sorted(letter["kind"] for letter in buried(firestore)) == ["enrich", "notify"]


@pytest.mark.parametrize("door", EVENT_DOORS)
def test_an_event_about_nothing_stored_is_over_without_a_trace(firestore: Client, door: str) -> None:
    response = client_of(door).post("/", **event_for(door, firestore.project))

    assert response.status_code == 200
    assert [collection.id for collection in firestore.collections()] == []


@pytest.mark.parametrize("door", [*JOB_DOORS, "schedule", "sweep"])
def test_a_message_is_understood_in_binary_mode_too(firestore: Client, door: str) -> None:
    headers, body = pubsub_headers(f"performance-{door}"), json.dumps(push(JOBS[door]))

    response = client_of(door).post("/", data=body, headers=headers)

    assert response.status_code == 200
    assert buried(firestore) == []


@pytest.mark.parametrize("door", EVENT_DOORS)
def test_what_is_no_event_at_all_is_refused(firestore: Client, door: str) -> None:
    response = client_of(door).post("/", json={"hello": "there"})

    assert response.status_code == 400
    assert buried(firestore) == []


NO_EVENTS = {
    "JSON of something else": ("application/json", b'{"hello": "made-up-body"}'),
    "no JSON": ("application/json", b"made-up-body{"),
    "neither JSON nor text": ("application/octet-stream", b"made-up-body"),
    "a half of an event": ("application/cloudevents+json", b'{"specversion": "9", "type": "made-up-body"}'),
}


@pytest.mark.parametrize("door", EVENT_DOORS)
@pytest.mark.parametrize("what", NO_EVENTS)
def test_whoever_sends_no_event_is_not_shown_what_they_sent(
    environment: pytest.MonkeyPatch, door: str, what: str
) -> None:
    """The framework's own page repeats headers and body: the sender's token, to whoever reads answers."""
    del environment
    kind, body = NO_EVENTS[what]
    response = client_of(door).post(
        "/", data=body, headers={"Content-Type": kind, "Authorization": "Bearer made-up-token"}
    )

    problem_of(response)
    assert response.status_code in {400, 415}
    assert b"made-up" not in response.data
    assert {header: response.headers.get(header) for header in SAFE_HEADERS} == SAFE_HEADERS


@pytest.mark.parametrize("door", EVENT_DOORS)
def test_an_event_door_answers_no_reader(firestore: Client, door: str) -> None:  # noqa: ARG001
    assert client_of(door).get("/").status_code == 405


@pytest.mark.parametrize(
    ("now", "before"),
    [
        ({"status": "new"}, None),
        ({"status": "new", "told": "yes"}, {"status": "new"}),
        (None, {"status": "new"}),
    ],
)
def test_a_write_that_answers_nothing_costs_no_read(
    environment: pytest.MonkeyPatch, now: dict[str, str] | None, before: dict[str, str] | None
) -> None:
    """Nobody is behind the emulators' addresses: a read would fail."""
    del environment

    response = client_of("answer").post(
        "/", data=written_anomaly(now, before), headers=firestore_headers(path=ANOMALY_PATH)
    )

    assert response.status_code == 200
