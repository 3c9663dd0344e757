"""HTTP: strict requests in; JSON, problem details and safe headers out, whatever happens."""

from __future__ import annotations

import json
import logging
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import wraps
from hashlib import blake2b
from http import HTTPStatus
from typing import TYPE_CHECKING

from flask import Request as FlaskRequest
from flask import Response

from shared.edge.log import bound, log
from shared.errors import (
    BadRequest,
    MethodNotAllowed,
    NotFound,
    Refused,
    Retryable,
    TooLarge,
    TooMany,
    Unauthenticated,
    UnsupportedMedia,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from werkzeug.exceptions import HTTPException

    from shared.core.query import Parameters

_BODY_LIMIT = 16 * 1024
_SAFE = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
    "Vary": "Origin, Authorization",
    "X-Content-Type-Options": "nosniff",
}
_TITLES = {
    400: "Bad request",
    401: "Not signed in",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    413: "Body too large",
    415: "JSON is required",
    429: "Too many requests",
    500: "Internal error",
    503: "Try again later",
}
_FIXED = {
    401: "A valid Firebase ID token is required.",
    403: "This brand is not yours or does not exist.",
}


@dataclass(frozen=True, slots=True)
class Request:
    """What a door reads of a request."""

    method: str
    parameters: Parameters
    authorization: str | None = field(repr=False)
    raw: bytes = field(repr=False)
    content_type: str

    def body(self) -> dict[str, object]:
        """Read a JSON object strictly: no second value for a key, no NaN, nothing too deep."""
        if self.content_type.partition(";")[0].strip().lower() != "application/json":
            raise UnsupportedMedia("application/json is required")
        if len(self.raw) > _BODY_LIMIT:
            raise TooLarge(f"at most {_BODY_LIMIT} bytes")
        try:
            body = json.loads(self.raw, object_pairs_hook=_unique, parse_constant=_no_constant)
        except (ValueError, RecursionError):
            raise BadRequest("body", "is not JSON") from None
        if not isinstance(body, dict):
            raise BadRequest("body", "a JSON object is required")
        return body


@dataclass(frozen=True, slots=True)
class Ready:
    """JSON that is written only for a caller who does not hold it yet.

    `version` differs wherever the bytes may.
    """

    version: str
    json: Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class Reply:
    """What a door answers; a GET's 200 gets an ETag."""

    body: object  # anything that JSON can say, or Ready
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


MOCKED = {"X-Mock": "true"}


def endpoint(
    path: str,
    *methods: str,
    origins: Callable[[], frozenset[str]],
    failure: Mapping[str, object] | None = None,
) -> Callable[[Callable[[Request], Reply]], Callable[[FlaskRequest], Response]]:
    """Make a door of a handler.

    Args:
        path: the contract's path; the bare root serves too, since a function has its own host.
        methods: the verbs besides OPTIONS.
        origins: browsers' origins that may read answers, exactly.
        failure: fields that every error of this endpoint carries besides the problem details.
    """
    verbs = ", ".join(methods)

    def door(handler: Callable[[Request], Reply]) -> Callable[[FlaskRequest], Response]:
        @wraps(handler)
        def answer(request: FlaskRequest) -> Response:
            request_id = uuid.uuid4().hex
            with bound(door=handler.__name__, requestId=request_id):
                response = settle(request, request_id)
            _dress(response, request, request_id, verbs, origins())
            return response

        def settle(request: FlaskRequest, request_id: str) -> Response:
            try:
                if request.path.rstrip("/") not in {path, ""}:
                    raise NotFound("no such path")
                if request.method == "OPTIONS":
                    return Response(status=204, headers={"Allow": f"{verbs}, OPTIONS"})
                if request.method not in methods:
                    raise MethodNotAllowed(f"{verbs}, OPTIONS")
                return _rendered(handler(_read(request)), request)
            except Exception as error:  # noqa: BLE001 - the one place where nothing may pass
                return _problem(error, request_id, failure or {})

        return answer

    return door


