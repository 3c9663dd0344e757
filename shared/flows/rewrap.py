"""Rewrapping: every sealed secret under the primary master key, one write each, at any time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.errors import Contended, KeyUnreadable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shared.ports import Keys, Sealed, Strongroom

_TRIES = 3


@dataclass(frozen=True, slots=True)
class Rewrapped:
    """What was found so far: `remaining` are still under another key, failed ones among them."""

    total: int = 0
    already: int = 0
    rewrapped: int = 0
    failed: int = 0

    @property
    def remaining(self) -> int:
        return self.total - self.already - self.rewrapped

    def __add__(self, other: Rewrapped) -> Rewrapped:
        return Rewrapped(
            self.total + other.total,
            self.already + other.already,
            self.rewrapped + other.rewrapped,
            self.failed + other.failed,
        )


def rewrap(strongroom: Strongroom, keys: Keys, *, write: bool = True) -> Iterator[Rewrapped]:
    """Seal anew what another master key sealed; yield what came of each secret.

    Stopped, the same call goes on. A secret that is saved meanwhile is read again, so that a new key
    is never put back by an old one; one that does not open is counted and left as it is.
    """
    for sealed in strongroom.everything():
        yield _one(sealed, strongroom, keys, write=write)


def _one(sealed: Sealed, strongroom: Strongroom, keys: Keys, *, write: bool) -> Rewrapped:
    for _ in range(_TRIES):
        try:
            envelope = keys.rewrap(
                sealed.envelope,
                brand_id=sealed.brand_id,
                purpose=sealed.purpose,
                account_id=sealed.account_id,
            )
        except KeyUnreadable:
            return Rewrapped(total=1, failed=1)
        if envelope is None:
            return Rewrapped(total=1, already=1)
        if not write:
            return Rewrapped(total=1)
        try:
            strongroom.replace(sealed, envelope)
        except Contended:
            again = strongroom.again(sealed)
            if again is None:
                return Rewrapped()
            sealed = again
        else:
            return Rewrapped(total=1, rewrapped=1)
    return Rewrapped(total=1)
