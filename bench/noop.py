"""A door that does nothing but note when it was opened: the floor under every trigger."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import functions_framework

if TYPE_CHECKING:
    from cloudevents.http import CloudEvent


@functions_framework.cloud_event
def noop(event: CloudEvent) -> None:
    with Path(os.environ["NOOP_LOG"]).open("a") as log:
        log.write(f"{event['subject'].rpartition('/')[2]} {time.time()}\n")


@functions_framework.http
def hello(_request: object) -> str:
    return "hello"
