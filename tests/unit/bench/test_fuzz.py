"""What counts as slow is what hangs, and nothing is called well that was not answered."""

from __future__ import annotations

import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from bench.fuzz import Shot, fuzz

if TYPE_CHECKING:
    from collections.abc import Iterator

LIMIT_S = 1.0
SHOTS = [Shot("GET", "/quick", {}, None, False), Shot("GET", "/late", {}, None, False)]


class Server(ThreadingHTTPServer):
    """Answers `/late` only from the `patience`-th time on, and until then not at all."""

    daemon_threads = True
    patience = 0
    body = b"{}"

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Door)
        self.asked: Counter[str] = Counter()
        self.over = threading.Event()


class Door(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.server.asked[self.path] += 1
        if self.path == "/late" and self.server.asked[self.path] <= self.server.patience:
            self.server.over.wait()
            return
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(self.server.body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as served:
        thread = threading.Thread(target=served.serve_forever, daemon=True)
        thread.start()
        yield served
        served.over.set()
        served.shutdown()
        thread.join()


def asked(server: Server, shots: list[Shot]) -> tuple[int, int, int, dict[int, int]]:
    report = fuzz(f"http://127.0.0.1:{server.server_port}", shots, slow_s=LIMIT_S)
    return report.requests, report.slow, report.not_json, dict(report.statuses)


def test_a_request_that_hangs_once_is_asked_again_alone_and_is_not_slow(server: Server) -> None:
    server.patience = 1

    assert asked(server, SHOTS) == (2, 0, 0, {200: 2})
    assert server.asked == {"/quick": 1, "/late": 2}


def test_a_request_that_hangs_whenever_it_is_asked_is_slow(server: Server) -> None:
    server.patience = 2

    assert asked(server, SHOTS) == (2, 1, 0, {200: 1})


def test_the_second_answer_is_judged_like_a_first(server: Server) -> None:
    server.patience, server.body = 1, b"<html>"

    assert asked(server, SHOTS) == (2, 0, 2, {200: 2})


def test_nobody_there_is_not_called_slow_but_is_told(server: Server) -> None:
    server.shutdown()
    server.server_close()

    requests, slow, not_json, statuses = asked(server, SHOTS)

    assert (requests, slow, not_json, list(statuses)) == (2, 0, 2, [599])
