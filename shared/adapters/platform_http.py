"""The one place that calls ad platforms: bounded in time, size and tries, and silent about secrets."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import requests
from tenacity import (
    Retrying,
    retry_if_exception_type,
    stop_after_attempt,
    stop_after_delay,
    wait_random_exponential,
)

from shared.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    T = TypeVar("T")

_CONNECT_S, _READ_S, _WHOLE_S = 3.0, 10.0, 20.0
_LARGEST = 5 * 1024 * 1024
_CHUNK = 64 * 1024
_TRIES, _ALL_TRIES_S = 3, 25.0


@dataclass(frozen=True, slots=True)
class Reply:
    """A platform's answer: any status, and a JSON body that was really JSON."""

    status: int
    headers: Mapping[str, str]
    body: object


class PlatformHttp:
    """Calls one platform at one base URL. `name` is how errors call it."""

    def __init__(self, name: str, base: str) -> None:
        self._name = name
        self._base = base.rstrip("/")
        self._session = requests.Session()
        self._session.trust_env = False  # no proxy from the environment sees a credential

    def call(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, object] | None = None,
        form: Mapping[str, str] | None = None,
    ) -> Reply:
        """Ask once and read the whole answer.

        Raises:
            Unavailable: no connection, too slow, too large, or not JSON. Neither the URL nor the
                platform's words are in it, since both may hold a credential.
        """
        deadline = time.monotonic() + _WHOLE_S
        try:
            with self._session.request(
                method,
                self._base + path,
                headers=dict(headers or {}),
                params=dict(query or {}),
                json=body,
                data=form,
                timeout=(_CONNECT_S, _READ_S),
                allow_redirects=False,
                stream=True,
            ) as answer:
                return Reply(answer.status_code, answer.headers, self._parsed(self._read(answer, deadline)))
        except (requests.RequestException, OSError) as error:
            raise Unavailable(self._name, type(error).__name__) from None

    def _read(self, answer: requests.Response, deadline: float) -> bytes:
        """Read in pieces: a server that drips one byte at a time meets the deadline too."""
        read = bytearray()
        for piece in answer.iter_content(_CHUNK if answer.headers.get("Content-Length") else 1024):
            read += piece
            if len(read) > _LARGEST:
                raise Unavailable(self._name, "answered too much")
            if time.monotonic() > deadline:
                raise Unavailable(self._name, "answered too slowly")
        return bytes(read)

    def _parsed(self, raw: bytes) -> object:
        try:
            return json.loads(raw, parse_constant=_refused)
        except (ValueError, RecursionError):
            raise Unavailable(self._name, "did not answer JSON") from None


def patiently(call: Callable[[], T], sleep: Callable[[float], None] = time.sleep) -> T:
    """Try again when a platform was unavailable: three times at most, with full jitter.

    Being told to wait (RateLimited) or refused is an answer and passes through at once.
    """
    attempts = Retrying(
        retry=retry_if_exception_type(Unavailable),
        stop=stop_after_attempt(_TRIES) | stop_after_delay(_ALL_TRIES_S),
        wait=wait_random_exponential(multiplier=0.5, max=4.0),
        sleep=sleep,
        reraise=True,
    )
    return attempts(call)


def _refused(name: str) -> object:
    raise ValueError(name)
