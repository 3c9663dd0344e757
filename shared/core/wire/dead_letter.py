"""`dead_letters/{fingerprint}`: names alone, never what an event said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.core.dead_letter import DeadLetter
from shared.core.wire.fields import Fields

if TYPE_CHECKING:
    from collections.abc import Mapping

_NAMES = ("brandId", "source", "anomalyId", "alarmId", "digest")


def dead_letter_of(fields: Mapping[str, object], letter_id: str, version: object) -> DeadLetter:
    """Read one; InvalidDocument names the field that does not fit."""
    read = Fields(fields, f"dead_letters/{letter_id}")
    names = read.optional_inner("names")
    return DeadLetter(
        id=letter_id,
        kind=read.text("kind"),
        subject=read.text("subject"),
        reason=read.text("reason"),
        at=read.instant("at"),
        names={name: names.text(name) for name in _NAMES if name in names} if names else {},
        version=version,
    )
