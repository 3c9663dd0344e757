"""What a platform is asked, and what it reported: sums per hour and per day of one account."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date, datetime
    from zoneinfo import ZoneInfo

    from shared.core.integration import Account
    from shared.core.metric import Sums
    from shared.core.period import Bucket


@dataclass(frozen=True, slots=True)
class Asked:
    """One reading of one account, in the account's own local days.

    Attributes:
        now: the moment of asking.
        event: the brand's conversion event.
        currency: the brand's currency; a platform that can convert answers in it.
        days: how many local days of hours, the last included.
        lookback: how many local days before the last have their day totals read again.
        until: the last local day; today when None.
        account: what is known of the account, which never changes; None asks the platform.
    """

    now: datetime
    event: str
    currency: str
    days: int = 2
    lookback: int = 0
    until: date | None = None
    account: Account | None = None

    def last(self, zone: ZoneInfo) -> date:
        return self.until or self.now.astimezone(zone).date()

    def first_hours(self, zone: ZoneInfo) -> date:
        """Return the first local day whose hours are read."""
        return self.last(zone) - timedelta(days=self.days - 1)

    def first_days(self, zone: ZoneInfo) -> date:
        """Return the first local day whose total is read."""
        return self.last(zone) - timedelta(days=max(self.days - 1, self.lookback))


@dataclass(frozen=True, slots=True)
class ReportRow:
    """One bucket's sums. `flags` names what is odd about it.

    `dst`: a repeated local hour; `hours_unaligned`: a day whose hours are no UTC hours; `sampled`,
    `thresholded`, `other_row`: what GA4 admits not to be exact.
    """

    bucket: Bucket
    sums: Sums
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Usage:
    """How much of its allowance an account has used, in percent, and how long to rest if it is nearly all."""

    percent: float
    rest_s: int


@dataclass(frozen=True, slots=True)
class Report:
    """One account's recent past.

    `hours` holds closed hours only; `days` holds totals of local days, the running one to date.
    `snapshots` says that purchases are known by day alone (Meta), so that an hour's are what
    came between two looks at the running day.
    """

    currency: str
    zone: ZoneInfo
    fetched_at: datetime
    hours: tuple[ReportRow, ...]
    days: tuple[ReportRow, ...] = ()
    snapshots: bool = False
    usage: Usage | None = None
    expires_at: datetime | None = None  # when the credential ends, where the platform tells
