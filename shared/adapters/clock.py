"""The real clock, and waiting by it."""

from __future__ import annotations

from datetime import UTC, datetime
from random import uniform
from time import sleep


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


def part(attempt: int) -> None:
    """Wait before the n-th new try, with full jitter, so that colliding writers part."""
    sleep(uniform(0.0, min(0.05 * 2**attempt, 1.0)))
