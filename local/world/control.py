"""The strings behind the scenery, below `/_world`; bodies and answers are JSON, a wrong one is a 400.

| route                  | fields                                   | does                                   |
|------------------------|------------------------------------------|----------------------------------------|
| `GET /story`           | `?tenant=`                               | tells its story                        |
| `POST /story`          | `tenant`, `story`                        | replaces it                            |
| `POST /clock`          | `now`, or none                           | stops the clock, or lets it go on      |
| `POST /faults`         | `platform`, `fault`, `times`, `account`, | scripts one; `times` null is for ever  |
|                        | `seconds`, `seed`                        |                                        |
| `DELETE /faults`       | `?platform=`                             | clears the pending ones                |
| `POST /pages`          | `google-ads`                             | rows a page or batch of Google Ads     |
| `POST /runs`           | `polls`, `looks_done`, `next`            | Meta's report runs, see below          |
| `POST /expiry`         | `tenant`, `days`, `data_access_days`     | when the Meta token ends; 0: never     |
| `POST /proof`          | `tenant`, `demanded`                     | whether its app demands proofs         |
| `GET /usage`           | `?tenant=`                               | Meta's usage, and refused report runs  |
| `POST /usage`          | `tenant`, `percent`, `app_percent`,      | Meta's usage headers                   |
|                        | `regain_minutes`                         |                                        |
| `POST /quota`          | `tenant`, and GA4's buckets by name      | what remains of a property's quota     |
| `POST /consent`        | `given_at`                               | when the testing consent was given     |
| `GET /inbox`           |                                          | Slack messages and mail received       |
| `GET /calls`           |                                          | calls by platform and route            |
| `GET /service-account` | `?tenant=`                               | the file of its service account        |
| `POST /reset`          |                                          | forgets all but tokens given out       |

`tenant` is `demo` unless given; moments are ISO with an offset. Of `/runs`: `polls` is how many polls a run
started from now on answers as unfinished, `looks_done` adds one that says "Job Completed" below 100 percent,
and `next` queues the outcome of one run: `failed`, `too_large`, `skipped` or `completed`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

from local.world import control_platforms
from local.world.control_fields import fields_of, moment_of, tenant_of, wrong
from local.world.faults import names_of
from local.world.state import Fault, world_of
from local.world.story import Story
from local.world.tenants import service_account_json
from local.world.wire import ok

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response


async def read_story(request: Request) -> Response:
    return ok(world_of(request).story(tenant_of(request.query_params.get("tenant"))).to_json())


async def set_story(request: Request) -> Response:
    """Replace a tenant's story: {"tenant": "demo", "story": {...}}."""
    fields = await fields_of(request)
    tenant = tenant_of(fields.get("tenant"))
    try:
        story = Story.from_json(fields["story"])
    except (KeyError, TypeError, ValueError, OSError) as error:
        raise wrong(f"story: {type(error).__name__}: {error}") from None
    world_of(request).stories[tenant.name] = story
    return ok(story.to_json())


async def set_clock(request: Request) -> Response:
    """Stop the clock at {"now": iso}; {} lets real time go on."""
    fields = await fields_of(request)
    world = world_of(request)
    now = moment_of(fields, "now") if "now" in fields else None
    world.frozen_at = now
    return ok({"now": world.now().isoformat()})


async def add_fault(request: Request) -> Response:
    """Script one: {"platform", "fault", "times": 1 or null for ever, and "account", "seconds", "seed"}."""
    fields = await fields_of(request)
    platform, name = str(fields.get("platform")), str(fields.get("fault"))
    known = names_of(platform)
    if name not in known:
        raise wrong(f"{platform} has no fault {name}; it has {', '.join(sorted(known)) or 'none'}")
    times, account = fields.get("times", 1), fields.get("account")
    if times is not None and (not isinstance(times, int) or times < 1):
        raise wrong("times: a positive number, or null")
    seed = fields.get("seed")
    if seed is not None and not isinstance(seed, int):
        raise wrong("seed: a whole number, or none")
    seconds = float(fields.get("seconds", 2.0))
    fault = Fault(platform, name, times, None if account is None else str(account), seconds, seed)
    world_of(request).faults.append(fault)
    return ok({"pending": len(world_of(request).faults)})


async def clear_faults(request: Request) -> Response:
    """Clear what is pending, of one platform or of all; everything else stays."""
    platform, pending = request.query_params.get("platform"), world_of(request).faults
    if platform is not None and not names_of(platform):
        raise wrong(f"there is no platform {platform}")
    pending[:] = [fault for fault in pending if platform not in (None, fault.platform)]
    return ok({"pending": len(pending)})


async def inbox(request: Request) -> Response:
    world = world_of(request)
    return ok({"slack": world.slack, "mail": world.mail})


async def calls(request: Request) -> Response:
    return ok({platform: dict(routes) for platform, routes in world_of(request).calls.items()})


async def reset(request: Request) -> Response:
    world_of(request).reset()
    return ok({})


async def service_account(request: Request) -> Response:
    tenant = tenant_of(request.query_params.get("tenant"))
    return ok(service_account_json(tenant, str(request.base_url) + "google-oauth/token"))


async def health(request: Request) -> Response:
    world = world_of(request)
    return ok({"status": "ok", "now": world.now().isoformat(), "smtpPort": world.smtp_port})


ROUTES = [
    Route("/story", read_story),
    Route("/story", set_story, methods=["POST"]),
    Route("/clock", set_clock, methods=["POST"]),
    Route("/faults", add_fault, methods=["POST"]),
    Route("/faults", clear_faults, methods=["DELETE"]),
    *control_platforms.ROUTES,
    Route("/inbox", inbox),
    Route("/calls", calls),
    Route("/reset", reset, methods=["POST"]),
    Route("/service-account", service_account),
]
