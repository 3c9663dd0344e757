"""One platform with the demo brand for all end-to-end tests, its first tick already on its way."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from local.platform import Platform
from tests.e2e.running import lived_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.e2e.running import Running


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    former = dict(os.environ)
    state = tmp_path_factory.mktemp("platform")
    try:
        with Platform.start(state=state, project="demo-e2e", say=lambda _: None) as platform:
            os.environ.update(platform.env)
            yield lived_in(platform)
    finally:
        os.environ.clear()
        os.environ.update(former)
