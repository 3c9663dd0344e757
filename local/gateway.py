"""One origin for all doors and the page: the contract's paths, the topics' pushes, each door by its name.

In production every door is a service of its own behind Hosting; here they share a process.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import functions_framework
from werkzeug.exceptions import NotFound

from local.pubsub import DOORS as TOPICS
from local.site import Site
from main import DOORS
from shared.edge.http import refused
from shared.edge.openapi import document

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

_MAIN = Path(__file__).resolve().parent.parent / "main.py"

PATHS = {
    "/api/performance/metrics": "metrics",
    "/api/performance/integrations/validate": "validate",
    "/api/performance/anomalies": "anomalies",
    "/api/performance/backtest": "backtest",
    "/api/performance/expectations": "expectations",
    "/api/performance/integrations": "integrations",
    "/api/performance/notifications": "notifications",
}


def create_app(
    project: str, door: Callable[[str], WSGIApplication], site: Site | None = None
) -> WSGIApplication:
    """Route by exact path, or by door name below `/doors/`; paths reach the doors whole.

    What is of the page, `site` answers.
    """
    doors = {name: door(name) for name in sorted(DOORS)}
    routes = {path: doors[name] for path, name in PATHS.items()}
    routes |= {f"/projects/{project}/topics/{topic}": doors[name] for topic, name in TOPICS.items()}
    routes |= {f"/doors/{name}": app for name, app in doors.items()}

    def gateway(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path == "/healthz":
            return _json(start_response, {"status": "ok"})
        if path == "/openapi.json":
            return _json(start_response, document())
        if app := routes.get(path):
            return app(environ, start_response)
        reads = environ.get("REQUEST_METHOD", "GET") == "GET"
        if site is not None and reads and (file := site.find(path)):
            start_response(file.status, file.headers)
            return [file.body]
        return refused(NotFound())(environ, start_response)

    return gateway


def framework(name: str) -> WSGIApplication:
    """Return a door as the functions-framework serves it."""
    app: WSGIApplication = functions_framework.create_app(target=name, source=str(_MAIN))
    return app


def app() -> WSGIApplication:
    """Build the running gateway's app; the project comes from the platform that starts it."""
    return create_app(os.environ["GOOGLE_CLOUD_PROJECT"], framework, Site.here(os.environ))


def _json(start: StartResponse, body: dict[str, object]) -> Iterable[bytes]:
    data = json.dumps(body).encode()
    start("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(data)))])
    return [data]
