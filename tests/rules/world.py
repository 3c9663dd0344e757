"""Who asks, and the documents that are there before anyone asks."""

from datetime import UTC, datetime
from typing import Any

from tests.rules.emulator import Actor, Fields, Write

THEN = datetime(2026, 1, 29, 13, tzinfo=UTC)
FAR_AHEAD = datetime(2030, 1, 1, tzinfo=UTC)

OWNER = Actor("the owner", "ana")
STRANGER = Actor("another owner", "bruno")
IMPOSTOR = Actor("a boastful token", "carla", (("ownerId", "ana"), ("admin", True), ("brandId", "acme")))
NOBODY = Actor("a signed-out caller")
OTHERS = (STRANGER, IMPOSTOR, NOBODY)
EVERYONE = (OWNER, *OTHERS)

METRIC = "metric_acme_meta_2026-01-29T13Z"
ANOMALY = f"an_{METRIC}_cpc"

# Collection to its document, for everything below a brand.
READABLE = {
    "performance_configs": "main",
    "performance_metrics": METRIC,
    "performance_anomalies": ANOMALY,
    "history": "meta_hourly_202601",
    "freshness": "meta",
}
SERVER_ONLY = {
    "private": "notifications",
    "deliveries": f"{ANOMALY}_slack",
    "backfills": "meta",
    "insight_drafts": "00ff",
    "insight_costs": "2026-01-29",
    "unheard_of": "x",
}
# Beside the brands: top-level collections that only the server knows, and one that nobody does.
TOP_LEVEL = {"dead_letters": "abc", "breakers": "abc", "limits": "abc", "digests": "acme", "canary": "x"}
# Brands that nobody owns: no document at all, no ownerId, null, and a list that merely contains the uid.
OWNERLESS = ("absent", "orphan", "unclaimed", "crowd")

SETTINGS: dict[str, Any] = {"enabled": True, "sensitivity": "medium", "notificationChannels": ["dashboard"]}
_META = {
    "encryptedApiKey": "pw1.k1.c2VhbGVk",
    "accountId": "act_1",
    "status": "active",
    "lastValidated": THEN,
}


def below(brand: str, collection: str, document: str) -> str:
    return f"brands/{brand}/{collection}/{document}"


def config(brand: str) -> Fields:
    return {
        "brandId": brand,
        "integrations": {"meta_ads": _META},
        "sentrySettings": SETTINGS,
        "channels": {"slack": {"kind": "bot", "state": "off", "reason": "invalid_auth"}, "email": []},
        "updatedAt": THEN,
    }


def anomaly(brand: str, status: str) -> Fields:
    return {
        "brandId": brand,
        "metricType": "cpc",
        "severity": "warning",
        "detectedAt": THEN,
        "valueAtDetection": 1.4,
        "expectedValue": 1.0,
        "deviationPercentage": 40.0,
        "status": status,
    }


def _children(brand: str) -> dict[str, Fields]:
    contents: dict[str, Fields] = {
        "performance_configs": config(brand),
        "performance_metrics": {"brandId": brand, "source": "meta", "timestamp": THEN, "data": {"cpc": 1.4}},
        "performance_anomalies": anomaly(brand, "new"),
        "history": {"brandId": brand, "starts": b"\x00\x01", "cpc": b"\x00\x02"},
        "freshness": {"brandId": brand, "source": "meta", "nextAttemptAt": THEN},
        "private": {"brandId": brand, "slackHook": {"name": "T/B", "encryptedPath": "pw1.k1.c2VhbGVk"}},
        "deliveries": {"brandId": brand, "deliveredAt": THEN},
        "backfills": {"brandId": brand, "doneThrough": "2026-01-29"},
        "insight_drafts": {"answer": "{}", "until": THEN},
        "insight_costs": {"calls": 1, "tokens": 700, "until": THEN},
        "unheard_of": {"brandId": brand},
    }
    places = READABLE | SERVER_ONLY
    return {below(brand, collection, places[collection]): fields for collection, fields in contents.items()}


WORLD: dict[str, Fields] = {
    "brands/acme": {"ownerId": "ana", "name": "Acme", "timeZone": "America/Sao_Paulo", "currency": "BRL"},
    "brands/fresh": {"ownerId": "ana", "name": "Not yet configured"},
    "brands/other": {"ownerId": "bruno", "name": "Other"},
    "brands/orphan": {"name": "No owner field"},
    "brands/unclaimed": {"ownerId": None},
    "brands/crowd": {"ownerId": ["ana"]},
    "dead_letters/abc": {"reason": "payload"},
    "breakers/abc": {"reason": "rate_limited"},
    "limits/abc": {"counts": {"60": [1, 5]}, "until": THEN},
    "digests/acme": {"day": "2026-01-30", "dueAt": THEN},
    "canary/x": {"sings": True},
    **{path: fields for brand in ("acme", "other", *OWNERLESS) for path, fields in _children(brand).items()},
    below("acme", "performance_configs", "spare"): config("acme"),
    below("acme", "performance_anomalies", "an_answered"): {
        **anomaly("acme", "resolved"),
        "resolvedBy": "machine",
    },
}


def as_seeded(path: str) -> Write:
    """The write that brings one document back to how the world began."""
    return Write(path, WORLD.get(path))


SEED = tuple(as_seeded(path) for path in WORLD)
