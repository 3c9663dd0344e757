"""What Google's token endpoint, Ads API and Analytics API refuse with, by name; a fault may name any."""

from __future__ import annotations

from dataclasses import replace

from local.world.wire import Answer

_FAILURE = "type.googleapis.com/google.ads.googleads.v26.errors.GoogleAdsFailure"
_INFO = "type.googleapis.com/google.rpc.ErrorInfo"
_STATUS = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
}
_MESSAGE = {
    400: "Request contains an invalid argument.",
    401: "Request had invalid authentication credentials.",
    403: "The caller does not have permission",
    429: "Resource has been exhausted (e.g. check quota).",
    500: "Internal error encountered.",
    503: "The service is currently unavailable.",
}
_REQUEST_ID = "SimulatedRequest01"


def rpc_error(status: int, message: str, *details: object, headers: dict[str, str] | None = None) -> Answer:
    """Return the error body that all of Google's REST interfaces share."""
    fields: dict[str, object] = {"code": status, "message": message, "status": _STATUS[status]}
    if details:
        fields["details"] = list(details)
    return Answer(status, {"error": fields}, headers or {})


def info(reason: str, service: str) -> dict[str, object]:
    return {
        "@type": _INFO,
        "reason": reason,
        "domain": "googleapis.com",
        "metadata": {"service": f"{service}.googleapis.com"},
    }


def ads_error(
    status: int, family: str, name: str, message: str, details: dict[str, object] | None = None
) -> Answer:
    """Return the Ads API's refusal: one error with its family and name."""
    fields: dict[str, object] = {"errorCode": {family: name}, "message": message}
    if details:
        fields["details"] = details
    failure = {"@type": _FAILURE, "errors": [fields], "requestId": _REQUEST_ID}
    return rpc_error(status, _MESSAGE[status], failure, headers={"request-id": _REQUEST_ID})


def in_array(answer: Answer) -> Answer:
    """Return a refusal as a stream gives it: its JSON body is the one entry of an array."""
    return answer if isinstance(answer.body, str) else replace(answer, body=[answer.body])


def oauth_error(status: int, error: str, description: str, subtype: str | None = None) -> Answer:
    fields = {"error": error, "error_description": description}
    return Answer(status, fields if subtype is None else fields | {"error_subtype": subtype})


def _disabled(product: str, service: str) -> Answer:
    message = f"{product} has not been used in project 1001 before or it is disabled."
    return rpc_error(403, message, info("SERVICE_DISABLED", service))


_DAILY: dict[str, object] = {
    "quotaErrorDetails": {
        "rateScope": "DEVELOPER",
        "rateName": "Requests per project per day",
        "retryDelay": "1800s",
    }
}

OAUTH_ERRORS = {
    "revoked": oauth_error(400, "invalid_grant", "Token has been expired or revoked."),
    "reauth": oauth_error(400, "invalid_grant", "reauth related error (invalid_rapt)", "invalid_rapt"),
    "client": oauth_error(401, "invalid_client", "The OAuth client was not found."),
    "secret": oauth_error(401, "invalid_client", "Unauthorized"),
    "refresh_token": oauth_error(400, "invalid_grant", "Bad Request"),
    "signature": oauth_error(400, "invalid_grant", "Invalid JWT Signature."),
    "grant_type": oauth_error(400, "unsupported_grant_type", "Invalid grant_type: "),
    "scope": oauth_error(400, "invalid_scope", "Some requested scopes were invalid."),
    "throttle": Answer(429, {"error": "rate_limit_exceeded"}, {"Retry-After": "30"}),
    "500": Answer(500, {"error": "internal_failure"}),
    "503": Answer(503, {"error": "backend_error"}),
}

ADS_ERRORS = {
    "expired_token": ads_error(
        401, "authenticationError", "OAUTH_TOKEN_EXPIRED", "The access token expired."
    ),
    "invalid_token": ads_error(401, "authenticationError", "OAUTH_TOKEN_INVALID", "The token is invalid."),
    "no_ads_user": ads_error(401, "authenticationError", "NOT_ADS_USER", "No Ads account for this login."),
    "wrong_scope": rpc_error(
        403,
        "Request had insufficient authentication scopes.",
        info("ACCESS_TOKEN_SCOPE_INSUFFICIENT", "googleads"),
    ),
    "no_access": ads_error(
        403,
        "authorizationError",
        "USER_PERMISSION_DENIED",
        "The user has no access to the customer; going through a manager needs login-customer-id.",
    ),
    "inactive": ads_error(403, "authorizationError", "CUSTOMER_NOT_ENABLED", "The customer is not enabled."),
    "suspended": ads_error(
        403, "authorizationError", "ACTION_NOT_PERMITTED_FOR_SUSPENDED_ACCOUNT", "The account is suspended."
    ),
    "test_project": ads_error(
        403,
        "authorizationError",
        "CLOUD_PROJECT_NOT_APPROVED_FOR_PRODUCTION",
        "The project is limited to test accounts.",
    ),
    "api_disabled": _disabled("Google Ads API", "googleads"),
    "manager": ads_error(
        400, "queryError", "REQUESTED_METRICS_FOR_MANAGER", "Metrics cannot be requested for a manager."
    ),
    "customer_id": ads_error(400, "requestError", "INVALID_CUSTOMER_ID", "Not a customer id."),
    "login_customer_id": ads_error(400, "headerError", "INVALID_LOGIN_CUSTOMER_ID", "Not a customer id."),
    "version": ads_error(400, "requestError", "UNSUPPORTED_VERSION", "The version is not supported."),
    "page_size": ads_error(
        400, "requestError", "PAGE_SIZE_NOT_SUPPORTED", "Setting the page size is not supported."
    ),
    "page_token": ads_error(400, "requestError", "INVALID_PAGE_TOKEN", "The page token is invalid."),
    "throttle": ads_error(429, "quotaError", "RESOURCE_EXHAUSTED", "Too many requests.", _DAILY),
    "throttle_short": ads_error(429, "quotaError", "RESOURCE_TEMPORARILY_EXHAUSTED", "Too many requests."),
    "500": ads_error(500, "internalError", "INTERNAL_ERROR", "An internal error has occurred."),
    "503": ads_error(503, "internalError", "TRANSIENT_ERROR", "A transient error; retry."),
}

GA4_ERRORS = {
    "invalid_token": rpc_error(401, _MESSAGE[401], info("ACCESS_TOKEN_EXPIRED", "analyticsdata")),
    "wrong_scope": rpc_error(
        403,
        "Request had insufficient authentication scopes.",
        info("ACCESS_TOKEN_SCOPE_INSUFFICIENT", "analyticsdata"),
    ),
    "no_access": rpc_error(403, "User does not have sufficient permissions for this property."),
    "api_disabled": _disabled("Google Analytics Data API", "analyticsdata"),
    "throttle": rpc_error(429, "Exhausted property tokens for a project per hour."),
    "busy": rpc_error(429, "Exhausted concurrent requests quota."),
    "server_errors": rpc_error(429, "Exhausted server errors quota."),
    "500": rpc_error(500, _MESSAGE[500]),
    "503": rpc_error(503, _MESSAGE[503]),
}
