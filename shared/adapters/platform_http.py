"""The one place that calls ad platforms: bounded in time, size and tries, and silent about secrets."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, TypeVar

import requests
from requests.adapters import HTTPAdapter
from tenacity import (
    Retrying,
    retry_if_exception_type,
    stop_after_attempt,
    stop_after_delay,
    wait_random_exponential,
)
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from shared.adapters.watch import Watch
from shared.errors import RateLimited, Unavailable

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator, Mapping

    T = TypeVar("T")

_CONNECT_S, _READ_S, _WHOLE_S = 3.0, 10.0, 20.0
_LARGEST = 5 * 1024 * 1024
_CHUNK = 64 * 1024
_TRIES, _ALL_TRIES_S = 3, 25.0
_TOO_MANY, _WAIT_S, _LONGEST_WAIT_S = 429, 900, 24 * 3600
_COUNTING = threading.Lock()


@dataclass(frozen=True, slots=True)
class Reply:
    """A platform's answer: any status, and a body that was really JSON, or a text."""

    status: int
    headers: Mapping[str, str]
    body: object


class PlatformHttp:
    """Calls one platform at one base URL. `name` is how errors call it.

    `calls` counts what this process sent, by name: every try, as the platform counts it.
    """

    calls: ClassVar[Counter[str]] = Counter()

    def __init__(self, name: str, base: str) -> None:
        self._name = name
        self._base = base.rstrip("/")

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
            RateLimited: a 429 that is no JSON, as a proxy before the platform says it.
        """
        status, answered, raw = self._asked(method, path, headers, query, body, form)
        if status == _TOO_MANY and not _is_json(raw):
            raise RateLimited(self._name, retry_after_s(answered))
        return Reply(status, answered, self._parsed(raw))

    def text(self, method: str, path: str, *, body: Mapping[str, object]) -> Reply:
        """Ask once with a JSON body, and read an answer in words; Unavailable as for `call`."""
        status, answered, raw = self._asked(method, path, body=body)
        return Reply(status, answered, raw.decode(errors="replace"))

    def _asked(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, object] | None = None,
        form: Mapping[str, str] | None = None,
    ) -> tuple[int, Mapping[str, str], bytes]:
        with _COUNTING:
            self.calls[self._name] += 1
        with Watch(_WHOLE_S) as watch, _watched(watch), _session() as session:
            try:
                with session.request(
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
                    raw = self._read(answer)
            except (requests.RequestException, HTTPError, OSError, ValueError) as error:
                failed = "answered too slowly" if watch.over else type(error).__name__
                raise Unavailable(self._name, failed) from None
        if watch.over:  # a cut looks like the end of an answer that does not say its length
            raise Unavailable(self._name, "answered too slowly")
        return answer.status_code, answer.headers, raw

    def _read(self, answer: requests.Response) -> bytes:
        read = bytearray()
        for piece in answer.iter_content(_CHUNK):
            read += piece
            if len(read) > _LARGEST:
                raise Unavailable(self._name, "answered too much")
        return bytes(read)

    def _parsed(self, raw: bytes) -> object:
        try:
            return _json(raw)
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


def retry_after_s(headers: Mapping[str, str]) -> int:
    """Read a Retry-After of seconds; a quarter of an hour where there is none, a day at most."""
    told = headers.get("Retry-After", "")
    return min(int(told), _LONGEST_WAIT_S) if told.isdecimal() else _WAIT_S


_WATCH: ContextVar[Watch] = ContextVar("_WATCH")


@contextmanager
def _watched(watch: Watch) -> Iterator[None]:
    """Let connections that are made in here be cut by a watch."""
    before = _WATCH.set(watch)
    try:
        yield
    finally:
        _WATCH.reset(before)


class _Plain(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        line = super()._new_conn()
        _WATCH.get().add(line)
        return line


class _Tls(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        line = super()._new_conn()
        _WATCH.get().add(line)
        return line


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Plain


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _Tls


class _Adapter(HTTPAdapter):
    def init_poolmanager(
        self, connections: int, maxsize: int, block: bool = False, **settings: object
    ) -> None:
        super().init_poolmanager(connections, maxsize, block, **settings)
        self.poolmanager.pool_classes_by_scheme = {"http": _PlainPool, "https": _TlsPool}


def _session() -> requests.Session:
    """Make a session for one call: no brand's cookie, and no connection that died while idle."""
    session = requests.Session()
    session.trust_env = False  # no proxy from the environment sees a credential
    for scheme in ("http://", "https://"):
        session.mount(scheme, _Adapter())
    return session


def _json(raw: bytes) -> object:
    return json.loads(raw, parse_constant=_refused)


def _is_json(raw: bytes) -> bool:
    try:
        _json(raw)
    except (ValueError, RecursionError):
        return False
    return True


def _refused(name: str) -> object:
    raise ValueError(name)
