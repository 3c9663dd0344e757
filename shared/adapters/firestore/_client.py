"""The Firestore client, with a channel that soon notices when Firestore is back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import grpc
from google.cloud.firestore import Client
from google.cloud.firestore_v1.services.firestore import FirestoreClient, client
from google.cloud.firestore_v1.services.firestore.transports import FirestoreGrpcTransport

if TYPE_CHECKING:
    from collections.abc import Iterable

    from google.auth.credentials import Credentials

_ANY_SIZE = (("grpc.max_send_message_length", -1), ("grpc.max_receive_message_length", -1))
_RECONNECT = (
    ("grpc.initial_reconnect_backoff_ms", 200),
    ("grpc.min_reconnect_backoff_ms", 200),
    ("grpc.max_reconnect_backoff_ms", 1_000),
)
"""gRPC's own waits grow to two minutes, in which a door would refuse everybody."""


class _Transport(FirestoreGrpcTransport):
    @classmethod
    def create_channel(  # type: ignore[override]
        cls, host: str, *, credentials: Credentials, options: Iterable[tuple[str, int]] = ()
    ) -> grpc.Channel:
        """Open a channel as the client asks for it, and connect it again at once."""
        return super().create_channel(host, credentials=credentials, options=[*options, *_RECONNECT])


class ReconnectingClient(Client):
    """Google's client offers no way to say how its channel connects again, so two of its parts are ours."""

    @property
    def _firestore_api(self) -> FirestoreClient:
        api: FirestoreClient = self._firestore_api_helper(_Transport, FirestoreClient, client)
        return api

    def _emulator_channel(self, _transport: object) -> grpc.Channel:
        return grpc.insecure_channel(self._emulator_host or "", options=[*_ANY_SIZE, *_RECONNECT])
