from __future__ import annotations

import pytest

from tests.flows.stage import Stage


@pytest.fixture
def stage(firestore_emulator: str, project_id: str, monkeypatch: pytest.MonkeyPatch) -> Stage:
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", firestore_emulator)
    return Stage(project_id)
