from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from shared.adapters.sources.google_token import GoogleCredential
from shared.core.integration import Account
from shared.core.secret import Secret
from shared.errors import PlatformRefused
from tests.unit.adapters.sources.google_answers import (
    CUSTOMER,
    KEY,
    TOKEN,
    failure,
    google,
)

if TYPE_CHECKING:
    from tests.scripted import Script


def test_the_project_behind_a_key_is_known(platform: Script) -> None:
    client = {"client_id": "1001-x.apps.example", "client_secret": "s", "refresh_token": "1//r"}
    service = {"type": "service_account", "client_email": "a@b", "private_key": "k", "project_id": "war"}

    apps = [google(platform).app_of(Secret(json.dumps(key))) for key in (client, service)]

    assert apps == ["1001", "war"]


def test_the_token_is_kept_and_asked_for_once(platform: Script) -> None:
    for answer in (TOKEN, CUSTOMER):
        platform.answer(200, answer)
    ads = google(platform)
    ads.check(KEY, "1234567890")
    ads.check(KEY, "1234567890")

    assert [asked.path for asked in platform.asked].count("/token") == 1
    form = parse_qs(platform.asked[0].body.decode())
    assert form["grant_type"] == ["refresh_token"]


def test_a_refused_access_token_is_renewed_once(platform: Script) -> None:
    platform.answer(200, TOKEN)
    platform.answer(401, failure(401, "authenticationError", "OAUTH_TOKEN_EXPIRED"))
    platform.answer(200, TOKEN | {"access_token": "ya29.new"})
    platform.answer(200, CUSTOMER)

    account = google(platform).check(KEY, "1234567890")

    assert account == Account("EUR", "Europe/Rome", None)
    assert platform.asked[3].headers["authorization"] == "Bearer ya29.new"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '"x"',
        '{"client_id":"c"}',
        '{"type":"service_account"}',
        '{"refresh_token": 3}',
        '{"client_id":"","client_secret":"s","refresh_token":"r"}',
        '{"client_id":"c","client_secret":"s","refresh_token":"\\ud800"}',
        '{"client_id":"c","client_secret":"s","refresh_token":"\ud800"}',
        '{"client_id":"c","client_secret":"s","refresh_token":"r","login_customer_id":"12"}',
        "[" * 99_999,
    ],
)
def test_a_malformed_credential_is_refused_before_any_call(platform: Script, text: str) -> None:
    with pytest.raises(PlatformRefused, match="credential_malformed"):
        google(platform).check(Secret(text), "1234567890")

    assert platform.asked == []


def private_key(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> str:
    pem, pkcs8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    return key.private_bytes(pem, pkcs8, serialization.NoEncryption()).decode()


def service_account(pem: str) -> Secret:
    account = {
        "type": "service_account",
        "client_email": "reader@project.iam.gserviceaccount.com",
        "private_key": pem,
        "token_uri": "http://127.0.0.1:9/elsewhere",
    }
    return Secret(json.dumps(account))


def test_a_service_account_signs_for_our_token_url_and_not_for_the_files(platform: Script) -> None:
    key = rsa.generate_private_key(65537, 2048)
    for answer in (TOKEN, CUSTOMER):
        platform.answer(200, answer)

    google(platform).check(service_account(private_key(key)), "1234567890")

    form = parse_qs(platform.asked[0].body.decode())
    head, claims, signature = form["assertion"][0].split(".")
    key.public_key().verify(
        urlsafe_b64decode(signature + "=="), f"{head}.{claims}".encode(), padding.PKCS1v15(), hashes.SHA256()
    )
    told = json.loads(urlsafe_b64decode(claims + "=="))
    assert form["grant_type"] == ["urn:ietf:params:oauth:grant-type:jwt-bearer"]
    assert told["aud"] == f"{platform.url}/token"
    assert told["scope"] == "https://www.googleapis.com/auth/adwords"


@pytest.mark.parametrize("pem", ["not a key", private_key(ec.generate_private_key(ec.SECP256R1()))])
def test_a_service_account_without_an_rsa_key_is_malformed(platform: Script, pem: str) -> None:
    with pytest.raises(PlatformRefused, match="credential_malformed"):
        google(platform).check(service_account(pem), "1234567890")

    assert platform.asked == []


def test_a_credential_taken_apart_shows_nothing() -> None:
    parts = {"client_id": "c", "client_secret": "hidden", "refresh_token": "hidden"}

    assert "hidden" not in repr(GoogleCredential.parse("google_ads", Secret(json.dumps(parts))))
