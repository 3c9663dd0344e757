from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from local.gateway import PATHS, create_app
from local.openapi import FILE, text
from shared.edge.openapi import document

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment


def door(name: str) -> WSGIApplication:
    """Return a door that tells its name and the path it saw."""

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [])
        return [f"{name} {environ['PATH_INFO']}".encode()]

    return app


@pytest.fixture
def ask() -> Callable[[str], tuple[str, bytes, dict[str, str]]]:
    gateway = create_app("demo-x", door)

    def get(path: str) -> tuple[str, bytes, dict[str, str]]:
        seen: list[tuple[str, list[tuple[str, str]]]] = []

        def start(status: str, headers: list[tuple[str, str]], *_: object) -> object:
            seen.append((status, headers))
            return None

        body = b"".join(gateway({"PATH_INFO": path, "REQUEST_METHOD": "GET"}, start))  # type: ignore[arg-type]
        return seen[0][0], body, dict(seen[0][1])

    return get


def test_the_doors_describe_themselves_as_the_kept_file_says(
    ask: Callable[[str], tuple[str, bytes, dict[str, str]]],
) -> None:
    """Front ends make their clients from the file; `make openapi` writes it anew."""
    status, body, headers = ask("/openapi.json")

    assert (status, headers["Content-Type"]) == ("200 OK", "application/json")
    assert json.loads(body) == json.loads(FILE.read_text())
    assert FILE.read_text() == text()


def test_every_path_and_nothing_else_is_described() -> None:
    assert set(document()["paths"]) == set(PATHS)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/api/performance/metrics", "metrics"),
        ("/api/performance/integrations/validate", "validate"),
        ("/api/performance/anomalies", "anomalies"),
        ("/api/performance/backtest", "backtest"),
        ("/api/performance/expectations", "expectations"),
        ("/api/performance/integrations", "integrations"),
        ("/api/performance/notifications", "notifications"),
        ("/projects/demo-x/topics/performance-tick", "schedule"),
        ("/projects/demo-x/topics/performance-notify", "notify"),
        ("/projects/demo-x/topics/performance-sweep", "sweep"),
        ("/doors/sentry", "sentry"),
        ("/doors/answer", "answer"),
    ],
)
def test_a_path_leads_to_its_door_and_reaches_it_whole(
    ask: Callable[[str], tuple[str, bytes, dict[str, str]]], path: str, name: str
) -> None:
    assert ask(path)[1] == f"{name} {path}".encode()


@pytest.mark.parametrize(
    "path", ["/", "/api/performance", "/doors/none", "/projects/other/topics/performance-tick"]
)
def test_a_strange_path_is_a_problem(
    ask: Callable[[str], tuple[str, bytes, dict[str, str]]], path: str
) -> None:
    status, body, headers = ask(path)

    problem = json.loads(body)
    assert (status, headers["Content-Type"]) == ("404 NOT FOUND", "application/problem+json")
    assert (problem["code"], problem["requestId"]) == ("not_found", headers["X-Request-Id"])
