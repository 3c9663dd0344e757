from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shared.adapters import platform_http
from tests.scripted import Script, scripted

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def platform(monkeypatch: pytest.MonkeyPatch) -> Iterator[Script]:
    """Return a scripted platform; outages are retried without waiting."""
    monkeypatch.setattr(platform_http.time, "sleep", lambda _: None)
    monkeypatch.setattr(platform_http.patiently, "__defaults__", (lambda _: None,))
    with scripted() as script:
        yield script
