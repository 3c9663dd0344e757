"""What a scripted Google answers."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from shared.adapters.sources.google_ads import GoogleAds
from shared.core.report import Asked
from shared.core.secret import Secret

if TYPE_CHECKING:
    from shared.core.report import Report
    from tests.scripted import Script


KEY = Secret(json.dumps({"client_id": "c", "client_secret": "s", "refresh_token": "1//r"}))


TOKEN = {
    "access_token": "ya29.fake",
    "expires_in": 3599,
    "scope": "https://www.googleapis.com/auth/adwords",
    "token_type": "Bearer",
}


CUSTOMER = {
    "results": [
        {
            "customer": {
                "id": "1234567890",
                "currencyCode": "EUR",
                "timeZone": "Europe/Rome",
                "manager": False,
                "status": "ENABLED",
            }
        }
    ]
}


NOW = datetime(2026, 5, 4, 4, 30, tzinfo=UTC)  # 06:30 in Rome


FAILURE = "type.googleapis.com/google.ads.googleads.v26.errors.GoogleAdsFailure"


def row(hour: object, **metrics: object) -> dict[str, object]:
    return {"segments": {"date": "2026-05-04", "hour": hour}, "metrics": metrics}


def google(platform: Script) -> GoogleAds:
    return GoogleAds(platform.url, f"{platform.url}/token")


def report(platform: Script, *pages: object) -> Report:
    for answer in (TOKEN, CUSTOMER, *pages):
        platform.answer(200, answer)
    return google(platform).report(KEY, "123-456-7890", Asked(NOW, "purchase", "EUR", 1))


def failure(status: int, family: str, name: str, **details: object) -> dict[str, object]:
    error = {"errorCode": {family: name}, "message": "secret words", **details}
    return {
        "error": {
            "code": status,
            "message": "secret words",
            "status": "X",
            "details": [{"@type": FAILURE, "errors": [error], "requestId": "Rq"}],
        }
    }
