"""Gemini: the real SDK against a server that speaks both true wire formats, and misbehaves."""

from __future__ import annotations

import json
import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
import requests

from local.world.gemini import BEHAVIOURS
from local.world.tenants import GEMINI_KEY, INVALID_GEMINI_KEY
from shared.adapters.gemini import GeminiWriter, Vertex
from shared.core.insight import InsightRefused, unlock
from shared.core.secret import Secret
from shared.errors import ConfigError, PlatformRefused, RateLimited, Unavailable
from tests.scripted import scripted
from tests.unit.core.insight.given import rising
from tests.world import running_world

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

GIVEN = rising()
MODEL = "gemini-3.8-flash"
PROJECT = "demo-aurora"


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with running_world() as base:
        yield base


@pytest.fixture
def world(url: str) -> str:
    requests.post(f"{url}/_world/reset", json={}, timeout=5).raise_for_status()
    return url


def fault(world: str, name: str, **more: object) -> None:
    body = {"platform": "gemini", "fault": name, "times": None, **more}
    requests.post(f"{world}/_world/faults", json=body, timeout=5).raise_for_status()


def writer(world: str, key: str = GEMINI_KEY, try_s: float = 8.0) -> GeminiWriter:
    return GeminiWriter(Secret(key), MODEL, f"{world}/gemini", try_s)


@pytest.fixture
def account(world: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Make this process a service account whose tokens the world gives out, as Google's libraries find it."""
    found: dict[str, str] = requests.get(f"{world}/_world/service-account", timeout=5).json()
    become(found, tmp_path, monkeypatch)
    return found


def become(account: dict[str, str], folder: Path, patch: pytest.MonkeyPatch) -> None:
    (folder / "account.json").write_text(json.dumps(account))
    patch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(folder / "account.json"))


def on_vertex(world: str, try_s: float = 8.0) -> GeminiWriter:
    return GeminiWriter(Vertex(PROJECT, "europe-west1"), MODEL, f"{world}/gemini", try_s)


def calls(world: str, platform: str = "gemini") -> dict[str, int]:
    told: dict[str, dict[str, int]] = requests.get(f"{world}/_world/calls", timeout=5).json()
    return told.get(platform, {})


def test_an_answer_follows_the_schema_and_passes_every_guard(world: str) -> None:
    draft = writer(world).write(GIVEN)

    insight = unlock(draft.answer, GIVEN)
    assert "€2.50" in insight.explanation
    assert insight.suggested_action in GIVEN.actions.values()
    assert (draft.tokens or 0) > 0
    assert calls(world) == {f"POST /v1/models/{MODEL}:generateContent": 1}


@pytest.mark.parametrize("locale", ["pt-BR", "en"])
@pytest.mark.parametrize("parts", [True, False])
def test_an_honest_answer_passes_in_both_languages(world: str, locale: str, parts: bool) -> None:
    given = rising(locale, parts=parts)

    assert unlock(writer(world).write(given).answer, given)


def test_the_question_holds_the_facts_the_schema_and_no_tools() -> None:
    with scripted() as script:
        script.answer(200, {"candidates": []})
        GeminiWriter(Secret("k"), MODEL, script.url).write(GIVEN, "digits")

    (asked,) = script.asked
    body = asked.json()
    assert asked.headers["x-goog-api-key"] == "k"
    assert json.loads(body["contents"][0]["parts"][0]["text"])["refused"] == "digits"  # type: ignore[index]
    assert body["generationConfig"]["responseMimeType"] == "application/json"  # type: ignore[index]
    assert set(body) == {"contents", "systemInstruction", "generationConfig"}


def test_on_vertex_the_same_is_asked_as_an_account(world: str, account: dict[str, str]) -> None:  # noqa: ARG001
    vertex = on_vertex(world)

    drafts = [vertex.write(GIVEN), vertex.write(GIVEN)]

    assert [unlock(draft.answer, GIVEN).explanation for draft in drafts]
    path = f"/v1beta1/projects/{PROJECT}/locations/europe-west1/publishers/google/models/{MODEL}"
    assert calls(world) == {f"POST {path}:generateContent": 2}
    assert calls(world, "google-oauth") == {"POST /token": 1}


def test_on_vertex_a_refused_account_is_no_outage(
    world: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, account: dict[str, str]
) -> None:
    become(account | {"client_email": "nobody@nowhere.example"}, tmp_path, monkeypatch)

    with pytest.raises(PlatformRefused) as caught:
        on_vertex(world).write(GIVEN)

    assert caught.value.reason == "credential_invalid"


