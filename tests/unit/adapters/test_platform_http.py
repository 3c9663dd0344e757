from __future__ import annotations

import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from shared.adapters import platform_http
from shared.adapters.platform_http import PlatformHttp, patiently
from shared.errors import PlatformRefused, RateLimited, Unavailable
from tests.scripted import scripted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@contextmanager
def raw_server(serve: Callable[[socket.socket], None]) -> Iterator[str]:
    """Serve one connection with a function of the test's own."""
    listening = socket.create_server(("127.0.0.1", 0))
    listening.settimeout(5)

    def accept() -> None:
        try:
            connection, _ = listening.accept()
        except OSError:
            return
        with connection:
            connection.recv(65536)
            serve(connection)

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        listening.close()
        thread.join(timeout=5)


def _say_nothing(connection: socket.socket) -> None:
    connection.recv(1)


def test_a_json_answer_is_returned_whatever_its_status() -> None:
    with scripted() as script:
        script.answer(400, {"error": {"code": 190}})

        reply = PlatformHttp("meta", script.url).call("GET", "/x")

    assert (reply.status, reply.body) == (400, {"error": {"code": 190}})


@pytest.mark.parametrize(
    "body", [b"<html>bad gateway</html>", b'{"a": 1', b"", b'{"a": NaN}', b"[" * 100_000]
)
def test_an_answer_that_is_not_json_is_unavailable(body: bytes) -> None:
    with scripted() as script:
        script.answer(200, body)

        with pytest.raises(Unavailable, match="meta: did not answer JSON"):
            PlatformHttp("meta", script.url).call("GET", "/x")


def test_a_redirect_is_not_followed() -> None:
    with scripted() as script:
        script.answer(302, {}, {"Location": "http://127.0.0.1:9/elsewhere"})

        reply = PlatformHttp("meta", script.url).call("GET", "/x")

    assert reply.status == 302
    assert len(script.asked) == 1


def test_a_refused_connection_tells_neither_url_nor_query() -> None:
    with pytest.raises(Unavailable) as caught:
        PlatformHttp("meta", "http://127.0.0.1:9").call("GET", "/x", query={"access_token": "EAABsecret"})

    assert str(caught.value) == "meta: ConnectionError"
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    ("headers", "wait_s"),
    [
        ({}, 900),
        ({"Retry-After": "30"}, 30),
        ({"Retry-After": "999999999"}, 86_400),
        ({"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}, 900),
        ({"Retry-After": "²"}, 900),
    ],
)
def test_a_page_that_says_too_many_is_a_throttle(headers: dict[str, str], wait_s: int) -> None:
    with scripted() as script:
        script.answer(429, b"<html>slow down</html>", headers)

        with pytest.raises(RateLimited) as caught:
            PlatformHttp("meta", script.url).call("GET", "/x")

    assert caught.value.retry_after_s == wait_s


def test_every_try_is_counted_for_its_platform() -> None:
    before = PlatformHttp.calls.copy()
    with scripted() as script:
        script.answer(503, b"")
        http = PlatformHttp("counted", script.url)
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda _: _outage(http), range(8)))

    assert PlatformHttp.calls - before == {"counted": 24}


def _outage(http: PlatformHttp) -> None:
    with pytest.raises(Unavailable):
        patiently(lambda: http.call("GET", "/x"), sleep=lambda _: None)


def test_a_proxy_in_the_environment_is_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with scripted() as script:
        script.answer(200, {"ok": True})

        reply = PlatformHttp("meta", script.url).call("GET", "/x")

    assert reply.body == {"ok": True}


def test_a_dripping_server_meets_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform_http, "_WHOLE_S", 0.3)

    def drip(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            try:
                connection.sendall(b"1\r\nx\r\n")
            except OSError:
                return
            time.sleep(0.01)

    with raw_server(drip) as url, pytest.raises(Unavailable, match="too slowly"):
        PlatformHttp("meta", url).call("GET", "/x")


@pytest.mark.parametrize(
    "opening",
    [
        b"HTTP/1.1 200 OK\r\nX-Slow: ",
        b"HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n",
    ],
    ids=["headers", "a body of known length", "a body until the end"],
)
def test_a_single_byte_at_a_time_meets_the_deadline_too(
    monkeypatch: pytest.MonkeyPatch, opening: bytes
) -> None:
    monkeypatch.setattr(platform_http, "_WHOLE_S", 0.3)

    def drip(connection: socket.socket) -> None:
        connection.sendall(opening)
        for _ in range(80):
            try:
                connection.sendall(b"1")
            except OSError:
                return
            time.sleep(0.02)

    started = time.monotonic()
    with raw_server(drip) as url, pytest.raises(Unavailable, match="too slowly"):
        PlatformHttp("meta", url).call("GET", "/x")

    assert time.monotonic() - started < 1.2


def test_a_server_that_says_nothing_meets_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform_http, "_WHOLE_S", 0.2)

    with (
        raw_server(_say_nothing) as url,
        pytest.raises(Unavailable, match="too slowly"),
    ):
        PlatformHttp("meta", url).call("GET", "/x")


def test_one_brands_cookie_is_not_sent_with_the_next_call() -> None:
    with scripted() as script:
        script.answer(200, {}, {"Set-Cookie": "who=aurora"})
        http = PlatformHttp("meta", script.url)

        for _ in range(2):
            http.call("GET", "/x")

    assert "cookie" not in script.asked[1].headers


def test_a_header_that_cannot_be_sent_is_not_repeated_in_the_error() -> None:
    with pytest.raises(Unavailable) as caught:
        PlatformHttp("meta", "http://127.0.0.1:9").call("GET", "/x", headers={"Authorization": "Bearer 中"})

    assert str(caught.value) == "meta: UnicodeEncodeError"


def test_https_checks_the_certificate_on_a_watched_line() -> None:
    with (
        raw_server(lambda line: line.sendall(b"not TLS")) as url,
        pytest.raises(Unavailable, match="SSLError"),
    ):
        PlatformHttp("meta", url.replace("http:", "https:")).call("GET", "/x")


def test_an_endless_answer_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform_http, "_LARGEST", 1000)
    with scripted() as script:
        script.answer(200, b'"' + b"x" * 5000 + b'"')

        with pytest.raises(Unavailable, match="too much"):
            PlatformHttp("meta", script.url).call("GET", "/x")


def test_a_connection_that_breaks_midway_is_unavailable() -> None:
    def break_off(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")

    with raw_server(break_off) as url, pytest.raises(Unavailable):
        PlatformHttp("meta", url).call("GET", "/x")


def test_an_outage_is_tried_three_times() -> None:
    tries = []

    def call() -> None:
        tries.append(1)
        raise Unavailable("meta")

    with pytest.raises(Unavailable):
        patiently(call, sleep=lambda _: None)

    assert len(tries) == 3


@pytest.mark.parametrize("answer", [RateLimited("meta", 60), PlatformRefused("meta", "bad_request")])
def test_an_answer_is_never_asked_for_again(answer: Exception) -> None:
    tries = []

    def call() -> None:
        tries.append(1)
        raise answer

    with pytest.raises(type(answer)):
        patiently(call, sleep=lambda _: None)

    assert len(tries) == 1
