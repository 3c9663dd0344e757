"""The rules file and emulator projects that run under it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.rules.emulator import Project
from tests.rules.world import SEED

RULES = Path(__file__).parents[2] / "firestore.rules"


@pytest.fixture(scope="session")
def rules() -> str:
    return RULES.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def http() -> Iterator[requests.Session]:
    with requests.Session() as session:
        yield session


@pytest.fixture(scope="session")
def guarded(firestore_emulator: str, http: requests.Session, rules: str) -> Iterator[Project]:
    """The seeded project under the rules as they are; every test leaves it as it found it."""
    project = Project(http, firestore_emulator, "demo-rules")
    project.load_rules(rules)
    project.seed(SEED)
    yield project
    project.clear()
    project.load_rules(rules)  # lets the engine forget what it kept for coverage


@pytest.fixture
def scratch(firestore_emulator: str, http: requests.Session, rules: str) -> Iterator[Project]:
    """A seeded project whose rules the test brings itself."""
    project = Project(http, firestore_emulator, "demo-rules-scratch")
    project.clear()
    project.seed(SEED)
    yield project
    project.clear()
    project.load_rules(rules)
