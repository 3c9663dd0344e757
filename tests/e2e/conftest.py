"""One platform with the demo brand and a shop for all end-to-end tests, its first tick already on its way."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from bench.page import browser
from bench.shop import open_shop
from local.platform import Platform
from tests.e2e.running import lived_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

    from bench.shop import Shop
    from tests.e2e.running import Running


@pytest.fixture(scope="session")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Running, Shop]]:
    former = dict(os.environ)
    state = tmp_path_factory.mktemp("platform")
    try:
        with Platform.start(state=state, project="demo-e2e", with_page=True, say=lambda _: None) as platform:
            os.environ.update(platform.env)
            shop = open_shop(datetime.now(UTC))
            yield lived_in(platform), shop
    finally:
        os.environ.clear()
        os.environ.update(former)


@pytest.fixture(scope="session")
def chrome() -> Iterator[Browser]:
    with browser() as started:
        yield started


@pytest.fixture(scope="session")
def running(opened: tuple[Running, Shop]) -> Running:
    return opened[0]


@pytest.fixture(scope="session")
def shop(opened: tuple[Running, Shop]) -> Shop:
    return opened[1]
