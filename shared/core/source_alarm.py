"""What is wrong with a source itself: told like an anomaly, once, and taken back when it is over.

A source without numbers raises no anomaly: hours that nobody knows are not judged, and a blend
waits for its parts. So these are the only word that people get while a source is away.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from shared.core.freshness import PASSING
from shared.core.integration import DEAD_CREDENTIAL
from shared.core.metric import Source

if TYPE_CHECKING:
    from datetime import datetime

    from shared.core.freshness import Freshness


class Trouble(Enum):
    CREDENTIAL_DEAD = "credential_dead"
    REFUSED = "refused"
    STALE = "stale"
    CREDENTIAL_EXPIRES = "credential_expires"


@dataclass(frozen=True, slots=True)
class SourceAlarm:
    """One trouble of one source; `mark` tells it from the next one of its kind.

    `problem` is the platform's refusal, `since` when the source was last well, None for never;
    `until` is when the credential ends, or `ended`.
    """

    source: Source
    trouble: Trouble
    mark: str
    problem: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    ended: bool = False

    @property
    def id(self) -> str:
        return f"source_{self.source.value}_{self.trouble.value}_{self.mark}"


_ID = re.compile(
    rf"source_({'|'.join(source.value for source in Source)})"
    rf"_({'|'.join(trouble.value for trouble in Trouble)})_([0-9a-z-]{{1,40}})",
    re.ASCII,
)


def open_alarms(known: Freshness, now: datetime) -> list[SourceAlarm]:
    """Return what is wrong with a source now; a graver trouble stands for those it brings.

    A dead credential is why reading fails, and failing is why numbers are old. What passes by
    itself is none until numbers are too old.
    """
    well, problem = known.last_success_at, known.problem
    mark = _mark(well)
    if problem in DEAD_CREDENTIAL:
        return [SourceAlarm(known.source, Trouble.CREDENTIAL_DEAD, mark, problem, well)]
    found = []
    if problem is not None and problem not in PASSING:
        found.append(SourceAlarm(known.source, Trouble.REFUSED, mark, problem, well))
    elif known.is_stale(now):
        reached = known.data_until
        found.append(SourceAlarm(known.source, Trouble.STALE, _mark(reached), problem, reached))
    days = known.expiry_warning(now)
    if days is not None and known.expires_at is not None:
        mark = f"{days}d-{_mark(known.expires_at)}"
        ended = known.expires_at <= now
        found.append(
            SourceAlarm(known.source, Trouble.CREDENTIAL_EXPIRES, mark, until=known.expires_at, ended=ended)
        )
    return found


def standing(known: Freshness, now: datetime) -> tuple[str, ...]:
    """Name the troubles that are open, and those that people may not have heard to be over."""
    return tuple(dict.fromkeys((*(alarm.id for alarm in open_alarms(known, now)), *known.alarms)))


def remembered(before: Freshness, after: Freshness, now: datetime) -> tuple[str, ...]:
    """Name what the reading after this one is to ask for as well, should this one die before it asks.

    What was open is asked for once more when it is over, and as long as nobody knows whether it is.
    """
    open_still = [alarm.id for known in (after, before) for alarm in open_alarms(known, now)]
    unknown = after.problem is not None or before.last_success_at is None
    return tuple(dict.fromkeys((*open_still, *(before.alarms if unknown else ()))))


_MATTERS = (
    frozenset({Trouble.CREDENTIAL_DEAD, Trouble.REFUSED, Trouble.STALE}),
    frozenset({Trouble.CREDENTIAL_DEAD, Trouble.CREDENTIAL_EXPIRES}),
)
"""Whether a source is read, and whether its key lasts."""


def instead_of(past: SourceAlarm, known: Freshness, now: datetime) -> SourceAlarm | None:
    """Return the trouble that stands where another stood: of its source, and of the same matter."""
    kin = frozenset[Trouble]().union(*(matter for matter in _MATTERS if past.trouble in matter))
    return next((alarm for alarm in open_alarms(known, now) if alarm.trouble in kin), None)


def has_passed(past: SourceAlarm, known: Freshness) -> bool:
    """Say whether a trouble that is not open any more is mended: a source that is away may hide it.

    A new key was tried when it was connected; whether numbers come, only a reading says.
    """
    if past.trouble is Trouble.CREDENTIAL_EXPIRES:
        return True
    was_read = known.last_success_at is not None or past.trouble is not Trouble.STALE
    return known.problem is None and was_read


def over(alarm_id: str) -> SourceAlarm | None:
    """Return what an alarm was about, once it is over; None when the id names none."""
    match = _ID.fullmatch(alarm_id)
    return SourceAlarm(Source(match[1]), Trouble(match[2]), match[3]) if match else None


def _mark(moment: datetime | None) -> str:
    return "never" if moment is None else str(int(moment.timestamp()))
