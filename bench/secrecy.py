"""No key anywhere: known keys go all the ways a key can go, then everything written is searched for them.

Looked for in full, in base64 at any alignment (both alphabets), hex, percent-encoded, escaped in
JSON, and reversed; keys made up for the occasion also by their first and last eight characters.
"""

from __future__ import annotations

import base64
import json
import random
import string
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, quote_plus

import requests
from google.cloud.firestore import Client

from local.pubsub import DOORS as TOPICS
from local.world.tenants import DEMO, GEMINI_KEY
from shared.core.notifications import HOOK_URL
from tests.e2e.running import token

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from google.cloud.firestore import CollectionReference

    from local.platform import Platform
    from tests.e2e.running import Running

_BASE, _ADDRESSES = "/api/performance/integrations", "/api/performance/notifications"
_EDGE = 8
_PLATFORMS = {"meta_ads": "meta", "google_ads": "google-ads", "ga4": "ga4"}


@dataclass(frozen=True, slots=True)
class Canary:
    """A secret that must not be found; `unique` ones are found by their ends too."""

    name: str
    value: str
    unique: bool = False


@dataclass(frozen=True, slots=True)
class Hit:
    canary: str
    spelling: str
    place: str


def search(canaries: Iterable[Canary], places: Mapping[str, bytes]) -> list[Hit]:
    """Return every place in which a canary stands, in whatever spelling."""
    wanted = [(each.name, name, text) for each in canaries for name, text in _spellings(each)]
    return [
        Hit(canary, spelling, place)
        for place, content in places.items()
        for canary, spelling, text in wanted
        if text in content
    ]


def canaries(platform: Platform, seed: int) -> list[Canary]:
    """Return the secrets of a local platform, and keys made up with a seed."""
    return [
        Canary("meta key", DEMO.meta_key),
        Canary("google client secret", DEMO.client_secret),
        Canary("google refresh token", DEMO.google_refresh_token),
        Canary("analytics refresh token", DEMO.ga4_refresh_token),
        Canary("slack token", DEMO.slack_token),
        Canary("slack webhook", DEMO.slack_hook.rpartition("/")[2]),
        Canary("gemini key", GEMINI_KEY),
        Canary("master key", platform.env["PERFORMANCE_ENCRYPTION_KEY"], unique=True),
        *(Canary(name, value, unique=True) for name, value in _made_up(seed).items()),
    ]


def listen(platform: Platform) -> None:
    """Subscribe to every topic, so that each message can be read afterwards."""
    for topic in _topics():
        body = {"topic": f"projects/{platform.project}/topics/{topic}"}
        answer = requests.put(_subscription(platform, topic), json=body, timeout=5)
        answer.raise_for_status()


def sing(platform: Platform, brand: str, token: str, seed: int) -> dict[str, bytes]:
    """Send the keys all ways: kept, refused, malformed, while the platform fails; return the answers."""
    made, answers, client = _made_up(seed), dict[str, bytes](), Client(project=platform.project)
    google = {"client_id": DEMO.client_id, "client_secret": made["secret"], "refresh_token": made["refresh"]}
    tries: list[tuple[str, str, str]] = [
        ("meta_ads", DEMO.meta_key, DEMO.meta_account),
        ("google_ads", DEMO.google_key, DEMO.google_account),
        ("ga4", DEMO.ga4_key, DEMO.ga4_account),
        ("meta_ads", made["token"], DEMO.meta_account),
        ("google_ads", json.dumps(google), DEMO.google_account),
        ("ga4", "{" + made["refresh"], DEMO.ga4_account),
        ("meta_ads", made["token"], "no account"),
        ("tiktok", made["token"], "1"),
    ]
    for number, (kind, key, account) in enumerate(tries):
        body = {"brandId": brand, "platform": kind, "apiKey": key, "accountId": account}
        for path, method in ((f"{_BASE}/validate", "POST"), (_BASE, "PUT")):
            for who in (token, token + made["token"]):
                name = f"answer {len(answers)}: {method} {kind} {number}"
                answers[name] = _asked(client, platform, method, path, body, who)
    for kind, key, account in tries[:3]:
        body = {"brandId": brand, "platform": kind, "apiKey": key, "accountId": account}
        _world(platform, "faults", {"platform": _PLATFORMS[kind], "fault": "html_502", "times": 3})
        name = f"answer {len(answers)}: {kind} away"
        answers[name] = _asked(client, platform, "PUT", _BASE, body, token)
        faults = f"{platform.urls['world']}/_world/faults"
        requests.delete(faults, params={"platform": _PLATFORMS[kind]}, timeout=5).raise_for_status()
    for number, slack in enumerate(_slack_keys(made["token"])):
        saving = {"brandId": brand, "slack": slack, "test": True}
        name = f"answer {len(answers)}: addresses {number}"
        answers[name] = _asked(client, platform, "PUT", _ADDRESSES, saving, token)
    answers["the addresses"] = _asked(client, platform, "GET", f"{_ADDRESSES}?brandId={brand}", None, token)
    odd = f"{platform.urls['gateway']}{_BASE}/validate?apiKey={quote(made['token'])}"
    answers["a key in the address"] = _whole(requests.post(odd, data=made["token"], timeout=20))
    return answers


def gathered(running: Running, seed: int) -> dict[str, bytes]:
    """Let the keys go all their ways, read and tell once more, and return everything that was written."""
    platform, brand = running.platform, running.told.brand
    listen(platform)
    answers = sing(platform, brand.id, token(platform.project, brand.owner_id), seed)
    running.tick()
    platform.publish("performance-notify", json.dumps({"v": 1, "brandId": brand.id}).encode())
    running.settle()
    return places(platform, answers)


