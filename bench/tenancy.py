"""One brand's owner beside everybody else: whatever they ask, they read nothing of it and change nothing.

What is the brand's is learnt from what its owner is told, and from when each of its documents was
last written.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import requests
from google.cloud.firestore import Client

from shared import wiring
from shared.core.brand import BrandId
from shared.core.sentry.settings import SentrySettings
from tests.e2e.running import token

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from google.cloud.firestore import CollectionReference

    from shared.core.brand import Brand
    from tests.e2e.running import Running

_BASE = "/api/performance"
_TELLING = 8
"""Shorter texts and numbers could be anybody's."""

_LOOKALIKES = (
    *("{id}/", "{id}/performance_metrics", "../{id}", "{id}%2F", "{id}\x00", " {id}", "{id}\n", "\uff41{id}"),
    *("{id}.", "__{id}__", "{id}?x=1", "{id}#", "brands/{id}", '{{"$eq":"{id}"}}'),
)
_MINE = "rival-brand"


@dataclass(frozen=True, slots=True)
class Ask:
    """One request; `mine` ones are about the asker's own brand and may be answered."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    body: Mapping[str, object] | None = None
    headers: tuple[tuple[str, str], ...] = ()
    mine: bool = False

    def about(self, *brand_ids: str) -> Ask:
        """Name brands where this asks for one: in the body, or in the query as often as there are ids."""
        if self.body is not None:
            return replace(self, body={**self.body, "brandId": brand_ids[-1]})
        return replace(self, query=(*self.query, *(("brandId", each) for each in brand_ids)))


@dataclass(frozen=True, slots=True)
class Asker:
    """Asks the doors; a limit that is met is lifted, for it is not what is measured."""

    gateway: str
    client: Client
    session: requests.Session

    def ask(self, ask: Ask, who: str | None) -> requests.Response:
        answer = self._sent(ask, who)
        if answer.status_code != 429:
            return answer
        for counted in self.client.collection("limits").list_documents():
            counted.delete()
        return self._sent(ask, who)

    def _sent(self, ask: Ask, who: str | None) -> requests.Response:
        headers = dict(ask.headers) | ({"Authorization": f"Bearer {who}"} if who else {})
        url, query = self.gateway + ask.path, list(ask.query)
        return self.session.request(ask.method, url, params=query, json=ask.body, headers=headers, timeout=60)


@dataclass
class Report:
    """Answers by status, and those that somebody should not have been given."""

    statuses: Counter[int] = field(default_factory=Counter)
    crossed: list[str] = field(default_factory=list)


def measure(running: Running) -> dict[str, object]:
    """Let everybody but its owner ask for the demo brand, on a platform that is quiet."""
    brand, client = running.told.brand, Client(project=running.platform.project)
    report, before, after = attack(running, brand, client)
    if report.statuses[429]:
        raise RuntimeError("a limit kept requests from being answered")
    return {
        "requests": report.statuses.total(),
        "cross_brand_reads": len(report.crossed),
        "writes": len(before.items() ^ after.items()),
    }


def attack(
    running: Running, brand: Brand, client: Client
) -> tuple[Report, dict[str, datetime], dict[str, datetime]]:
    """Ask everything as everybody; return what was answered, and the brand's writes before and after."""
    project, report = running.platform.project, Report()
    rival = replace(brand, id=BrandId(_MINE), owner_id="rival", name="Rival")
    wiring.brands().create(rival, SentrySettings(), now=datetime.now(UTC))
    asker = Asker(running.platform.urls["gateway"], client, requests.Session())
    owned, owner = client.document(f"brands/{brand.id}"), token(project, brand.owner_id)
    owned.update({"ownerId": "former"})
    _theirs(asker, brand.id, token(project, "former"))
    owned.update({"ownerId": brand.owner_id})
    theirs = _theirs(asker, brand.id, owner)
    etag = asker.ask(_doors()[0].about(brand.id), owner).headers["ETag"]
    before = _writes(client, brand.id)
    boast = {"ownerId": brand.owner_id, "brandId": brand.id, "user_id": brand.owner_id, "admin": True}
    for who in (
        *(token(project, uid) for uid in ("rival", "former", "stranger", brand.owner_id.upper())),
        token(project, "rival", **boast),
        token("demo-elsewhere", brand.owner_id),
        None,
    ):
        for ask in _asks(brand.id, theirs, etag):
            answer = asker.ask(ask, who)
            report.statuses[answer.status_code] += 1
            if (answer.ok and not ask.mine) or answer.status_code == 304 or _holds(answer, theirs):
                report.crossed.append(f"{answer.status_code} for {ask}")
    return report, before, _writes(client, brand.id)