def refused(error: HTTPException) -> Response:
    """Answer what the framework refuses before any door is asked, with nothing of the request in it.

    Its own words are a page, and for what is no event they repeat the sender's headers and body.
    """
    request_id, status = uuid.uuid4().hex, error.code or 500
    title = HTTPStatus(status).phrase
    log(logging.INFO, "request_refused", requestId=request_id, status=status)
    body = {
        "type": "about:blank",
        "title": title,
        "status": status,
        "code": title.lower().replace(" ", "_"),
        "requestId": request_id,
    }
    allowed = [pair for pair in error.get_headers() if pair[0] == "Allow"]
    headers = {**_SAFE, **dict(allowed), "X-Request-Id": request_id}
    return Response(json.dumps(body), status, headers=headers, content_type="application/problem+json")


def wire(value: object) -> object:
    """Write a moment as RFC 3339 in UTC; the JSON encoder's default."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    raise TypeError(f"no JSON for {type(value).__name__}")


def json_text(value: object) -> bytes:
    """Write JSON as every door does: compact, UTF-8, no NaN."""
    text = json.dumps(value, default=wire, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.encode()


def _read(request: FlaskRequest) -> Request:
    headers = request.headers.getlist("Authorization")
    if len(headers) > 1:
        raise Unauthenticated("more than one Authorization header")
    if (request.content_length or 0) > _BODY_LIMIT:
        raise TooLarge(f"at most {_BODY_LIMIT} bytes")
    return Request(
        method=request.method,
        parameters={name: request.args.getlist(name) for name in request.args},
        authorization=headers[0] if headers else None,
        raw=request.get_data(cache=False),
        content_type=request.headers.get("Content-Type", ""),
    )


def _rendered(reply: Reply, request: FlaskRequest) -> Response:
    if isinstance(reply.body, Ready):
        return _written(reply.body, reply.headers, request)
    data = json_text(reply.body)
    response = Response(data, reply.status, headers=dict(reply.headers), content_type="application/json")
    if request.method == "GET" and reply.status == 200:
        response.set_etag(blake2b(data, digest_size=16).hexdigest())
        response.make_conditional(request)
    return response


def _written(ready: Ready, headers: Mapping[str, str], request: FlaskRequest) -> Response:
    response = Response(headers=dict(headers), content_type="application/json")
    response.set_etag(ready.version)
    response.make_conditional(request)
    if response.status_code == 200:
        response.set_data(ready.json())
    return response


def _problem(error: Exception, request_id: str, failure: Mapping[str, object]) -> Response:
    status, reason, headers = 500, "internal", {}
    if isinstance(error, Refused):
        status, reason = error.status, error.reason
    elif isinstance(error, Retryable):
        status, reason = 503, error.reason
        headers["Retry-After"] = str(error.retry_after_s)
    body: dict[str, object] = {
        "type": "about:blank",
        "title": _TITLES[status],
        "status": status,
        "code": reason,
        "requestId": request_id,
    }
    if status < 500:
        body["detail"] = _FIXED.get(status, str(error))
    if isinstance(error, BadRequest):
        body["field"] = error.field
    if isinstance(error, TooMany):
        headers["Retry-After"] = str(error.retry_after_s)
    if isinstance(error, MethodNotAllowed):
        headers["Allow"] = error.allowed
    if isinstance(error, Unauthenticated):
        headers["WWW-Authenticate"] = "Bearer"
    body |= failure
    level = logging.ERROR if status == 500 else logging.INFO
    log(level, "request_failed", error=error, status=status, code=reason)
    return Response(json.dumps(body), status, headers=headers, content_type="application/problem+json")


def _dress(
    response: Response, request: FlaskRequest, request_id: str, verbs: str, origins: frozenset[str]
) -> None:
    for name, value in _SAFE.items():
        response.headers[name] = value
    response.headers["X-Request-Id"] = request_id
    origin = request.headers.get("Origin")
    if origin in origins:
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Expose-Headers"] = "ETag, Link, Retry-After, X-Mock, X-Request-Id"
        if request.method == "OPTIONS":
            response.headers["Access-Control-Allow-Methods"] = verbs
            response.headers["Access-Control-Allow-Headers"] = "Authorization, Content-Type, If-None-Match"
            response.headers["Access-Control-Max-Age"] = "600"


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found: dict[str, object] = {}
    for name, value in pairs:
        if name in found:
            raise BadRequest(name, "is given more than once")
        found[name] = value
    return found


def _no_constant(text: str) -> object:
    raise BadRequest("body", f"{text} is not JSON")
