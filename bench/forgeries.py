"""Every way to be somebody else: tokens that nobody signed for us, and who says so about them.

Google's certificate server is played on loopback, with certificates made for the occasion.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import math
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.serialization import Encoding

from shared.adapters.identity import CertificateCache, TokenVerifier
from shared.errors import Unauthenticated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PROJECT = "demo-warroom"
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
NOW = 1777896000  # NOON in seconds
GONE = object()


def certificate(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> str:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "securetoken")])
    built = x509.CertificateBuilder(
        name, name, key.public_key(), 1, NOON - timedelta(days=1), NOON + timedelta(days=9)
    )
    return built.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM).decode()


KEY = rsa.generate_private_key(65537, 2048)
OTHER_KEY = rsa.generate_private_key(65537, 2048)
CERTIFICATE = certificate(KEY)
OTHER_CERTIFICATE = certificate(OTHER_KEY)


@dataclass
class Google:
    """What the certificates' server answers next, and how often it was asked."""

    certificates: dict[str, Any] = field(default_factory=lambda: {"kid-1": CERTIFICATE})
    status: int = 200
    headers: dict[str, str] = field(default_factory=lambda: {"Cache-Control": "public, max-age=3600"})
    body: bytes | None = None
    asked: int = 0
    url: str = ""
    before_answer: Callable[[], object] = lambda: None

    def answer(self) -> bytes:
        return json.dumps(self.certificates).encode() if self.body is None else self.body


@contextmanager
def served() -> Iterator[Google]:
    """Play Google's certificate server."""
    google = Google()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            google.asked += 1
            google.before_answer()
            body = google.answer()
            self.send_response(google.status)
            for name, value in google.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    google.url = f"http://127.0.0.1:{server.server_port}/"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield google
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def b64(binary: bytes) -> str:
    return base64.urlsafe_b64encode(binary).rstrip(b"=").decode()


def claims(**changed: object) -> dict[str, object]:
    good: dict[str, object] = {
        "iss": "https://securetoken.google.com/demo-warroom",
        "aud": "demo-warroom",
        "sub": "uid-ana",
        "user_id": "uid-ana",
        "auth_time": NOW - 600,
        "iat": NOW - 600,
        "exp": NOW + 3000,
        "firebase": {"sign_in_provider": "password"},
    }
    return {name: value for name, value in (good | changed).items() if value is not GONE}


def signed(head: bytes, body: bytes, key: rsa.RSAPrivateKey = KEY) -> str:
    text = f"{b64(head)}.{b64(body)}"
    return f"{text}.{b64(key.sign(text.encode(), PKCS1v15(), hashes.SHA256()))}"


def token(
    *, key: rsa.RSAPrivateKey = KEY, alg: object = "RS256", kid: object = "kid-1", **changed: object
) -> str:
    head = {"alg": alg, "kid": kid, "typ": "JWT"}
    head = {name: value for name, value in head.items() if value is not GONE}
    return signed(json.dumps(head).encode(), json.dumps(claims(**changed)).encode(), key)


def unsigned(*, alg: object = "none", signature: str = "", **changed: object) -> str:
    head = json.dumps({"alg": alg, "typ": "JWT"}).encode()
    return f"{b64(head)}.{b64(json.dumps(claims(**changed)).encode())}.{signature}"


@dataclass(frozen=True, slots=True)
class Forgery:
    """An `Authorization` header that lets nobody in, and the one word why."""

    name: str
    header: str | None
    reason: str


_HEADERS: tuple[tuple[str | None, str], ...] = (
    (None, "missing"),
    ("", "scheme"),
    ("Bearer", "scheme"),
    ("Bearer ", "segments"),
    ("{token}", "scheme"),
    ("Basic {token}", "scheme"),
    ("bearer {token}", "scheme"),
    ("Bearer\t{token}", "scheme"),
    (" Bearer {token}", "scheme"),
    ("Bearer {token},Bearer {token}", "repeated"),
    ("Bearer {token}, Bearer {token}", "repeated"),
    ("Basic eDp5, Bearer {token}", "repeated"),
    ("Bearer {token},", "repeated"),
    ("Bearer owner", "segments"),
    ("Bearer a.b", "segments"),
    ("Bearer {token}.e30", "segments"),
    ("Bearer ..", "header"),
    ("Bearer  {token}", "header"),
    ("Bearer {token} ", "signature"),
    ("Bearer {token} {token}", "segments"),
    ("Bearer {token}\n", "signature"),
    ("Bearer {token}=", "signature"),
    ("Bearer {token}\u00e9", "characters"),
    ("Bearer {token}\ud800", "characters"),
)

