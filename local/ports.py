"""Loopback ports: free ones, or a fixed row from PORT_BASE."""

from __future__ import annotations

import os
import random
import socket

from shared.errors import ConfigError

_UNPRIVILEGED = range(1024, 65_001)
# Below what systems hand out to outgoing connections: one of those could take a port between
# here and the start of its server.
_QUIET = range(20_000, 30_000)


def take(names: tuple[str, ...]) -> dict[str, int]:
    """Return one port a name; ConfigError names a fixed one that is taken."""
    base = os.environ.get("PORT_BASE")
    if base is None:
        return _free(names)
    if not base.isdigit() or int(base) not in _UNPRIVILEGED:
        raise ConfigError(f"PORT_BASE={base}: a number from 1024 to 65000 is required")
    ports = {name: int(base) + n for n, name in enumerate(names)}
    for name, port in ports.items():
        if not _is_free(port):
            raise ConfigError(f"port {port} ({name}) is taken: choose another PORT_BASE or leave it unset")
    return ports


def _free(names: tuple[str, ...]) -> dict[str, int]:
    candidates = iter(random.sample(_QUIET, len(_QUIET)))
    return {name: next(port for port in candidates if _is_free(port)) for name in names}


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As servers do it: a port whose last connections are still fading is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
