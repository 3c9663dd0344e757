"""The event relay: makes the Firestore emulator's deliveries what Eventarc's are.

| the emulator | production, and what leaves here |
|---|---|
| one request in flight for all triggers | parallel workers |
| a failed delivery is lost | at least once: retried with back-off, then counted as dead |
| base64 text in the body | the protobuf's bytes |
| `ce-source` says `projects/projects/...` | `projects/...` |
| a write that changed nothing fires | dropped |
| deleting what was not there fires, empty | dropped |
| an empty `update_mask` | the changed top-level fields |

Events wait in memory: they are lost with this process, as the emulator's documents are with it.
`POST /triggers` names a target for a trigger id, `GET /stats` counts, `POST /faults` duplicates,
shuffles and delays for tests.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import random
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2
from google.cloud.firestore_v1.types import Document, DocumentMask
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request

_WORKERS = 8
_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.2, 10.0
_KEPT = (
    *("ce-specversion", "ce-type", "ce-id", "ce-time", "ce-subject", "ce-document", "ce-database"),
    *("ce-namespace", "ce-project", "ce-location", "ce-dataschema", "ce-datacontenttype"),
)


@dataclass(slots=True)
class Event:
    """One event on its way; the same `ce-id` on every attempt."""

    trigger: str
    headers: dict[str, str]
    body: bytes
    attempts: int = 0


@dataclass(slots=True)
class Faults:
    """What tests switch on. Probabilities from 0 to 1, delay in seconds."""

    duplicate: float = 0.0
    shuffle: float = 0.0
    delay_s: float = 0.0
    seed: int = 0


@dataclass(slots=True)
class Counts:
    received: int = 0
    delivered: int = 0
    dropped: int = 0
    duplicated: int = 0
    retried: int = 0
    dead: int = 0


@dataclass(slots=True)
class Relay:
    attempts: int
    graveyard: Path
    targets: dict[str, str] = field(default_factory=dict)
    counts: Counts = field(default_factory=Counts)
    faults: Faults = field(default_factory=Faults)
    queue: asyncio.Queue[Event] = field(default_factory=asyncio.Queue)
    later: set[asyncio.Task[None]] = field(default_factory=set)
    chance: random.Random = field(default_factory=lambda: random.Random(0))

    def accept(self, trigger: str, headers: dict[str, str], body: bytes) -> None:
        self.counts.received += 1
        payload = mended(raw(body))
        if payload is None or trigger not in self.targets:
            self.counts.dropped += 1
            return
        event = Event(trigger, mended_headers(headers), payload)
        copies = 1 + (self.chance.random() < self.faults.duplicate)
        self.counts.duplicated += copies - 1
        for _ in range(copies):
            shuffled = self.chance.random() < self.faults.shuffle
            wait = self.faults.delay_s + (self.chance.uniform(0.0, 0.5) if shuffled else 0.0)
            self._put(Event(event.trigger, event.headers, event.body), wait)

    async def work(self, client: httpx2.AsyncClient) -> None:
        while True:
            event = await self.queue.get()
            event.attempts += 1
            if await self._deliver(client, event):
                self.counts.delivered += 1
            elif event.attempts >= self.attempts:
                self.counts.dead += 1
                with self.graveyard.open("a") as grave:
                    grave.write(json.dumps({"trigger": event.trigger, "headers": event.headers}) + "\n")
            else:
                self.counts.retried += 1
                longest = min(_FIRST_WAIT_S * 2**event.attempts, _LONGEST_WAIT_S)
                self._put(event, self.chance.uniform(longest / 2, longest))

    def waiting(self) -> int:
        """Count deliveries that are neither done nor given up."""
        counts = self.counts
        return counts.received + counts.duplicated - counts.delivered - counts.dropped - counts.dead

    async def _deliver(self, client: httpx2.AsyncClient, event: Event) -> bool:
        try:
            answer = await client.post(self.targets[event.trigger], content=event.body, headers=event.headers)
        except httpx2.HTTPError:
            return False
        return answer.is_success

    def _put(self, event: Event, wait_s: float) -> None:
        if wait_s <= 0:
            self.queue.put_nowait(event)
            return
        task = asyncio.create_task(self._put_later(event, wait_s))
        self.later.add(task)
        task.add_done_callback(self.later.discard)

    async def _put_later(self, event: Event, wait_s: float) -> None:
        await asyncio.sleep(wait_s)
        self.queue.put_nowait(event)


def raw(body: bytes) -> bytes:
    """Return the protobuf: its first byte is the tag of field 1, 2 or 3, base64's is a letter."""
    return body if body[:1] in {b"\x0a", b"\x12", b"\x1a", b""} else base64.b64decode(body)


