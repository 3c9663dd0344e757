"""Whose a Meta token is, what it opens, and what Meta tells about it to the app that it was issued for."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from local.world.meta_errors import ERRORS, bad_parameter
from local.world.state import world_of
from local.world.tenants import DEMO, META_TOKENS, TENANTS
from local.world.wire import Refused, bearer, ok

if TYPE_CHECKING:
    from datetime import datetime

    from starlette.requests import Request
    from starlette.responses import Response

    from local.world.state import Tuning
    from local.world.tenants import Tenant

_LIFE = timedelta(days=60)
_STILL_VALID = frozenset({"insights_denied", "no_permission"})


def token_of(request: Request, sent: Mapping[str, str] | None = None) -> str:
    """Return the caller's token: in the header, in the query, or among a form's fields."""
    given = bearer(request) or request.query_params.get("access_token", "")
    return given or (sent or {}).get("access_token", "")


def caller(request: Request, sent: Mapping[str, str] | None = None) -> Tenant:
    """Return whose token it is, if it is good and so is its proof."""
    token = token_of(request, sent)
    tenant, scripted = _holder(token)
    if tenant is None:
        raise Refused(ERRORS["invalid"])
    if scripted is not None and scripted != "insights_denied":
        raise Refused(ERRORS[scripted])
    world = world_of(request)
    expires = world.tuning(tenant).expires_at(world.now())
    if expires is not None and expires <= world.now():
        raise Refused(ERRORS["expired"])
    proof = request.query_params.get("appsecret_proof", (sent or {}).get("appsecret_proof"))
    if proof is None and world.tuning(tenant).demands_proof:
        raise Refused(ERRORS["proof_missing"])
    if proof is not None and proof != proof_of(tenant, token):
        raise Refused(ERRORS["proof_wrong"])
    return tenant


def owner(request: Request, account_id: str, sent: Mapping[str, str] | None = None) -> Tenant:
    """Return whose account it is, if the caller's token opens it."""
    tenant = caller(request, sent)
    if tenant.meta_account != account_id:
        raise Refused(ERRORS["wrong_account"])
    return tenant


def reader(request: Request, account_id: str, sent: Mapping[str, str] | None = None) -> Tenant:
    """Return whose account it is, if the caller's token opens its insights too."""
    tenant = owner(request, account_id, sent)
    if META_TOKENS.get(token_of(request, sent)) == "insights_denied":
        raise Refused(ERRORS["insights_denied"])
    return tenant


def proof_of(tenant: Tenant, token: str) -> str:
    """Return the proof that whoever sends a token knows its app's secret: lowercase hex."""
    return hmac.digest(tenant.meta_app_secret.encode(), token.encode(), "sha256").hex()


async def debug_token(request: Request) -> Response:
    """Tell an app, by its own access token `id|secret`, about a token that was issued for it."""
    app_id, bar, secret = token_of(request).partition("|")
    if not bar:
        raise Refused(ERRORS["not_an_app"])
    tenant = next((t for t in TENANTS.values() if t.meta_app_id == app_id), None)
    if tenant is None:
        raise Refused(ERRORS["unknown_app"])
    if secret != tenant.meta_app_secret:
        raise Refused(ERRORS["app_secret"])
    token = request.query_params.get("input_token")
    if not token:
        raise Refused(bad_parameter("The parameter input_token is required"))
    holder, scripted = _holder(token)
    if holder is None:
        return ok({"data": {"is_valid": False, "scopes": [], "error": _trouble("invalid")}})
    if holder is not tenant:
        raise Refused(ERRORS["another_app"])
    world = world_of(request)
    return ok({"data": _inspected(tenant, scripted, world.tuning(tenant), world.now())})


def _inspected(tenant: Tenant, scripted: str | None, tuning: Tuning, now: datetime) -> dict[str, object]:
    """Return what is told about a token; moments are Unix seconds, 0 for never."""
    expires = now - timedelta(days=1) if scripted == "expired" else tuning.expires_at(now)
    trouble = None if scripted in _STILL_VALID else scripted
    if trouble is None and expires is not None and expires <= now:
        trouble = "expired"
    scopes = [] if scripted == "no_permission" else ["ads_read"]
    told: dict[str, object] = {
        "app_id": tenant.meta_app_id,
        "type": "SYSTEM_USER",
        "is_valid": trouble is None,
        "issued_at": _seconds(now - _LIFE if expires is None else min(now, expires - _LIFE)),
        "expires_at": _seconds(expires),
        "data_access_expires_at": _seconds(tuning.data_access_expires),
        "scopes": scopes,
        "granular_scopes": [{"scope": scope, "target_ids": [tenant.meta_account]} for scope in scopes],
        "user_id": f"88{tenant.meta_app_id}",
    }
    return told if trouble is None else told | {"error": _trouble(trouble)}


def _holder(token: str) -> tuple[Tenant | None, str | None]:
    """Return whose token it is, and the trouble it is made for; the broken ones are the demo tenant's."""
    if token in META_TOKENS:
        return DEMO, META_TOKENS[token]
    return next((t for t in TENANTS.values() if t.meta_key == token), None), None


def _trouble(name: str) -> dict[str, object]:
    body = ERRORS[name].body
    said = body["error"] if isinstance(body, Mapping) else None
    if not isinstance(said, dict):
        raise TypeError(f"{name} is no refusal of a token")
    told = {"code": said["code"], "message": said["message"]}
    return told | {"subcode": said["error_subcode"]} if "error_subcode" in said else told


def _seconds(moment: datetime | None) -> int:
    return 0 if moment is None else int(moment.timestamp())
