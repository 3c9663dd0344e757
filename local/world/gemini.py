"""A simulated Gemini: it reads the facts it is sent and answers by the schema, figures as placeholders.

It answers where AI Studio does, to a key, and where Vertex AI does, to an access token of a Google account.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, cast

from starlette.responses import Response
from starlette.routing import Route

from local.world import liar
from local.world.google_errors import info, rpc_error
from local.world.state import world_of
from local.world.tenants import CLOUD_SCOPE, INVALID_GEMINI_KEY
from local.world.wire import Answer, Refused, bearer, body_of, ok
from local.world.writer import plain, write

if TYPE_CHECKING:
    from starlette.requests import Request

_RETRY_INFO = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "3s"}
_OVERLOADED = rpc_error(503, "The model is overloaded. Please try again later.")
_EXHAUSTED = rpc_error(429, "You exceeded your current quota, please check your plan.", _RETRY_INFO)
ERRORS = {
    "429": _EXHAUSTED,
    "throttle": _EXHAUSTED,
    "500": rpc_error(500, "An internal error has occurred. Please retry."),
    "503": _OVERLOADED,
    "invalid_key": rpc_error(
        400,
        "API key not valid. Please pass a valid API key.",
        info("API_KEY_INVALID", "generativelanguage"),
    ),
    "no_key": rpc_error(
        403, "Method doesn't allow unregistered callers (callers without established identity)."
    ),
}
_HELD_BACK = (
    "SAFETY",
    "RECITATION",
    "PROHIBITED_CONTENT",
    "SPII",
    "BLOCKLIST",
    "OTHER",
    "LANGUAGE",
    "NEW_ONE",
)
_BLOCKED = ("SAFETY", "OTHER", "BLOCKLIST", "PROHIBITED_CONTENT")
_NOT_CANDIDATES: tuple[object, ...] = (
    [], None, [{}], [{"finishReason": "STOP"}], [{"content": {}, "finishReason": "STOP"}],
    [{"content": {"role": "model", "parts": []}, "finishReason": "STOP"}],
    [{"content": {"role": "model", "parts": [{"text": ""}]}, "finishReason": "STOP"}],
)  # fmt: skip
_NONSENSE: tuple[object, ...] = (
    {"candidates": 5}, {"candidates": {"a": 1}}, {"candidates": ["x"]}, {"candidates": [[]]},
    {"candidates": [{"content": "x", "finishReason": "STOP"}]},
    {"candidates": [{"content": {"parts": "x"}, "finishReason": "STOP"}]},
    {"candidates": [{"content": {"parts": [{"text": 5}]}, "finishReason": "STOP"}]},
    {"candidates": [{"content": {"parts": [5]}, "finishReason": 7}]},
    [], "x", 5, None, [{"candidates": []}],
)  # fmt: skip
BEHAVIOURS = liar.MODES | {"blocked", "truncated", "held_back", "no_candidates", "nonsense"}
"""Misbehaviours of the model itself, played by the handlers below."""
_MODEL = re.compile(r"gemini-[a-z0-9.-]+")


async def generate_on_vertex(request: Request) -> Response:
    grant = world_of(request).grant(bearer(request))
    if grant is None:
        raise Refused(rpc_error(401, "Request had invalid authentication credentials."))
    if CLOUD_SCOPE not in grant.scopes:
        raise Refused(rpc_error(403, "Request had insufficient authentication scopes."))
    return await _generated(request)


async def generate(request: Request) -> Response:
    key = request.headers.get("x-goog-api-key", "")
    if not key:
        raise Refused(ERRORS["no_key"])
    if key == INVALID_GEMINI_KEY:
        raise Refused(ERRORS["invalid_key"])
    return await _generated(request)


async def _generated(request: Request) -> Response:
    model = request.path_params["model"]
    if not _MODEL.fullmatch(model):
        raise Refused(rpc_error(404, f"models/{model} is not found for this API version."))
    fields = await body_of(request)
    contents = (fields or {}).get("contents")
    if fields is None or not isinstance(contents, list) or not contents:
        raise Refused(rpc_error(400, "* GenerateContentRequest.contents: contents is not specified"))
    asked = _last_text(contents)
    behaviour, seed = request.scope.get("behaviour"), request.scope.get("seed")
    pick = seed or 0
    around = {
        "usageMetadata": {"promptTokenCount": _tokens(asked), "totalTokenCount": _tokens(asked)},
        "modelVersion": model,
        "responseId": "simulated-response",
    }
    match behaviour:
        case "blocked":
            return ok({"promptFeedback": {"blockReason": _BLOCKED[pick % len(_BLOCKED)]}, **around})
        case "no_candidates":
            return ok({"candidates": _NOT_CANDIDATES[pick % len(_NOT_CANDIDATES)], **around})
        case "nonsense":
            body = json.dumps(_NONSENSE[pick % len(_NONSENSE)])
            return Response(body, media_type="application/json")
    text = _answer(asked, _schema(fields), behaviour, seed)
    finish = "STOP"
    if behaviour == "truncated":
        text, finish = text[: len(text) // 2], "MAX_TOKENS"
    if behaviour == "held_back":
        finish = _HELD_BACK[pick % len(_HELD_BACK)]
    return _candidate(text, finish, asked, model).response()


def _answer(asked: str, schema: dict[str, Any] | None, behaviour: str | None, seed: int | None) -> str:
    try:
        prompt = json.loads(asked)
    except ValueError:
        prompt = None
    if schema is None or not isinstance(prompt, dict) or not isinstance(prompt.get("facts"), dict):
        return plain(prompt if isinstance(prompt, dict) else {})
    fields = write(prompt, schema)
    if behaviour in liar.MODES:
        return liar.lie(behaviour, fields, prompt, seed)
    return json.dumps(fields, ensure_ascii=False)


def _candidate(text: str, finish: str, asked: str, model: str) -> Answer:
    content = {"role": "model", "parts": [{"text": text}]}
    return Answer(
        200,
        {
            "candidates": [{"content": content, "finishReason": finish, "index": 0}],
            "usageMetadata": {
                "promptTokenCount": _tokens(asked),
                "candidatesTokenCount": _tokens(text),
                "totalTokenCount": _tokens(asked) + _tokens(text),
            },
            "modelVersion": model,
            "responseId": "simulated-response",
        },
    )


def _last_text(contents: list[Any]) -> str:
    """Return the text of the last part that a user wrote."""
    texts = [
        part["text"]
        for content in contents
        if isinstance(content, dict) and content.get("role", "user") == "user"
        for part in content.get("parts", [])
        if isinstance(part, dict) and isinstance(part.get("text"), str)
    ]
    return cast("str", texts[-1]) if texts else ""


def _schema(fields: dict[str, Any]) -> dict[str, Any] | None:
    """Return the schema of the answer under any of the spellings clients send; None when it is free text."""
    config = fields.get("generationConfig") or fields.get("generation_config") or {}
    for name in ("responseJsonSchema", "response_json_schema", "responseSchema", "response_schema"):
        if isinstance(config.get(name), dict):
            return cast("dict[str, Any]", config[name])
    return None


def _tokens(text: str) -> int:
    return max(1, len(text) // 4)


ROUTES = [
    Route("/v1/models/{model}:generateContent", generate, methods=["POST"]),
    Route("/v1beta/models/{model}:generateContent", generate, methods=["POST"]),
    Route(
        "/v1beta1/projects/{project}/locations/{location}/publishers/google/models/{model}:generateContent",
        generate_on_vertex,
        methods=["POST"],
    ),
]
