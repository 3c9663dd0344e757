"""Google Secret Manager: one pinned version of one secret."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import google_crc32c
import grpc
from google.api_core.exceptions import (
    ClientError,
    DeadlineExceeded,
    GoogleAPICallError,
    RetryError,
    ServiceUnavailable,
    TooManyRequests,
)
from google.api_core.retry import Retry, if_exception_type
from google.auth.exceptions import DefaultCredentialsError
from google.cloud.secretmanager_v1 import SecretManagerServiceClient
from google.cloud.secretmanager_v1.services.secret_manager_service.transports import (
    SecretManagerServiceGrpcTransport,
)

from shared.core.secret import Secret
from shared.errors import ConfigError, Unavailable

if TYPE_CHECKING:
    from google.cloud.secretmanager_v1.types import SecretPayload

_CALL_TIMEOUT_S = 3.0
_IN_ALL_S = 10.0


class SecretManager:
    """Reads versions, which never change: whoever asks may keep the answer for ever.

    `base` is https://host, or http://127.0.0.1:port of a local run.
    """

    def __init__(self, base: str) -> None:
        # Its debug log holds whole answers: whoever switches that on must not find a secret in it.
        logging.getLogger(SecretManagerServiceGrpcTransport.__module__).setLevel(logging.WARNING)
        parts = urlsplit(base)
        if parts.scheme == "https":
            options = {"api_endpoint": parts.netloc}
            try:
                self._client = SecretManagerServiceClient(client_options=options)
            except DefaultCredentialsError:
                raise ConfigError("Secret Manager: this process has no Google credentials") from None
        else:
            channel = grpc.insecure_channel(parts.netloc, [("grpc.enable_http_proxy", 0)])
            transport = SecretManagerServiceGrpcTransport(channel=channel)
            self._client = SecretManagerServiceClient(transport=transport)

    def read(self, version: str) -> Secret:
        """Return what a version holds.

        Raises:
            ConfigError: it does not exist, is disabled or may not be read here, or is no text.
            Unavailable: the service did not answer, or not with what it had stored.
        """
        retry = Retry(
            if_exception_type(ServiceUnavailable, DeadlineExceeded, TooManyRequests),
            initial=0.1,
            maximum=1.0,
            timeout=_IN_ALL_S,
        )
        try:
            answer = self._client.access_secret_version(
                request={"name": version}, retry=retry, timeout=_CALL_TIMEOUT_S
            )
        except (ServiceUnavailable, DeadlineExceeded, TooManyRequests, RetryError) as error:
            raise Unavailable("secret manager", type(error).__name__) from None
        except ClientError as error:
            raise ConfigError(f"{version} cannot be read: {type(error).__name__}") from None
        except GoogleAPICallError as error:
            raise Unavailable("secret manager", type(error).__name__) from None
        return _text(answer.payload, version)


def _text(payload: SecretPayload, version: str) -> Secret:
    if "data_crc32c" not in payload or payload.data_crc32c != google_crc32c.value(payload.data):
        raise Unavailable("secret manager", "garbled the answer")
    try:
        return Secret(payload.data.decode())
    except UnicodeDecodeError:
        pass
    # Raised out here, because a decoding error holds the secret and would stay in the chain.
    raise ConfigError(f"{version} holds no text")
