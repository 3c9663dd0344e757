"""`make openapi`: writes openapi.json, what front ends make their clients from."""

from __future__ import annotations

import json

from local.platform import REPO
from shared.edge.openapi import document

FILE = REPO / "openapi.json"


def text() -> str:
    return json.dumps(document(), indent=2) + "\n"


if __name__ == "__main__":
    FILE.write_text(text())
