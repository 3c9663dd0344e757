"""Loopback ports: free ones, or a fixed row from PORT_BASE."""

from __future__ import annotations

import os
import socket

from shared.errors import ConfigError

_UNPRIVILEGED = range(1024, 65_001)


def take(names: tuple[str, ...]) -> dict[str, int]:
    """Return one port a name; ConfigError names a fixed one that is taken."""
    base = os.environ.get("PORT_BASE")
    if base is None:
        return _free(names)
    if not base.isdigit() or int(base) not in _UNPRIVILEGED:
        raise ConfigError(f"PORT_BASE={base}: a number from 1024 to 65000 is required")
    ports = {name: int(base) + n for n, name in enumerate(names)}
    for name, port in ports.items():
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                raise ConfigError(
                    f"port {port} ({name}) is taken: choose another PORT_BASE or leave it unset"
                ) from None
    return ports


def _free(names: tuple[str, ...]) -> dict[str, int]:
    """Hold all the sockets until every port is known, so that no two names get the same."""
    held = [socket.socket() for _ in names]
    try:
        for one in held:
            one.bind(("127.0.0.1", 0))
        return {name: one.getsockname()[1] for name, one in zip(names, held, strict=True)}
    finally:
        for one in held:
            one.close()
