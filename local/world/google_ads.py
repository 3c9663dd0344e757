"""The Google Ads API over REST: which customers a login opens, and searches for a customer's numbers."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import TYPE_CHECKING

from starlette.routing import Route

from local.world import google_oauth
from local.world.gaql import METRICS, Query, parse
from local.world.google_errors import ADS_ERRORS, rpc_error
from local.world.state import world_of
from local.world.tenants import ADS_SCOPE, CANCELLED_ACCOUNT, DEMO, MANAGED_ACCOUNT, MANAGER_ACCOUNT
from local.world.wire import Refused, bearer, body_of, ok
from shared.core.metric import MICROS, Source, total

if TYPE_CHECKING:
    from datetime import date

    from starlette.requests import Request
    from starlette.responses import Response

    from local.world.story import Seen
    from local.world.tenants import Tenant
    from shared.core.metric import Sums

TOKEN_ROUTES = google_oauth.ROUTES
_VERSION = "v26"
_REQUEST_ID = {"request-id": "SimulatedRequest01"}
_CUSTOMER_ID = re.compile(r"\d{10}", re.ASCII)

Row = dict[str, dict[str, object]]


async def accessible(request: Request) -> Response:
    tenant = _caller(request)
    accounts = [tenant.google_account]
    if tenant is DEMO:
        accounts += [MANAGER_ACCOUNT, CANCELLED_ACCOUNT]
    return ok({"resourceNames": [f"customers/{account}" for account in accounts]}, _REQUEST_ID)


async def search(request: Request) -> Response:
    tenant = _caller(request)
    account = request.path_params["customer"]
    _open(account, tenant, request.headers.get("login-customer-id"))
    fields = await body_of(request)
    if fields is None or not isinstance(fields.get("query"), str):
        raise Refused(rpc_error(400, "Invalid JSON payload received."))
    if "pageSize" in fields:
        raise Refused(ADS_ERRORS["page_size"])
    if unknown := set(fields) - {"query", "pageToken", "validateOnly", "searchSettings"}:
        message = f'Invalid JSON payload received. Unknown name "{min(unknown)}": Cannot find field.'
        raise Refused(rpc_error(400, message))
    world = world_of(request)
    story, now = world.story(tenant), world.now()
    today = now.astimezone(story.zone).date()
    query = parse(fields["query"], today)
    if account == MANAGER_ACCOUNT and query.metrics:
        raise Refused(ADS_ERRORS["manager"])
    customer: dict[str, object] = {
        "resourceName": f"customers/{account}",
        "id": account,
        "currencyCode": story.currency,
        "timeZone": story.zone.key,
        "manager": account == MANAGER_ACCOUNT,
        "testAccount": False,
        "status": "ENABLED",
    }
    if tenant.company:
        customer["descriptiveName"] = tenant.company
    since, until = query.span or (today, today)
    hours = list(story.seen(Source.GOOGLE, since, until, now)) if query.metrics else []
    found = _sorted(_rows(query, hours, customer), query)[: query.limit]
    return ok(_page(found, query, fields.get("pageToken"), world.google_page), _REQUEST_ID)


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


def _rows(query: Query, hours: list[Seen], customer: dict[str, object]) -> list[Row]:
    """Group the hours by the selected segments; under a segment, rows of zeros are left out."""
    groups: dict[tuple[date | None, int | None], list[Sums]] = {}
    by_day, by_hour = "segments.date" in query.segments, "segments.hour" in query.segments
    for seen in hours:
        key = (seen.day if by_day else None, seen.hour if by_hour else None)
        groups.setdefault(key, []).append(seen.sums)
    if not query.segments:
        groups.setdefault((None, None), [])
    found: list[Row] = []
    for (day, hour), parts in groups.items():
        numbers = {name: _metric(name, total(parts)) for name in query.metrics}
        if query.segments and not any(float(value) for value in numbers.values()):
            continue
        row: Row = {"customer": {"resourceName": customer["resourceName"]}}
        for name in query.select:
            room, _, field = name.partition(".")
            key_in_row = camel(field)
            if room == "customer" and key_in_row in customer:
                row["customer"][key_in_row] = customer[key_in_row]
            elif name in numbers:
                row.setdefault("metrics", {})[key_in_row] = numbers[name]
        if by_day and day is not None:
            row.setdefault("segments", {})["date"] = day.isoformat()
        if by_hour and hour is not None:
            row.setdefault("segments", {})["hour"] = hour
        found.append(row)
    return found


def _metric(name: str, sums: Sums) -> str | float:
    """Write a number as the API does: int64 as a string, a double as a number."""
    if name == "metrics.cost_micros":
        return str(sums.spend or 0)
    if name == "metrics.impressions":
        return str(sums.impressions or 0)
    if name == "metrics.clicks":
        return str(sums.clicks or 0)
    amount = sums.revenue if "conversions_value" in name else sums.conversions
    return (amount or 0) / MICROS


def _sorted(found: list[Row], query: Query) -> list[Row]:
    def value(row: Row, name: str) -> tuple[float, str]:
        room, _, field = name.partition(".")
        held = row[room].get(camel(field), "")
        is_number = name in METRICS or isinstance(held, int)
        return (float(str(held)), "") if is_number else (0.0, str(held))

    for name, descending in reversed(query.order):
        found.sort(key=lambda row: value(row, name), reverse=descending)
    return found


def _page(found: list[Row], query: Query, token: object, size: int) -> dict[str, object]:
    first = 0
    if token:
        try:
            first = int(urlsafe_b64decode(str(token)).removeprefix(b"from "))
        except ValueError:
            raise Refused(ADS_ERRORS["page_token"]) from None
    answer: dict[str, object] = {}
    if page := found[first : first + size]:
        answer["results"] = page
    if first + size < len(found):
        answer["nextPageToken"] = urlsafe_b64encode(b"from %d" % (first + size)).decode()
    answer["fieldMask"] = ",".join(".".join(camel(part) for part in name.split(".")) for name in query.select)
    answer["queryResourceConsumption"] = str(12 + len(page))
    return answer


def camel(name: str) -> str:
    """Turn a field's name into its JSON spelling.

    >>> camel("conversions_value")
    'conversionsValue'
    """
    head, *tail = name.split("_")
    return head + "".join(part.title() for part in tail)


ROUTES = [
    Route("/{version}/customers:listAccessibleCustomers", accessible),
    Route("/{version}/customers/{customer}/googleAds:search", search, methods=["POST"]),
]
