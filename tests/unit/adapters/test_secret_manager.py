"""Master keys out of Secret Manager: the real client against a server that speaks the service's protocol."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import google_crc32c
import grpc
import pytest
from google.cloud.secretmanager_v1.types import (
    AccessSecretVersionRequest,
    AccessSecretVersionResponse,
    SecretPayload,
)

from shared.adapters.secret_manager import SecretManager
from shared.core.secret import Secret
from shared.errors import ConfigError, Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

METHOD = "google.cloud.secretmanager.v1.SecretManagerService"
VERSION = "projects/aurora-prod/secrets/master-keys/versions/3"
KEY = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"


@dataclass
class Service:
    """What the service holds, how it fails next, and what it was asked."""

    data: bytes = KEY.encode()
    checksum: int | None = None
    unsigned: bool = False
    failures: list[grpc.StatusCode] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def access(
        self, request: AccessSecretVersionRequest, context: grpc.ServicerContext
    ) -> AccessSecretVersionResponse:
        self.asked.append(request.name)
        if self.failures:
            context.abort(self.failures.pop(0), f"told by {KEY}")
        if request.name != VERSION:
            context.abort(grpc.StatusCode.NOT_FOUND, "no such version")
        checksum = google_crc32c.value(self.data) if self.checksum is None else self.checksum
        payload = SecretPayload(data=self.data, data_crc32c=None if self.unsigned else checksum)
        return AccessSecretVersionResponse(name=VERSION, payload=payload)


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
def base(service: Service) -> Iterator[str]:
    handler = grpc.unary_unary_rpc_method_handler(
        service.access,
        request_deserializer=AccessSecretVersionRequest.deserialize,
        response_serializer=AccessSecretVersionResponse.serialize,
    )
    server = grpc.server(ThreadPoolExecutor(2))
    server.add_generic_rpc_handlers(
        [grpc.method_handlers_generic_handler(METHOD, {"AccessSecretVersion": handler})]
    )
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield f"http://127.0.0.1:{port}"
    server.stop(None).wait()


def test_a_version_is_read_by_its_number(service: Service, base: str) -> None:
    assert SecretManager(base).read(VERSION) == Secret(KEY)
    assert service.asked == [VERSION]


@pytest.mark.parametrize(
    "code",
    [grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.RESOURCE_EXHAUSTED],
)
def test_a_service_that_is_away_for_a_moment_is_asked_again(
    service: Service, base: str, code: grpc.StatusCode
) -> None:
    service.failures = [code, code]

    assert SecretManager(base).read(VERSION) == Secret(KEY)
    assert len(service.asked) == 3


def test_a_service_that_stays_away_is_unavailable(
    service: Service, base: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.adapters.secret_manager._IN_ALL_S", 0.5)
    service.failures = [grpc.StatusCode.UNAVAILABLE] * 99

    with pytest.raises(Unavailable):
        SecretManager(base).read(VERSION)


@pytest.mark.parametrize(
    "code",
    [grpc.StatusCode.PERMISSION_DENIED, grpc.StatusCode.FAILED_PRECONDITION, grpc.StatusCode.UNAUTHENTICATED],
)
def test_what_only_an_operator_can_mend_stops_the_start_at_once(
    service: Service, base: str, code: grpc.StatusCode
) -> None:
    service.failures = [code] * 9

    with pytest.raises(ConfigError, match=VERSION):
        SecretManager(base).read(VERSION)
    assert len(service.asked) == 1


def test_a_version_that_does_not_exist_is_named(base: str) -> None:
    missing = VERSION.replace("/3", "/4")

    with pytest.raises(ConfigError, match=missing):
        SecretManager(base).read(missing)


def test_a_garbled_answer_is_not_used(service: Service, base: str) -> None:
    service.checksum = 1

    with pytest.raises(Unavailable, match="garbled"):
        SecretManager(base).read(VERSION)


def test_an_answer_without_a_checksum_is_not_used(service: Service, base: str) -> None:
    service.unsigned = True

    with pytest.raises(Unavailable, match="garbled"):
        SecretManager(base).read(VERSION)


def test_the_clients_debug_log_holds_no_secret(base: str, caplog: pytest.LogCaptureFixture) -> None:
    """The SDK's loggers pass nothing up; so what they say is caught where they say it."""
    sdk = logging.getLogger("google")
    sdk.addHandler(caplog.handler)
    caplog.set_level(logging.DEBUG, "google")
    try:
        SecretManager(base).read(VERSION)
    finally:
        sdk.removeHandler(caplog.handler)

    said = caplog.text + "".join(str(vars(record)) for record in caplog.records)
    assert KEY not in said
    assert KEY.encode().hex() not in said
    assert "MDAwMTAy" not in said  # how it begins in base64


def test_a_deployment_without_credentials_does_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", "/nowhere/key.json")

    with pytest.raises(ConfigError, match="no Google credentials"):
        SecretManager("https://secretmanager.googleapis.com")


def test_no_error_shows_what_was_read_or_said(service: Service, base: str) -> None:
    errors: list[BaseException | None] = []
    for data, failures in ((KEY.encode() + b"\xff", []), (b"", [grpc.StatusCode.PERMISSION_DENIED])):
        service.data, service.failures = data, failures
        with pytest.raises(ConfigError) as caught:
            SecretManager(base).read(VERSION)
        errors += [caught.value, caught.value.__context__, caught.value.__cause__]

    shown = " ".join(str(error) for error in errors[::3])
    assert KEY not in shown
    assert errors[1] is None
