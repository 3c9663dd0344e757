"""What a platform reported: sums per hour and per day of one account."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from shared.core.metric import Sums
    from shared.core.period import Bucket


@dataclass(frozen=True, slots=True)
class ReportRow:
    """One bucket's sums. `flags` names what is odd about it (`dst`: a repeated local hour)."""

    bucket: Bucket
    sums: Sums
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """One account's recent past.

    `hours` holds closed hours only. `days` is empty where a platform's days are the sums of
    its hours, and holds day-to-date totals where they are not (Meta reports no purchases by
    hour).
    """

    currency: str
    zone: ZoneInfo
    fetched_at: datetime
    hours: tuple[ReportRow, ...]
    days: tuple[ReportRow, ...] = ()
