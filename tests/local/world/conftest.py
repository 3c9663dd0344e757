from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.local.world.client import Client
from tests.world import running_world

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = "2026-01-29T18:30:00+00:00"  # 15:30 in São Paulo


@pytest.fixture(scope="session")
def base() -> Iterator[str]:
    with running_world() as url:
        yield url


@pytest.fixture
def world(base: str) -> Client:
    """Return a world with nothing scripted, at half past three in the afternoon of its demo tenant."""
    client = Client(base)
    client.control("reset")
    client.control("clock", now=NOW)
    return client
