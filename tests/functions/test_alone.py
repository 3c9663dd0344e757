"""Each door by itself, started as it is deployed: one process, and nothing in its environment but its own."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.functions.doors import ASKS, EVENT_DOORS, HTTP_DOORS, MASTER_KEY, ROOT

DEADLINE_S = 30.0
REFUSED_WITHIN_S = 10.0
FRAMEWORK = Path(sys.executable).with_name("functions-framework")

PASSWORD = "made-up-password"
DEPLOYED = {"GOOGLE_CLOUD_PROJECT": "aurora-prod", "PATH": os.defpath}
OWN = {
    "metrics": {},
    "validate": {},
    "anomalies": {},
    "backtest": {},
    "expectations": {},
    "integrations": {"PERFORMANCE_ENCRYPTION_KEY": MASTER_KEY},
    "notifications": {
        "PERFORMANCE_ENCRYPTION_KEY": MASTER_KEY,
        "SMTP_URL": f"smtps://robot:{PASSWORD}@mail.aurora.example:465",
        "MAIL_FROM": "war-room@aurora.example",
    },
    "schedule": {},
    "ingest": {"PERFORMANCE_ENCRYPTION_KEY": MASTER_KEY},
    "sentry": {},
    "enrich": {"GEMINI_API_KEY": "made-up-gemini-key"},
    "answer": {},
    "sweep": {},
    "notify": {
        "PERFORMANCE_ENCRYPTION_KEY": MASTER_KEY,
        "SMTP_URL": f"smtps://robot:{PASSWORD}@mail.aurora.example:465",
        "MAIL_FROM": "war-room@aurora.example",
    },
}
"""All that each door is given beyond its project."""


def deployed(door: str) -> dict[str, str]:
    return DEPLOYED | {"K_SERVICE": door} | OWN[door]


@contextmanager
def running(door: str) -> Iterator[str]:
    """Run a door as its container does; yield its base URL once it accepts connections."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = [str(FRAMEWORK), "--target", door, "--host", "127.0.0.1", "--port", str(port)]
    with subprocess.Popen(
        command, cwd=ROOT, env=deployed(door), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            _await(process, port)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            try:
                process.wait(DEADLINE_S)
            except subprocess.TimeoutExpired:
                process.kill()


def start(door: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Start a door that should refuse, and wait for its last word."""
    command = [str(FRAMEWORK), "--target", door, "--host", "127.0.0.1", "--port", "0"]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            said, complained = process.communicate(timeout=REFUSED_WITHIN_S)
        except subprocess.TimeoutExpired:
            process.terminate()
            process.communicate(timeout=DEADLINE_S)
            pytest.fail(f"{door} started")
    return subprocess.CompletedProcess(command, process.returncode, said, complained)


@pytest.mark.parametrize("door", HTTP_DOORS)
def test_an_http_door_answers_by_itself(door: str) -> None:
    ask = ASKS[door]

    with running(door) as base, requests.Session() as caller:
        response = caller.request(
            ask.method,
            base + ask.path,
            params={**ask.query, "mock": "true"},
            json=ask.body,
            timeout=DEADLINE_S,
        )

    assert response.status_code == 200
    assert response.headers["X-Mock"] == "true"


@pytest.mark.parametrize("door", EVENT_DOORS)
def test_an_event_door_answers_by_itself(door: str) -> None:
    with running(door) as base, requests.Session() as caller:
        response = caller.post(base, json={"hello": "there"}, timeout=DEADLINE_S)

    assert response.status_code == 400


REFUSALS: list[Any] = [
    *(
        pytest.param(door, {name: None}, f"{name} is missing", id=f"{door} without {name}")
        for door, own in OWN.items()
        for name in own
    ),
    pytest.param(
        "sentry", {"GOOGLE_CLOUD_PROJECT": None}, "GOOGLE_CLOUD_PROJECT is missing", id="no project"
    ),
    pytest.param(
        "metrics",
        {"FIREBASE_AUTH_EMULATOR_HOST": "127.0.0.1:9099", "GOOGLE_CLOUD_PROJECT": "demo-aurora"},
        "FIREBASE_AUTH_EMULATOR_HOST: emulators are for demo- projects outside Cloud Run",
        id="an emulator on Cloud Run",
    ),
    pytest.param(
        "validate",
        {"META_GRAPH_BASE": "http://127.0.0.1:8080"},
        "META_GRAPH_BASE may only be set in a local run",
        id="a foreign platform on Cloud Run",
    ),
    pytest.param(
        "notify",
        {"SMTP_URL": f"smtp://robot:{PASSWORD}@mail.aurora.example:25"},
        "SMTP_URL must be smtps://",
        id="mail in the clear",
    ),
    pytest.param(
        "ingest",
        {"PERFORMANCE_ENCRYPTION_KEY": MASTER_KEY[:-2]},
        "PERFORMANCE_ENCRYPTION_KEY",
        id="ingest with half a master key",
    ),
    pytest.param(
        "notify",
        {"PERFORMANCE_ENCRYPTION_KEY": MASTER_KEY[:-2]},
        "PERFORMANCE_ENCRYPTION_KEY",
        id="notify with half a master key",
    ),
]


@pytest.mark.parametrize(("door", "changes", "sentence"), REFUSALS)
def test_a_door_that_cannot_work_does_not_start_and_says_why(
    door: str, changes: dict[str, str | None], sentence: str
) -> None:
    environment = {name: value for name, value in (deployed(door) | changes).items() if value is not None}

    done = start(door, environment)

    assert done.returncode != 0
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("shared.errors.ConfigError: ")
    assert sentence in last
    assert MASTER_KEY[:-2] not in done.stdout + done.stderr
    assert PASSWORD not in done.stdout + done.stderr


def test_a_door_that_does_not_exist_does_not_start() -> None:
    done = start("front", deployed("metrics"))

    assert done.returncode != 0
    assert "front" in done.stderr


def _await(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            assert process.poll() is None, "the door ended"
            assert time.monotonic() < deadline, "the door did not open"
            time.sleep(0.05)
        else:
            return
