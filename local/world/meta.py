"""The Graph API as an ad account's reports need it: the account node and its insights."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import TYPE_CHECKING

from starlette.routing import Route

from local.world.insights import Ask, rows
from local.world.meta_errors import ERRORS, bad_parameter
from local.world.state import world_of
from local.world.tenants import META_TOKENS, TENANTS, Tenant
from local.world.wire import Refused, bearer, ok

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

_PAGE = 25
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
    return ok({name: node[name] for name in dict.fromkeys((*asked, "id"))})


async def insights(request: Request) -> Response:
    tenant = owner(request, request.path_params["account"])
    if META_TOKENS.get(token_of(request)) == "insights_denied":
        raise Refused(ERRORS["insights_denied"])
    world = world_of(request)
    story, now = world.story(tenant), world.now()
    ask = Ask.of(request.query_params, now.astimezone(story.zone).date())
    named = {
        "account_id": tenant.meta_account,
        "account_name": tenant.company or tenant.name,
        "account_currency": story.currency,
    }
    return ok(page(request, rows(ask, story, now, named)))


def page(request: Request, found: list[dict[str, object]]) -> dict[str, object]:
    """Cut one page out of a result: 25 rows unless told, and a next page's full URL, token and all."""
    params = request.query_params
    limit = params.get("limit", str(_PAGE))
    if not limit.isdecimal() or int(limit) == 0:
        raise Refused(bad_parameter("limit must be a positive integer"))
    first = _offset(params["after"]) if "after" in params else 0
    data = found[first : first + int(limit)]
    if not data:
        return {"data": []}
    end = first + len(data)
    paging: dict[str, object] = {"cursors": {"before": _cursor(first), "after": _cursor(end)}}
    if end < len(found):
        paging["next"] = str(
            request.url.include_query_params(after=_cursor(end), access_token=token_of(request))
        )
    return {"data": data, "paging": paging}


def owner(request: Request, account_id: str) -> Tenant:
    """Return whose account it is, if the token opens it."""
    token = token_of(request)
    scripted = META_TOKENS.get(token)
    if scripted is not None and scripted != "insights_denied":
        raise Refused(ERRORS[scripted])
    tenant = next((t for t in TENANTS.values() if t.meta_key == token), None)
    if scripted is None and tenant is None:
        raise Refused(ERRORS["invalid"])
    tenant = tenant or TENANTS["demo"]
    if tenant.meta_account != account_id:
        raise Refused(ERRORS["wrong_account"])
    return tenant


def token_of(request: Request) -> str:
    return bearer(request) or request.query_params.get("access_token", "")


async def unknown(_request: Request) -> Response:
    raise Refused(ERRORS["unknown_path"])


def _cursor(offset: int) -> str:
    return urlsafe_b64encode(f"row{offset}".encode()).decode()


def _offset(cursor: str) -> int:
    try:
        return int(urlsafe_b64decode(cursor).removeprefix(b"row"))
    except ValueError:
        raise Refused(bad_parameter("Invalid parameter: after")) from None


ROUTES = [
    Route("/v26.0/act_{account}", account),
    Route("/v26.0/act_{account}/insights", insights),
    Route("/{rest:path}", unknown, methods=["GET", "POST"]),
]
