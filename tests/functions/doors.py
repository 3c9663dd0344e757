"""How tests knock: requests every HTTP door takes, events as they are delivered, and what an error is."""

import ast
import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import functions_framework
from flask.testing import FlaskClient
from google.cloud.firestore_v1.types import Document, Value
from werkzeug.test import TestResponse

ROOT = Path(__file__).parents[2]
PROJECT = "demo-doors"
HTTP_DOORS = (
    *("metrics", "validate", "anomalies", "backtest", "expectations"),
    *("integrations", "notifications"),
)
EVENT_DOORS = ("schedule", "ingest", "sentry", "enrich", "answer", "notify", "sweep")

MASTER_KEY = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
SECRETS = {
    "PERFORMANCE_ENCRYPTION_KEY": MASTER_KEY,
    "GEMINI_API_KEY": "made-up-gemini-key",
    "SMTP_URL": "smtps://robot:made-up-password@127.0.0.1:465",
    "MAIL_FROM": "war-room@aurora.example",
}

SAFE_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
    "Vary": "Origin, Authorization",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True, slots=True)
class Ask:
    """A request that its door accepts; tests change one thing about it."""

    path: str
    method: str = "GET"
    query: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None

    def send(self, client: FlaskClient, **changes: Any) -> TestResponse:
        """Send it; `query` adds to the parameters (None removes one), the rest replaces."""
        query = {**self.query, **changes.pop("query", {})}
        sent: dict[str, Any] = {"method": self.method, "path": self.path} | changes
        if self.body is not None and "data" not in sent and "json" not in sent:
            sent["json"] = dict(self.body)
        sent["query_string"] = {name: value for name, value in query.items() if value is not None}
        return client.open(**sent)


ASKS = {
    "metrics": Ask(
        "/api/performance/metrics",
        query={
            "brandId": "aurora",
            "startDate": "2026-01-28",
            "endDate": "2026-01-29",
            "period": "hourly",
        },
    ),
    "validate": Ask(
        "/api/performance/integrations/validate",
        method="POST",
        body={
            "brandId": "aurora",
            "platform": "meta_ads",
            "apiKey": "made-up-platform-key",
            "accountId": "act_123456",
        },
    ),
    "anomalies": Ask("/api/performance/anomalies", query={"brandId": "aurora"}),
    "integrations": Ask(
        "/api/performance/integrations",
        method="PUT",
        body={
            "brandId": "aurora",
            "platform": "meta_ads",
            "apiKey": "made-up-platform-key",
            "accountId": "act_123456",
        },
    ),
    "expectations": Ask(
        "/api/performance/expectations",
        query={
            "brandId": "aurora",
            "startDate": "2026-01-29T12:00:00Z",
            "endDate": "2026-01-29T17:00:00Z",
            "period": "hourly",
            "source": "meta",
        },
    ),
    "notifications": Ask(
        "/api/performance/notifications",
        method="PUT",
        body={"brandId": "aurora", "email": {"recipients": ["team@aurora.example"]}},
    ),
    "backtest": Ask("/api/performance/backtest", query={"brandId": "aurora", "days": "7"}),
}


def client_of(door: str) -> FlaskClient:
    """Load a door as the framework does when it is deployed."""
    return functions_framework.create_app(door, str(ROOT / "main.py")).test_client()


def problem_of(response: TestResponse) -> dict[str, Any]:
    """Return an error's body, which has the one shape of all errors."""
    assert response.content_type == "application/problem+json"
    body = json.loads(response.data, parse_constant=_no_constant)
    assert body["type"] == "about:blank"
    assert isinstance(body["title"], str)
    assert body["title"]
    assert body["status"] == response.status_code
    assert isinstance(body["code"], str)
    assert body["requestId"] == response.headers["X-Request-Id"]
    assert len(body["requestId"]) == 32
    return body


def signed_in(uid: str, project: str, now_s: int) -> dict[str, str]:
    """Return the header of a user as the Auth emulator signs them in: a token without signature."""
    claims = {
        "iss": f"https://securetoken.google.com/{project}",
        "aud": project,
        "sub": uid,
        "iat": now_s,
        "exp": now_s + 3600,
    }
    return {"Authorization": f"Bearer {_segment({'alg': 'none', 'typ': 'JWT'})}.{_segment(claims)}."}


METRIC = "metric_aurora_meta_2026-01-29T17Z"
ANOMALY = f"an_{METRIC}_revenue"
ANOMALY_PATH = f"brands/aurora/performance_anomalies/{ANOMALY}"
_ANOMALY_NAME = f"projects/{PROJECT}/databases/(default)/documents/{ANOMALY_PATH}"

