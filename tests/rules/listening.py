"""A browser's listener: one Listen stream under a person's token, read until it is current or refused."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Any

import grpc
from google.api_core.exceptions import GoogleAPICallError
from google.cloud.firestore_v1.services.firestore import FirestoreClient
from google.cloud.firestore_v1.services.firestore.transports import FirestoreGrpcTransport
from google.cloud.firestore_v1.types import StructuredQuery, TargetChange, Value

from tests.rules.emulator import Actor, Project

PERMISSION_DENIED = 7
_TIMEOUT_S = 20


@dataclass
class Listener:
    """What a listener has heard; `refused` is the code it was turned away with."""

    heard: Iterator[Any]
    documents: set[str] = field(default_factory=set)
    refused: int | None = None

    def until_current(self) -> None:
        """Read until everything that is there has come, or the listener is turned away."""
        for said in self._said():
            if said.target_change.target_change_type == TargetChange.TargetChangeType.CURRENT:
                return

    def until(self, name: str) -> None:
        """Read until a document comes that was not there before."""
        for _ in self._said():
            if name in self.documents:
                return

    def _said(self) -> Iterator[Any]:
        try:
            for said in self.heard:
                if said.document_change.document.name:
                    self.documents.add(said.document_change.document.name.partition("/documents/")[2])
                if said.target_change.target_change_type == TargetChange.TargetChangeType.REMOVE:
                    self.refused = said.target_change.cause.code
                    return
                yield said
        except GoogleAPICallError as error:
            self.refused = error.grpc_status_code.value[0] if error.grpc_status_code else -1


@contextmanager
def listening(
    project: Project, actor: Actor, path: str, where: tuple[str, str] | None = None
) -> Iterator[Listener]:
    """Listen to a collection, or to what of it has a field's value."""
    parent, _, collection = path.rpartition("/")
    query = StructuredQuery(from_=[StructuredQuery.CollectionSelector(collection_id=collection)])
    if where is not None:
        query.where.field_filter.field.field_path = where[0]
        query.where.field_filter.op = StructuredQuery.FieldFilter.Operator.EQUAL
        query.where.field_filter.value = Value(string_value=where[1])
    target = {"query": {"parent": f"{project.root}/{parent}".rstrip("/"), "structured_query": query}}
    requests: SimpleQueue[dict[str, Any] | None] = SimpleQueue()
    database = project.root.removesuffix("/documents")
    requests.put({"database": database, "add_target": target | {"target_id": 1}})
    channel = grpc.insecure_channel(project.host)
    transport = FirestoreGrpcTransport(host=project.host, channel=channel)
    token = [(name.lower(), value) for name, value in actor.headers.items()]
    try:
        heard = FirestoreClient(transport=transport).listen(
            iter(requests.get, None),
            metadata=[("google-cloud-resource-prefix", database), *token],
            timeout=_TIMEOUT_S,
        )
        yield Listener(iter(heard))
    finally:
        requests.put(None)
        channel.close()
