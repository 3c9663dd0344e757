"""Where a brand is told."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

HOOK = re.compile(r"T[A-Z0-9]{6,20}/B[A-Z0-9]{6,20}/[A-Za-z0-9]{16,64}", re.ASCII)
"""What follows `https://hooks.slack.com/services/` in an incoming webhook's address."""


@dataclass(frozen=True, slots=True)
class Notifications:
    """Slack by a bot's token in a channel, or by an incoming webhook; and e-mail.

    Token and webhook are sealed. `slack_hook` is the webhook without its secret part: it says whose
    it is, and posts nothing.
    """

    slack_channel: str | None = None
    slack_sealed_token: str | None = field(default=None, repr=False)
    email_recipients: tuple[str, ...] = ()
    slack_hook: str | None = None
    slack_sealed_hook: str | None = field(default=None, repr=False)
