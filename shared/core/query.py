"""What callers may ask: parameters and bodies, checked to the letter."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, TypeVar
from zoneinfo import ZoneInfo

from shared.core.anomaly import AnomalyStatus
from shared.core.brand import BrandId, brand_id
from shared.core.integration import Platform
from shared.core.metric import Source
from shared.core.mock import Scenario
from shared.core.period import Period, day_bucket
from shared.core.secret import Secret
from shared.errors import BadRequest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from enum import Enum

    E = TypeVar("E", bound=Enum)

Parameters = dict[str, list[str]]
"""Query parameters as sent: every value of every name."""

LONGEST = {
    Period.HOURLY: timedelta(days=31),
    Period.DAILY: timedelta(days=400),
    Period.WEEKLY: timedelta(days=5 * 366),
}
DEFAULT_LIMIT, HIGHEST_LIMIT = 50, 200
LONGEST_BACKTEST = 90
"""Days."""

_KEY_LIMIT = 4096


@dataclass(frozen=True, slots=True)
class MetricsQuery:
    brand_id: BrandId
    start: date | datetime
    end: date | datetime
    period: Period
    sources: tuple[Source, ...]
    mock: Scenario | None

    @classmethod
    def parse(cls, parameters: Parameters) -> MetricsQuery:
        read = _Reader(
            parameters, {"brandId", "startDate", "endDate", "period", "source", "mock", "scenario"}
        )
        brand, period = brand_id(read.required("brandId")), read.choice("period", Period)
        start, end = _moment(read, "startDate"), _moment(read, "endDate")
        sources = tuple(dict.fromkeys(_one_of(text, "source", Source) for text in read.all("source")))
        query = cls(brand, start, end, period, sources or tuple(Source), read.mock())
        query.interval(_UTC)  # order and length are refused before anything is read
        return query

    def interval(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """Return [start, end) in UTC; a date stands for its whole day in the brand's zone."""
        start = _edge(self.start, zone)
        end = day_bucket(self.end, zone).end if _is_day(self.end) else _edge(self.end, zone) + _INSTANT
        if start >= end:
            raise BadRequest("startDate", "must not be after endDate")
        if end - start > LONGEST[self.period] + timedelta(hours=2):
            days = LONGEST[self.period].days
            raise BadRequest("endDate", f"a {self.period.value} range spans at most {days} days")
        return start, end


@dataclass(frozen=True, slots=True)
class AnomaliesQuery:
    brand_id: BrandId
    status: AnomalyStatus | None
    limit: int
    cursor: str | None
    mock: Scenario | None

    @classmethod
    def parse(cls, parameters: Parameters) -> AnomaliesQuery:
        read = _Reader(parameters, {"brandId", "status", "limit", "cursor", "mock", "scenario"})
        brand = brand_id(read.required("brandId"))
        status = read.choice("status", AnomalyStatus) if "status" in parameters else None
        limit = read.optional("limit") or str(DEFAULT_LIMIT)
        if not re.fullmatch(r"[1-9][0-9]{0,2}", limit, re.ASCII) or int(limit) > HIGHEST_LIMIT:
            raise BadRequest("limit", f"a whole number from 1 to {HIGHEST_LIMIT}")
        cursor = read.optional("cursor")
        if cursor is not None and not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,400}", cursor, re.ASCII):
            raise BadRequest("cursor", "not a cursor from a Link header")
        return cls(brand, status, int(limit), cursor, read.mock())


@dataclass(frozen=True, slots=True)
class BacktestQuery:
    brand_id: BrandId
    days: int
    mock: Scenario | None

    @classmethod
    def parse(cls, parameters: Parameters) -> BacktestQuery:
        read = _Reader(parameters, {"brandId", "days", "mock", "scenario"})
        brand = brand_id(read.required("brandId"))
        days = read.optional("days") or str(LONGEST_BACKTEST)
        if not re.fullmatch(r"[1-9][0-9]?", days, re.ASCII) or int(days) > LONGEST_BACKTEST:
            raise BadRequest("days", f"a whole number from 1 to {LONGEST_BACKTEST}")
        return cls(brand, int(days), read.mock())


@dataclass(frozen=True, slots=True)
class NotificationsQuery:
    brand_id: BrandId
    mock: Scenario | None

    @classmethod
    def parse(cls, parameters: Parameters) -> NotificationsQuery:
        read = _Reader(parameters, {"brandId", "mock", "scenario"})
        return cls(brand_id(read.required("brandId")), read.mock())


