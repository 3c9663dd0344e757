"""Which system the command talks to: the environment's project, else the local run beside us."""

from __future__ import annotations

import json
import os
from pathlib import Path

from shared.errors import ConfigError

_LOCAL = Path(__file__).resolve().parent.parent / ".warroom" / "local.json"


def choose() -> None:
    """Point this process at a project; ConfigError when there is none to point at."""
    if os.environ.get("GOOGLE_CLOUD_PROJECT"):
        return
    try:
        os.environ.update(json.loads(_LOCAL.read_text())["env"])
    except (OSError, KeyError, ValueError):
        raise ConfigError(
            "nothing runs here: start `make run`, or set GOOGLE_CLOUD_PROJECT for a deployed project"
        ) from None
