"""Which system the command talks to: the environment's project, else the local run beside us."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from shared import wiring
from shared.core.brand import brand_id
from shared.errors import BadRequest, ConfigError

if TYPE_CHECKING:
    from shared.ports import BrandFile

_STATE = Path(__file__).resolve().parent.parent / ".warroom"


def brand_file(text: str) -> BrandFile:
    """Return the brand that `--brand` names, with its configuration."""
    file = wiring.brands().get(brand_id(text, "brand"))
    if file is None:
        raise BadRequest("brand", f"{text} does not exist; `warroom add-brand` creates it")
    return file


def choose() -> None:
    """Point this process at a project; ConfigError when there is none to point at."""
    if os.environ.get("GOOGLE_CLOUD_PROJECT"):
        return
    try:
        os.environ.update(json.loads((_STATE / "local.json").read_text())["env"])
        # Not in the file that other programs read: only its owner may read this one.
        os.environ.setdefault("PERFORMANCE_ENCRYPTION_KEY", (_STATE / "master.key").read_text())
    except (OSError, KeyError, ValueError):
        raise ConfigError(
            "nothing runs here: start `make run`, or set GOOGLE_CLOUD_PROJECT for a deployed project"
        ) from None