def test_on_vertex_a_token_that_does_not_come_is_not_waited_for(
    world: str, account: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.adapters.gemini._TOKEN_S", 0.2)
    body = {"platform": "google-oauth", "fault": "hang", "times": None}
    requests.post(f"{world}/_world/faults", json=body, timeout=5).raise_for_status()

    with pytest.raises(Unavailable, match="gemini"):
        on_vertex(world).write(GIVEN)
    assert account


def test_on_vertex_a_process_without_an_account_cannot_work(
    world: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "none.json"))

    with pytest.raises(ConfigError, match="no Google credentials"):
        on_vertex(world)


@pytest.mark.parametrize("location", ["global", "us", "europe-west1"])
def test_vertex_is_asked_where_the_sdk_itself_would(location: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from google import genai  # noqa: PLC0415
    from google.auth.credentials import AnonymousCredentials  # noqa: PLC0415

    for name in ("GOOGLE_VERTEX_BASE_URL", "GOOGLE_GEMINI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    client = genai.Client(
        vertexai=True, project=PROJECT, location=location, credentials=AnonymousCredentials()
    )

    assert client._api_client._http_options.base_url == Vertex(PROJECT, location).host + "/"


def test_no_variable_of_the_sdk_leads_it_elsewhere(world: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GOOGLE_GEMINI_BASE_URL", "GOOGLE_VERTEX_BASE_URL", "HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("GOOGLE_GENAI_USE_ENTERPRISE", "true")
    monkeypatch.setenv("GOOGLE_GENAI_USE_VERTEXAI", "true")
    monkeypatch.setenv("GOOGLE_GENAI_API_VERSION", "v9")
    monkeypatch.setenv("GOOGLE_API_KEY", "another")

    assert writer(world).write(GIVEN).answer


@pytest.mark.filterwarnings("ignore:NEW_ONE")  # the SDK says so itself
@pytest.mark.parametrize("seed", range(9))
@pytest.mark.parametrize(
    ("name", "reasons"),
    [
        ("blocked", {"blocked"}),
        ("held_back", {"blocked"}),
        ("no_candidates", {"empty", "blocked"}),
        ("truncated", {"unfinished"}),
    ],
)
def test_an_answer_that_is_missing_or_cut_off_is_refused(
    world: str, name: str, reasons: set[str], seed: int
) -> None:
    fault(world, name, seed=seed)

    draft = writer(world).write(GIVEN)

    assert draft.refused in reasons
    assert draft.answer == ""
    assert (draft.tokens or 0) > 0


@pytest.mark.parametrize("seed", range(13))
def test_an_answer_of_another_form_is_no_answer(world: str, seed: int) -> None:
    fault(world, "nonsense", seed=seed)

    try:
        refused = writer(world).write(GIVEN).refused
    except Unavailable as error:
        refused = error.reason

    assert refused in {"unavailable", "empty", "blocked"}


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("digits", "digits"),
        ("unicode_digits", "digits"),
        ("spelled_numbers", "spelled_number"),
        ("unknown_fact", "unknown_fact"),
        ("url", "markup"),
        ("html", "markup"),
        ("markdown", "markup"),
        ("invisible", "characters"),
        ("glued", "glued"),
        ("reversed", "direction"),
        ("swapped", "sentence"),
        ("wrong_shape", "wrong_shape"),
        ("other_action", "unlisted_action"),
        ("fenced", "not_json"),
    ],
)
def test_a_lying_answer_meets_its_guard(world: str, name: str, reason: str) -> None:
    fault(world, name)

    with pytest.raises(InsightRefused) as caught:
        unlock(writer(world).write(GIVEN).answer, GIVEN)

    assert caught.value.reason == reason


def test_every_mode_of_the_model_is_scripted(world: str) -> None:
    for name in sorted(BEHAVIOURS):
        fault(world, name)


@pytest.mark.parametrize("name", ["500", "503", "reset", "html_502", "truncated_json"])
def test_a_service_that_fails_is_unavailable_and_called_once(world: str, name: str) -> None:
    fault(world, name)

    with pytest.raises(Unavailable, match="gemini"):
        writer(world).write(GIVEN)

    assert sum(calls(world).values()) == 1


