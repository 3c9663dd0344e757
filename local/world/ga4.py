"""The Analytics Data API: one report of a property's sessions and purchases."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

from local.world.ga4_report import TYPES, Ask, invalid, rows
from local.world.google_errors import GA4_ERRORS
from local.world.state import world_of
from local.world.tenants import ANALYTICS_SCOPE
from local.world.wire import Refused, bearer, body_of, ok

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from local.world.tenants import Tenant

BUCKETS = {
    "tokensPerDay": 199480,
    "tokensPerHour": 39970,
    "concurrentRequests": 10,
    "serverErrorsPerProjectPerHour": 10,
    "potentiallyThresholdedRequestsPerHour": 120,
    "tokensPerProjectPerHour": 13970,
}
"""What remains of each of a property's quotas, unless set."""

_TOKENS = 2


async def run_report(request: Request) -> Response:
    tenant = _owner(request)
    fields = await body_of(request)
    if fields is None:
        raise invalid("Invalid JSON payload received.")
    world = world_of(request)
    story, now = world.story(tenant), world.now()
    ask = Ask.of(fields, story, now)
    found = rows(ask, story, now)
    answer: dict[str, object] = {
        "dimensionHeaders": [{"name": name} for name in ask.dimensions],
        "metricHeaders": [{"name": name, "type": TYPES[name]} for name in ask.metrics],
    }
    if page := found[ask.first : ask.first + ask.limit]:
        answer["rows"] = page
    if found:
        answer["rowCount"] = len(found)
    answer["metadata"] = {"currencyCode": ask.currency, "timeZone": story.zone.key}
    if fields.get("returnPropertyQuota") is True:
        answer["propertyQuota"] = _quota(world.tuning(tenant).quota)
    return ok({**answer, "kind": "analyticsData#runReport"})


def _quota(remaining: dict[str, int]) -> dict[str, dict[str, int]]:
    """Return every bucket with what remains of it; those counted in tokens tell what this report took."""
    buckets = {name: {"remaining": left} for name, left in (BUCKETS | remaining).items()}
    return {
        name: {"consumed": _TOKENS, **bucket} if name.startswith("tokens") else bucket
        for name, bucket in buckets.items()
    }


def _owner(request: Request) -> Tenant:
    grant = world_of(request).grant(bearer(request))
    if grant is None:
        raise Refused(GA4_ERRORS["invalid_token"])
    if ANALYTICS_SCOPE not in grant.scopes:
        raise Refused(GA4_ERRORS["wrong_scope"])
    if grant.tenant.ga4_account != request.path_params["property"]:
        raise Refused(GA4_ERRORS["no_access"])
    return grant.tenant


ROUTES = [Route("/v1beta/properties/{property}:runReport", run_report, methods=["POST"])]
