"""Addresses that refuse for good: counted, and after some time left alone.

One refusal may be a mistake that somebody is mending; several over an hour and more are not. An
address that is off is tried no more until its owner saves it again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import blake2b
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

ENOUGH = 3
LONG_ENOUGH = timedelta(hours=1)

CHANNEL_GONE = frozenset({"channel_not_found", "channel_is_archived", "is_archived", "not_in_channel"})
ACCESS_GONE = frozenset(
    {
        *("invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired"),
        *("no_service", "no_team", "invalid_token", "invalid_hook", "no_active_hooks", "team_disabled"),
    }
)
NOT_ALLOWED = frozenset(
    {"missing_scope", "restricted_action", "action_prohibited", "posting_to_general_channel_denied"}
)
NO_MAILBOX = "no_mailbox"

GONE = CHANNEL_GONE | ACCESS_GONE | NOT_ALLOWED | {NO_MAILBOX}
"""Refusals of an address itself, whatever is said to it; others are of one message, or of ourselves."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """What an address of a channel has said lately; `off_at` is since when nobody tries it.

    `address` is an e-mail address; Slack has but one, so there it is empty. `announced` says that the
    other channels know.
    """

    channel: str
    address: str
    reason: str
    times: int
    since: datetime
    last: datetime
    off_at: datetime | None = None
    announced: bool = False

    @property
    def place(self) -> tuple[str, str]:
        return self.channel, self.address

    @property
    def id(self) -> str:
        """Name this trouble, without the address."""
        mark = blake2b(self.address.encode(), digest_size=6).hexdigest() if self.address else "all"
        return f"channel_{self.channel}_{mark}_{int(self.since.timestamp())}"


def refused_again(known: Refusal | None, place: tuple[str, str], reason: str, now: datetime) -> Refusal:
    """Count a refusal; the third within an hour and more turns the address off.

    >>> from datetime import UTC, datetime
    >>> begin = datetime(2026, 5, 20, 12, tzinfo=UTC)
    >>> first = refused_again(None, ("slack", ""), "invalid_auth", begin)
    >>> soon = refused_again(refused_again(first, first.place, "x", begin), first.place, "x", begin)
    >>> soon.times, soon.off_at
    (3, None)
    >>> refused_again(soon, first.place, "x", begin + LONG_ENOUGH).off_at == begin + LONG_ENOUGH
    True
    """
    if known is None:
        return Refusal(*place, reason, 1, now, now)
    again = replace(known, reason=reason, times=known.times + 1, last=now)
    if again.off_at is None and again.times >= ENOUGH and now - again.since >= LONG_ENOUGH:
        return replace(again, off_at=now)
    return again