def mended(payload: bytes) -> bytes | None:
    """Fill in the update mask; None for an event that production would not send."""
    data = _EVENT.FromString(payload)
    has_value, has_old = data.HasField("value"), data.HasField("old_value")
    if not has_value and not has_old:
        return None
    if has_value and has_old:
        value, old = data.value.fields, data.old_value.fields
        changed = [k for k in sorted({*value, *old}) if k not in value or k not in old or value[k] != old[k]]
        if not changed:
            return None
        data.update_mask.field_paths[:] = changed
    return bytes(data.SerializeToString())


def mended_headers(headers: dict[str, str]) -> dict[str, str]:
    kept = {name: headers[name] for name in _KEPT if name in headers}
    kept["ce-source"] = headers.get("ce-source", "").replace("/projects/projects/", "/projects/")
    kept["content-type"] = "application/protobuf"
    return kept


def create_app(attempts: int, graveyard: Path) -> Starlette:
    relay = Relay(attempts, graveyard)

    @asynccontextmanager
    async def working(_app: Starlette) -> AsyncIterator[None]:
        limits = httpx2.Limits(max_keepalive_connections=_WORKERS)
        async with httpx2.AsyncClient(timeout=60.0, limits=limits, trust_env=False) as client:
            workers = [asyncio.create_task(relay.work(client)) for _ in range(_WORKERS)]
            yield
            for worker in workers:
                worker.cancel()
                with suppress(asyncio.CancelledError):
                    await worker

    async def receive(request: Request) -> Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        relay.accept(request.path_params["trigger"], headers, await request.body())
        return Response(status_code=204)

    async def triggers(request: Request) -> Response:
        relay.targets |= await request.json()
        return Response(status_code=204)

    async def faults(request: Request) -> Response:
        relay.faults = Faults(**await request.json())
        relay.chance = random.Random(relay.faults.seed)
        return Response(status_code=204)

    async def stats(_request: Request) -> Response:
        counts: dict[str, Any] = {n: getattr(relay.counts, n) for n in Counts.__slots__}
        return JSONResponse(counts | {"waiting": relay.waiting()})

    return Starlette(
        lifespan=working,
        routes=[
            Route("/functions/projects/{project}/triggers/{trigger}", receive, methods=["POST"]),
            Route("/triggers", triggers, methods=["POST"]),
            Route("/faults", faults, methods=["POST"]),
            Route("/stats", stats),
        ],
    )


def _event_class() -> Any:  # noqa: ANN401 - a class made at run time has no static type
    """Make google.events.cloud.firestore.v1.DocumentEventData from its three fields."""
    document, mask = Document.pb().DESCRIPTOR, DocumentMask.pb().DESCRIPTOR
    file = descriptor_pb2.FileDescriptorProto(
        name="warroom/document_event_data.proto",
        package="warroom.events",
        syntax="proto3",
        dependency=[document.file.name, mask.file.name],
    )
    message = file.message_type.add(name="DocumentEventData")
    for number, (name, kind) in enumerate(
        (("value", document), ("old_value", document), ("update_mask", mask)), start=1
    ):
        message.field.add(
            name=name,
            number=number,
            type=descriptor_pb2.FieldDescriptorProto.TYPE_MESSAGE,
            label=descriptor_pb2.FieldDescriptorProto.LABEL_OPTIONAL,
            type_name=f".{kind.full_name}",
        )
    pool = descriptor_pool.Default()
    pool.AddSerializedFile(file.SerializeToString())
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("warroom.events.DocumentEventData"))


_EVENT = _event_class()


def app() -> Starlette:
    """Build the app of the running relay; its settings come from the platform that starts it."""
    return create_app(
        int(os.environ.get("WARROOM_RELAY_ATTEMPTS", "10")), Path(os.environ["WARROOM_DEAD_EVENTS"])
    )
