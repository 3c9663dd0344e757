"""What the HTTP doors take and answer, as OpenAPI 3.1.

Made of the product's own enums and limits, so that a new value is described where it is defined.
Front ends make their clients from it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shared.core.anomaly import AnomalyStatus, InsightState
from shared.core.explanation import Driver
from shared.core.integration import Platform
from shared.core.metric import Metric, Source
from shared.core.mock import Scenario
from shared.core.notifications import HOOK_URL
from shared.core.period import Period
from shared.core.query import DEFAULT_LIMIT, HIGHEST_LIMIT, LONGEST_BACKTEST
from shared.core.saving import MOST_RECIPIENTS, LeastSeverity
from shared.core.sentry.outage import Rule
from shared.core.sentry.severity import Direction, Severity
from shared.core.sentry.threshold import THRESHOLD_PERCENT, Sensitivity

if TYPE_CHECKING:
    from enum import Enum

Schema = dict[str, Any]

_TEXT: Schema = {"type": "string"}
_NUMBER: Schema = {"type": "number"}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_MOMENT: Schema = {"type": "string", "format": "date-time"}
_BRAND_ID: Schema = {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$"}


def document() -> Schema:
    """Return the whole description."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Performance War Room",
            "version": "1",
            "description": (
                "Every answer carries X-Request-Id; a GET answers with an ETag and honours If-None-Match. "
                "With mock=true no token is needed, nothing of a tenant is read, and X-Mock is true."
            ),
        },
        "security": [{"firebase": []}],
        "paths": {
            "/api/performance/metrics": {"get": _metrics()},
            "/api/performance/anomalies": {"get": _anomalies()},
            "/api/performance/backtest": {"get": _backtest()},
            "/api/performance/expectations": {"get": _expectations()},
            "/api/performance/integrations/validate": {"post": _try("validate", "Does this key read it?")},
            "/api/performance/integrations": {
                "put": _try("connect", "Try a key; keep it, sealed, if the platform takes it."),
                "delete": _disconnect(),
            },
            "/api/performance/notifications": {"get": _addresses(), "put": _save_addresses()},
        },
        "components": {
            "securitySchemes": {
                "firebase": {"type": "http", "scheme": "bearer", "bearerFormat": "Firebase ID token"}
            },
            "schemas": {
                "PerformanceMetric": _metric_schema(),
                "PerformanceAnomaly": _anomaly_schema(),
                "Backtest": _backtest_schema(),
                "Expectation": _expectation_schema(),
                "Validation": _closed(
                    {
                        "brandId": _BRAND_ID,
                        "platform": _one_of(Platform),
                        "apiKey": {"type": "string", "minLength": 1, "maxLength": 4096},
                        "accountId": {"type": "string", "minLength": 1, "maxLength": 32},
                    }
                ),
                "Addresses": _addresses_schema(),
                "Saving": _saving_schema(),
                "Result": _closed({"success": {"type": "boolean"}, "message": _TEXT}),
                "Problem": _problem_schema(),
            },
        },
    }


def _metrics() -> Schema:
    return _get("metrics", "A brand's numbers by time, then source.", _range(), _list("PerformanceMetric"))


def _expectations() -> Schema:
    summary = "What the Sentry expects of each bucket, and where news begins, by time, then source."
    return _get("expectations", summary, _range(), _list("Expectation"))


def _range() -> list[Schema]:
    moment = {
        "anyOf": [{"type": "string", "format": "date"}, _MOMENT],
        "description": "A day in the brand's zone, inclusive, or an RFC 3339 instant.",
    }
    return [
        _parameter("brandId", _BRAND_ID, required=True),
        _parameter("startDate", moment, required=True),
        _parameter("endDate", moment, required=True),
        _parameter("period", _one_of(Period), required=True),
        _parameter("source", {"type": "array", "items": _one_of(Source)}),
    ]


def _anomalies() -> Schema:
    limit = {"type": "integer", "minimum": 1, "maximum": HIGHEST_LIMIT, "default": DEFAULT_LIMIT}
    parameters = [
        _parameter("brandId", _BRAND_ID, required=True),
        _parameter("status", _one_of(AnomalyStatus)),
        _parameter("limit", limit),
        _parameter("cursor", {"type": "string", "pattern": "^an_[A-Za-z0-9_-]{1,400}$"}),
    ]
    return _get("anomalies", "What the Sentry raised, newest first.", parameters, _list("PerformanceAnomaly"))


def _backtest() -> Schema:
    days = {"type": "integer", "minimum": 1, "maximum": LONGEST_BACKTEST, "default": LONGEST_BACKTEST}
    parameters = [_parameter("brandId", _BRAND_ID, required=True), _parameter("days", days)]
    return _get("backtest", "What each sensitivity would have raised.", parameters, _ref("Backtest"))


def _disconnect() -> Schema:
    parameters = [
        _parameter("brandId", _BRAND_ID, required=True),
        _parameter("platform", _one_of(Platform), required=True),
    ]
    return _get("disconnect", "Forget a platform's key.", parameters, _ref("Result"))


