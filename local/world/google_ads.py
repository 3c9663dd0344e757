"""The Google Ads API over REST: which customers a login opens, and searches for a customer's numbers."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import TYPE_CHECKING, Any

from starlette.routing import Route

from local.world import google_oauth
from local.world.gaql import parse
from local.world.google_ads_report import camel, rows
from local.world.google_errors import ADS_ERRORS, in_array, rpc_error
from local.world.state import world_of
from local.world.tenants import ADS_SCOPE, CANCELLED_ACCOUNT, DEMO, MANAGED_ACCOUNT, MANAGER_ACCOUNT
from local.world.wire import Refused, bearer, body_of, ok
from shared.core.metric import Source

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from local.world.gaql import Query
    from local.world.google_ads_report import Row
    from local.world.story import Story
    from local.world.tenants import Tenant

TOKEN_ROUTES = google_oauth.ROUTES
_VERSION = "v26"
_ID = "SimulatedRequest01"
_REQUEST_ID = {"request-id": _ID}
_STREAMED = frozenset({"query", "summaryRowSetting"})
_PAGED = frozenset({"query", "pageToken", "validateOnly", "searchSettings"})
_CUSTOMER_ID = re.compile(r"\d{10}", re.ASCII)


async def accessible(request: Request) -> Response:
    tenant = _caller(request)
    accounts = [tenant.google_account]
    if tenant is DEMO:
        accounts += [MANAGER_ACCOUNT, CANCELLED_ACCOUNT]
    return ok({"resourceNames": [f"customers/{account}" for account in accounts]}, _REQUEST_ID)


async def search(request: Request) -> Response:
    """Answer one page, of a size that is the API's own."""
    query, found, fields = await _found(request, _PAGED)
    return ok(_page(found, query, fields.get("pageToken"), world_of(request).google_page), _REQUEST_ID)


async def search_stream(request: Request) -> Response:
    """Answer everything as one array of batches; a refusal is in an array too."""
    try:
        query, found, _ = await _found(request, _STREAMED)
    except Refused as refused:
        raise Refused(in_array(refused.answer)) from None
    size = world_of(request).google_page
    batches = [found[first : first + size] for first in range(0, len(found), size)] or [[]]
    return ok([{**_batch(batch, query), "requestId": _ID} for batch in batches], _REQUEST_ID)


async def _found(request: Request, known: frozenset[str]) -> tuple[Query, list[Row], dict[str, Any]]:
    """Return what was asked, all rows that answer it, and the request's fields."""
    tenant = _caller(request)
    account = request.path_params["customer"]
    _open(account, tenant, request.headers.get("login-customer-id"))
    fields = await body_of(request)
    if fields is None or not isinstance(fields.get("query"), str):
        raise Refused(rpc_error(400, "Invalid JSON payload received."))
    if "pageSize" in fields and known is _PAGED:
        raise Refused(ADS_ERRORS["page_size"])
    if unknown := set(fields) - known:
        message = f'Invalid JSON payload received. Unknown name "{min(unknown)}": Cannot find field.'
        raise Refused(rpc_error(400, message))
    world = world_of(request)
    story, now = world.story(tenant), world.now()
    today = now.astimezone(story.zone).date()
    query = parse(fields["query"], today)
    if account == MANAGER_ACCOUNT and query.metrics:
        raise Refused(ADS_ERRORS["manager"])
    since, until = query.span or (today, today)
    hours = list(story.seen(Source.GOOGLE, since, until, now)) if query.metrics else []
    return query, rows(query, hours, _customer(account, tenant, story)), fields


def _customer(account: str, tenant: Tenant, story: Story) -> dict[str, object]:
    customer: dict[str, object] = {
        "resourceName": f"customers/{account}",
        "id": account,
        "currencyCode": story.currency,
        "timeZone": story.zone.key,
        "manager": account == MANAGER_ACCOUNT,
        "testAccount": False,
        "status": "ENABLED",
    }
    return customer | {"descriptiveName": tenant.company} if tenant.company else customer


def _caller(request: Request) -> Tenant:
    if request.path_params["version"] != _VERSION:
        raise Refused(ADS_ERRORS["version"])
    grant = world_of(request).grant(bearer(request))
    if grant is None:
        raise Refused(ADS_ERRORS["invalid_token"])
    if ADS_SCOPE not in grant.scopes:
        raise Refused(ADS_ERRORS["wrong_scope"])
    if grant.refusal is not None:
        raise Refused(ADS_ERRORS[grant.refusal])
    return grant.tenant


def _open(account: str, tenant: Tenant, login: str | None) -> None:
    if not _CUSTOMER_ID.fullmatch(account):
        raise Refused(ADS_ERRORS["customer_id"])
    if login is not None and not _CUSTOMER_ID.fullmatch(login):
        raise Refused(ADS_ERRORS["login_customer_id"])
    if tenant is DEMO and account == CANCELLED_ACCOUNT:
        raise Refused(ADS_ERRORS["inactive"])
    managed = tenant is DEMO and (
        account == MANAGER_ACCOUNT or (account == MANAGED_ACCOUNT and login == MANAGER_ACCOUNT)
    )
    if account != tenant.google_account and not managed:
        raise Refused(ADS_ERRORS["no_access"])


def _page(found: list[Row], query: Query, token: object, size: int) -> dict[str, object]:
    first = 0
    if token:
        try:
            first = int(urlsafe_b64decode(str(token)).removeprefix(b"from "))
        except ValueError:
            raise Refused(ADS_ERRORS["page_token"]) from None
    answer = _batch(found[first : first + size], query)
    if first + size < len(found):
        answer["nextPageToken"] = urlsafe_b64encode(b"from %d" % (first + size)).decode()
    return answer


def _batch(part: list[Row], query: Query) -> dict[str, object]:
    """Return some rows with what comes along; without any, there is no field for them."""
    mask = ",".join(".".join(camel(word) for word in name.split(".")) for name in query.select)
    told: dict[str, object] = {"fieldMask": mask, "queryResourceConsumption": str(12 + len(part))}
    return {"results": part, **told} if part else told


ROUTES = [
    Route("/{version}/customers:listAccessibleCustomers", accessible),
    Route("/{version}/customers/{customer}/googleAds:search", search, methods=["POST"]),
    Route("/{version}/customers/{customer}/googleAds:searchStream", search_stream, methods=["POST"]),
]
