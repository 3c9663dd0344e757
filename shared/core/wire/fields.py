"""Strict reading of a document's fields; every complaint names the path."""

from __future__ import annotations

import math
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from shared.errors import InvalidDocument

if TYPE_CHECKING:
    from collections.abc import Mapping
    from enum import Enum

    E = TypeVar("E", bound=Enum)


class Fields:
    """One map of a document, read field by field.

    >>> Fields({"spend": "12"}, "data").number("spend")
    Traceback (most recent call last):
    shared.errors.InvalidDocument: data.spend: a finite number is required
    """

    def __init__(self, fields: Mapping[str, object], path: str) -> None:
        self._fields = fields
        self._path = path

    def __contains__(self, name: str) -> bool:
        return self._fields.get(name) is not None

    def is_blank(self, name: str) -> bool:
        """Say whether nothing, or an empty text, stands there."""
        return self._fields.get(name) in (None, "")

    def number(self, name: str, default: float | None = None) -> float:
        value = self._fields.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise self.wrong(name, "a finite number is required")
        return float(value)

    def count(self, name: str) -> int | None:
        if name not in self:
            return None
        value = self.number(name)
        if value < 0 or value != int(value):
            raise self.wrong(name, "a whole number of 0 or more is required")
        return int(value)

    def text(self, name: str, default: str | None = None) -> str:
        value = self._fields.get(name, default)
        if not isinstance(value, str) or not value:
            raise self.wrong(name, "a text is required")
        return value

    def optional_text(self, name: str) -> str | None:
        return self.text(name) if name in self else None

    def flag(self, name: str, *, default: bool | None = None) -> bool:
        value = self._fields.get(name, default)
        if not isinstance(value, bool):
            raise self.wrong(name, "true or false is required")
        return value

    def instant(self, name: str, default: datetime | None = None) -> datetime:
        value = self._fields.get(name, default)
        if not isinstance(value, datetime) or value.tzinfo is None:
            raise self.wrong(name, "a timestamp is required")
        return value

    def optional_instant(self, name: str) -> datetime | None:
        return self.instant(name) if name in self else None

    def choice(self, name: str, kind: type[E], default: E | None = None) -> E:
        if name not in self and default is not None:
            return default
        try:
            return kind(self._fields.get(name))
        except ValueError:
            raise self.wrong(
                name, "one of " + ", ".join(str(e.value) for e in kind) + " is required"
            ) from None

    def texts(self, name: str) -> tuple[str, ...]:
        value = self._fields.get(name, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.wrong(name, "a list of texts is required")
        return tuple(value)

    def inner(self, name: str) -> Fields:
        value = self._fields.get(name)
        if not isinstance(value, dict):
            raise self.wrong(name, "a map is required")
        return Fields(value, f"{self._path}.{name}" if self._path else name)

    def inners(self, name: str) -> list[Fields]:
        """Return a list of maps; a missing one is empty."""
        value = self._fields.get(name, [])
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            raise self.wrong(name, "a list of maps is required")
        return [Fields(each, f"{self._path}.{name}[{n}]") for n, each in enumerate(value)]

    def optional_inner(self, name: str) -> Fields | None:
        return self.inner(name) if name in self else None

    def wrong(self, name: str, message: str) -> InvalidDocument:
        return InvalidDocument(f"{self._path}.{name}" if self._path else name, message)
