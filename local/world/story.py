"""The truth that every simulated platform tells: a source's hours, and what has become of them so far."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from local.world.maturing import WHOLE, Kind, grown, share, shown
from shared.core.metric import MICROS, Source, Sums
from shared.core.mock import hour_of
from shared.core.period import HOUR, day_bucket

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

_SUMS = ("spend", "impressions", "clicks", "conversions", "revenue")
_SAO_PAULO = ZoneInfo("America/Sao_Paulo")
_CENT = MICROS // 100
_CREDIT = MICROS // 4
_SESSIONS_PER_ORDER = 28


@dataclass(frozen=True, slots=True)
class Shock:
    """Multiplies one source's sums of the hours that begin in [start, end); an open end lasts for ever.

    With `since`, it is the restatement of a past: until that moment nothing of it is shown.
    A factor may be negative, as when refunds outweigh what was sold.
    """

    source: Source
    start: datetime
    end: datetime | None = None
    spend: float = 1.0
    impressions: float = 1.0
    clicks: float = 1.0
    conversions: float = 1.0
    revenue: float = 1.0
    since: datetime | None = None

    def covers(self, source: Source, start: datetime) -> bool:
        return source is self.source and self.start <= start and (self.end is None or start < self.end)

    def is_known(self, now: datetime | None) -> bool:
        return now is None or self.since is None or self.since <= now

    def to_json(self) -> dict[str, object]:
        when = {name: getattr(self, name) for name in ("start", "end", "since")}
        moments = {name: None if moment is None else moment.isoformat() for name, moment in when.items()}
        return {"source": self.source.value, **moments} | {name: getattr(self, name) for name in _SUMS}

    @classmethod
    def from_json(cls, fields: dict[str, Any]) -> Shock:
        end, since = fields.get("end"), fields.get("since")
        return cls(
            Source(fields["source"]),
            _moment(fields["start"]),
            None if end is None else _moment(end),
            since=None if since is None else _moment(since),
            **{name: float(fields.get(name, 1.0)) for name in _SUMS},
        )


@dataclass(frozen=True, slots=True)
class Seen:
    """One account-local hour as a platform shows it now; sessions are known of organic traffic only."""

    day: date
    hour: int
    sums: Sums
    sessions: int = 0

    def __add__(self, other: Seen) -> Seen:
        return replace(self, sums=self.sums + other.sums, sessions=self.sessions + other.sessions)


@dataclass(frozen=True, slots=True)
class Story:
    """One brand's truth; when `late`, its hours are shown as platforms show them: see `maturing`."""

    seed: str
    zone: ZoneInfo = _SAO_PAULO
    currency: str = "BRL"
    shocks: tuple[Shock, ...] = ()
    late: bool = False

    def hour(self, source: Source, start: datetime, known_at: datetime | None = None) -> Sums:
        """Return what truly happened in the hour that begins at `start`, once it is over.

        Google's conversions carry a fraction, as data-driven credit does; all others are whole.
        With `known_at`, the truth is that of this moment: without what is restated later.
        """
        sums = _ordinary(self.seed, source, start, self.zone)
        for shock in self.shocks:
            if shock.covers(source, start) and shock.is_known(known_at):
                sums = Sums(
                    _times(sums.spend, shock.spend, _CENT),
                    _times(sums.revenue, shock.revenue, _CENT),
                    _times(sums.impressions, shock.impressions, 1),
                    _times(sums.clicks, shock.clicks, 1),
                    _times(sums.conversions, shock.conversions, _CENT if source is Source.GOOGLE else MICROS),
                )
        return sums

    def sessions(self, start: datetime, known_at: datetime | None = None) -> int:
        """Return the organic visits of the hour that begins at `start`; see `hour`."""
        orders = (self.hour(Source.ORGANIC, start, known_at).conversions or 0) // MICROS
        return max(0, orders) * _SESSIONS_PER_ORDER + _dice(self.seed, start, _SESSIONS_PER_ORDER)

    def seen(self, source: Source, since: date, until: date, now: datetime) -> Iterator[Seen]:
        """Yield the hours of some account-local days (both inclusive) as they are shown at `now`.

        The running hour shows its spend, impressions, clicks and sessions in proportion to the
        minutes gone; conversions and their value appear when their hour is over. An hour that
        the clocks repeat comes once, with both its halves.
        """
        start, end = day_bucket(since, self.zone).start, day_bucket(until, self.zone).end
        held: Seen | None = None
        while start < end and start <= now:
            hour = self._seen_hour(source, start, now)
            if held is not None and (held.day, held.hour) == (hour.day, hour.hour):
                held += hour
            else:
                if held is not None:
                    yield held
                held = hour
            start += HOUR
        if held is not None:
            yield held

    def to_json(self) -> dict[str, object]:
        return {
            "seed": self.seed,
            "zone": self.zone.key,
            "currency": self.currency,
            "shocks": [shock.to_json() for shock in self.shocks],
            "late": self.late,
        }

    @classmethod
    def from_json(cls, fields: dict[str, Any]) -> Story:
        """Read a story; KeyError, TypeError or ValueError when it is none."""
        shocks = tuple(Shock.from_json(shock) for shock in fields.get("shocks", ()))
        return cls(
            fields["seed"], ZoneInfo(fields["zone"]), fields["currency"], shocks, fields.get("late") is True
        )

    def _seen_hour(self, source: Source, start: datetime, now: datetime) -> Seen:
        local = start.astimezone(self.zone)
        sums = self.hour(source, start, now)
        sessions = self.sessions(start, now) if source is Source.ORGANIC else 0
        if now < start + HOUR:
            minutes = (now - start) // timedelta(minutes=1)
            sums = Sums(
                None if sums.spend is None else sums.spend // _CENT * minutes // 60 * _CENT,
                0,
                None if sums.impressions is None else sums.impressions * minutes // 60,
                None if sums.clicks is None else sums.clicks * minutes // 60,
                0,
            )
            sessions = sessions * minutes // 60
        if self.late:
            age = max(now - start - HOUR, timedelta())
            grain = _dice(self.seed, start, WHOLE)
            sums = shown(sums, source, age, grain)
            sessions = grown(sessions, share(source, Kind.DELIVERY, age), 1, grain)
        return Seen(local.date(), local.hour, sums, sessions)


@lru_cache(maxsize=20_000)
def _ordinary(seed: str, source: Source, start: datetime, zone: ZoneInfo) -> Sums:
    sums = hour_of(seed, source, start, zone)
    if source is Source.GOOGLE and sums.conversions:
        return replace(sums, conversions=sums.conversions + (_dice(seed, start, 5) - 2) * _CREDIT)
    return sums


def _dice(seed: str, start: datetime, sides: int) -> int:
    digest = blake2b(f"{seed}/{int(start.timestamp())}".encode(), digest_size=4).digest()
    return int.from_bytes(digest, "big") % sides


def _times(amount: int | None, factor: float, unit: int) -> int | None:
    return None if amount is None else round(amount * factor / unit) * unit


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"not an aware moment: {text!r}")
    return moment
