"""A brand: whose numbers these are, in which zone, currency and language."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NewType

from shared.errors import BadRequest

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

BrandId = NewType("BrandId", str)
"""A checked id: ASCII letters, digits, `_`, `-`; never a path."""

_BRAND_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,127}", re.ASCII)


def brand_id(text: str, field: str = "brandId") -> BrandId:
    """Check a raw id.

    >>> brand_id("aurora")
    'aurora'
    >>> brand_id("a/b")
    Traceback (most recent call last):
    shared.errors.BadRequest: brandId: 1 to 128 characters of A-Z a-z 0-9 _ -, starting with a letter or digit
    """
    if not _BRAND_ID.fullmatch(text):
        raise BadRequest(field, "1 to 128 characters of A-Z a-z 0-9 _ -, starting with a letter or digit")
    return BrandId(text)


@dataclass(frozen=True, slots=True)
class Brand:
    id: BrandId
    owner_id: str
    name: str
    zone: ZoneInfo
    currency: str  # ISO 4217
    locale: str  # pt-BR or en
    conversion_event: str  # the platform event that counts as a conversion


@dataclass(frozen=True, slots=True)
class OwnedBrand:
    """A brand whose owner has proved who they are; flows that serve a person take only this."""

    brand: Brand
