"""Where a brand is told."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from shared.core.refusal import refused_again

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from shared.core.refusal import Refusal

    Place = tuple[str, str]

SLACK, EMAIL = "slack", "email"

HOOK_URL = "https://hooks.slack.com/services/"
HOOK = re.compile(r"T[A-Z0-9]{6,20}/B[A-Z0-9]{6,20}/[A-Za-z0-9]{16,64}", re.ASCII)
"""What follows HOOK_URL in an incoming webhook's address."""


@dataclass(frozen=True, slots=True)
class Notifications:
    """Slack by a bot's token in a channel, or by an incoming webhook; and e-mail.

    Token and webhook are sealed. `slack_hook` is the webhook without its secret part: it says whose
    it is, and posts nothing. `refusals` are of addresses that refused lately; on the channels that
    `critical_only` names, people hear of critical anomalies alone.
    """

    slack_channel: str | None = None
    slack_sealed_token: str | None = field(default=None, repr=False)
    email_recipients: tuple[str, ...] = ()
    slack_hook: str | None = None
    slack_sealed_hook: str | None = field(default=None, repr=False)
    refusals: tuple[Refusal, ...] = ()
    critical_only: frozenset[str] = frozenset()

    @property
    def slack_on(self) -> bool:
        stored = self.slack_sealed_hook is not None or self.slack_sealed_token is not None
        return stored and not self._is_off((SLACK, ""))

    @property
    def mailboxes(self) -> tuple[str, ...]:
        """Return the recipients that have not turned themselves off."""
        return tuple(each for each in self.email_recipients if not self._is_off((EMAIL, each)))

    @property
    def unannounced(self) -> tuple[Refusal, ...]:
        """Return the addresses that are off and nobody has heard of it."""
        return tuple(each for each in self.refusals if each.off_at is not None and not each.announced)

    def refusal_of(self, place: Place) -> Refusal | None:
        return next((each for each in self.refusals if each.place == place), None)

    def after(self, refused: Mapping[Place, str], reached: Collection[Place], now: datetime) -> Notifications:
        """Count who refused, and forget the refusals of who was reached; what is off stays off."""
        kept = [each for each in self.refusals if each.place not in refused and each.place not in reached]
        stayed = [each for each in self.refusals if each.place in reached and each.off_at is not None]
        again = [
            refused_again(self.refusal_of(place), place, reason, now) for place, reason in refused.items()
        ]
        found = tuple(sorted((*kept, *stayed, *again), key=lambda each: each.place))
        return self if found == self.refusals else replace(self, refusals=found)

    def with_announced(self, told: Refusal) -> Notifications:
        """Remember that the other channels know of a refusal."""
        marked = (replace(each, announced=True) if each.id == told.id else each for each in self.refusals)
        return replace(self, refusals=tuple(marked))

    def _is_off(self, place: Place) -> bool:
        refusal = self.refusal_of(place)
        return refusal is not None and refusal.off_at is not None


def masked(address: str) -> str:
    """Write an e-mail address so that its owner knows it, and nobody else can write to it.

    >>> masked("team@aurora.example")
    't…@aurora.example'
    """
    name, _, domain = address.rpartition("@")
    return f"{name[:1]}…@{domain}"
