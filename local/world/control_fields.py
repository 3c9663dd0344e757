"""What is sent to the strings behind the scenery, read and refused in one way."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from local.world.tenants import TENANTS
from local.world.wire import Answer, Refused, body_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

    from local.world.tenants import Tenant


def tenant_of(name: object) -> Tenant:
    tenant = TENANTS.get(str(name or "demo"))
    if tenant is None:
        raise wrong(f"tenant: one of {', '.join(TENANTS)}")
    return tenant


async def fields_of(request: Request) -> dict[str, Any]:
    fields = await body_of(request)
    if fields is None:
        raise wrong("a JSON object is expected")
    return fields


def number_of(fields: Mapping[str, Any], name: str, default: int, low: int, high: int) -> int:
    """Return a whole number between both, inclusive."""
    number = fields.get(name, default)
    if not isinstance(number, int) or not low <= number <= high:
        raise wrong(f"{name}: a whole number from {low} to {high}")
    return number


def switch_of(fields: Mapping[str, Any], name: str, default: bool) -> bool:
    switch = fields.get(name, default)
    if not isinstance(switch, bool):
        raise wrong(f"{name}: true or false")
    return switch


def moment_of(fields: Mapping[str, Any], name: str) -> datetime:
    try:
        moment = datetime.fromisoformat(fields[name])
    except (KeyError, TypeError, ValueError):
        raise wrong(f"{name}: an ISO moment") from None
    if moment.tzinfo is None:
        raise wrong(f"{name}: needs an offset")
    return moment


def wrong(message: str) -> Refused:
    return Refused(Answer(400, {"error": message}))