def measure(running: Running, seed: int) -> dict[str, object]:
    """RuntimeError when hardly any key was taken, and so hardly any went anywhere."""
    everywhere = gathered(running, seed)
    if taken(everywhere) < 2 * len(_PLATFORMS):
        raise RuntimeError("the platforms took no keys")
    hits = search(canaries(running.platform, seed), everywhere)
    return {"canary_hits": len(hits), "places": len(everywhere)}


def taken(everywhere: Mapping[str, bytes]) -> int:
    """Count the keys that a platform took."""
    return sum(b'"success":true' in content for content in everywhere.values())


def _slack_keys(made_up: str) -> list[dict[str, str]]:
    """Return ways of being told on Slack: refused by it, malformed, and, last, those that work."""
    return [
        {"webhookUrl": f"{HOOK_URL}T0NOBODY01/B0NOBODY01/{made_up}"},
        {"channel": DEMO.slack_channel, "botToken": f"xoxb-{made_up}"},
        {"webhookUrl": f"https://evil.example/{made_up}"},
        {"channel": DEMO.slack_channel, "botToken": f"xoxp-{made_up}"},
        {"webhookUrl": HOOK_URL + DEMO.slack_hook},
        {"channel": DEMO.slack_channel, "botToken": DEMO.slack_token},
    ]


def _asked(
    client: Client, platform: Platform, method: str, path: str, body: dict[str, Any] | None, token: str
) -> bytes:
    for counted in client.collection("limits").list_documents():
        counted.delete()
    url, headers = platform.urls["gateway"] + path, {"Authorization": f"Bearer {token}"}
    return _whole(requests.request(method, url, json=body, headers=headers, timeout=20))


def places(platform: Platform, answers: Mapping[str, bytes]) -> dict[str, bytes]:
    """Gather everything that was written: answers, logs, documents, messages, what people were sent."""
    found = dict(answers)
    for log in sorted((platform.state / "logs").glob("*.log")):
        found[f"log of {log.stem}"] = log.read_bytes()
    for name in ("dead_events.jsonl", "local.json"):
        path = platform.state / name
        if path.exists():
            found[name] = path.read_bytes()
    client = Client(project=platform.project)
    for top in client.collections():
        found |= _documents(top)
        for document in top.list_documents():
            for below in document.collections():  # nothing of ours lies deeper
                found |= _documents(below)
    for topic in _topics():
        for number, message in enumerate(_messages(platform, topic)):
            found[f"message {number} of {topic}"] = message
    found["what people were sent"] = requests.get(f"{platform.urls['world']}/_world/inbox", timeout=5).content
    return found


def _spellings(canary: Canary) -> Iterator[tuple[str, bytes]]:
    raw = canary.value.encode()
    yield "raw", raw
    yield "reversed", raw[::-1]
    yield "hex", raw.hex().encode()
    yield "HEX", raw.hex().upper().encode()
    yield "escaped", json.dumps(canary.value)[1:-1].encode()
    for spell in (quote, quote_plus):
        yield "percent-encoded", spell(canary.value, safe="").encode()
    for shift in range(3):  # as much of it as does not depend on the bytes before and behind
        inner = raw[shift : shift + (len(raw) - shift) // 3 * 3]
        yield f"base64 +{shift}", base64.b64encode(inner)
        yield f"base64url +{shift}", base64.urlsafe_b64encode(inner)
    if canary.unique:
        yield "first characters", raw[:_EDGE]
        yield "last characters", raw[-_EDGE:]


def _made_up(seed: int) -> dict[str, str]:
    chance = random.Random(seed)

    def text(length: int) -> str:
        return "".join(chance.choices(string.ascii_letters + string.digits, k=length))

    return {"token": f"{text(40)}", "secret": text(35), "refresh": f"{text(20)}-_{text(40)}"}


def _documents(collection: CollectionReference) -> dict[str, bytes]:
    return {
        f"document {document.reference.path}": b"\n".join(_leaves(document.to_dict()))
        for document in collection.stream()
    }


def _leaves(value: Any) -> Iterator[bytes]:  # noqa: ANN401 - whatever Firestore holds
    if isinstance(value, dict):
        for name, inner in value.items():
            yield str(name).encode()
            yield from _leaves(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner)
    else:
        yield value if isinstance(value, bytes) else str(value).encode()


def _topics() -> list[str]:
    return [name for topic in TOPICS for name in (topic, f"{topic}-dead")]


def _subscription(platform: Platform, topic: str) -> str:
    return f"{platform.urls['pubsub']}/v1/projects/{platform.project}/subscriptions/{topic}-searched"


def _messages(platform: Platform, topic: str) -> Iterator[bytes]:
    while True:
        answer = requests.post(
            f"{_subscription(platform, topic)}:pull",
            json={"maxMessages": 500, "returnImmediately": True},
            timeout=20,
        )
        received = answer.json().get("receivedMessages", [])
        if not received:
            return
        for each in received:
            message = each["message"]
            yield json.dumps(message).encode() + base64.b64decode(message.get("data", ""))
        acknowledged = {"ackIds": [each["ackId"] for each in received]}
        requests.post(f"{_subscription(platform, topic)}:acknowledge", json=acknowledged, timeout=20)


def _world(platform: Platform, what: str, body: dict[str, object]) -> None:
    requests.post(f"{platform.urls['world']}/_world/{what}", json=body, timeout=5).raise_for_status()


def _whole(answer: requests.Response) -> bytes:
    head = "\n".join(f"{name}: {value}" for name, value in answer.headers.items())
    return f"{answer.status_code}\n{head}\n".encode() + answer.content