_HEAD = b'{"alg":"RS256","kid":"kid-1"}'
_HEADS = (
    b"",
    b"[]",
    b'"RS256"',
    b"null",
    b"{",
    b"\xff\xfe",
    _HEAD + b"x",
    _HEAD.decode().encode("utf-16"),
    b"\xef\xbb\xbf" + _HEAD,
    b'{"alg":"none","alg":"RS256","kid":"kid-1"}',
    b'{"alg":"RS256","kid":"kid-2","kid":"kid-1"}',
    b'{"alg":"RS256","kid":"kid-1","x":{"a":1,"a":2}}',
    b'{"alg":"RS256","kid":"kid-1","x":NaN}',
    b"[" * 5000,
)

_BODY = json.dumps(claims()).encode()
_BODIES = (
    b"",
    b"[]",
    b"null",
    b"{",
    b"\xff",
    _BODY + b"x",
    _BODY[:-1] + b',"sub":"uid-eve"}',
    _BODY[:-1] + b',"aud":"demo-warroom"}',
    _BODY[:-1] + b',"firebase":{"a":1,"a":2}}',
    _BODY[:-1] + b',"extra":Infinity}',
    json.dumps(claims(exp=math.nan)).encode(),
    json.dumps(claims(exp=math.inf)).encode(),
    _BODY[:-1] + b',"extra":' + b"1" * 5000 + b"}",
    b'{"a":' * 1100,
)

_CLAIMS: tuple[dict[str, Any], ...] = (
    {"iss": "https://securetoken.google.com/demo-other"},
    {"iss": "https://securetoken.google.com/demo-warroom/"},
    {"iss": "http://securetoken.google.com/demo-warroom"},
    {"iss": "https://session.firebase.google.com/demo-warroom"},
    {"iss": "https://accounts.google.com"},
    {"iss": "firebase-adminsdk@demo-warroom.iam.gserviceaccount.com"},
    {"iss": ["https://securetoken.google.com/demo-warroom"]},
    {"iss": None},
    {"iss": GONE},
    {"aud": "demo-other"},
    {"aud": "DEMO-WARROOM"},
    {"aud": ["demo-warroom"]},
    {"aud": ["demo-warroom", "demo-other"]},
    {"aud": ""},
    {"aud": GONE},
    {"sub": ""},
    {"sub": "u" * 129},
    {"sub": 7},
    {"sub": ["uid-ana"]},
    {"sub": None},
    {"sub": GONE},
    {"exp": NOW - 30},
    {"exp": NOW - 86400},
    {"exp": 0},
    {"exp": -1},
    {"iat": NOW + 31},
    {"iat": NOW + 86400},
    {"iat": 10**40},
    {"auth_time": NOW + 31},
    {"auth_time": NOW + 86400},
    *(
        {moment: value}
        for moment in ("exp", "iat", "auth_time")
        for value in (str(NOW), True, None, NOW + 0.5, [NOW], {}, GONE)
    ),
)

_ACCOUNT = "firebase-adminsdk@demo-warroom.iam.gserviceaccount.com"
_CUSTOM = {
    "iss": _ACCOUNT,
    "sub": _ACCOUNT,
    "aud": "https://identitytoolkit.googleapis.com/google.identity.identitytoolkit.v1.IdentityToolkit",
    "uid": "uid-ana",
    "iat": NOW,
    "exp": NOW + 3600,
}


def _not_signed_by_google() -> Iterator[tuple[str, str]]:
    yield unsigned(), "alg"
    yield unsigned(alg="None"), "alg"
    yield unsigned(alg="RS256"), "kid"
    for alg in ("none", "rs256", "RS512", "ES256", ["RS256"], GONE, None):
        yield token(alg=alg), "alg"
    for kid in (GONE, 1, ["kid-1"], "", "kid-2", "KID-1"):
        yield token(kid=kid), "kid"
    yield token(key=OTHER_KEY), "signature"
    text, _, signature = token().rpartition(".")
    yield f"{text}.", "signature"
    yield f"{text}.AAAA", "signature"
    yield f"{token(sub='uid-eve').rpartition('.')[0]}.{signature}", "signature"
    yield _signed_with_the_certificate(), "alg"


