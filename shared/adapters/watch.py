"""A deadline for one call as a whole, whatever drips in meanwhile."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import TracebackType


class Watch:
    """Cuts a call's connection when its time is up.

    Socket timeouts start anew with every byte, so a server that drips would hold a call for
    ever, in its headers as in its body.
    """

    def __init__(self, seconds: float) -> None:
        self.over = False
        self._lines: list[socket.socket] = []
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True

    def add(self, line: socket.socket) -> None:
        self._lines.append(line.dup())  # TLS takes the original over; a duplicate cuts both
        if self.over:
            self._cut()

    def _cut(self) -> None:
        self.over = True
        for line in self._lines:
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        for line in self._lines:
            line.close()
