"""The Graph API as an ad account's reports need it: the account node and its insights."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

from local.world import meta_runs
from local.world.insights import Ask, rows
from local.world.meta_access import debug_token, owner, reader
from local.world.meta_errors import ERRORS, bad_parameter
from local.world.meta_pages import page
from local.world.meta_usage import app_usage
from local.world.state import world_of
from local.world.wire import Refused, ok

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

_ACTIVE = 1


async def account(request: Request) -> Response:
    tenant = owner(request, request.path_params["account"])
    world = world_of(request)
    story = world.story(tenant)
    offset = world.now().astimezone(story.zone).utcoffset()
    node: dict[str, object] = {
        "id": f"act_{tenant.meta_account}",
        "account_id": tenant.meta_account,
        "name": tenant.company or tenant.name,
        "currency": story.currency,
        "timezone_name": story.zone.key,
        "timezone_offset_hours_utc": 0 if offset is None else offset.total_seconds() / 3600,
        "account_status": _ACTIVE,
        "disable_reason": 0,
        "user_tasks": ["ANALYZE"],
    }
    asked = request.query_params.get("fields", "account_id").split(",")
    if unknown := [name for name in asked if name not in node]:
        raise Refused(bad_parameter(f"Tried accessing nonexisting field ({unknown[0]})"))
    chosen = {name: node[name] for name in dict.fromkeys((*asked, "id"))}
    return ok(chosen, app_usage(world.tuning(tenant).app_percent))


async def insights(request: Request) -> Response:
    tenant = reader(request, request.path_params["account"])
    world = world_of(request)
    story, now = world.story(tenant), world.now()
    ask = Ask.of(request.query_params, now.astimezone(story.zone).date())
    if ask.is_too_much_at_once:
        raise Refused(ERRORS["too_much"])
    return ok(page(request, rows(ask, story, now, tenant)), meta_runs.usage_of(world, tenant))


async def unknown(_request: Request) -> Response:
    raise Refused(ERRORS["unknown_path"])


ROUTES = [
    Route("/v26.0/debug_token", debug_token),
    Route("/v26.0/act_{account}", account),
    Route("/v26.0/act_{account}/insights", insights),
    *meta_runs.ROUTES,
    Route("/{rest:path}", unknown, methods=["GET", "POST"]),
]