@dataclass(frozen=True, slots=True)
class Validation:
    """A key that somebody wants checked."""

    brand_id: BrandId
    platform: Platform
    key: Secret
    account_id: str

    @classmethod
    def parse(cls, body: Mapping[str, object]) -> Validation:
        names = ("brandId", "platform", "apiKey", "accountId")
        for name in body:
            if name not in names:
                raise BadRequest(name, "is not a field of this request")
        texts = {}
        for name in names:
            value = body.get(name)
            if not isinstance(value, str) or not value:
                raise BadRequest(name, "a text is required")
            texts[name] = value
        platform, key = _one_of(texts["platform"], "platform", Platform), texts["apiKey"]
        allowed = r"[ -~\r\n\t]+" if key.lstrip().startswith("{") else "[!-~]+"  # a JSON text, or a token
        if len(key) > _KEY_LIMIT or not re.fullmatch(allowed, key, re.ASCII):
            raise BadRequest("apiKey", f"1 to {_KEY_LIMIT} printable ASCII characters")
        if not re.fullmatch(_ACCOUNT_ID[platform], texts["accountId"], re.ASCII):
            raise BadRequest("accountId", f"not an account id of {platform.value}")
        return cls(brand_id(texts["brandId"]), platform, Secret(key), texts["accountId"])


@dataclass(frozen=True, slots=True)
class Disconnection:
    """A platform that a brand no longer wants read."""

    brand_id: BrandId
    platform: Platform
    mock: Scenario | None

    @classmethod
    def parse(cls, parameters: Parameters) -> Disconnection:
        read = _Reader(parameters, {"brandId", "platform", "mock", "scenario"})
        return cls(brand_id(read.required("brandId")), read.choice("platform", Platform), read.mock())


_ACCOUNT_ID = {
    Platform.META_ADS: r"(act_)?[0-9]{1,20}",
    Platform.GOOGLE_ADS: r"[0-9]{10}|[0-9]{3}-[0-9]{3}-[0-9]{4}",
    Platform.GA4: r"[0-9]{1,20}",
}


def mock_of(parameters: Parameters) -> Scenario | None:
    """Read `mock` and `scenario` alone, for requests whose fields travel in a body."""
    return _Reader(parameters, {"mock", "scenario"}).mock()


class _Reader:
    """Parameters by name: unknown names and second values are refused before anything is read."""

    def __init__(self, parameters: Parameters, known: set[str]) -> None:
        for name, values in parameters.items():
            if name not in known:
                raise BadRequest(name, "is not a parameter of this request")
            if len(values) > 1 and name != "source":
                raise BadRequest(name, "is given more than once")
        self._parameters = parameters

    def all(self, name: str) -> Sequence[str]:
        return self._parameters.get(name, [])

    def optional(self, name: str) -> str | None:
        values = self.all(name)
        return values[0] if values else None

    def required(self, name: str) -> str:
        value = self.optional(name)
        if not value:
            raise BadRequest(name, "is required")
        return value

    def choice(self, name: str, kind: type[E]) -> E:
        return _one_of(self.required(name), name, kind)

    def mock(self) -> Scenario | None:
        """Return the scenario to show, or None for a real request."""
        asked = self.optional("mock")
        if asked not in {None, "true", "false"}:
            raise BadRequest("mock", "true or false")
        if asked != "true":
            if self.all("scenario"):
                raise BadRequest("scenario", "goes with mock=true")
            return None
        return self.choice("scenario", Scenario) if self.all("scenario") else Scenario.DROP


def _one_of(text: str, field: str, kind: type[E]) -> E:
    try:
        return kind(text)
    except ValueError:
        raise BadRequest(field, "one of " + ", ".join(str(e.value) for e in kind)) from None


_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_RFC3339 = re.compile(
    r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,6})?([Zz]|[+-]\d\d:\d\d)",
    re.ASCII,
)
_INSTANT = timedelta(microseconds=1)
_YEARS = range(2000, 2101)
_UTC = ZoneInfo("UTC")


def _moment(read: _Reader, name: str) -> date | datetime:
    text = read.required(name)
    try:
        moment: date | datetime | None = None
        if _DAY.fullmatch(text):
            moment = date.fromisoformat(text)
        elif _RFC3339.fullmatch(text):
            moment = datetime.fromisoformat(text.upper()).astimezone(UTC)
        if moment is not None and moment.year in _YEARS:
            return moment
    except (ValueError, OverflowError):
        pass
    raise BadRequest(name, "a date (2026-01-29) or an RFC 3339 instant (2026-01-29T13:00:00Z)")


def _is_day(moment: date | datetime) -> bool:
    return not isinstance(moment, datetime)


def _edge(moment: date | datetime, zone: ZoneInfo) -> datetime:
    return moment if isinstance(moment, datetime) else day_bucket(moment, zone).start
