"""What Google's APIs mean when they refuse: one reading of GoogleAdsFailure, ErrorInfo and status."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from shared.adapters.platform_http import retry_after_s
from shared.core.integration import Problem
from shared.errors import PlatformRefused, RateLimited, Unavailable, WarRoomError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from shared.adapters.platform_http import Reply

_LONGEST_WAIT_S = 24 * 3600

_BY_NAME = {
    "OAUTH_TOKEN_INVALID": Problem.CREDENTIAL_INVALID,
    "OAUTH_TOKEN_EXPIRED": Problem.CREDENTIAL_INVALID,
    "OAUTH_TOKEN_REVOKED": Problem.CREDENTIAL_INVALID,
    "OAUTH_TOKEN_DISABLED": Problem.CREDENTIAL_INVALID,
    "NOT_ADS_USER": Problem.PERMISSION_MISSING,
    "TWO_STEP_VERIFICATION_NOT_ENROLLED": Problem.USER_ACTION_REQUIRED,
    "ADVANCED_PROTECTION_NOT_ENROLLED": Problem.USER_ACTION_REQUIRED,
    "USER_PERMISSION_DENIED": Problem.ACCOUNT_NOT_FOUND,
    "INVALID_LOGIN_CUSTOMER_ID_SERVING_CUSTOMER_ID_COMBINATION": Problem.BAD_REQUEST,
    "INVALID_LOGIN_CUSTOMER_ID": Problem.BAD_REQUEST,
    "CUSTOMER_NOT_ENABLED": Problem.ACCOUNT_INACTIVE,
    "ACTION_NOT_PERMITTED_FOR_SUSPENDED_ACCOUNT": Problem.ACCOUNT_INACTIVE,
    "CLOUD_PROJECT_NOT_APPROVED_FOR_PRODUCTION": Problem.PROJECT_NOT_APPROVED,
    "ACTION_NOT_PERMITTED": Problem.PROJECT_NOT_APPROVED,
    "PROJECT_DISABLED": Problem.PROJECT_NOT_APPROVED,
    "MISSING_TOS": Problem.PROJECT_NOT_APPROVED,
    "CLOUD_PROJECT_NOT_UNDER_ORGANIZATION": Problem.PROJECT_NOT_APPROVED,
    "SERVICE_DISABLED": Problem.API_DISABLED,
    "ACCESS_TOKEN_SCOPE_INSUFFICIENT": Problem.PERMISSION_MISSING,
    "CUSTOMER_NOT_FOUND": Problem.ACCOUNT_NOT_FOUND,
    "INVALID_CUSTOMER_ID": Problem.ACCOUNT_NOT_FOUND,
    "REQUESTED_METRICS_FOR_MANAGER": Problem.ACCOUNT_IS_MANAGER,
}

_BY_STATUS = {
    400: Problem.BAD_REQUEST,
    401: Problem.CREDENTIAL_INVALID,
    403: Problem.ACCOUNT_NOT_FOUND,
    404: Problem.ACCOUNT_NOT_FOUND,
}

_PAGE_GONE = frozenset({"EXPIRED_PAGE_TOKEN", "INVALID_PAGE_TOKEN"})
_TEMPORARY = frozenset({"TRANSIENT_ERROR", "INTERNAL_ERROR", "DEADLINE_EXCEEDED"}) | _PAGE_GONE
_TOO_MANY = 429

_GA4_WAITS_S = (
    ("concurrent requests", 30),
    ("per hour", 1800),
    ("thresholded", 1800),
    ("server errors", 3600),
    ("per day", 6 * 3600),
)


class PageGone(Exception):
    """A page token grew too old between two pages."""


def is_page_gone(reply: Reply) -> bool:
    return not _PAGE_GONE.isdisjoint(_words(_details(_error(reply))))


def failure(name: str, reply: Reply) -> WarRoomError:
    """Name what an error answer means; its own words never go further."""
    error = _error(reply)
    if not error:
        if reply.status == _TOO_MANY:
            return RateLimited(name, retry_after_s(reply.headers))
        return Unavailable(name, f"status {reply.status}")
    details = _details(error)
    words = set(_words(details))
    status, message = reply.status, str(error.get("message"))
    told = error.get("code")
    if status < 400 and isinstance(told, int):
        status = told
    if status == _TOO_MANY or error.get("status") == "RESOURCE_EXHAUSTED":
        whole = any("'rateScope': 'DEVELOPER'" in str(d) for d in details)
        wait_s = _wait_s(details, message, reply.headers)
        return RateLimited(name, wait_s, "project" if whole else "account")
    if status >= 500 or words & _TEMPORARY:
        return Unavailable(name, f"status {status}")
    problem = next((_BY_NAME[word] for word in sorted(words) if word in _BY_NAME), None)
    problem = problem or _BY_STATUS.get(status)
    return PlatformRefused(name, problem.value) if problem else Unavailable(name, f"status {status}")


def _error(reply: Reply) -> dict[str, object]:
    """Return the error of an answer, which a stream wraps in an array; empty when there is none."""
    body = reply.body[0] if isinstance(reply.body, list) and reply.body else reply.body
    error = body.get("error") if isinstance(body, dict) else None
    return error if isinstance(error, dict) else {}


def _details(error: dict[str, object]) -> list[dict[str, object]]:
    return [d for d in _items(error.get("details")) if isinstance(d, dict)]


def _words(details: list[dict[str, object]]) -> Iterator[str]:
    """Yield every error name in GoogleAdsFailure and ErrorInfo details."""
    for detail in details:
        yield str(detail.get("reason"))
        for error in _items(detail.get("errors")):
            code = error.get("errorCode") if isinstance(error, dict) else None
            if isinstance(code, dict):
                yield from (str(name) for name in code.values())


def _wait_s(details: list[dict[str, object]], message: str, headers: Mapping[str, str]) -> int:
    """Read how long to wait: Google Ads says it in a detail, GA4 in which bucket ran dry."""
    told = re.search(r"'retryDelay': '([0-9]{1,6}(?:\.[0-9]+)?)s'", str(details))
    if told:
        return min(math.ceil(float(told[1])), _LONGEST_WAIT_S)
    return next((wait for words, wait in _GA4_WAITS_S if words in message), retry_after_s(headers))


def _items(value: object) -> list[object]:
    return value if isinstance(value, list) else []
