"""Tells who is calling: a person by a Firebase ID token, Google's services by the token they push with."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from threading import Lock
from typing import TYPE_CHECKING

import requests
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.x509 import load_pem_x509_certificate
from google.auth import crypt

from shared.errors import Unauthenticated, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

CERTIFICATES_URL = "https://www.googleapis.com/robot/v1/metadata/x509/securetoken@system.gserviceaccount.com"
PUSH_CERTIFICATES_URL = "https://www.googleapis.com/oauth2/v1/certs"

_PUSH_ISSUERS = frozenset({"https://accounts.google.com", "accounts.google.com"})

_BEARER = "Bearer "
_TOKEN_CHARACTERS = 8 * 1024
_SEGMENTS = 3
_UID_CHARACTERS = 128
_SKEW_S = 30

_ANSWER_BYTES = 64 * 1024
_MAX_AGE = re.compile(r"max-age=([0-9]{1,10})", re.IGNORECASE)
_LONGEST_AGE_S = 24 * 60 * 60
_WARM_PAUSE = timedelta(minutes=1)
_COLD_PAUSE = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class VerifiedToken:
    """A caller who has proved to be `uid`."""

    uid: str


class TokenVerifier:
    """Checks the ID tokens of one Firebase project.

    Without certificates it serves the Auth emulator, whose tokens are unsigned: whoever builds it
    so must be sure that this is no deployment.
    """

    def __init__(
        self, project_id: str, *, certificates: CertificateCache | None, now: Callable[[], datetime]
    ) -> None:
        self._project_id = project_id
        self._certificates = certificates
        self._now = now

    def verify(self, authorization_header: str | None) -> VerifiedToken:
        """Return who sent the one `Authorization` header.

        Raises:
            Unauthenticated: says in one word what is wrong, for the log; nothing of the token.
            Unavailable: there is no certificate to check anybody with.
        """
        return self._from_claims(_claims(authorization_header, self._certificates))

    def _from_claims(self, claims: Mapping[str, object]) -> VerifiedToken:
        if claims.get("iss") != f"https://securetoken.google.com/{self._project_id}":
            raise Unauthenticated("iss")
        if claims.get("aud") != self._project_id:
            raise Unauthenticated("aud")
        uid = claims.get("sub")
        if not isinstance(uid, str) or not 1 <= len(uid) <= _UID_CHARACTERS:
            raise Unauthenticated("sub")
        _check_times(claims, self._now(), ("iat", "auth_time") if self._certificates else ("iat",))
        return VerifiedToken(uid)


class PushVerifier:
    """Checks that an event was pushed by the one service account that may, and to us."""

    def __init__(
        self, audience: str, sender: str, *, certificates: CertificateCache, now: Callable[[], datetime]
    ) -> None:
        self._audience = audience
        self._sender = sender
        self._certificates = certificates
        self._now = now

    def verify(self, authorization_header: str | None) -> None:
        """Return when the one `Authorization` header is the sender's; raises as `TokenVerifier` does."""
        claims = _claims(authorization_header, self._certificates)
        if claims.get("iss") not in _PUSH_ISSUERS:
            raise Unauthenticated("iss")
        if claims.get("aud") != self._audience:
            raise Unauthenticated("aud")
        if claims.get("email") != self._sender or claims.get("email_verified") is not True:
            raise Unauthenticated("email")
        _check_times(claims, self._now(), ("iat",))


@dataclass(frozen=True, slots=True)
class _Certificates:
    by_kid: Mapping[str, crypt.RSAVerifier]
    fresh_until: datetime


class CertificateCache:
    """Google's certificates by kid, fetched when first needed and kept for as long as they say.

    Once it holds some it asks again at most once a minute, whatever kids it is shown, and a
    failed fetch leaves it with those it has.
    """

    def __init__(
        self,
        url: str = CERTIFICATES_URL,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        connect_timeout_s: float = 3,
        read_timeout_s: float = 5,
    ) -> None:
        self._url = url
        self._now = now
        self._timeouts_s = (connect_timeout_s, read_timeout_s)
        self._held: _Certificates | None = None
        self._next_fetch: datetime | None = None
        self._lock = Lock()

    def verifier(self, kid: str) -> crypt.RSAVerifier | None:
        """Return what checks this kid's signatures, or None when Google names no such kid.

        Raises:
            Unavailable: no fetch has ever succeeded.
        """
        held = self._held
        at_hand = held is not None and kid in held.by_kid
        if held is None or not at_hand or self._now() >= held.fresh_until:
            # Who is recognised already does not wait for a fetch that another thread is making.
            if self._lock.acquire(blocking=not at_hand):
                try:
                    self._fetch_if_due()
                finally:
                    self._lock.release()
            held = self._held
        if held is None:
            raise Unavailable("identity certificates")
        return held.by_kid.get(kid)

    def _fetch_if_due(self) -> None:
        if self._next_fetch is not None and self._now() < self._next_fetch:
            return
        fetched = self._fetch()
        if fetched is not None:
            self._held = fetched
        self._next_fetch = self._now() + (_COLD_PAUSE if self._held is None else _WARM_PAUSE)

    def _fetch(self) -> _Certificates | None:
        asked_at = self._now()
        try:
            with requests.Session() as session:
                session.trust_env = False
                with session.get(
                    self._url, timeout=self._timeouts_s, allow_redirects=False, stream=True
                ) as response:
                    if response.status_code != HTTPStatus.OK:
                        return None
                    by_kid = _verifiers(_body(response))
                    age = _MAX_AGE.search(response.headers.get("Cache-Control", ""))
        except requests.RequestException:
            return None
        if not by_kid:
            return None
        age_s = min(int(age[1]), _LONGEST_AGE_S) if age else 0
        return _Certificates(by_kid, asked_at + timedelta(seconds=age_s))


