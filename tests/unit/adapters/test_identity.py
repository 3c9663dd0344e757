"""Who is let in, and every way to be somebody else that is not."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from bench.forgeries import (
    CERTIFICATE,
    FORGERIES,
    GONE,
    NOON,
    NOW,
    OTHER_CERTIFICATE,
    OTHER_KEY,
    PROJECT,
    UNSIGNED_FORGERIES,
    Forgery,
    Google,
    altered_signatures,
    certificate,
    served,
    token,
    unsigned,
)
from shared.adapters.identity import (
    CERTIFICATES_URL,
    CertificateCache,
    PushVerifier,
    TokenVerifier,
    VerifiedToken,
)
from shared.errors import Unauthenticated, Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass
class Clock:
    moment: datetime = NOON

    def __call__(self) -> datetime:
        return self.moment

    def forward(self, **by: float) -> None:
        self.moment += timedelta(**by)


@pytest.fixture
def google() -> Iterator[Google]:
    with served() as google:
        yield google


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


# Refused


@pytest.mark.parametrize("forgery", FORGERIES, ids=lambda forgery: forgery.name)
def test_a_forgery_is_refused_for_what_is_wrong_with_it(verifier: TokenVerifier, forgery: Forgery) -> None:
    assert refusal(verifier, forgery.header) == forgery.reason


@pytest.mark.parametrize("forgery", UNSIGNED_FORGERIES, ids=lambda forgery: forgery.name)
def test_the_emulators_tokens_are_checked_all_the_same(emulated: TokenVerifier, forgery: Forgery) -> None:
    assert refusal(emulated, forgery.header) == forgery.reason


def test_every_altered_bit_of_a_signature_is_refused(verifier: TokenVerifier) -> None:
    for header in altered_signatures():
        assert refusal(verifier, header) == "signature"


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
