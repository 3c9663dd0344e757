"""How Meta tells what an account and an app have used up: headers whose values are JSON strings."""

from __future__ import annotations

import json

TIER = "development_access"
_FULL = 100
_BLOCKED_S = 300


def account_usage(account: str, percent: int, regain_minutes: int, app_percent: float) -> dict[str, str]:
    """Return the three headers of an insights answer; a used-up account is blocked for 300 seconds."""
    used = {
        "type": "ads_insights",
        "call_count": percent,
        "total_cputime": percent * 31 // 100,
        "total_time": percent * 27 // 100,
        "estimated_time_to_regain_access": regain_minutes,
        "ads_api_access_tier": TIER,
    }
    blocked_s = _BLOCKED_S if percent >= _FULL else 0
    score = {"acc_id_util_pct": percent, "reset_time_duration": blocked_s, "ads_api_access_tier": TIER}
    throttle = {"app_id_util_pct": app_percent, "acc_id_util_pct": percent, "ads_api_access_tier": TIER}
    return {
        "x-business-use-case-usage": json.dumps({account: [used]}),
        "x-ad-account-usage": json.dumps(score),
        "x-fb-ads-insights-throttle": json.dumps(throttle),
    }


def app_usage(percent: int) -> dict[str, str]:
    used = {"call_count": percent, "total_cputime": percent * 31 // 100, "total_time": percent * 27 // 100}
    return {"x-app-usage": json.dumps(used)}