def _claims(authorization_header: str | None, certificates: CertificateCache | None) -> dict[str, object]:
    """Return what a token says, once its signature is checked; without certificates it must have none."""
    segments = _bearer(authorization_header).split(".")
    if len(segments) != _SEGMENTS:
        raise Unauthenticated("segments")
    head, body, signature = segments
    header = _object(head)
    if header is None:
        raise Unauthenticated("header")
    if certificates is None:
        if header.get("alg") != "none" or signature:
            raise Unauthenticated("alg")
    else:
        _check_signature(header, f"{head}.{body}", signature, certificates)
    claims = _object(body)
    if claims is None:
        raise Unauthenticated("claims")
    return claims


def _check_times(claims: Mapping[str, object], now: datetime, past: tuple[str, ...]) -> None:
    if _seconds(claims, "exp") + _SKEW_S <= now.timestamp():
        raise Unauthenticated("exp")
    for moment in past:
        if _seconds(claims, moment) - _SKEW_S > now.timestamp():
            raise Unauthenticated(moment)


def _bearer(header: str | None) -> str:
    if header is None:
        raise Unauthenticated("missing")
    if "," in header:  # two headers reach us joined by a comma
        raise Unauthenticated("repeated")
    if not header.startswith(_BEARER):
        raise Unauthenticated("scheme")
    token = header.removeprefix(_BEARER)
    if len(token) > _TOKEN_CHARACTERS:
        raise Unauthenticated("size")
    if not token.isascii():
        raise Unauthenticated("characters")
    return token


def _check_signature(
    header: Mapping[str, object], signed: str, signature: str, certificates: CertificateCache
) -> None:
    if header.get("alg") != "RS256":
        raise Unauthenticated("alg")
    kid = header.get("kid")
    if not isinstance(kid, str):
        raise Unauthenticated("kid")
    # Read before the certificates are asked for: nonsense must not cost a fetch.
    binary = _from_base64url(signature)
    if binary is None:
        raise Unauthenticated("signature")
    verifier = certificates.verifier(kid)
    if verifier is None:
        raise Unauthenticated("kid")
    if not verifier.verify(signed.encode(), binary):
        raise Unauthenticated("signature")


def _seconds(claims: Mapping[str, object], name: str) -> int:
    value = claims.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise Unauthenticated(name)
    return value


def _object(segment: str) -> dict[str, object] | None:
    binary = _from_base64url(segment)
    return None if binary is None else _json_object(binary)


def _from_base64url(text: str) -> bytes | None:
    """Return the bytes, or None when `text` is not exactly how they are written."""
    try:
        binary = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return None
    return binary if base64.urlsafe_b64encode(binary).rstrip(b"=").decode("ascii") == text else None


def _json_object(binary: bytes) -> dict[str, object] | None:
    try:
        parsed = json.loads(binary.decode(), object_pairs_hook=_no_repetition, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return None
    return parsed if isinstance(parsed, dict) else None


def _no_repetition(pairs: list[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise ValueError("a name twice")
    return fields


def _no_constant(_: str) -> object:
    raise ValueError("not a JSON number")


def _body(response: requests.Response) -> bytes:
    body = b""
    for chunk in response.iter_content(8 * 1024):
        body += chunk
        if len(body) > _ANSWER_BYTES:
            return b""
    return body


def _verifiers(body: bytes) -> dict[str, crypt.RSAVerifier]:
    """Return one verifier per kid, or nothing when any part of the answer is not as promised."""
    by_kid = {}
    for kid, pem in (_json_object(body) or {}).items():
        if not isinstance(pem, str):
            return {}
        try:
            key = load_pem_x509_certificate(pem.encode()).public_key()
            by_kid[kid] = crypt.RSAVerifier(key)
        except (ValueError, UnsupportedAlgorithm):
            return {}
    return by_kid