def _doors() -> tuple[Ask, ...]:
    today = datetime.now(UTC)
    days = (("startDate", f"{today:%Y-%m-01}"), ("endDate", f"{today:%Y-%m-%d}"), ("period", "hourly"))
    key = {"platform": "google_ads", "apiKey": "no-key", "accountId": "1234567890"}
    return (
        Ask("GET", f"{_BASE}/metrics", days),
        Ask("GET", f"{_BASE}/anomalies"),
        Ask("GET", f"{_BASE}/backtest", (("days", "2"),)),
        Ask("POST", f"{_BASE}/integrations/validate", body=key),
        Ask("PUT", f"{_BASE}/integrations", body=key),
        Ask("DELETE", f"{_BASE}/integrations", (("platform", "meta_ads"),)),
    )


def _asks(brand_id: str, theirs: set[str], etag: str) -> Iterator[Ask]:
    """Yield what somebody may try who owns another brand at most."""
    for door in _doors():
        plain = door.about(brand_id)
        yield plain
        yield replace(plain, headers=(("If-None-Match", etag),))
        for lookalike in _LOOKALIKES:
            yield door.about(lookalike.format(id=brand_id))
        for first, second in ((_MINE, brand_id), (brand_id, _MINE)):
            yield replace(door.about(first), query=(*door.about(first).query, ("brandId", second)))
        for name in ("uid", "ownerId", "brandid", "brand_id", "mock[]"):
            yield replace(plain, query=(*plain.query, (name, "rival")))
        for name in ("X-Forwarded-User", "X-Goog-Authenticated-User-Id", "X-Brand-Id", "X-Original-URL"):
            yield replace(plain, headers=((name, "demo-owner"),))
    for cursor in sorted(each for each in theirs if each.startswith("an_"))[:5]:
        yield Ask("GET", f"{_BASE}/anomalies", (("cursor", cursor),), mine=True).about(_MINE)


def _theirs(asker: Asker, brand_id: str, owner: str) -> set[str]:
    """Return the texts and numbers that the owner is told, those that could not be anybody's.

    RuntimeError when there are none: what others are told would prove nothing.
    """
    told: set[str] = set()
    for door in _doors()[:3]:
        answer = asker.ask(door.about(brand_id), owner)
        answer.raise_for_status()
        told |= {text for text in _leaves(answer.json()) if len(text) >= _TELLING}
    theirs = {text for text in told if brand_id in text or text.replace(".", "").isdecimal()}
    if not theirs:
        raise RuntimeError("not even its owner is told anything of the brand")
    return theirs


def _leaves(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from _leaves(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner)
    else:
        yield str(value)


def _holds(answer: requests.Response, theirs: set[str]) -> bool:
    told = answer.content.decode()
    return any(text in told for text in theirs)


def _writes(client: Client, brand_id: str) -> dict[str, datetime]:
    """Return when each document of a brand was last written."""
    brand = client.document(f"brands/{brand_id}")
    found = {brand.path: brand.get().update_time}
    for collection in brand.collections():
        found |= _written(collection)
    return found


def _written(collection: CollectionReference) -> dict[str, datetime]:
    return {document.reference.path: document.update_time for document in collection.stream()}
