"""The door board: a function's name leads to its door, and only that door is imported."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from shared import wiring

DOORS = frozenset(
    {
        *("metrics", "validate", "anomalies", "backtest", "expectations", "integrations"),
        *("schedule", "ingest", "sentry", "enrich", "notify"),
    }
)


def __getattr__(name: str) -> Any:  # noqa: ANN401 - what a door is, the framework decides
    if name not in DOORS:
        raise AttributeError(name)
    try:
        wiring.check(name)
        return getattr(import_module(f"functions.{name}"), name)
    except AttributeError as error:
        # The framework would report it as a door that does not exist.
        raise RuntimeError(f"the door {name} does not load") from error
