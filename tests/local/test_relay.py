from __future__ import annotations

import base64
import json
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import requests
import uvicorn
from google.cloud.firestore_v1.types import Document, DocumentMask, Value

from local import ports
from local.relay import create_app, mended, mended_headers, raw
from tests.scripted import Script, scripted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SENT = {
    "ce-specversion": "1.0",
    "ce-id": "event-1",
    "ce-type": "google.cloud.firestore.document.v1.written",
    "ce-source": "//firestore.googleapis.com/projects/projects/demo-x/databases/(default)",
    "ce-document": "brands/b1/performance_metrics/m1",
}


def event(value: dict[str, int] | None, old: dict[str, int] | None) -> bytes:
    """Encode DocumentEventData by hand: field 1 is the value, 2 the old value."""
    body = b""
    for number, fields in ((1, value), (2, old)):
        if fields is not None:
            document = Document(fields={k: Value(integer_value=v) for k, v in fields.items()})
            inner = Document.serialize(document)
            body += bytes([number << 3 | 2, len(inner)]) + inner
    return body


def mask_of(body: bytes) -> list[str]:
    """Read the update mask: the last field, number 3."""
    at = body.rindex(b"\x1a", 0, len(body))
    while True:
        length = body[at + 1]
        if at + 2 + length == len(body):
            return list(DocumentMask.deserialize(body[at + 2 :]).field_paths)
        at = body.rindex(b"\x1a", 0, at)


@contextmanager
def relay(tmp_path: Path, attempts: int = 10) -> Iterator[str]:
    port = ports.take(("relay",))["relay"]
    app = create_app(attempts, tmp_path / "dead.jsonl")
    config = uvicorn.Config(app, host="127.0.0.1", port=port, log_level="warning", ws="none")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(timeout=5)


def emit(url: str, body: bytes) -> int:
    path = "/functions/projects/demo-x/triggers/us-central1-sentry"
    return requests.post(url + path, data=base64.b64encode(body), headers=SENT, timeout=5).status_code


def settled(url: str) -> dict[str, int]:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        stats: dict[str, int] = requests.get(f"{url}/stats", timeout=5).json()
        if not stats["waiting"]:
            return stats
        time.sleep(0.02)
    raise TimeoutError


def watching(url: str, door: Script) -> None:
    requests.post(f"{url}/triggers", json={"us-central1-sentry": door.url}, timeout=5).raise_for_status()


def test_base64_becomes_the_protobuf_and_raw_bytes_stay() -> None:
    body = event({"a": 1}, None)

    assert raw(base64.b64encode(body)) == body
    assert raw(body) == body


def test_a_write_that_changed_nothing_is_dropped() -> None:
    assert mended(event({"a": 1}, {"a": 1})) is None


def test_an_event_about_nothing_is_dropped() -> None:
    assert mended(b"") is None


def test_the_mask_names_what_changed_came_and_went() -> None:
    body = mended(event({"a": 1, "b": 2, "new": 3}, {"a": 1, "b": 9, "gone": 4}))

    assert body is not None
    assert mask_of(body) == ["b", "gone", "new"]


def test_a_creation_has_no_mask() -> None:
    body = event({"a": 1}, None)

    assert mended(body) == body


def test_the_source_is_mended_and_the_rest_of_the_headers_kept() -> None:
    headers = mended_headers(SENT)

    assert headers["ce-source"] == "//firestore.googleapis.com/projects/demo-x/databases/(default)"
    assert headers["ce-id"] == "event-1"
    assert headers["content-type"] == "application/protobuf"


def test_an_event_arrives_as_raw_protobuf(tmp_path: Path) -> None:
    with relay(tmp_path) as url, scripted() as door:
        door.answer(200, {})
        watching(url, door)

        assert emit(url, event({"a": 1}, None)) == 204
        settled(url)

    assert door.asked[0].body == event({"a": 1}, None)


def test_a_failed_delivery_comes_back_with_the_same_id(tmp_path: Path) -> None:
    with relay(tmp_path) as url, scripted() as door:
        door.answer(500, {})
        door.answer(503, {})
        door.answer(200, {})
        watching(url, door)
        emit(url, event({"a": 1}, None))

        stats = settled(url)

    assert [asked.headers["ce-id"] for asked in door.asked] == ["event-1"] * 3
    assert (stats["delivered"], stats["retried"], stats["dead"]) == (1, 2, 0)


def test_an_event_that_always_fails_is_given_up_and_noted_without_its_data(tmp_path: Path) -> None:
    with relay(tmp_path, attempts=2) as url, scripted() as door:
        door.answer(500, {})
        watching(url, door)
        emit(url, event({"a": 1}, None))

        stats = settled(url)

    note = json.loads((tmp_path / "dead.jsonl").read_text())
    assert stats["dead"] == 1
    assert note["trigger"] == "us-central1-sentry"
    assert set(note) == {"trigger", "headers"}


def test_tests_can_have_every_event_twice(tmp_path: Path) -> None:
    with relay(tmp_path) as url, scripted() as door:
        door.answer(200, {})
        watching(url, door)
        requests.post(f"{url}/faults", json={"duplicate": 1.0}, timeout=5).raise_for_status()
        emit(url, event({"a": 1}, None))

        stats = settled(url)

    assert (stats["delivered"], len(door.asked)) == (2, 2)
