"""What is asked of Meta's insights edge, and its rows: hours or days, with the traps of the real one."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from local.world.meta_errors import ERRORS, bad_parameter
from local.world.wire import Refused, decimal
from shared.core.metric import MICROS, Source, Sums

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from local.world.story import Seen, Story
    from local.world.tenants import Tenant

HOURLY = "hourly_stats_aggregated_by_advertiser_time_zone"
_VIEWS = "offsite_content_view_add_meta_leads"
_MAX_DAYS = 37 * 31
_MOST_DAYS_BY_HOUR, _MOST_DAYS_BY_DAY = 35, 100
_DATED = ("date_start", "date_stop")
_NUMBERS = ("spend", "impressions", "clicks", "inline_link_clicks", "reach", "frequency")
_ACTIONS = ("actions", "action_values")
_FIELDS = frozenset({"account_id", "account_name", "account_currency", *_NUMBERS, *_ACTIONS, *_DATED})
_PRESETS = {
    "today": (0, 0),
    "yesterday": (1, 1),
    "last_7d": (7, 1),
    "last_28d": (28, 1),
    "last_30d": (30, 1),
}


@dataclass(frozen=True, slots=True)
class Ask:
    """One report, both dates inclusive in the account's zone."""

    fields: tuple[str, ...]
    since: date
    until: date
    by_hour: bool
    by_day: bool

    @property
    def days(self) -> int:
        return (self.until - self.since).days + 1

    @property
    def is_too_much_at_once(self) -> bool:
        """Say whether only an asynchronous run would take it: 35 days by hour, 100 by day."""
        if self.by_hour:
            return self.days > _MOST_DAYS_BY_HOUR
        return self.by_day and self.days > _MOST_DAYS_BY_DAY

    @classmethod
    def of(cls, params: Mapping[str, str], today: date) -> Ask:
        """Read the parameters of a report; Refused as Meta does."""
        fields = tuple(name.strip() for name in params.get("fields", "impressions,spend").split(","))
        unknown = [name for name in fields if name not in _FIELDS]
        if unknown:
            raise Refused(bad_parameter(f"{', '.join(unknown)} is not valid for fields param."))
        breakdowns = [name for name in params.get("breakdowns", "").strip('[]"').split(",") if name]
        if breakdowns not in ([], [HOURLY]):
            raise Refused(ERRORS["bad_breakdown"])
        if params.get("level", "account") != "account":
            raise Refused(bad_parameter("this world reports at account level only"))
        increment = params.get("time_increment", "all_days")
        if increment not in {"1", "all_days"}:
            raise Refused(bad_parameter("time_increment must be 1 or all_days in this world"))
        since, until = _range(params, today)
        if (today - since).days > _MAX_DAYS:
            raise Refused(ERRORS["too_far_back"])
        return cls(fields, since, until, bool(breakdowns), increment == "1")


def rows(ask: Ask, story: Story, now: datetime, tenant: Tenant) -> list[dict[str, object]]:
    """Return the report's rows in order of time; one without delivery is absent.

    By hour, a day that is over without a single impression is one row that lacks its hour.
    """
    account: dict[str, object] = {
        "account_id": tenant.meta_account,
        "account_name": tenant.company or tenant.name,
        "account_currency": story.currency,
    }
    groups: dict[tuple[date | None, int | None], list[Seen]] = {}
    for seen in story.seen(Source.META, ask.since, ask.until, now):
        if seen.sums.impressions:
            key = (seen.day if ask.by_day else None, seen.hour if ask.by_hour else None)
            groups.setdefault(key, []).append(seen)
    found = []
    for (day, hour), hours in groups.items():
        row = _row(ask, day, account | _numbers(hours, ask))
        if hour is not None:
            row[HOURLY] = f"{hour:02d}:00:00 - {hour:02d}:59:59"
        found.append(row)
    if ask.by_hour and ask.by_day:
        active = {day for day, _ in groups}
        today = now.astimezone(story.zone).date()
        days = (ask.since + timedelta(days=n) for n in range(ask.days))
        quiet = [day for day in days if day < today and day not in active]
        nothing = {name: text for name, text in _numbers((), ask).items() if name != "inline_link_clicks"}
        found += [_row(ask, day, account | nothing) for day in quiet]
        found.sort(key=lambda row: str(row["date_start"]))
    return found


def _row(ask: Ask, day: date | None, values: Mapping[str, object]) -> dict[str, object]:
    row = {name: values[name] for name in ask.fields if name in values}
    return row | {"date_start": (day or ask.since).isoformat(), "date_stop": (day or ask.until).isoformat()}


def _numbers(hours: Iterable[Seen], ask: Ask) -> dict[str, object]:
    spend = impressions = links = clicks = orders = revenue = 0
    for seen in hours:
        sums: Sums = seen.sums
        link = sums.clicks or 0
        spend += sums.spend or 0
        impressions += sums.impressions or 0
        links += link
        clicks += link + link // 2
        orders += (sums.conversions or 0) // MICROS
        revenue += sums.revenue or 0
    numbers: dict[str, object] = {
        "spend": decimal(spend),
        "impressions": str(impressions),
        "clicks": str(clicks),
        "inline_link_clicks": str(links),
        "reach": "0" if ask.by_hour else str(impressions * 2 // 3),
        "frequency": "0" if ask.by_hour else "1.5",
    }
    # Bought off Meta: not told by hour. The same sale stands under several names.
    told = not ask.by_hour
    counts = {"link_click": links, **_purchases(orders), _VIEWS: links // 7} if told else {}
    values = _purchases(revenue) if told else {}
    for name, entries in (
        ("actions", {kind: str(count) for kind, count in counts.items() if count}),
        ("action_values", {kind: decimal(value) for kind, value in values.items() if value}),
    ):
        if entries:
            numbers[name] = [{"action_type": kind, "value": value} for kind, value in entries.items()]
    return numbers


def _purchases(amount: int) -> dict[str, int]:
    return dict.fromkeys(("omni_purchase", "purchase", "offsite_conversion.fb_pixel_purchase"), amount)


def _range(params: Mapping[str, str], today: date) -> tuple[date, date]:
    if "time_range" not in params:
        preset = _PRESETS.get(params.get("date_preset", "last_30d"))
        if preset is None:
            raise Refused(bad_parameter("date_preset must be one of the allowed values"))
        return today - timedelta(days=preset[0]), today - timedelta(days=preset[1])
    try:
        asked = json.loads(params["time_range"])
        since, until = date.fromisoformat(asked["since"]), date.fromisoformat(asked["until"])
    except (ValueError, KeyError, TypeError):
        raise Refused(bad_parameter("time_range must be an object with since and until")) from None
    if since > until:
        raise Refused(bad_parameter("since must not be after until"))
    return since, until
