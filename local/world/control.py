"""The strings behind the scenery: story, clock, faults, what was received, what was asked."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from starlette.routing import Route

from local.world.faults import names_of
from local.world.state import GOOGLE_PAGE, Fault, world_of
from local.world.story import Story
from local.world.tenants import TENANTS, service_account_json
from local.world.wire import Answer, Refused, body_of, ok

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from local.world.tenants import Tenant


async def read_story(request: Request) -> Response:
    return ok(world_of(request).story(_tenant(request.query_params.get("tenant"))).to_json())


async def set_story(request: Request) -> Response:
    """Replace a tenant's story: {"tenant": "demo", "story": {...}}."""
    fields = await _fields(request)
    tenant = _tenant(fields.get("tenant"))
    try:
        story = Story.from_json(fields["story"])
    except (KeyError, TypeError, ValueError, OSError) as error:
        raise _wrong(f"story: {type(error).__name__}: {error}") from None
    world_of(request).stories[tenant.name] = story
    return ok(story.to_json())


async def set_clock(request: Request) -> Response:
    """Stop the clock at {"now": iso}; {} lets real time go on."""
    fields = await _fields(request)
    world = world_of(request)
    try:
        now = datetime.fromisoformat(fields["now"]) if "now" in fields else None
    except (TypeError, ValueError):
        raise _wrong("now: an ISO moment") from None
    if now is not None and now.tzinfo is None:
        raise _wrong("now: needs an offset")
    world.frozen_at = now
    return ok({"now": world.now().isoformat()})


async def add_fault(request: Request) -> Response:
    """Script one: {"platform", "fault", "times": 1 or null for ever, "account"?, "seconds"? of latency}."""
    fields = await _fields(request)
    platform, name = str(fields.get("platform")), str(fields.get("fault"))
    known = names_of(platform)
    if name not in known:
        raise _wrong(f"{platform} has no fault {name}; it has {', '.join(sorted(known)) or 'none'}")
    times, account = fields.get("times", 1), fields.get("account")
    if times is not None and (not isinstance(times, int) or times < 1):
        raise _wrong("times: a positive number, or null")
    fault = Fault(
        platform, name, times, None if account is None else str(account), float(fields.get("seconds", 2.0))
    )
    world_of(request).faults.append(fault)
    return ok({"pending": len(world_of(request).faults)})


async def set_pages(request: Request) -> Response:
    """Make Google Ads pages smaller: {"google-ads": rows}."""
    rows = (await _fields(request)).get("google-ads", GOOGLE_PAGE)
    if not isinstance(rows, int) or not 1 <= rows <= GOOGLE_PAGE:
        raise _wrong(f"google-ads: 1 to {GOOGLE_PAGE} rows")
    world_of(request).google_page = rows
    return ok({"google-ads": rows})


async def inbox(request: Request) -> Response:
    world = world_of(request)
    return ok({"slack": world.slack, "mail": world.mail})


async def calls(request: Request) -> Response:
    return ok({platform: dict(routes) for platform, routes in world_of(request).calls.items()})


async def reset(request: Request) -> Response:
    world_of(request).reset()
    return ok({})


async def service_account(request: Request) -> Response:
    tenant = _tenant(request.query_params.get("tenant"))
    return ok(service_account_json(tenant, str(request.base_url) + "google-oauth/token"))


async def health(request: Request) -> Response:
    world = world_of(request)
    return ok({"status": "ok", "now": world.now().isoformat(), "smtpPort": world.smtp_port})


def _tenant(name: object) -> Tenant:
    tenant = TENANTS.get(str(name or "demo"))
    if tenant is None:
        raise _wrong(f"tenant: one of {', '.join(TENANTS)}")
    return tenant


async def _fields(request: Request) -> dict[str, Any]:
    fields = await body_of(request)
    if fields is None:
        raise _wrong("a JSON object is expected")
    return fields


def _wrong(message: str) -> Refused:
    return Refused(Answer(400, {"error": message}))


ROUTES = [
    Route("/story", read_story),
    Route("/story", set_story, methods=["POST"]),
    Route("/clock", set_clock, methods=["POST"]),
    Route("/faults", add_fault, methods=["POST"]),
    Route("/pages", set_pages, methods=["POST"]),
    Route("/inbox", inbox),
    Route("/calls", calls),
    Route("/reset", reset, methods=["POST"]),
    Route("/service-account", service_account),
]
