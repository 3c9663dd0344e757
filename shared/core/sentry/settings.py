"""A brand's choices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.core.sentry.threshold import Sensitivity

if TYPE_CHECKING:
    from datetime import datetime

    from shared.core.period import Bucket

MOST_OCCASIONS = 50

WIDER_ON_OCCASIONS = 2
"""Within a declared occasion both the threshold and the gate are this many times as wide."""


@dataclass(frozen=True, slots=True)
class Occasion:
    """A promotion or holiday: [start, end) alarms beyond a wider band only.

    Every hour, day and week that it touches is judged by that band and teaches nothing.
    """

    name: str
    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start >= self.end:
            raise ValueError(f"{self.name}: an occasion ends after it starts")

    def meets(self, bucket: Bucket) -> bool:
        return self.start < bucket.end and bucket.start < self.end


@dataclass(frozen=True, slots=True)
class SentrySettings:
    """`channels` is a subset of dashboard, email, slack."""

    enabled: bool = True
    sensitivity: Sensitivity = Sensitivity.MEDIUM
    channels: tuple[str, ...] = ("dashboard",)
    noise_gate: bool = True
    occasions: tuple[Occasion, ...] = ()

    def blind(self) -> list[tuple[int, int]]:
        """Return the spans that teach nothing, in seconds since 1970."""
        return [(int(each.start.timestamp()), int(each.end.timestamp())) for each in self.occasions]

    def wider(self, bucket: Bucket) -> int:
        return WIDER_ON_OCCASIONS if any(each.meets(bucket) for each in self.occasions) else 1