def test_a_quota_that_is_used_up_is_waited_for(world: str) -> None:
    fault(world, "429")

    with pytest.raises(RateLimited):
        writer(world).write(GIVEN)


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (401, {"error": {"status": "UNAUTHENTICATED"}}, "credential_invalid"),
        (403, {"error": {"status": "PERMISSION_DENIED"}}, "permission_missing"),
        (404, {"error": {"message": "models/x is not found"}}, "bad_request"),
        (400, {"error": {"message": "invalid schema"}}, "bad_request"),
        (400, b"<html>no</html>", "bad_request"),
        (413, [1, 2], "bad_request"),
    ],
)
def test_what_a_person_has_to_mend_is_said_as_such(status: int, body: object, reason: str) -> None:
    with scripted() as script:
        script.answer(status, body)
        with pytest.raises(PlatformRefused) as caught:
            GeminiWriter(Secret("k"), MODEL, script.url).write(GIVEN)

    assert caught.value.reason == reason


def test_a_refused_key_is_not_told_on(world: str) -> None:
    with pytest.raises(PlatformRefused) as caught:
        writer(world, INVALID_GEMINI_KEY).write(GIVEN)

    assert caught.value.reason == "credential_invalid"
    assert INVALID_GEMINI_KEY not in str(caught.value)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_nobody_is_followed_elsewhere(status: int) -> None:
    with scripted() as elsewhere, scripted() as script:
        elsewhere.answer(200, {})
        script.answer(status, {}, {"Location": f"{elsewhere.url}/v1/models/x:generateContent"})
        with pytest.raises(Unavailable):
            GeminiWriter(Secret("k"), MODEL, script.url).write(GIVEN)

    assert elsewhere.asked == []


def test_a_service_that_hangs_is_left_in_time(world: str) -> None:
    fault(world, "hang")

    with pytest.raises(Unavailable, match="ReadTimeout"):
        writer(world, try_s=0.3).write(GIVEN)


def dripping(connection: socket.socket, first: bytes, drop: bytes) -> None:
    connection.sendall(first)
    while True:
        try:
            connection.sendall(drop)
        except OSError:
            return
        threading.Event().wait(0.02)


def _drips_its_headers(connection: socket.socket) -> None:
    dripping(connection, b"HTTP/1.1 200 OK\r\n", b"a: b\r\n")


def _drips_its_body(connection: socket.socket) -> None:
    dripping(connection, b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b" ")


def _drips_without_a_length(connection: socket.socket) -> None:
    dripping(connection, b"HTTP/1.1 200 OK\r\n\r\n", b" ")


@contextmanager
def raw_server(serve: Callable[[socket.socket], None]) -> Iterator[str]:
    """Serve one connection with a function of the test's own."""
    listening = socket.create_server(("127.0.0.1", 0))

    def accept() -> None:
        connection, _ = listening.accept()
        with connection:
            connection.recv(65536)
            serve(connection)

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        listening.close()
        thread.join(timeout=5)


@pytest.mark.parametrize("serve", [_drips_its_headers, _drips_its_body, _drips_without_a_length])
def test_a_service_that_drips_is_left_in_time_too(serve: Callable[[socket.socket], None]) -> None:
    with raw_server(serve) as base, pytest.raises(Unavailable, match="gemini"):
        GeminiWriter(Secret("k"), MODEL, base, 0.5).write(GIVEN)


def test_an_answer_without_end_is_not_read_to_its_end() -> None:
    def pours(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        try:
            while True:
                connection.sendall(b" " * 65536)
        except OSError:
            return

    with raw_server(pours) as base, pytest.raises(Unavailable, match="DecodingError"):
        GeminiWriter(Secret("k"), MODEL, base).write(GIVEN)


def test_a_compressed_answer_is_not_unpacked() -> None:
    with scripted() as script:
        script.answer(200, b"\x1f\x8b", {"Content-Encoding": "gzip"})
        with pytest.raises(Unavailable, match="DecodingError"):
            GeminiWriter(Secret("k"), MODEL, script.url).write(GIVEN)


def test_nobody_at_home_is_unavailable() -> None:
    with socket.socket() as kept:
        kept.bind(("127.0.0.1", 0))
        base = f"http://127.0.0.1:{kept.getsockname()[1]}"
        with pytest.raises(Unavailable, match="ConnectError"):
            GeminiWriter(Secret("k"), MODEL, base).write(GIVEN)
