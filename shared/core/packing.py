"""Numbers in packed columns: moments as microseconds, arrays as little-endian bytes."""

from __future__ import annotations

import sys
from array import array
from datetime import UTC, datetime
from typing import Any

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def micros(instant: datetime) -> int:
    """Return an aware instant in whole microseconds since 1970.

    >>> micros(datetime(1970, 1, 1, 0, 0, 1, 5, tzinfo=UTC))
    1000005
    """
    delta = instant - _EPOCH
    return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds


def instant_of(micros: int) -> datetime:
    return datetime.fromtimestamp(micros // 1_000_000, UTC).replace(microsecond=micros % 1_000_000)


def little_endian(column: array[Any]) -> array[Any]:
    """Swap a column's bytes where this machine's order is not the stored one; the way back as well."""
    if sys.byteorder == "big":
        column = array(column.typecode, column)
        column.byteswap()
    return column
