"""Seeded nonsense at the HTTP doors: whatever is asked, the answer is JSON, soon, and no error of ours."""

from __future__ import annotations

import http.client
import json
import random
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_SLOW_S = 5.0
_AT_ONCE = 8
_LONGEST = 4_000
"""Servers in front of a function refuse longer lines and headers in their own words."""

_WITHOUT_BODY = frozenset({204, 304})
_BASE = "/api/performance"

NASTY = (
    *(
        "",
        " ",
        "0",
        "-1",
        "+5",
        "1_0",
        " 5 ",
        "5\n",
        "\uff11",
        "\u0663",
        "1e3",
        "NaN",
        "Infinity",
        "null",
        "true",
        "[]",
    ),
    *(
        "a/b",
        "..",
        ".",
        "__x__",
        "%2e%2e%2f",
        "\x00",
        "\ud800".encode("utf-8", "replace").decode(),
        "é",
        "e\u0301",
    ),
    *(
        "' OR 1=1 --",
        "<script>alert(1)</script>",
        "{{7*7}}",
        "${jndi:ldap://127.0.0.1/a}",
        "a" * 129,
        "b" * 5_000,
    ),
    *(
        "2026-02-30",
        "2026-13-01",
        "9999-12-31",
        "0001-01-01",
        "2026-01-29T25:00:00Z",
        "2026-01-29T13:00:00+99:99",
    ),
    *("2026-1-2", "20260129", "2026-W05", "1769694000", "2026-01-29T13:00:00.1234567Z"),
    *("an_", "an_metric_x", "../../etc/passwd", "\u202eevil", "🦊" * 30),
)
_VALUES: tuple[object, ...] = (
    *NASTY,
    *(
        None,
        True,
        0,
        -1,
        1.5,
        10**400,
        [],
        [1],
        {},
        {"a": {"b": [None]}},
        ["x"] * 50,
        {"__proto__": {"admin": True}},
    ),
)
_BODIES = (
    *("", "null", "[]", '"text"', "{", "{]", '{"a":NaN}', '{"a":1,"a":2}', "\x00", '{"brandId":"\\ud800"}'),
    *("[" * 5_000, '{"a":' * 900 + "1" + "}" * 900, "x" * 20_000, '{"k":"' + "y" * 16_000 + '"}'),
)
_KINDS = (
    *("application/json", "application/json", "application/json; charset=utf-16", "text/plain", ""),
    *("application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/cloudevents+json"),
)
_METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE", "CONNECTED")


@dataclass(frozen=True, slots=True)
class Door:
    path: str
    method: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True)