def _addresses() -> Schema:
    parameters = [_parameter("brandId", _BRAND_ID, required=True)]
    return _get("addresses", "Where the brand is told, and what is off.", parameters, _ref("Addresses"))


def _save_addresses() -> Schema:
    body = {"application/json": {"schema": _ref("Saving")}}
    return {
        "operationId": "saveAddresses",
        "summary": "Change where the brand is told; what is named is switched on again.",
        "parameters": _mocked(),
        "requestBody": {"required": True, "content": body},
        "responses": _responses(_ref("Addresses")),
    }


def _try(name: str, summary: str) -> Schema:
    body = {"application/json": {"schema": _ref("Validation")}}
    return {
        "operationId": name,
        "summary": summary,
        "parameters": _mocked(),
        "requestBody": {"required": True, "content": body},
        "responses": _responses(_ref("Result")),
    }


def _get(name: str, summary: str, parameters: list[Schema], answer: Schema) -> Schema:
    return {
        "operationId": name,
        "summary": summary,
        "parameters": [*parameters, *_mocked()],
        "responses": _responses(answer),
    }


def _mocked() -> list[Schema]:
    scenario = _parameter("scenario", _one_of(Scenario))
    return [_parameter("mock", {"type": "string", "enum": ["true", "false"]}), scenario]


def _responses(answer: Schema) -> Schema:
    problem = {"application/problem+json": {"schema": _ref("Problem")}}
    told = {
        "400": "A parameter or field is wrong; `field` names it.",
        "401": "No valid Firebase ID token.",
        "403": "Not the caller's brand, or none.",
        "413": "The body is too large.",
        "415": "The body is not JSON.",
        "429": "Too often; Retry-After says when.",
        "503": "For now; Retry-After says when.",
    }
    found = {status: {"description": text, "content": problem} for status, text in told.items()}
    return {"200": {"description": "OK", "content": {"application/json": {"schema": answer}}}} | found


def _metric_schema() -> Schema:
    metrics = [metric.value for metric in Metric]
    maturity = {"type": "string", "enum": ["fresh", "usable", "settled"]}
    amounts = dict.fromkeys(("spend", "revenue", "conversions"), _NUMBER)
    return _closed(
        {
            "id": _TEXT,
            "brandId": _BRAND_ID,
            "source": _one_of(Source),
            "timestamp": _MOMENT,
            "data": _closed(dict.fromkeys(metrics, _NUMBER)),
            "period": _one_of(Period),
            "unavailable": {"type": "array", "items": _one_of(Metric)},
            "volume": _closed({"impressions": _COUNT, "clicks": _COUNT}, required=()),
            "currency": _TEXT,
            "complete": {"type": "boolean"},
            "maturity": _closed(dict.fromkeys(metrics, maturity), required=()),
            "flags": {"type": "array", "items": _TEXT},
            "fetchedAt": _MOMENT,
            "revision": _COUNT,
            "sources": {"type": "array", "items": _one_of(Source)},
            "adjustment": _closed(
                amounts | {"impressions": {"type": "integer"}, "clicks": {"type": "integer"}}, required=()
            ),
        },
        optional=("sources", "adjustment"),
    )


def _anomaly_schema() -> Schema:
    return _closed(
        {
            "id": _TEXT,
            "brandId": _BRAND_ID,
            "metricType": _one_of(Metric),
            "severity": _one_of(Severity),
            "detectedAt": _MOMENT,
            "valueAtDetection": _NUMBER,
            "expectedValue": _NUMBER,
            "deviationPercentage": _NUMBER,
            "status": _one_of(AnomalyStatus),
            "source": _one_of(Source),
            "period": _one_of(Period),
            "metricId": _TEXT,
            "timestamp": _MOMENT,
            "direction": _one_of(Direction),
            "threshold": _COUNT,
            "currency": _TEXT,
            "insightState": _one_of(InsightState),
            "rule": _one_of(Rule),
            "sigmas": _NUMBER,
            "strength": _NUMBER,
            "explanation": _explanation_schema(),
            "cause": _TEXT,
            "incidentId": _TEXT,
            "told": {"type": "boolean"},
            "windowHours": {"type": "integer", "minimum": 2},
            "moneyAtRisk": _money(),
            "aiInsight": _closed({"explanation": _TEXT, "suggestedAction": _TEXT}),
            "insightOrigin": _closed(
                {"model": _TEXT, "promptVersion": _TEXT, "factHash": _TEXT, "reason": _TEXT},
                optional=("model", "reason"),
            ),
            "resolvedBy": {"type": "string", "enum": ["human", "machine"]},
            "snoozedUntil": _MOMENT,
        },
        optional=("windowHours", "moneyAtRisk", "aiInsight", "insightOrigin", "resolvedBy", "snoozedUntil"),
    )


