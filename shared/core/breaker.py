"""What several brands can share at a platform: a credential, and the app or project behind it.

A breaker that is open on either keeps every brand that shares it from calling: an agency's one
dead token is tried once, and an app that was told to wait is left alone by all.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from shared.core.integration import Platform


@dataclass(frozen=True, slots=True)
class Shared:
    """Names of what a reading shares with others; `app` is None where the key does not tell it."""

    credential: str
    app: str | None

    @property
    def names(self) -> tuple[str, ...]:
        return (self.credential,) if self.app is None else (self.credential, self.app)


@dataclass(frozen=True, slots=True)
class Open:
    """An open breaker: until when nobody calls, and why."""

    until: datetime
    reason: str


def shared(platform: Platform, fingerprint: str, app: str | None) -> Shared:
    """Name what a key is shared by; nothing of it can be read from the names."""
    hidden = None if app is None else blake2b(app.encode(), digest_size=12).hexdigest()
    return Shared(
        f"{platform.value}-credential-{fingerprint}",
        None if hidden is None else f"{platform.value}-app-{hidden}",
    )
