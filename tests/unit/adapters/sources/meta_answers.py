"""What a scripted Meta answers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from shared.adapters.sources.meta import MetaAds
from shared.core.report import Asked
from shared.core.secret import Secret

if TYPE_CHECKING:
    from shared.core.report import Report
    from tests.scripted import Script


KEY = Secret("EAABtest")


HOUR = "hourly_stats_aggregated_by_advertiser_time_zone"


NODE = {
    "id": "act_900100200300",
    "account_id": "900100200300",
    "currency": "EUR",
    "timezone_name": "Europe/Rome",
    "account_status": 1,
}


NOW = datetime(2026, 5, 4, 0, 30, tzinfo=UTC)  # 02:30 on the fourth in Rome


EMPTY: dict[str, object] = {"data": []}


def hour_row(hour: int, spend: str = "4.10", day: str = "2026-05-04", **more: object) -> dict[str, object]:
    return {
        "account_id": "900100200300",
        "account_currency": "EUR",
        "spend": spend,
        "impressions": "812",
        "clicks": "19",
        "inline_link_clicks": "11",
        "date_start": day,
        "date_stop": day,
        HOUR: f"{hour:02d}:00:00 - {hour:02d}:59:59",
        **more,
    }


def day_row(**more: object) -> dict[str, object]:
    return {
        "spend": "96.31",
        "impressions": "20411",
        "clicks": "402",
        "inline_link_clicks": "266",
        "date_start": "2026-05-04",
        "date_stop": "2026-05-04",
        **more,
    }


def report(platform: Script, *answers: object, days: int = 1, event: str = "purchase") -> Report:
    for answer in (NODE, *answers):
        platform.answer(200, answer)
    return MetaAds(platform.url).report(KEY, "act_900100200300", Asked(NOW, event, "EUR", days))


APP_KEY = Secret('{"access_token": "EAABtest", "app_id": "5550001", "app_secret": "0123456789abcdef0123"}')


INSPECTED = {
    "data": {"is_valid": True, "expires_at": 1782984000, "data_access_expires_at": 0, "scopes": ["ads_read"]}
}