def _explanation_schema() -> Schema:
    part = _closed(
        {
            "source": _one_of(Source),
            "driver": _one_of(Driver),
            "amount": _NUMBER,
            "before": _NUMBER,
            "after": _NUMBER,
            "moneyAtRisk": _NUMBER,
        },
        optional=("moneyAtRisk",),
    )
    return _closed({"total": _NUMBER, "parts": {"type": "array", "items": part}})


def _backtest_schema() -> Schema:
    outcome = _closed(
        {
            "sensitivity": _one_of(Sensitivity),
            "threshold": {"type": "integer", "enum": sorted(THRESHOLD_PERCENT.values())},
            "anomalies": _COUNT,
            "incidents": _COUNT,
            "notifications": _COUNT,
            "moneyAtRisk": _money(),
        }
    )
    return _closed(
        {
            "brandId": _BRAND_ID,
            "days": _COUNT,
            "until": _MOMENT,
            "sensitivity": _one_of(Sensitivity),
            "outcomes": {"type": "array", "items": outcome},
        }
    )


def _expectation_schema() -> Schema:
    metrics = [metric.value for metric in Metric]
    band = _closed(dict.fromkeys(("expected", "lower", "upper"), _NUMBER))
    return _closed(
        {
            "source": _one_of(Source),
            "period": _one_of(Period),
            "timestamp": _MOMENT,
            "metrics": _closed(dict.fromkeys(metrics, band), required=()),
            "first": _closed(dict.fromkeys(metrics, _NUMBER), required=()),
        }
    )


def _saving_schema() -> Schema:
    least = _one_of(LeastSeverity)
    mailbox = {"type": "string", "format": "email", "maxLength": 254}
    slack = _closed(
        {
            "webhookUrl": {"type": "string", "description": f"{HOOK_URL}T…/B…/…; instead of a bot."},
            "channel": {"type": "string", "pattern": "^[CG][A-Z0-9]{8,20}$"},
            "botToken": {"type": "string", "description": "May be left out where one is stored."},
            "leastSeverity": least,
        },
        required=(),
    )
    email = _closed(
        {
            "recipients": {
                "type": "array",
                "items": mailbox,
                "minItems": 1,
                "maxItems": MOST_RECIPIENTS,
                "description": "All of them, in place of the former ones.",
            },
            "leastSeverity": least,
        },
        required=(),
    )
    return _closed(
        {
            "brandId": _BRAND_ID,
            "slack": _or_null(slack, "Left out: stays as it is. Null: forgotten. {}: switched on again."),
            "email": _or_null(email, "As slack."),
            "test": {"type": "boolean", "description": "Send a test message to what is named, or to all."},
        },
        required=("brandId",),
    )


def _addresses_schema() -> Schema:
    state = {
        "state": {"type": "string", "enum": ["on", "off"]},
        "reason": {"type": "string", "description": "Why it is off."},
        "offSince": _MOMENT,
    }
    chosen = {
        "leastSeverity": _one_of(LeastSeverity),
        "enabled": {
            "type": "boolean",
            "description": "Whether sentrySettings.notificationChannels names it.",
        },
    }
    slack = _closed(
        {
            "kind": {"type": "string", "enum": ["webhook", "bot"]},
            "webhookUrl": {"type": "string", "description": "Without its secret part."},
            "channel": _TEXT,
        }
        | state
        | chosen,
        optional=("webhookUrl", "channel", "reason", "offSince"),
    )
    recipient = _closed({"address": _TEXT} | state, optional=("reason", "offSince"))
    email = _closed({"recipients": {"type": "array", "items": recipient}} | chosen)
    tests = _closed({name: _ref("Result") for name in ("slack", "email")}, required=())
    return _closed(
        {
            "brandId": _BRAND_ID,
            "slack": _or_null(slack),
            "email": _or_null(email),
            "tests": tests,
        },
        optional=("tests",),
    )


def _problem_schema() -> Schema:
    return _closed(
        {
            "type": _TEXT,
            "title": _TEXT,
            "status": {"type": "integer"},
            "code": _TEXT,
            "requestId": _TEXT,
            "detail": _TEXT,
            "field": _TEXT,
            "success": {"const": False},
            "message": _TEXT,
        },
        optional=("detail", "field", "success", "message"),
    )


def _money() -> Schema:
    return _closed({"amount": _NUMBER, "currency": _TEXT})


def _or_null(schema: Schema, description: str = "") -> Schema:
    told = {"description": description} if description else {}
    return {"anyOf": [schema, {"type": "null"}]} | told


def _closed(
    properties: Schema, *, required: tuple[str, ...] | None = None, optional: tuple[str, ...] = ()
) -> Schema:
    names = tuple(name for name in properties if name not in optional) if required is None else required
    return {
        "type": "object",
        "properties": properties,
        "required": list(names),
        "additionalProperties": False,
    }


def _one_of(kind: type[Enum]) -> Schema:
    return {"type": "string", "enum": [each.value for each in kind]}


def _list(name: str) -> Schema:
    return {"type": "array", "items": _ref(name)}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _parameter(name: str, schema: Schema, *, required: bool = False) -> Schema:
    return {"name": name, "in": "query", "required": required, "schema": schema}
