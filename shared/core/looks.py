"""Looks at days whose purchases no hour tells: what each day had sold, as of each hour's first look."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.core.packing import instant_of, little_endian, micros
from shared.core.period import HOUR
from shared.errors import InvalidDocument

if TYPE_CHECKING:
    from datetime import datetime

    from shared.core.metric import Sums
    from shared.core.period import Bucket


@dataclass(frozen=True, slots=True)
class Look:
    """A day's purchases to date, in millionths, as of one moment."""

    at: datetime
    conversions: int
    revenue: int


class Looks:
    """The looks at the days of one page; `packed` are their bytes, by the day's start."""

    def __init__(self, packed: dict[str, bytes]) -> None:
        self.packed = packed

    @classmethod
    def read(cls, stored: object, path: str) -> Looks:
        """Read a stored map; InvalidDocument when it is none."""
        if not isinstance(stored, dict) or not all(map(_is_packed, stored.values())):
            raise InvalidDocument(path, "a map of packed looks is required")
        return cls(stored)

    def add(self, day: Bucket, at: datetime, bought: Sums) -> bool:
        """Remember a day's purchases to date; say whether that is news.

        Of several looks within one hour the first stands, so that their order does not matter.
        """
        if bought.conversions is None or bought.revenue is None or not 0 <= _slot(day, at) <= _slots(day):
            return False
        looks = self.of(day)
        known = looks.get(_slot(day, at))
        if known is not None and known.at <= at:
            return False
        looks[_slot(day, at)] = Look(at, bought.conversions, bought.revenue)
        packed = array("q")
        for each in (looks[slot] for slot in sorted(looks)):
            packed.extend((micros(each.at), each.conversions, each.revenue))
        self.packed[str(day.epoch)] = little_endian(packed).tobytes()
        return True

    def of(self, day: Bucket) -> dict[int, Look]:
        """Return the first look at a day in each of its hours, by how many hours were over."""
        packed = array("q")
        packed.frombytes(self.packed.get(str(day.epoch), b""))
        packed = little_endian(packed)
        found = (
            Look(instant_of(at), conversions, revenue)
            for at, conversions, revenue in zip(packed[::3], packed[1::3], packed[2::3], strict=True)
        )
        return {_slot(day, look.at): look for look in found}


def _is_packed(looks: object) -> bool:
    return isinstance(looks, bytes) and len(looks) % (3 * array("q").itemsize) == 0


def _slot(day: Bucket, at: datetime) -> int:
    """Count the hours of a day that were over at a moment."""
    return (at - day.start) // HOUR


def _slots(day: Bucket) -> int:
    return (day.end - day.start) // HOUR