def _signed_with_the_certificate() -> str:
    """Return a token whose shared secret is what everybody knows."""
    head = json.dumps({"alg": "HS256", "kid": "kid-1"}).encode()
    text = f"{b64(head)}.{b64(_BODY)}"
    return f"{text}.{b64(hmac.new(CERTIFICATE.encode(), text.encode(), hashlib.sha256).digest())}"


def _forgeries() -> Iterator[Forgery]:
    for number, (shape, reason) in enumerate(_HEADERS):
        yield Forgery(f"header {number}", shape and shape.format(token=token()), reason)
    yield Forgery("more than 8 kilobytes", f"Bearer {token(padding='x' * 6000)}", "size")
    for number, (forged, reason) in enumerate(_not_signed_by_google()):
        yield Forgery(f"signature {number}", f"Bearer {forged}", reason)
    for number, head in enumerate(_HEADS):
        yield Forgery(f"token header {number}", f"Bearer {signed(head, _BODY)}", "header")
    for number, body in enumerate(_BODIES):
        yield Forgery(f"claims {number}", f"Bearer {signed(_HEAD, body)}", "claims")
    for number, changed in enumerate(_CLAIMS):
        [name] = changed
        yield Forgery(f"claim {number} {name}", f"Bearer {token(**changed)}", name)
    endless = _BODY.replace(str(NOW + 3000).encode(), b"1e999")
    yield Forgery("endless", f"Bearer {signed(_HEAD, endless)}", "exp")
    yield Forgery("a custom token", f"Bearer {signed(_HEAD, json.dumps(_CUSTOM).encode())}", "iss")


def _unsigned_forgeries() -> Iterator[Forgery]:
    """Yield what even the Auth emulator's verifier, which takes tokens without signature, refuses."""
    for number, (forged, reason) in enumerate(
        (
            (token(), "alg"),
            (unsigned(alg="HS256"), "alg"),
            (unsigned(alg="NONE"), "alg"),
            (unsigned(alg=None), "alg"),
            (unsigned(signature="AAAA"), "alg"),
            (unsigned(iss="https://securetoken.google.com/demo-other"), "iss"),
            (unsigned(aud="demo-other"), "aud"),
            (unsigned(sub=""), "sub"),
            (unsigned(exp=0), "exp"),
            (unsigned(exp=GONE), "exp"),
            (unsigned(iat=NOW + 3600), "iat"),
            (unsigned(iat="now"), "iat"),
            ("owner", "segments"),
        )
    ):
        yield Forgery(f"unsigned {number}", f"Bearer {forged}", reason)


FORGERIES = tuple(_forgeries())
UNSIGNED_FORGERIES = tuple(_unsigned_forgeries())


def altered_signatures() -> Iterator[str]:
    """Yield headers with a good token, every seventh bit of whose signature is altered in turn."""
    text, signature = token().rsplit(".", 1)
    binary = base64.urlsafe_b64decode(signature + "==")
    for place in range(0, len(binary) * 8, 7):
        altered = bytearray(binary)
        altered[place // 8] ^= 1 << place % 8
        yield f"Bearer {text}.{b64(bytes(altered))}"


def measure() -> dict[str, object]:
    """Show every forgery to who would know it; whoever refuses everything would know nothing."""
    with served() as google:
        certificates = CertificateCache(google.url, now=lambda: NOON)
        deployed = TokenVerifier(PROJECT, certificates=certificates, now=lambda: NOON)
        emulated = TokenVerifier(PROJECT, certificates=None, now=lambda: NOON)
        if not _accepts(deployed, f"Bearer {token()}") or not _accepts(emulated, f"Bearer {unsigned()}"):
            raise RuntimeError("a good token is refused")
        shown = [(deployed, forgery.header) for forgery in FORGERIES]
        shown += [(deployed, header) for header in altered_signatures()]
        shown += [(emulated, forgery.header) for forgery in UNSIGNED_FORGERIES]
        return {"forged": len(shown), "accepted": sum(_accepts(who, header) for who, header in shown)}


def _accepts(verifier: TokenVerifier, header: str | None) -> bool:
    try:
        verifier.verify(header)
    except Unauthenticated:
        return False
    return True
