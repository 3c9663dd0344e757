"""Slack's Web API for one bot (post a message, edit it in place, say who one is), and incoming webhooks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.routing import Route

from local.world.slack_blocks import blocks_in
from local.world.state import world_of
from local.world.tenants import TENANTS
from local.world.wire import Answer, Refused, bearer, body_of, ok

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from local.world.tenants import Tenant


def _no(error: str, status: int = 200, headers: dict[str, str] | None = None) -> Answer:
    return Answer(status, {"ok": False, "error": error}, headers or {})


ERRORS = {
    "throttle": _no("ratelimited", 429, {"Retry-After": "30"}),
    "500": _no("internal_error", 500),
    "503": _no("service_unavailable", 503),
    **{
        name: _no(name)
        for name in (
            *("invalid_auth", "not_authed", "token_revoked", "account_inactive", "missing_scope"),
            *("channel_not_found", "not_in_channel", "is_archived", "message_not_found", "no_text"),
            *("invalid_arguments", "invalid_blocks", "cant_update_message", "fatal_error", "unknown_method"),
        )
    },
}


HOOK_ERRORS = {
    "throttle": Answer(429, "rate_limited", {"Retry-After": "30"}),
    "500": Answer(500, "rollup_error"),
    **{name: Answer(400, name) for name in ("invalid_payload", "no_text", "invalid_blocks")},
    **{name: Answer(403, name) for name in ("action_prohibited", "invalid_token")},
    **{name: Answer(404, name) for name in ("no_service", "no_team", "channel_not_found")},
    "channel_is_archived": Answer(410, "channel_is_archived"),
}
"""A webhook answers in words, not in JSON."""


async def post_message(request: Request) -> Response:
    fields = await _fields(request)
    tenant = _caller(request, fields)
    channel = _channel(fields, tenant)
    _check_content(fields)
    message = _kept(request, channel, fields, _blocks(fields))
    return ok({"ok": True, "channel": channel, "ts": message["ts"], "message": _shown(message, tenant)})


async def post_to_hook(request: Request) -> Response:
    tenant = next((t for t in TENANTS.values() if t.slack_hook == request.path_params["hook"]), None)
    if tenant is None:
        raise Refused(HOOK_ERRORS["no_service"])
    fields = await body_of(request)
    if not fields:
        raise Refused(HOOK_ERRORS["invalid_payload"])
    if not fields.get("text") and not fields.get("blocks"):
        raise Refused(HOOK_ERRORS["no_text"])
    blocks = blocks_in(fields)
    if blocks is None:
        raise Refused(HOOK_ERRORS["invalid_blocks"])
    _kept(request, tenant.slack_channel, fields, blocks)
    return Answer(200, "ok").response()


async def update(request: Request) -> Response:
    fields = await _fields(request)
    tenant = _caller(request, fields)
    channel = _channel(fields, tenant, by_name=False)
    _check_content(fields)
    kept = world_of(request).slack
    message = next((m for m in kept if (m["channel"], m["ts"]) == (channel, fields.get("ts"))), None)
    if message is None:
        raise Refused(ERRORS["message_not_found"])
    message["text"] = fields.get("text", message["text"])
    message["blocks"] = _blocks(fields) if "blocks" in fields else message["blocks"]
    message["edits"] += 1
    shown = _shown(message, tenant)
    return ok(
        {"ok": True, "channel": channel, "ts": message["ts"], "text": message["text"], "message": shown}
    )


async def auth_test(request: Request) -> Response:
    tenant = _caller(request, await _fields(request))
    return ok(
        {
            "ok": True,
            "url": f"https://{tenant.name}.slack.com/",
            "team": tenant.company or tenant.name,
            "user": "warroom",
            "team_id": f"T0{tenant.name.upper()}",
            "user_id": f"U0{tenant.name.upper()}",
            "bot_id": f"B0{tenant.name.upper()}",
            "is_enterprise_install": False,
        }
    )


async def unknown(_request: Request) -> Response:
    raise Refused(ERRORS["unknown_method"])


async def _fields(request: Request) -> dict[str, Any]:
    fields = await body_of(request)
    if fields is None:
        raise Refused(ERRORS["invalid_arguments"])
    return fields


def _caller(request: Request, fields: dict[str, Any]) -> Tenant:
    token = bearer(request) or fields.get("token", "")
    if not token:
        raise Refused(ERRORS["not_authed"])
    tenant = next((t for t in TENANTS.values() if t.slack_token == token), None)
    if tenant is None:
        raise Refused(ERRORS["invalid_auth"])
    return tenant


def _channel(fields: dict[str, Any], tenant: Tenant, *, by_name: bool = True) -> str:
    """Return the channel's id; posting may name the channel, editing may not."""
    asked = str(fields.get("channel", ""))
    is_named = by_name and asked.removeprefix("#") == tenant.slack_channel_name
    if asked != tenant.slack_channel and not is_named:
        raise Refused(ERRORS["channel_not_found"])
    return tenant.slack_channel


def _check_content(fields: dict[str, Any]) -> None:
    if not fields.get("text") and not fields.get("blocks"):
        raise Refused(ERRORS["no_text"])


def _blocks(fields: dict[str, Any]) -> list[object]:
    found = blocks_in(fields)
    if found is None:
        raise Refused(ERRORS["invalid_blocks"])
    return found


def _kept(request: Request, channel: str, fields: dict[str, Any], blocks: list[object]) -> dict[str, Any]:
    world = world_of(request)
    message: dict[str, Any] = {
        "channel": channel,
        "ts": f"{int(world.now().timestamp())}.{len(world.slack) + 1:06d}",
        "text": fields.get("text", ""),
        "blocks": blocks,
        "thread_ts": fields.get("thread_ts"),
        "edits": 0,
    }
    world.slack.append(message)
    return message


def _shown(message: dict[str, Any], tenant: Tenant) -> dict[str, object]:
    shown = {
        "type": "message",
        "subtype": "bot_message",
        "text": message["text"],
        "ts": message["ts"],
        "bot_id": f"B0{tenant.name.upper()}",
        "blocks": message["blocks"],
    }
    if message["edits"]:
        shown["edited"] = {"user": f"B0{tenant.name.upper()}", "ts": message["ts"]}
    return shown


ROUTES = [
    Route("/chat.postMessage", post_message, methods=["POST"]),
    Route("/chat.update", update, methods=["POST"]),
    Route("/auth.test", auth_test, methods=["POST"]),
    Route("/{method}", unknown, methods=["GET", "POST"]),
]
HOOK_ROUTES = [Route("/services/{hook:path}", post_to_hook, methods=["POST"])]
