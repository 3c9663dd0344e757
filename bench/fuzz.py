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

SLOW_S = 5.0
"""Whoever waits longer for an answer gives up."""

_AT_ONCE = 8
_LONGEST = 4_000
"""Servers in front of a function refuse longer lines and headers in their own words."""

_WITHOUT_BODY = frozenset({204, 304})
_BROKEN = 599
"""Stands for the status of an answer that broke off."""

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


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back for one request, if anything did: `status` is None when nothing came in time."""

    status: int | None
    kind: str
    data: bytes
    took_s: float

    def __str__(self) -> str:
        return f"{self.status} {self.kind} {self.data[:120]!r} in {self.took_s:.1f} s"


@dataclass
class Report:
    """What came back. `crossed` counts answers of 200 to somebody who does not own the brand.

    `slow` counts hangs: requests that took too long among others, and again when they were asked alone.
    """

    requests: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    http_500: int = 0
    not_json: int = 0
    slow: int = 0
    crossed: int = 0
    worst: list[str] = field(default_factory=list)

    def judge(self, shot: Shot, answer: Answer) -> None:
        status = answer.status
        if status is None:
            return
        self.statuses[status] += 1
        if status >= 500 and status != 503:
            self.amiss("http_500", shot, answer)
        if not _is_json(answer, shot.method):
            self.amiss("not_json", shot, answer)
        if shot.stranger and status == 200:
            self.amiss("crossed", shot, answer)

    def amiss(self, kind: str, shot: Shot, answer: Answer) -> None:
        setattr(self, kind, getattr(self, kind) + 1)
        self.worst.append(f"{kind}: {shot.method} {shot.target[:200]} -> {str(answer)[:200]}")


def doors(brand: str) -> tuple[Door, ...]:
    """Return a request that each door accepts."""
    days = {"brandId": brand, "startDate": "2026-01-28", "endDate": "2026-01-29", "period": "hourly"}
    key = {"brandId": brand, "platform": "google_ads", "apiKey": "no-key", "accountId": "1234567890"}
    return (
        Door(f"{_BASE}/metrics", "GET", days),
        Door(f"{_BASE}/anomalies", "GET", {"brandId": brand, "limit": "5"}),
        Door(f"{_BASE}/backtest", "GET", {"brandId": brand, "days": "2"}),
        Door(f"{_BASE}/expectations", "GET", days),
        Door(f"{_BASE}/integrations/validate", "POST", body=key),
        Door(f"{_BASE}/integrations", "PUT", body=key),
        Door(f"{_BASE}/integrations", "DELETE", {"brandId": f"{brand}-gone", "platform": "ga4"}),
        Door(f"{_BASE}/notifications", "GET", {"brandId": brand}),
        Door(f"{_BASE}/notifications", "PUT", body={"brandId": brand, "slack": "C0123456789"}),
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


def fuzz(base_url: str, wanted: Sequence[Shot], *, slow_s: float = SLOW_S) -> Report:
    """Send all, some at a time, and report what came back; what was late is asked again, alone."""
    report, host = Report(), urlsplit(base_url).netloc
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        answers = list(pool.map(lambda each: _sent(host, each, slow_s), wanted))
    for shot, answer in zip(wanted, answers, strict=True):
        report.requests += 1
        report.judge(shot, answer)
        if answer.took_s > slow_s:
            again = _sent(host, shot, slow_s)
            if again.took_s > slow_s:
                report.amiss("slow", shot, again)
            if answer.status is None:
                report.judge(shot, again)
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


def _sent(host: str, shot: Shot, slow_s: float) -> Answer:
    connection = http.client.HTTPConnection(host, timeout=2 * slow_s)
    began = time.monotonic()
    try:
        connection.request(shot.method, shot.target, body=shot.body, headers=dict(shot.headers))
        answer = connection.getresponse()
        data, kind = answer.read(), answer.headers.get("Content-Type") or ""
        return Answer(answer.status, kind, data, time.monotonic() - began)
    except TimeoutError:
        return Answer(None, "", b"", time.monotonic() - began)
    except (OSError, http.client.HTTPException) as error:
        return Answer(_BROKEN, type(error).__name__, b"", time.monotonic() - began)
    finally:
        connection.close()


def _is_json(answer: Answer, method: str) -> bool:
    if answer.status in _WITHOUT_BODY or method == "HEAD":
        return not answer.data
    try:
        json.loads(answer.data)
    except ValueError:
        return False
    return answer.kind.partition(";")[0] in {"application/json", "application/problem+json"}
