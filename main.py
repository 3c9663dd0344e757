"""The door board: a function's name leads to its door, and only that door is imported."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from flask import current_app, has_app_context
from werkzeug.exceptions import HTTPException

from shared import wiring
from shared.edge.http import refused

DOORS = frozenset(
    {
        *("metrics", "validate", "anomalies", "backtest", "expectations", "integrations", "notifications"),
        *("schedule", "ingest", "sentry", "enrich", "answer", "notify", "sweep"),
    }
)


def __getattr__(name: str) -> Any:  # noqa: ANN401 - what a door is, the framework decides
    if name not in DOORS:
        raise AttributeError(name)
    try:
        wiring.check(name)
        door = getattr(import_module(f"functions.{name}"), name)
    except AttributeError as error:
        # The framework would report it as a door that does not exist.
        raise RuntimeError(f"the door {name} does not load") from error
    if has_app_context():  # the framework's, which asks for the door
        current_app.register_error_handler(HTTPException, refused)
    return door