WRITTEN = base64.b64decode(
    "CuUBCnVwcm9qZWN0cy9kZW1vLWRvb3JzL2RhdGFiYXNlcy8oZGVmYXVsdCkvZG9jdW1lbnRzL2JyYW5kcy9hdXJvcmEvcGVyZm9y"
    "bWFuY2VfbWV0cmljcy9tZXRyaWNfYXVyb3JhX21ldGFfMjAyNi0wMS0yOVQxN1oSEQoGc291cmNlEgeKAQRtZXRhEh4KBGRhdGES"
    "FjIUChIKBXNwZW5kEgkZAAAAAABkg0ASEwoGcGVyaW9kEgmKAQZob3VybHkSFAoHYnJhbmRJZBIJigEGYXVyb3JhGgYIzMLuywYi"
    "BgjMwu7LBg=="
)
"""A DocumentEventData of one written metric, as Eventarc delivers it."""


def written_anomaly(now: Mapping[str, str] | None, before: Mapping[str, str] | None) -> bytes:
    """Return a DocumentEventData of an anomaly as it is and as it was; None where it is or was not."""
    event = b""
    for tag, fields in ((b"\x0a", now), (b"\x12", before)):
        if fields is not None:
            text = {name: Value(string_value=value) for name, value in fields.items()}
            document = bytes(Document.serialize(Document(name=_ANOMALY_NAME, fields=text)))
            event += tag + bytes([len(document) & 0x7F | 0x80, len(document) >> 7]) + document
    return event


JOBS: dict[str, dict[str, Any]] = {
    "schedule": {"v": 1},
    "sweep": {"v": 1},
    "ingest": {"v": 1, "brandId": "aurora", "source": "meta", "slot": "2026-01-29T18:00:00Z"},
    "enrich": {"v": 1, "brandId": "aurora", "anomalyId": ANOMALY},
    "notify": {"v": 1, "brandId": "aurora", "anomalyId": ANOMALY},
}
"""What a well-formed message of each Pub/Sub door says."""


def firestore_headers(project: str = PROJECT, path: str = "", **changes: str) -> dict[str, str]:
    """Return a Firestore event's headers in binary mode; `ce_type="…"` replaces `ce-type`."""
    path = path or f"brands/aurora/performance_metrics/{METRIC}"
    headers = {
        "ce-specversion": "1.0",
        "ce-id": "0d4f6a1e-6a53-4d0c-9d6c-2f6f0d9f2b11",
        "ce-type": "google.cloud.firestore.document.v1.written",
        "ce-source": f"//firestore.googleapis.com/projects/{project}/databases/(default)",
        "ce-subject": f"documents/{path}",
        "ce-document": path,
        "ce-project": project,
        "ce-database": "(default)",
        "ce-namespace": "(default)",
        "ce-location": "southamerica-east1",
        "ce-time": "2026-01-29T18:05:00.123456Z",
        "content-type": "application/protobuf",
    }
    return headers | {name.replace("_", "-"): value for name, value in changes.items()}


def event_for(door: str, project: str = PROJECT) -> dict[str, Any]:
    """Return a well-formed event for a door, to be posted."""
    if door == "sentry":
        return {"data": WRITTEN, "headers": firestore_headers(project)}
    if door == "answer":
        answered = written_anomaly({"status": "resolved"}, {"status": "new"})
        return {"data": answered, "headers": firestore_headers(project, ANOMALY_PATH)}
    return {"json": push(JOBS[door])}


def pubsub_headers(topic: str, **changes: str) -> dict[str, str]:
    """Return a Pub/Sub event's headers in binary mode, as Eventarc delivers it."""
    headers = {
        "ce-specversion": "1.0",
        "ce-id": "9911234567890",
        "ce-type": "google.cloud.pubsub.topic.v1.messagePublished",
        "ce-source": f"//pubsub.googleapis.com/projects/{PROJECT}/topics/{topic}",
        "ce-time": "2026-01-29T18:00:00.5Z",
        "content-type": "application/json",
    }
    return headers | {name.replace("_", "-"): value for name, value in changes.items()}


def push(message: object, **changes: Any) -> dict[str, Any]:
    """Return a push body around a message's JSON; `data=…` replaces the encoded text."""
    inner = {
        "data": base64.b64encode(json.dumps(message).encode()).decode(),
        "messageId": "9911234567890",
        "publishTime": "2026-01-29T18:00:00.5Z",
    }
    return {"message": inner | changes, "subscription": f"projects/{PROJECT}/subscriptions/made-up"}


def used_by(door: str) -> list[str]:
    """Read off a door's source what it takes from the wiring."""
    tree = ast.parse((ROOT / "functions" / f"{door}.py").read_text(encoding="utf-8"))
    return sorted(
        {
            node.attr
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and node.value.id == "wiring"
        }
    )


def _segment(claims: Mapping[str, object]) -> str:
    return base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")


def _no_constant(text: str) -> None:
    raise AssertionError(f"{text} is not JSON")
