"""Google's token endpoint: refresh tokens, and assertions whose signature is really verified."""

from __future__ import annotations

from base64 import urlsafe_b64decode
from datetime import timedelta
from json import loads
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives import serialization
from google.auth import jwt
from google.auth.exceptions import GoogleAuthError
from starlette.routing import Route

from local.world.google_errors import OAUTH_ERRORS, oauth_error
from local.world.state import world_of
from local.world.tenants import (
    ADS_SCOPE,
    ANALYTICS_SCOPE,
    CLOUD_SCOPE,
    DEMO,
    GOOGLE_ACCESS,
    GOOGLE_REFRESH_TOKENS,
    TENANTS,
    TESTING_CONSENT,
    Tenant,
    signing_key,
)
from local.world.wire import Refused, body_of, ok

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from local.world.state import World

_LIFETIME = timedelta(seconds=3599)
_AUDIENCE = "https://oauth2.googleapis.com/token"
_ASSERTION = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_SKEW_S = 10
_TESTING_LIFE = timedelta(days=7)


async def token(request: Request) -> Response:
    fields = await body_of(request) or {}
    refusal = None
    kind = fields.get("grant_type", "")
    if kind == "refresh_token":
        tenant, scopes, refusal = _refreshed(fields, world_of(request))
    elif kind == _ASSERTION:
        tenant, scopes = _asserted(fields.get("assertion", ""), str(request.url))
    else:
        raise Refused(oauth_error(400, "unsupported_grant_type", f"Invalid grant_type: {kind}"))
    given = world_of(request).issue(tenant, scopes, _LIFETIME, refusal)
    answer: dict[str, object] = {
        "access_token": given,
        "expires_in": int(_LIFETIME.total_seconds()),
        "scope": " ".join(sorted(scopes)),
        "token_type": "Bearer",
    }
    if fields.get("refresh_token") == TESTING_CONSENT:
        answer["refresh_token_expires_in"] = int(_consent_left(world_of(request)).total_seconds())
    return ok(answer, {"Cache-Control": "no-store"})


def _refreshed(fields: dict[str, str], world: World) -> tuple[Tenant, frozenset[str], str | None]:
    tenant = next((t for t in TENANTS.values() if t.client_id == fields.get("client_id")), None)
    if tenant is None:
        raise Refused(OAUTH_ERRORS["client"])
    if fields.get("client_secret") != tenant.client_secret:
        raise Refused(OAUTH_ERRORS["secret"])
    held = fields.get("refresh_token", "")
    if held == tenant.google_refresh_token:
        return tenant, frozenset({ADS_SCOPE}), None
    if held == tenant.ga4_refresh_token:
        return tenant, frozenset({ANALYTICS_SCOPE}), None
    if tenant is DEMO and held in GOOGLE_REFRESH_TOKENS:
        raise Refused(OAUTH_ERRORS[GOOGLE_REFRESH_TOKENS[held]])
    if tenant is DEMO and held == TESTING_CONSENT:
        if _consent_left(world) <= timedelta():
            raise Refused(OAUTH_ERRORS["revoked"])
        return tenant, frozenset({ADS_SCOPE}), None
    if tenant is DEMO and held in GOOGLE_ACCESS:
        if GOOGLE_ACCESS[held] == "unticked":
            return tenant, frozenset({"openid"}), None
        return tenant, frozenset({ADS_SCOPE}), GOOGLE_ACCESS[held]
    raise Refused(OAUTH_ERRORS["refresh_token"])


def _consent_left(world: World) -> timedelta:
    """Return how long a consent in testing still holds; unless set, it was given when first used."""
    world.consented_at = world.consented_at or world.now()
    return min(_TESTING_LIFE, world.consented_at + _TESTING_LIFE - world.now())


def _asserted(assertion: str, url: str) -> tuple[Tenant, frozenset[str]]:
    """Accept an assertion that one of our service accounts signed, for this endpoint and not expired."""
    try:
        middle = assertion.split(".")[1]
        issuer = loads(urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))["iss"]
        tenant = next(t for t in TENANTS.values() if t.service_account == issuer)
        public = (
            signing_key(tenant)
            .public_key()
            .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        )
        claims = jwt.decode(assertion, public, audience=[_AUDIENCE, url], clock_skew_in_seconds=_SKEW_S)
        scopes = frozenset(str(claims["scope"]).split())
    except (GoogleAuthError, ValueError, LookupError, TypeError, StopIteration):
        raise Refused(OAUTH_ERRORS["signature"]) from None
    if not scopes or not scopes <= {ADS_SCOPE, ANALYTICS_SCOPE, CLOUD_SCOPE}:
        raise Refused(OAUTH_ERRORS["scope"])
    return tenant, scopes


ROUTES = [Route("/token", token, methods=["POST"])]
