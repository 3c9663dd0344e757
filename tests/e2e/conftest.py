"""One platform with the demo brand for all end-to-end tests, its first tick already on its way."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from local.demo import Demo, demo, seed
from local.journal import Journal
from local.platform import Platform
from tests.e2e.running import Running

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    former = dict(os.environ)
    state = tmp_path_factory.mktemp("platform")
    try:
        with Platform.start(state=state, project="demo-e2e", say=lambda _: None) as platform:
            os.environ.update(platform.env)
            told: Demo = demo(datetime.now(UTC))
            running = Running(platform, told, Journal(platform.project, platform.urls["world"], told))
            running.world("story", {"tenant": "demo", "story": told.story.to_json()})
            seed(told)
            platform.watch("sentry")
            running.tick()
            yield running
    finally:
        os.environ.clear()
        os.environ.update(former)
