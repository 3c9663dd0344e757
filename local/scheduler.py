"""Cloud Scheduler's part: what is published every so many minutes."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import requests

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_MINUTE_S = 60.0


def seconds_to_next(now: float) -> float:
    """Return how long it is to the next full minute.

    >>> seconds_to_next(3600.0), seconds_to_next(3645.0)
    (60.0, 15.0)
    """
    return _MINUTE_S - now % _MINUTE_S


class Scheduler:
    """Does each of its jobs in every n-th minute of an hour."""

    def __init__(self, jobs: Mapping[int, Callable[[], None]]) -> None:
        self._jobs = jobs
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join(timeout=2)

    def _run(self) -> None:
        while not self._stopping.wait(seconds_to_next(time.time())):
            minute = round(time.time() / _MINUTE_S)
            for every, job in self._jobs.items():
                if minute % every == 0:
                    _try(job)


def _try(job: Callable[[], None]) -> None:
    try:
        job()
    except requests.RequestException as error:
        print(f"The minute's message could not be published, the next one may be: {error}")