class Shot:
    """One request, and whether a foreign brand's data must not be in its answer."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes | None
    stranger: bool


@dataclass
class Report:
    """What came back. `crossed` counts answers of 200 to somebody who does not own the brand."""

    requests: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    http_500: int = 0
    not_json: int = 0
    slow: int = 0
    crossed: int = 0
    worst: list[str] = field(default_factory=list)

    def amiss(self, kind: str, shot: Shot, told: str) -> None:
        setattr(self, kind, getattr(self, kind) + 1)
        self.worst.append(f"{kind}: {shot.method} {shot.target[:200]} -> {told[:200]}")


def doors(brand: str) -> tuple[Door, ...]:
    """Return a request that each door accepts."""
    days = {"brandId": brand, "startDate": "2026-01-28", "endDate": "2026-01-29", "period": "hourly"}
    key = {"brandId": brand, "platform": "google_ads", "apiKey": "no-key", "accountId": "1234567890"}
    return (
        Door(f"{_BASE}/metrics", "GET", days),
        Door(f"{_BASE}/anomalies", "GET", {"brandId": brand, "limit": "5"}),
        Door(f"{_BASE}/backtest", "GET", {"brandId": brand, "days": "2"}),
        Door(f"{_BASE}/integrations/validate", "POST", body=key),
        Door(f"{_BASE}/integrations", "PUT", body=key),
        Door(f"{_BASE}/integrations", "DELETE", {"brandId": f"{brand}-gone", "platform": "ga4"}),
    )


def shots(brand: str, tokens: Mapping[str, str], count: int, seed: int) -> Iterator[Shot]:
    """Yield requests, each some things away from a good one; `tokens` are the owner's and a stranger's."""
    chance = random.Random(seed)
    for _ in range(count):
        door = chance.choice(doors(brand))
        who = chance.choice(("owner", "stranger", "stranger", "nobody", "garbled"))
        query: list[tuple[str, str]] = list(door.query.items())
        mocked = chance.random() < 0.4
        if mocked:
            query += [("mock", "true"), *([("scenario", chance.choice(_SCENARIOS))] * chance.randrange(2))]
        for _ in range(chance.choice((0, 0, 1, 1, 2))):
            query = _mutated(query, chance)
        headers = {"Authorization": f"Bearer {tokens[who]}"} if who in tokens else {}
        if who == "garbled":
            headers["Authorization"] = chance.choice(
                ("Bearer", "Bearer a.b.c", "Basic eDp5", "Bearer " + "x" * 8_100)
            )
        if chance.random() < 0.2:
            headers["Origin"] = chance.choice(("null", "https://evil.example", "http://127.0.0.1"))
        if chance.random() < 0.2:
            headers["If-None-Match"] = chance.choice(('"x"', "*", "W/", '"' + "e" * 500))
        method = door.method if chance.random() < 0.85 else chance.choice(_METHODS)
        body = _body(door, chance)
        if body is not None:
            headers["Content-Type"] = chance.choice(_KINDS)
        path = door.path if chance.random() < 0.9 else door.path + chance.choice(_TAILS)
        target = (f"{path}?{urlencode(query)}" if query else path)[:_LONGEST]
        named = any(name == "mock" and value == "true" for name, value in query)
        foreign = who != "owner" and not named and method not in {"OPTIONS", "HEAD"}
        yield Shot(method, target, headers, body, foreign)


def fuzz(base_url: str, wanted: Sequence[Shot]) -> Report:
    """Send all, some at a time, and report what came back."""
    report, host = Report(), urlsplit(base_url).netloc
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for shot, (status, kind, data, took) in zip(
            wanted, pool.map(lambda each: _sent(host, each), wanted), strict=True
        ):
            report.requests += 1
            report.statuses[status] += 1
            told = f"{status} {kind} {data[:120]!r} in {took:.1f} s"
            if status >= 500 and status != 503:
                report.amiss("http_500", shot, told)
            if not _is_json(status, kind, data, shot.method):
                report.amiss("not_json", shot, told)
            if took > _SLOW_S:
                report.amiss("slow", shot, told)
            if shot.stranger and status == 200:
                report.amiss("crossed", shot, told)
    return report


_SCENARIOS = ("healthy", "drop", "stale", "token-dead", "learning", "empty", "nonsense")
_TAILS = ("/", "//", "/../metrics", "/%2e%2e", ";a=b", "%00", "/" + "z" * 300, "?", quote("/ação"))


def _mutated(query: list[tuple[str, str]], chance: random.Random) -> list[tuple[str, str]]:
    place = chance.randrange(len(query)) if query else 0
    kind = chance.choice(("drop", "double", "replace", "replace", "replace", "add"))
    if not query or kind == "add":
        return [
            *query,
            (chance.choice(("mock", "brandid", "uid", "$where", "a[]", "")), chance.choice(NASTY)),
        ]
    name, value = query[place]
    if kind == "drop":
        return [*query[:place], *query[place + 1 :]]
    if kind == "double":
        return [*query, (name, value)]
    return [*query[:place], (name, chance.choice(NASTY)), *query[place + 1 :]]


def _body(door: Door, chance: random.Random) -> bytes | None:
    if door.body is None and chance.random() < 0.9:
        return None
    if door.body is None or chance.random() < 0.2:
        return chance.choice(_BODIES).encode()
    fields = dict(door.body)
    for _ in range(chance.choice((0, 1, 1, 2))):
        name = chance.choice((*fields, "extra"))
        fields[name] = chance.choice(_VALUES)
        if chance.random() < 0.2:
            del fields[name]
    return json.dumps(fields).encode()


def _sent(host: str, shot: Shot) -> tuple[int, str, bytes, float]:
    connection = http.client.HTTPConnection(host, timeout=2 * _SLOW_S)
    began = time.monotonic()
    try:
        connection.request(shot.method, shot.target, body=shot.body, headers=dict(shot.headers))
        answer = connection.getresponse()
        data = answer.read()
        return answer.status, answer.headers.get("Content-Type") or "", data, time.monotonic() - began
    except (OSError, http.client.HTTPException) as error:
        return 599, type(error).__name__, b"", time.monotonic() - began
    finally:
        connection.close()


def _is_json(status: int, kind: str, data: bytes, method: str) -> bool:
    if status in _WITHOUT_BODY or method == "HEAD":
        return not data
    try:
        json.loads(data)
    except ValueError:
        return False
    return kind.partition(";")[0] in {"application/json", "application/problem+json"}
