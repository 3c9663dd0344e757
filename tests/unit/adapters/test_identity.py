"""Who is let in, and every way to be somebody else that is not."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import math
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.serialization import Encoding

from shared.adapters.identity import (
    CERTIFICATES_URL,
    CertificateCache,
    PushVerifier,
    TokenVerifier,
    VerifiedToken,
)
from shared.errors import Unauthenticated, Unavailable

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
class Clock:
    moment: datetime = NOON

    def __call__(self) -> datetime:
        return self.moment

    def forward(self, **by: float) -> None:
        self.moment += timedelta(**by)


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


@pytest.fixture
def google() -> Iterator[Google]:
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
    yield google
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def cache(google: Google, clock: Clock) -> CertificateCache:
    return CertificateCache(google.url, now=clock, connect_timeout_s=1, read_timeout_s=1)


@pytest.fixture
def verifier(cache: CertificateCache, clock: Clock) -> TokenVerifier:
    return TokenVerifier(PROJECT, certificates=cache, now=clock)


@pytest.fixture
def emulated(clock: Clock) -> TokenVerifier:
    return TokenVerifier(PROJECT, certificates=None, now=clock)


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


def refusal(verifier: TokenVerifier, header: str | None) -> str:
    with pytest.raises(Unauthenticated) as caught:
        verifier.verify(header)
    return str(caught.value)


# Let in


def test_a_good_token_says_who_is_calling(verifier: TokenVerifier) -> None:
    assert verifier.verify(f"Bearer {token()}") == VerifiedToken("uid-ana")


def test_a_uid_of_128_characters_is_let_in(verifier: TokenVerifier) -> None:
    assert verifier.verify(f"Bearer {token(sub='u' * 128)}") == VerifiedToken("u" * 128)


@pytest.mark.parametrize(
    "changed",
    [{"exp": NOW - 29}, {"iat": NOW + 30}, {"auth_time": NOW + 30}],
    ids=["just expired", "just issued", "just signed in"],
)
def test_half_a_minute_between_clocks_is_forgiven(
    verifier: TokenVerifier, changed: dict[str, object]
) -> None:
    assert verifier.verify(f"Bearer {token(**changed)}") == VerifiedToken("uid-ana")


# The header


@pytest.mark.parametrize(
    ("header", "reason"),
    [
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
    ],
)
def test_anything_but_one_bearer_token_is_refused(
    verifier: TokenVerifier, header: str | None, reason: str
) -> None:
    assert refusal(verifier, header and header.format(token=token())) == reason


def test_a_token_of_more_than_8_kilobytes_is_refused(verifier: TokenVerifier) -> None:
    assert refusal(verifier, f"Bearer {token(padding='x' * 6000)}") == "size"


# The signature


@pytest.mark.parametrize(
    ("forged", "reason"),
    [
        (unsigned(), "alg"),
        (unsigned(alg="None"), "alg"),
        (unsigned(alg="RS256"), "kid"),
        (token(alg="none"), "alg"),
        (token(alg="rs256"), "alg"),
        (token(alg="RS512"), "alg"),
        (token(alg="ES256"), "alg"),
        (token(alg=["RS256"]), "alg"),
        (token(alg=GONE), "alg"),
        (token(alg=None), "alg"),
        (token(kid=GONE), "kid"),
        (token(kid=1), "kid"),
        (token(kid=["kid-1"]), "kid"),
        (token(kid=""), "kid"),
        (token(kid="kid-2"), "kid"),
        (token(kid="KID-1"), "kid"),
        (token(key=OTHER_KEY), "signature"),
        (token().rsplit(".", 1)[0] + ".", "signature"),
        (token().rsplit(".", 1)[0] + ".AAAA", "signature"),
        (token(sub="uid-eve").rsplit(".", 1)[0] + "." + token().rsplit(".", 1)[1], "signature"),
    ],
)
def test_a_token_that_google_did_not_sign_is_refused(
    verifier: TokenVerifier, forged: str, reason: str
) -> None:
    assert refusal(verifier, f"Bearer {forged}") == reason


def test_a_token_authenticated_with_the_certificate_as_shared_secret_is_refused(
    verifier: TokenVerifier,
) -> None:
    head = json.dumps({"alg": "HS256", "kid": "kid-1"}).encode()
    text = f"{b64(head)}.{b64(json.dumps(claims()).encode())}"
    mac = hmac.new(CERTIFICATE.encode(), text.encode(), hashlib.sha256).digest()

    assert refusal(verifier, f"Bearer {text}.{b64(mac)}") == "alg"


def test_every_altered_bit_of_a_signature_is_refused(verifier: TokenVerifier) -> None:
    text, signature = token().rsplit(".", 1)
    binary = base64.urlsafe_b64decode(signature + "==")

    for place in range(0, len(binary) * 8, 7):
        altered = bytearray(binary)
        altered[place // 8] ^= 1 << place % 8
        assert refusal(verifier, f"Bearer {text}.{b64(bytes(altered))}") == "signature"


HEAD = b'{"alg":"RS256","kid":"kid-1"}'
BODY = json.dumps(claims()).encode()


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"[]",
        b'"RS256"',
        b"null",
        b"{",
        b"\xff\xfe",
        HEAD + b"x",
        HEAD.decode().encode("utf-16"),
        b"\xef\xbb\xbf" + HEAD,
        b'{"alg":"none","alg":"RS256","kid":"kid-1"}',
        b'{"alg":"RS256","kid":"kid-2","kid":"kid-1"}',
        b'{"alg":"RS256","kid":"kid-1","x":{"a":1,"a":2}}',
        b'{"alg":"RS256","kid":"kid-1","x":NaN}',
        b"[" * 5000,
    ],
)
def test_a_token_header_that_is_not_one_plain_object_is_refused(verifier: TokenVerifier, head: bytes) -> None:
    assert refusal(verifier, f"Bearer {signed(head, BODY)}") == "header"


# The claims


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b"{",
        b"\xff",
        BODY + b"x",
        BODY[:-1] + b',"sub":"uid-eve"}',
        BODY[:-1] + b',"aud":"demo-warroom"}',
        BODY[:-1] + b',"firebase":{"a":1,"a":2}}',
        BODY[:-1] + b',"extra":Infinity}',
        json.dumps(claims(exp=math.nan)).encode(),
        json.dumps(claims(exp=math.inf)).encode(),
        BODY[:-1] + b',"extra":' + b"1" * 5000 + b"}",
        b'{"a":' * 1100,
    ],
)
def test_signed_claims_that_are_not_one_plain_object_are_refused(
    verifier: TokenVerifier, body: bytes
) -> None:
    assert refusal(verifier, f"Bearer {signed(HEAD, body)}") == "claims"


@pytest.mark.parametrize(
    "changed",
    [
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
    ],
    ids=lambda changed: " ".join(f"{k} {'gone' if v is GONE else str(v)[:60]!r}" for k, v in changed.items()),
)
def test_a_signed_token_with_a_wrong_claim_is_refused(
    verifier: TokenVerifier, changed: dict[str, object]
) -> None:
    assert refusal(verifier, f"Bearer {token(**changed)}") == next(iter(changed))


def test_an_endless_expiry_is_refused(verifier: TokenVerifier) -> None:
    body = BODY.replace(str(NOW + 3000).encode(), b"1e999")

    assert refusal(verifier, f"Bearer {signed(HEAD, body)}") == "exp"


def test_a_custom_token_is_refused(verifier: TokenVerifier) -> None:
    account = "firebase-adminsdk@demo-warroom.iam.gserviceaccount.com"
    custom = {
        "iss": account,
        "sub": account,
        "aud": "https://identitytoolkit.googleapis.com/google.identity.identitytoolkit.v1.IdentityToolkit",
        "uid": "uid-ana",
        "iat": NOW,
        "exp": NOW + 3600,
    }

    assert refusal(verifier, f"Bearer {signed(HEAD, json.dumps(custom).encode())}") == "iss"


def test_a_token_expires_while_we_watch(verifier: TokenVerifier, clock: Clock) -> None:
    header = f"Bearer {token()}"
    verifier.verify(header)

    clock.forward(seconds=3030)

    assert refusal(verifier, header) == "exp"


@pytest.mark.parametrize("header", [f"Bearer {token(exp=0)}", f"Bearer {token(kid='kid-2')}", "Bearer a.b.c"])
def test_a_refusal_shows_nothing_of_the_token(verifier: TokenVerifier, header: str) -> None:
    with pytest.raises(Unauthenticated) as caught:
        verifier.verify(header)

    assert repr(caught.value) in {f"Unauthenticated('{word}')" for word in ("exp", "kid", "header")}
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)


# The emulator


def test_the_emulators_unsigned_token_says_who_is_calling(emulated: TokenVerifier) -> None:
    assert emulated.verify(f"Bearer {unsigned(auth_time=GONE)}") == VerifiedToken("uid-ana")


@pytest.mark.parametrize(
    ("forged", "reason"),
    [
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
    ],
)
def test_the_emulators_tokens_are_checked_all_the_same(
    emulated: TokenVerifier, forged: str, reason: str
) -> None:
    assert refusal(emulated, f"Bearer {forged}") == reason


# The certificates


def test_certificates_come_from_google_unless_told_otherwise() -> None:
    assert CertificateCache()._url == CERTIFICATES_URL
    assert CERTIFICATES_URL.startswith("https://www.googleapis.com/robot/v1/metadata/x509/securetoken@")


def test_certificates_are_asked_for_once_while_fresh(
    verifier: TokenVerifier, google: Google, clock: Clock
) -> None:
    for _ in range(3):
        verifier.verify(f"Bearer {token()}")
        clock.forward(seconds=1190)

    assert google.asked == 1


def test_certificates_are_asked_for_again_when_their_age_is_reached(
    cache: CertificateCache, google: Google, clock: Clock
) -> None:
    cache.verifier("kid-1")

    clock.forward(seconds=3600)
    cache.verifier("kid-1")

    assert google.asked == 2


@pytest.mark.parametrize("header", ["", "no-store", "max-age=", "max-age=-1", "max-age=0", "s-maxage=86400"])
def test_an_answer_without_an_age_serves_for_a_minute(
    cache: CertificateCache, google: Google, clock: Clock, header: str
) -> None:
    google.headers["Cache-Control"] = header
    cache.verifier("kid-1")

    clock.forward(seconds=59)
    cache.verifier("kid-1")
    asked_within_the_minute = google.asked
    clock.forward(seconds=1)
    cache.verifier("kid-1")

    assert (asked_within_the_minute, google.asked) == (1, 2)


@pytest.mark.parametrize("age", ["172800", "9" * 40])
def test_no_answer_is_kept_for_longer_than_a_day(
    cache: CertificateCache, google: Google, clock: Clock, age: str
) -> None:
    google.headers["Cache-Control"] = f"max-age={age}"
    cache.verifier("kid-1")

    clock.forward(days=1)
    cache.verifier("kid-1")

    assert google.asked == 2


def test_a_new_certificate_is_found_before_the_old_ones_age_is_reached(
    verifier: TokenVerifier, google: Google, clock: Clock
) -> None:
    verifier.verify(f"Bearer {token()}")
    google.certificates["kid-2"] = OTHER_CERTIFICATE

    clock.forward(seconds=60)

    assert verifier.verify(f"Bearer {token(key=OTHER_KEY, kid='kid-2')}") == VerifiedToken("uid-ana")


def test_a_withdrawn_certificate_is_refused_after_the_next_fetch(
    verifier: TokenVerifier, google: Google, clock: Clock
) -> None:
    verifier.verify(f"Bearer {token()}")
    google.certificates = {"kid-2": OTHER_CERTIFICATE}

    clock.forward(seconds=3600)

    assert refusal(verifier, f"Bearer {token(exp=NOW + 9000)}") == "kid"


def test_a_kid_relabelled_onto_another_certificate_is_refused(
    verifier: TokenVerifier, google: Google
) -> None:
    google.certificates["kid-2"] = OTHER_CERTIFICATE

    assert refusal(verifier, f"Bearer {token(kid='kid-2')}") == "signature"


def test_a_flood_of_made_up_kids_makes_one_fetch(
    verifier: TokenVerifier, google: Google, clock: Clock
) -> None:
    verifier.verify(f"Bearer {token()}")
    clock.forward(seconds=60)
    google.asked = 0

    for number in range(200):
        assert refusal(verifier, f"Bearer {token(kid=f'made-up-{number}')}") == "kid"
        clock.forward(seconds=0.29)

    assert google.asked == 1


def test_a_flood_of_made_up_kids_at_once_makes_one_fetch(cache: CertificateCache, google: Google) -> None:
    answers: list[object] = []
    threads = [
        threading.Thread(target=lambda kid=kid: answers.append(cache.verifier(kid)))
        for kid in (f"made-up-{number}" for number in range(16))
    ]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (answers, google.asked) == ([None] * 16, 1)


def test_who_is_recognised_does_not_wait_for_anothers_fetch(
    cache: CertificateCache, google: Google, clock: Clock
) -> None:
    cache.verifier("kid-1")
    clock.forward(seconds=3600)
    begun, go_on = threading.Event(), threading.Event()
    google.before_answer = lambda: (begun.set(), go_on.wait(5))
    other = threading.Thread(target=cache.verifier, args=("kid-1",))
    other.start()
    begun.wait(5)

    served = cache.verifier("kid-1")
    still_fetching = other.is_alive()
    go_on.set()
    other.join()

    assert (served is not None, still_fetching, google.asked) == (True, True, 2)


def test_a_token_that_is_nonsense_costs_no_fetch(verifier: TokenVerifier, google: Google) -> None:
    refusal(verifier, f"Bearer {token(kid='made-up')}!")

    assert google.asked == 0


def broken(google: Google, how: str) -> None:
    match how:
        case "error":
            google.status = 503
        case "redirect":
            google.status, google.headers["Location"] = 302, f"{google.url}elsewhere"
        case "empty":
            google.certificates = {}
        case "list":
            google.body = b"[]"
        case "html":
            google.body = b"<html>sorry</html>"
        case "deep":
            google.body = b"[" * 50_000
        case "twice":
            google.body = json.dumps({"kid-1": CERTIFICATE}).encode()[:-1] + b',"kid-1":"x"}'
        case "huge":
            google.certificates["padding"] = "x" * 65_536
        case "number":
            google.certificates["kid-1"] = 1
        case "not a certificate":
            google.certificates["kid-1"] = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
        case "other kind of key":
            google.certificates["kid-1"] = certificate(ec.generate_private_key(ec.SECP256R1()))
        case "bad gzip":
            google.headers["Content-Encoding"] = "gzip"


BROKEN = [
    "error", "redirect", "empty", "list", "html", "deep", "twice", "huge", "number",
    "not a certificate", "other kind of key", "bad gzip",
]  # fmt: skip


@pytest.mark.parametrize("how", BROKEN)
def test_a_cold_start_in_an_outage_is_our_fault_and_not_the_callers(
    verifier: TokenVerifier, google: Google, how: str
) -> None:
    broken(google, how)

    with pytest.raises(Unavailable, match=r"^identity certificates: "):
        verifier.verify(f"Bearer {token()}")

    assert google.asked == 1


@pytest.mark.parametrize("how", BROKEN)
def test_an_outage_after_the_first_fetch_goes_unnoticed(
    verifier: TokenVerifier, google: Google, clock: Clock, how: str
) -> None:
    verifier.verify(f"Bearer {token()}")
    broken(google, how)

    clock.forward(hours=5)

    assert verifier.verify(f"Bearer {token(exp=NOW + 86400)}") == VerifiedToken("uid-ana")
    assert google.asked == 2


def test_an_outage_is_asked_about_once_a_minute(
    cache: CertificateCache, google: Google, clock: Clock
) -> None:
    cache.verifier("kid-1")
    google.status = 503
    clock.forward(hours=5)

    for _ in range(119):
        cache.verifier("kid-1")
        clock.forward(seconds=1)

    assert google.asked == 3


def test_a_forger_is_refused_in_an_outage_too(verifier: TokenVerifier, google: Google, clock: Clock) -> None:
    verifier.verify(f"Bearer {token()}")
    google.status = 503
    clock.forward(minutes=2)

    assert refusal(verifier, f"Bearer {token(kid='made-up')}") == "kid"


def test_nobody_listening_at_a_cold_start_is_unavailable(clock: Clock) -> None:
    cache = CertificateCache("http://127.0.0.1:1/", now=clock)

    with pytest.raises(Unavailable):
        cache.verifier("kid-1")


def test_an_answer_that_does_not_come_in_time_is_unavailable(google: Google, clock: Clock) -> None:
    go_on = threading.Event()
    google.before_answer = lambda: go_on.wait(5)
    cache = CertificateCache(google.url, now=clock, read_timeout_s=0.05)

    with pytest.raises(Unavailable):
        cache.verifier("kid-1")

    go_on.set()


def test_a_cold_start_is_tried_again_after_five_seconds(
    cache: CertificateCache, google: Google, clock: Clock
) -> None:
    google.status = 503
    for _ in range(3):
        with pytest.raises(Unavailable):
            cache.verifier("kid-1")
    google.status = 200

    clock.forward(seconds=5)

    assert cache.verifier("kid-1") is not None
    assert google.asked == 2


def test_a_proxy_of_the_environment_is_not_used(
    cache: CertificateCache, google: Google, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)

    assert cache.verifier("kid-1") is not None
    assert google.asked == 1


# Pushed to

AUDIENCE = "https://ingest-aurora.example"
SENDER = "pusher@aurora-prod.iam.gserviceaccount.com"
PUSHED = {
    "iss": "https://accounts.google.com",
    "aud": AUDIENCE,
    "email": SENDER,
    "email_verified": True,
    "auth_time": GONE,
}


@pytest.fixture
def pushed(cache: CertificateCache, clock: Clock) -> PushVerifier:
    return PushVerifier(AUDIENCE, SENDER, certificates=cache, now=clock)


def push_refusal(verifier: PushVerifier, header: str | None) -> str:
    with pytest.raises(Unauthenticated) as caught:
        verifier.verify(header)
    return str(caught.value)


@pytest.mark.parametrize("issuer", ["https://accounts.google.com", "accounts.google.com"])
def test_the_service_account_that_may_push_is_let_in(pushed: PushVerifier, issuer: str) -> None:
    pushed.verify(f"Bearer {token(**(PUSHED | {'iss': issuer}))}")


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"iss": "https://securetoken.google.com/demo-warroom"}, "iss"),
        ({"iss": "https://accounts.google.com.evil.example"}, "iss"),
        ({"aud": "https://notify-aurora.example"}, "aud"),
        ({"aud": [AUDIENCE]}, "aud"),
        ({"email": "someone@else.iam.gserviceaccount.com"}, "email"),
        ({"email": GONE}, "email"),
        ({"email_verified": False}, "email"),
        ({"email_verified": "true"}, "email"),
        ({"email_verified": GONE}, "email"),
        ({"exp": NOW - 31}, "exp"),
        ({"exp": GONE}, "exp"),
        ({"iat": NOW + 31}, "iat"),
    ],
)
def test_a_push_with_a_wrong_claim_is_refused(
    pushed: PushVerifier, changed: dict[str, object], reason: str
) -> None:
    assert push_refusal(pushed, f"Bearer {token(**(PUSHED | changed))}") == reason


def test_a_push_that_google_did_not_sign_is_refused(pushed: PushVerifier) -> None:
    assert push_refusal(pushed, None) == "missing"
    assert push_refusal(pushed, f"Bearer {token(key=OTHER_KEY, **PUSHED)}") == "signature"
    assert push_refusal(pushed, f"Bearer {unsigned(**PUSHED)}") == "alg"


def test_a_persons_token_pushes_nothing(pushed: PushVerifier) -> None:
    assert push_refusal(pushed, f"Bearer {token()}") == "iss"
