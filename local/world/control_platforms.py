"""The strings of single platforms: page sizes, report runs, tokens' ends, usage and quotas."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from starlette.routing import Route

from local.world.control_fields import fields_of, moment_of, number_of, switch_of, tenant_of, wrong
from local.world.ga4 import BUCKETS
from local.world.meta_runs import OUTCOMES
from local.world.state import GOOGLE_PAGE, world_of
from local.world.wire import ok

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from local.world.state import Tuning

_MOST_POLLS = 100
_MOST_DAYS = 3650
_MOST_PERCENT = 1000
_DAY_MINUTES = 24 * 60
_MOST_TOKENS = 10_000_000


async def set_pages(request: Request) -> Response:
    """Make Google Ads pages and batches smaller: {"google-ads": rows}."""
    rows = number_of(await fields_of(request), "google-ads", GOOGLE_PAGE, 1, GOOGLE_PAGE)
    world_of(request).google_page = rows
    return ok({"google-ads": rows})


async def set_runs(request: Request) -> Response:
    """Set how Meta's report runs go: {"polls"?, "looks_done"?, "next"?}; unnamed ones stay as they are."""
    fields = await fields_of(request)
    world = world_of(request)
    world.run_polls = number_of(fields, "polls", world.run_polls, 0, _MOST_POLLS)
    world.runs_look_done = switch_of(fields, "looks_done", world.runs_look_done)
    if "next" in fields:
        if fields["next"] not in OUTCOMES:
            raise wrong(f"next: one of {', '.join(OUTCOMES)}")
        world.run_outcomes.append(fields["next"])
    return ok({"polls": world.run_polls, "looks_done": world.runs_look_done, "next": world.run_outcomes})


async def set_expiry(request: Request) -> Response:
    """Let a tenant's Meta token end in {"days"} from now, or never; `data_access_days` alike.

    A negative number is a token that has ended already.
    """
    fields = await fields_of(request)
    tenant, world = tenant_of(fields.get("tenant")), world_of(request)
    tuning, now = world.tuning(tenant), world.now()
    if "days" in fields:
        days = number_of(fields, "days", 0, -_MOST_DAYS, _MOST_DAYS)
        tuning.never_expires, tuning.expires = days == 0, now + timedelta(days=days)
    if "data_access_days" in fields:
        days = number_of(fields, "data_access_days", 0, -_MOST_DAYS, _MOST_DAYS)
        tuning.data_access_expires = now + timedelta(days=days) if days else None
    ends = {"expires_at": tuning.expires_at(now), "data_access_expires_at": tuning.data_access_expires}
    return ok({name: None if end is None else end.isoformat() for name, end in ends.items()})


async def set_proof(request: Request) -> Response:
    fields = await fields_of(request)
    tuning = world_of(request).tuning(tenant_of(fields.get("tenant")))
    tuning.demands_proof = switch_of(fields, "demanded", default=True)
    return ok({"demanded": tuning.demands_proof})


async def read_usage(request: Request) -> Response:
    tenant = tenant_of(request.query_params.get("tenant"))
    return ok(_usage(world_of(request).tuning(tenant)))


async def set_usage(request: Request) -> Response:
    """Set what Meta's usage headers say: {"tenant", "percent"?, "app_percent"?, "regain_minutes"?}."""
    fields = await fields_of(request)
    tuning = world_of(request).tuning(tenant_of(fields.get("tenant")))
    tuning.usage_percent = number_of(fields, "percent", tuning.usage_percent, 0, _MOST_PERCENT)
    tuning.app_percent = number_of(fields, "app_percent", tuning.app_percent, 0, _MOST_PERCENT)
    tuning.regain_minutes = number_of(fields, "regain_minutes", tuning.regain_minutes, 0, _DAY_MINUTES)
    return ok(_usage(tuning))


async def set_quota(request: Request) -> Response:
    """Set what remains of a property's quotas, by bucket; the report is answered all the same."""
    fields = await fields_of(request)
    tuning = world_of(request).tuning(tenant_of(fields.pop("tenant", None)))
    if unknown := fields.keys() - BUCKETS.keys():
        raise wrong(f"{min(unknown)}: GA4 has {', '.join(BUCKETS)}")
    tuning.quota |= {name: number_of(fields, name, 0, 0, _MOST_TOKENS) for name in fields}
    return ok(BUCKETS | tuning.quota)


async def set_consent(request: Request) -> Response:
    given_at = moment_of(await fields_of(request), "given_at")
    world_of(request).consented_at = given_at
    return ok({"given_at": given_at.isoformat()})


def _usage(tuning: Tuning) -> dict[str, object]:
    return {
        "percent": tuning.usage_percent,
        "app_percent": tuning.app_percent,
        "regain_minutes": tuning.regain_minutes,
        "throttled": tuning.throttled,
    }


ROUTES = [
    Route("/pages", set_pages, methods=["POST"]),
    Route("/runs", set_runs, methods=["POST"]),
    Route("/expiry", set_expiry, methods=["POST"]),
    Route("/proof", set_proof, methods=["POST"]),
    Route("/usage", read_usage),
    Route("/usage", set_usage, methods=["POST"]),
    Route("/quota", set_quota, methods=["POST"]),
    Route("/consent", set_consent, methods=["POST"]),
]
