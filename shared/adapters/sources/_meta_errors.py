"""What Meta means when it refuses: errors are told by code and subcode, never by HTTP status.

Messages are localised and may echo a token: a few English ones that have no subcode are matched,
none goes further.
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

from shared.core.integration import Problem
from shared.errors import PlatformRefused, RateLimited, Unavailable, WarRoomError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

NAME = "meta"
_WAIT_S, _LONGEST_WAIT_S = 900, 24 * 3600

_REFUSALS: dict[tuple[int, int | None], Problem] = {
    (190, 463): Problem.CREDENTIAL_EXPIRED,
    (190, 460): Problem.CREDENTIAL_REVOKED,
    (190, 458): Problem.CREDENTIAL_REVOKED,
    (190, 459): Problem.USER_ACTION_REQUIRED,
    (190, 464): Problem.USER_ACTION_REQUIRED,
    (190, None): Problem.CREDENTIAL_INVALID,
    (102, None): Problem.CREDENTIAL_INVALID,
    (101, None): Problem.CREDENTIAL_INVALID,
    (10, None): Problem.PERMISSION_MISSING,
    (100, 3191001): Problem.PERMISSION_MISSING,
    (100, 33): Problem.ACCOUNT_NOT_FOUND,
    (100, 1504018): Problem.TOO_MUCH_DATA,
    (100, 1504038): Problem.TOO_MUCH_DATA,
    (100, 1487534): Problem.TOO_MUCH_DATA,
    (-3, 1504045): Problem.TOO_MUCH_DATA,
    (100, None): Problem.BAD_REQUEST,
    (2, 1504041): Problem.BAD_REQUEST,
    (2, 1504042): Problem.BAD_REQUEST,
    (2, 1504018): Problem.TOO_MUCH_DATA,
    (2, 1504038): Problem.TOO_MUCH_DATA,
    (3018, None): Problem.BAD_REQUEST,
    (368, None): Problem.USER_ACTION_REQUIRED,
}
"""By code and subcode; None stands for any other subcode."""

_BY_WORDS: tuple[tuple[int, str, Problem | None], ...] = (
    (100, "missing permissions", Problem.PERMISSION_MISSING),
    (100, "appsecret_proof", Problem.CREDENTIAL_INVALID),
    (100, "summary param", None),
    (1, "reduce the amount of data", Problem.TOO_MUCH_DATA),
)
"""Errors without a subcode that only their English message tells apart; None passes by itself."""

_APP_THROTTLES = frozenset({4, 341})
_ABUSE = 613
_ACCOUNT_THROTTLES = frozenset(
    {17, 32, _ABUSE, 80000, 80001, 80002, 80003, 80004, 80005, 80006, 80008, 80009, 80014}
)
_SCORE_LIMITS = frozenset({(17, 2446079), (_ABUSE, 2446079), (_ABUSE, 1487742)})
_SCORE_WAIT_S, _FULL_TIER_S = 300, 60
_PERMISSIONS = range(200, 300)


def failure(error: object, headers: Mapping[str, str]) -> WarRoomError:
    """Name what an error body means; its own words never go further."""
    if not isinstance(error, dict) or not isinstance(error.get("code"), int):
        return Unavailable(NAME, "answered something unexpected")
    code, subcode = error["code"], error.get("error_subcode")
    if not isinstance(subcode, int):
        subcode = None
    if (code, subcode) in _SCORE_LIMITS:
        return RateLimited(NAME, wait_s(headers, _score_wait_s(headers)), "account")
    if code == _ABUSE:
        return RateLimited(NAME, _LONGEST_WAIT_S, "account")  # abuse prevention: calling again prolongs it
    if code in _APP_THROTTLES:
        return RateLimited(NAME, wait_s(headers), "app")
    if code in _ACCOUNT_THROTTLES:
        return RateLimited(NAME, wait_s(headers), "account")
    said = str(error.get("message")).lower()
    told = next((row for row in _BY_WORDS if not subcode and row[0] == code and row[1] in said), None)
    problem = told[2] if told else _REFUSALS.get((code, subcode)) if subcode else None
    if problem is None and told is None and not error.get("is_transient"):
        problem = Problem.PERMISSION_MISSING if code in _PERMISSIONS else _REFUSALS.get((code, None))
    if problem is not None:
        return PlatformRefused(NAME, problem.value)
    return Unavailable(NAME, f"code {code}")


def used(headers: Mapping[str, str]) -> tuple[float, int]:
    """Read the usage headers of an ordinary answer: the highest percentage, and seconds to rest (or 0)."""
    percents = [0.0]
    for name in (
        "x-business-use-case-usage",
        "x-ad-account-usage",
        "x-app-usage",
        "x-fb-ads-insights-throttle",
    ):
        told = _told(headers, name)
        for field in _PERCENTAGES:
            percents += _found(told, field)
    return max(percents), max(_waits(headers), default=0)


_PERCENTAGES = ("call_count", "total_cputime", "total_time", "acc_id_util_pct", "app_id_util_pct")


def wait_s(headers: Mapping[str, str], unless_told: int = _WAIT_S) -> int:
    """Read how long to wait from the usage headers, whose values are JSON texts of their own."""
    return min(max(_waits(headers), default=unless_told), _LONGEST_WAIT_S)


def _score_wait_s(headers: Mapping[str, str]) -> int:
    """Return how long a full score blocks an account, which depends on the tier of its app."""
    told = _told(headers, "x-ad-account-usage")
    full = isinstance(told, dict) and told.get("ads_api_access_tier") == "standard_access"
    return _FULL_TIER_S if full else _SCORE_WAIT_S


def _waits(headers: Mapping[str, str]) -> list[int]:
    waits: list[int] = []
    for name, field, unit_s in (
        ("x-business-use-case-usage", "estimated_time_to_regain_access", 60),
        ("x-ad-account-usage", "reset_time_duration", 1),
    ):
        waits += [math.ceil(value * unit_s) for value in _found(_told(headers, name), field)]
    return waits


def _told(headers: Mapping[str, str], name: str) -> object:
    try:
        return json.loads(headers.get(name, "null"))
    except (ValueError, RecursionError):
        return None


def _found(told: object, field: str) -> Iterator[float]:
    if isinstance(told, list):
        for item in told:
            yield from _found(item, field)
    elif isinstance(told, dict):
        value = told.get(field)
        if isinstance(value, int | float) and 0 < value <= _LONGEST_WAIT_S:
            yield value
        for item in told.values():
            yield from _found(item, field)
