"""Where a brand is told, as its owner is shown it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shared.core.brand import BrandId
    from shared.core.notifications import Notifications


@dataclass(frozen=True, slots=True)
class Tried:
    success: bool
    message: str


@dataclass(frozen=True, slots=True)
class Addresses:
    """`wanted` are the channels that the brand's settings name, `tests` what came of trying some."""

    brand_id: BrandId
    where: Notifications
    wanted: tuple[str, ...]
    tests: Mapping[str, Tried] = field(default_factory=dict)
