"""Meta's refusals by name, as bodies, statuses and usage headers; a fault may name any of them."""

from __future__ import annotations

from local.world.meta_usage import account_usage
from local.world.wire import ACCOUNT, Answer

_OAUTH = "OAuthException"
_METHOD = "GraphMethodException"


def error(
    status: int,
    code: int,
    subcode: int | None,
    message: str,
    *,
    kind: str = _OAUTH,
    transient: bool | None = None,
    headers: dict[str, str] | None = None,
) -> Answer:
    fields: dict[str, object] = {"message": message, "type": kind, "code": code}
    if subcode is not None:
        fields["error_subcode"] = subcode
    if transient is not None:
        fields["is_transient"] = transient
    fields["fbtrace_id"] = f"Asim{code}x{subcode or 0}"
    return Answer(status, {"error": fields}, headers or {})


def bad_parameter(message: str) -> Answer:
    return error(400, 100, None, f"(#100) {message}")


_THROTTLED = error(
    400,
    80000,
    2446079,
    "(#80000) There have been too many calls from this ad-account. Wait a bit and try again.",
    headers=account_usage(ACCOUNT, 100, 19, 42.5),
)
_UNKNOWN = error(500, 1, 99, "An unknown error occurred", transient=True)

ERRORS = {
    "expired": error(400, 190, 463, "Error validating access token: Session has expired."),
    "revoked": error(
        400, 190, 458, "Error validating access token: The user has not authorized application."
    ),
    "password_changed": error(400, 190, 460, "Error validating access token: The session is invalidated."),
    "checkpoint": error(400, 190, 459, "Error validating access token: The user is checkpointed."),
    "invalid": error(401, 190, None, "Invalid OAuth access token - Cannot parse access token"),
    "no_permission": error(
        403, 200, None, "(#200) Ad account owner has NOT grant ads_management or ads_read permission"
    ),
    "insights_denied": error(400, 100, 3191001, "Insufficient permissions to read insights"),
    "wrong_account": error(
        400,
        100,
        33,
        "Unsupported get request. Object does not exist, cannot be loaded due to missing permissions",
        kind=_METHOD,
    ),
    "proof_wrong": error(
        400, 100, None, "Invalid appsecret_proof provided in the API argument", kind=_METHOD
    ),
    "proof_missing": error(
        400, 100, None, "API calls from the server require an appsecret_proof argument", kind=_METHOD
    ),
    "unknown_app": error(400, 101, None, "Error validating application. Cannot get application info."),
    "app_secret": error(400, 190, None, "Invalid OAuth access token signature."),
    "not_an_app": error(400, 100, None, "(#100) You must provide an app access token"),
    "another_app": error(
        400, 100, None, "(#100) The App_id in the input_token did not match the Viewing App"
    ),
    "bad_breakdown": error(400, 2, 1504041, "No data for this combination of metrics and breakdowns"),
    "too_far_back": error(
        400, 3018, None, "(#3018) The start date is beyond 37 months from the current date"
    ),
    "too_much": error(400, 100, 1487534, "The query is too large; reduce the amount of data"),
    "timeout": error(400, 2, 1504038, "The request timed out; try a shorter range or an asynchronous query"),
    "500": _UNKNOWN,
    "transient": _UNKNOWN,
    "503": error(503, 2, None, "Service temporarily unavailable", transient=True),
    "throttle": _THROTTLED,
    "throttle_account": _THROTTLED,
    "throttle_app": error(400, 4, 1504022, "(#4) Application request limit reached", transient=True),
    "abuse": error(400, 613, None, "(#613) Calls to this api have exceeded the rate limit."),
    "policy": error(
        400, 368, None, "The action attempted has been deemed abusive or is otherwise disallowed"
    ),
    "error_in_200": error(200, 2, None, "An unexpected error has occurred. Retry later.", transient=True),
    "text_in_200": Answer(200, "Service Unavailable"),
    "unknown_path": error(404, 2500, None, "Unknown path components"),
}
