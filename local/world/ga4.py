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

_QUOTA = {
    "tokensPerDay": {"consumed": 2, "remaining": 199480},
    "tokensPerHour": {"consumed": 2, "remaining": 39970},
    "concurrentRequests": {"remaining": 10},
    "serverErrorsPerProjectPerHour": {"remaining": 10},
    "potentiallyThresholdedRequestsPerHour": {"remaining": 120},
    "tokensPerProjectPerHour": {"consumed": 2, "remaining": 13970},
}


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
        answer["propertyQuota"] = _QUOTA
    return ok({**answer, "kind": "analyticsData#runReport"})


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
