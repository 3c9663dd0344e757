"""Emulators for the tests that want the real thing: started once, when the first test asks."""

from __future__ import annotations

import itertools
import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from local import auth, emulators, ports
from local.platform import REPO
from local.processes import Supervisor

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

settings.register_profile("unhurried", deadline=None)  # a busy machine breaks no property
settings.load_profile("unhurried")

_NUMBERS = itertools.count()


@pytest.fixture(scope="session")
def _supervisor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Supervisor]:
    supervisor = Supervisor(tmp_path_factory.mktemp("emulators"))
    yield supervisor
    supervisor.stop()


@pytest.fixture(scope="session")
def _emulators(_supervisor: Supervisor) -> emulators.Emulators:
    return emulators.find(lambda: auth.firebase(_supervisor), print)


@pytest.fixture(scope="session")
def firestore_emulator(_supervisor: Supervisor, _emulators: emulators.Emulators) -> str:
    """Return host:port of a Firestore emulator that holds the product's rules."""
    port = ports.take(("firestore",))["firestore"]
    command = _emulators.firestore(port, REPO / "firestore.rules")
    child = _supervisor.start("firestore", command, os.environ, REPO)
    _supervisor.wait(child, f"http://127.0.0.1:{port}/")
    emulators.warm(f"http://127.0.0.1:{port}", "demo-warm")
    return f"127.0.0.1:{port}"


@pytest.fixture(scope="session")
def pubsub_emulator(_supervisor: Supervisor, _emulators: emulators.Emulators) -> str:
    port = ports.take(("pubsub",))["pubsub"]
    child = _supervisor.start("pubsub", _emulators.pubsub(port), os.environ, REPO)
    _supervisor.wait(child, f"http://127.0.0.1:{port}/")
    return f"127.0.0.1:{port}"


@pytest.fixture
def project_id() -> str:
    """Return a project that no other test knows: its data, rules and triggers are its own."""
    return f"demo-test-{os.getpid()}-{next(_NUMBERS)}"


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"
