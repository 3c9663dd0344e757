"""An event that a door gave up, by its names; and whether it can be brought back by them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from shared.core.job import anomaly_job_of, ingest_job_of, tell_job_of, written_metric_of
from shared.errors import MalformedEvent

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from shared.core.job import Job

_READERS: Mapping[str, Callable[[Mapping[str, object]], Job]] = {
    "ingest": ingest_job_of,
    "enrich": anomaly_job_of,
    "notify": tell_job_of,
}


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """`kind` is the door, `reason` why it gave up; `version` is the store's mark of what was read."""

    id: str
    kind: str
    subject: str
    reason: str
    at: datetime
    names: Mapping[str, str] = field(default_factory=dict)
    version: object = None

    def job(self) -> Job:
        """Return what its event asked for; MalformedEvent says why nobody can know."""
        if self.reason == MalformedEvent.reason:
            raise MalformedEvent("it was none of our events, and will not become one")
        if self.kind == "sentry":
            return written_metric_of(self.subject)
        if self.kind not in _READERS:
            raise MalformedEvent("it named nothing; the next tick does what it asked for")
        if not self.names:
            raise MalformedEvent("it kept no names")
        return _READERS[self.kind](self.names)
