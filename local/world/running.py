"""A simulated world of one's own on a free loopback port, as long as it is needed."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import uvicorn

from local.world.app import create_app

if TYPE_CHECKING:
    from collections.abc import Iterator

_DEADLINE_S = 10.0


@contextmanager
def running_world() -> Iterator[str]:
    """Run a world of one's own, mail server included; yield its base URL without a trailing slash.

    `GET /healthz` tells the mail server's port.
    """
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(
        uvicorn.Config(create_app(0), ws="none", log_level="warning", timeout_graceful_shutdown=1)
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    try:
        deadline = time.monotonic() + _DEADLINE_S
        while not server.started:
            if time.monotonic() > deadline or not thread.is_alive():
                raise TimeoutError("the simulated world did not start")
            time.sleep(0.01)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(_DEADLINE_S)
        listening.close()
