"""Cloud Scheduler's part: the tick of every minute."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import requests

if TYPE_CHECKING:
    from collections.abc import Callable

_MINUTE_S = 60.0


def seconds_to_next(now: float) -> float:
    """Return how long it is to the next full minute.

    >>> seconds_to_next(3600.0), seconds_to_next(3645.0)
    (60.0, 15.0)
    """
    return _MINUTE_S - now % _MINUTE_S


class Scheduler:
    def __init__(self, tick: Callable[[], None]) -> None:
        self._tick = tick
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join(timeout=2)

    def _run(self) -> None:
        while not self._stopping.wait(seconds_to_next(time.time())):
            try:
                self._tick()
            except requests.RequestException as error:
                print(f"The tick could not be published, the next one may be: {error}")
