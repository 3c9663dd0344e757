"""A brand's connection to a platform, and what can be wrong with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from shared.core.metric import Source

if TYPE_CHECKING:
    from datetime import datetime

    from shared.core.brand import BrandId


class Platform(Enum):
    META_ADS = "meta_ads"
    GOOGLE_ADS = "google_ads"
    GA4 = "ga4"

    @property
    def source(self) -> Source:
        return _SOURCE[self]


_SOURCE = {
    Platform.META_ADS: Source.META,
    Platform.GOOGLE_ADS: Source.GOOGLE,
    Platform.GA4: Source.ORGANIC,
}


class Status(Enum):
    ACTIVE = "active"
    ERROR = "error"
    DISCONNECTED = "disconnected"


class Problem(Enum):
    """What a platform's refusal means, in one vocabulary for all platforms."""

    CREDENTIAL_MALFORMED = "credential_malformed"
    CREDENTIAL_INVALID = "credential_invalid"
    CREDENTIAL_EXPIRED = "credential_expired"
    CREDENTIAL_REVOKED = "credential_revoked"
    USER_ACTION_REQUIRED = "user_action_required"
    PERMISSION_MISSING = "permission_missing"
    ACCOUNT_NOT_FOUND = "account_not_found_or_no_access"
    ACCOUNT_INACTIVE = "account_inactive"
    ACCOUNT_IS_MANAGER = "account_is_manager"
    PROJECT_NOT_APPROVED = "project_not_approved"
    API_DISABLED = "api_disabled"
    BAD_REQUEST = "bad_request"
    TOO_MUCH_DATA = "too_much_data"
    KEY_UNREADABLE = "key_unreadable"


DEAD_CREDENTIAL = frozenset(
    problem.value
    for problem in (
        Problem.CREDENTIAL_INVALID,
        Problem.CREDENTIAL_EXPIRED,
        Problem.CREDENTIAL_REVOKED,
        Problem.USER_ACTION_REQUIRED,
    )
)
"""Refusals of the credential itself, whatever account it is used for."""


@dataclass(frozen=True, slots=True)
class Integration:
    """One stored connection. `sealed_key` opens only for this brand, platform and account.

    A disconnected one has none.
    """

    brand_id: BrandId
    platform: Platform
    account_id: str
    sealed_key: str = field(repr=False)
    status: Status
    last_validated: datetime
    problem: str | None = None
    next_attempt_at: datetime | None = None  # while there is a problem
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """What a platform says about an account that a key opened."""

    currency: str
    time_zone: str
    warning: Problem | None = None
    expires_at: datetime | None = None  # when the credential ends, where the platform tells
