"""Google access tokens from a brand's own credential, kept in memory until shortly before they end."""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING

from google.auth import crypt, jwt

from shared.adapters.platform_http import PlatformHttp, retry_after_s
from shared.core.integration import Problem
from shared.errors import PlatformRefused, RateLimited, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable

    from shared.adapters.platform_http import Reply
    from shared.core.secret import Secret

_SPARE_S = 60
_LIFE_S = 3600
_TOO_MANY = 429
_NEVER_S = 1000 * 365 * 24 * 3600
_SERVICE = frozenset({"client_email", "private_key"})
_REFRESH = frozenset({"client_id", "client_secret", "refresh_token"})
_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"


@dataclass(frozen=True, slots=True)
class GoogleCredential:
    """A pasted credential, taken apart. A developer token, which Google no longer reads, is dropped."""

    form: dict[str, str] | None = field(repr=False)
    client_email: str
    private_key: str = field(repr=False)
    login_customer_id: str | None
    project: str | None
    fingerprint: str

    @classmethod
    def parse(cls, name: str, key: Secret) -> GoogleCredential:
        """Read the JSON of an OAuth client with refresh token, or of a service account."""
        text = key.reveal()
        malformed = PlatformRefused(name, Problem.CREDENTIAL_MALFORMED.value)
        try:
            fields = json.loads(text)
            fingerprint = sha256(text.encode()).hexdigest()
        except (ValueError, RecursionError):
            raise malformed from None
        if not isinstance(fields, dict) or not all(isinstance(v, str) for v in fields.values()):
            raise malformed
        manager = fields.get("login_customer_id", "").replace("-", "") or None
        if manager is not None and not re.fullmatch(r"[0-9]{10}", manager, re.ASCII):
            raise malformed
        if fields.get("type") == "service_account" and _are_there(fields, _SERVICE):
            project = fields.get("project_id") or None
            return cls(None, fields["client_email"], fields["private_key"], manager, project, fingerprint)
        if _are_there(fields, _REFRESH):
            form = {part: fields[part] for part in sorted(_REFRESH)} | {"grant_type": "refresh_token"}
            number = fields["client_id"].partition("-")[0]
            return cls(form, "", "", manager, number if number.isdecimal() else None, fingerprint)
        raise malformed


class GoogleTokens:
    """Exchanges credentials at a token URL of ours, never at one that a pasted file names."""

    def __init__(self, name: str, url: str, scope: str, now: Callable[[], float] = time.time) -> None:
        self._name, self._url, self._scope, self._now = name, url, scope, now
        self._http = PlatformHttp(name, url)
        self._kept: dict[str, tuple[str, float]] = {}
        self._ends: dict[str, datetime] = {}

    def token(self, credential: GoogleCredential, *, fresh: bool = False) -> str:
        """Return an access token; `fresh` asks for a new one, after the platform refused the old.

        Asks once: who needs the token is the one who tries again.
        """
        kept = self._kept.get(credential.fingerprint)
        if kept and not fresh and kept[1] > self._now():
            return kept[0]
        token, life_s = self._exchange(credential)
        self._kept[credential.fingerprint] = (token, self._now() + life_s - _SPARE_S)
        return token

    def end_of(self, credential: GoogleCredential) -> datetime | None:
        """Return when a credential ends, as its last exchange told: consent can be given for a time.

        In whole hours, so that it stays the same although every exchange tells a little less.
        """
        return self._ends.get(credential.fingerprint)

    def _exchange(self, credential: GoogleCredential) -> tuple[str, int]:
        reply = self._http.call("POST", "", form=credential.form or self._assertion(credential))
        body = reply.body if isinstance(reply.body, dict) else {}
        if "error" in body or reply.status == _TOO_MANY:
            raise self._failure(body, reply)
        token, life_s = body.get("access_token"), body.get("expires_in")
        if not isinstance(token, str) or not isinstance(life_s, int):
            raise Unavailable(self._name, "answered something unexpected")
        left_s = body.get("refresh_token_expires_in")
        if isinstance(left_s, int) and 0 < left_s < _NEVER_S:
            end = datetime.fromtimestamp(self._now() + left_s, UTC)
            self._ends[credential.fingerprint] = end.replace(minute=0, second=0, microsecond=0)
        granted = body.get("scope")
        if isinstance(granted, str) and self._scope not in granted.split():
            raise PlatformRefused(self._name, Problem.PERMISSION_MISSING.value)
        return token, life_s

    def _assertion(self, credential: GoogleCredential) -> dict[str, str]:
        now = int(self._now())
        claims = {"iss": credential.client_email, "scope": self._scope, "aud": self._url}
        try:
            signer = crypt.RSASigner.from_string(credential.private_key)
            assertion = jwt.encode(signer, claims | {"iat": now, "exp": now + _LIFE_S})
        except (ValueError, TypeError):  # no key at all, or one of another kind than RSA
            raise PlatformRefused(self._name, Problem.CREDENTIAL_MALFORMED.value) from None
        return {"grant_type": _GRANT, "assertion": assertion.decode()}

    def _failure(self, body: dict[str, object], reply: Reply) -> Exception:
        if body.get("error_subtype") in {"invalid_rapt", "rapt_required"}:
            return PlatformRefused(self._name, Problem.USER_ACTION_REQUIRED.value)
        problem = {
            "invalid_grant": Problem.CREDENTIAL_REVOKED,
            "invalid_client": Problem.CREDENTIAL_INVALID,
            "deleted_client": Problem.CREDENTIAL_INVALID,
            "disabled_client": Problem.CREDENTIAL_INVALID,
            "admin_policy_enforced": Problem.USER_ACTION_REQUIRED,
            "unauthorized_client": Problem.CREDENTIAL_INVALID,
            "invalid_scope": Problem.PERMISSION_MISSING,
            "invalid_request": Problem.CREDENTIAL_MALFORMED,
        }.get(str(body.get("error")))
        if problem is not None:
            return PlatformRefused(self._name, problem.value)
        if reply.status == _TOO_MANY:
            return RateLimited(self._name, retry_after_s(reply.headers), "project")
        return Unavailable(self._name, f"status {reply.status}")


def _are_there(fields: dict[str, str], names: frozenset[str]) -> bool:
    return all(fields.get(name) and fields[name].isascii() for name in names)
