"""The channel to Firestore: as Google's client opens it, but soon connected again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from google.auth.credentials import AnonymousCredentials
from google.cloud.firestore_v1.services.firestore.transports import FirestoreGrpcTransport

from shared.adapters.firestore._client import ReconnectingClient

if TYPE_CHECKING:
    import pytest


def test_a_deployed_client_keeps_the_librarys_options_and_waits_a_second_at_most(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("FIRESTORE_EMULATOR_HOST", raising=False)
    opened: dict[str, Any] = {}
    create = FirestoreGrpcTransport.create_channel

    def noting(host: str, **how: Any) -> Any:
        opened.update(how, host=host)
        return create(host, **how)

    monkeypatch.setattr(FirestoreGrpcTransport, "create_channel", noting)

    client = ReconnectingClient(project="deployed", credentials=AnonymousCredentials())
    transport = client._firestore_api.transport

    options = dict(opened["options"])
    assert opened["host"] == "firestore.googleapis.com"
    assert options["grpc.max_reconnect_backoff_ms"] == 1_000
    assert options["grpc.max_receive_message_length"] == -1
    assert options["grpc.keepalive_time_ms"] > 0
    transport.close()
