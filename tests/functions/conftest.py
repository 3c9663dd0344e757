"""Doors through the real framework, in an environment of their own."""

import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from shared import wiring
from shared.config import PRODUCTION_BASES
from tests.functions.doors import PROJECT, SECRETS, client_of

ROOT = Path(__file__).parents[2]
EMULATED = ("FIRESTORE_EMULATOR_HOST", "PUBSUB_EMULATOR_HOST", "FIREBASE_AUTH_EMULATOR_HOST")
UNSET = ("K_SERVICE", "GCLOUD_PROJECT", "MOCK_MODE", "ALLOWED_ORIGINS", "GEMINI_MODEL")
UNSET += ("GEMINI_VERTEX_LOCATION", "INSIGHT_DAILY_CALLS", "INSIGHT_DAILY_TOKENS")


@pytest.fixture(scope="session")
def closed() -> Iterator[str]:
    """An address where nobody listens, and nobody else can begin to."""
    with socket.socket() as kept:
        kept.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{kept.getsockname()[1]}"


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, closed: str) -> Iterator[pytest.MonkeyPatch]:
    """A local run in which every emulator and platform is down; what was wired before is forgotten."""
    prepare(monkeypatch, closed)
    yield monkeypatch
    forget()


@pytest.fixture
def door(environment: pytest.MonkeyPatch) -> Callable[[str], FlaskClient]:  # noqa: ARG001
    """Load a door by name."""
    return client_of


def prepare(patch: pytest.MonkeyPatch, emulators: str) -> None:
    patch.chdir(ROOT)
    patch.setenv("GOOGLE_CLOUD_PROJECT", PROJECT)
    patch.setenv("FUNCTION_SIGNATURE_TYPE", "")  # the framework sets it; so it is put back
    for name in EMULATED:
        patch.setenv(name, emulators)
    for name in PRODUCTION_BASES:
        patch.setenv(name, f"http://{emulators}/")
    for name, value in SECRETS.items():
        patch.setenv(name, value)
    for name in UNSET:
        patch.delenv(name, raising=False)
    forget()


def forget() -> None:
    """Empty every cache of the wiring, so that the next use reads the environment anew."""
    for part in vars(wiring).values():
        clear = getattr(part, "cache_clear", None)
        if clear is not None and part.__module__ == wiring.__name__:
            clear()
