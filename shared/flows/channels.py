"""The channels a person is told on: each sends once, and edits where the channel can."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from shared.core.message import followed_up

if TYPE_CHECKING:
    from shared.core.brand import BrandId
    from shared.core.message import Message
    from shared.core.notifications import Notifications
    from shared.flows.illustrate import Illustration
    from shared.ports import Hooks, Keys, Mail, Slack


@dataclass(frozen=True, slots=True)
class Telling:
    """One message for one brand on one channel; `sent_as` is its id there once it was sent.

    `subject_id` names what it is about: an anomaly, or a source's trouble. A channel takes of the
    illustration what it can show.
    """

    brand_id: BrandId
    subject_id: str
    message: Message
    illustration: Illustration
    where: Notifications
    sent_as: str | None


class Channel(Protocol):
    @property
    def edits(self) -> bool:
        """Say whether what was sent can be taken back, by changing it or by one more word."""
        ...

    def reaches(self, where: Notifications) -> bool:
        """Say whether the brand has an address here."""
        ...

    def goes_on(self, telling: Telling) -> bool:
        """Say whether a message that was sent, and reads otherwise now, can be brought up to date."""
        ...

    def tell(self, telling: Telling) -> str:
        """Send, or bring up to date what was sent; return the channel's id of the message."""
        ...


@dataclass(frozen=True, slots=True)
class SlackChannel:
    """By a bot's token a message is edited in place; by a webhook it is followed by short ones.

    At most one for what changed and one for the end.
    """

    bot: Slack
    hooks: Hooks
    keys: Keys
    edits: bool = True

    def reaches(self, where: Notifications) -> bool:
        return where.slack_sealed_hook is not None or where.slack_sealed_token is not None

    def goes_on(self, telling: Telling) -> bool:
        if telling.where.slack_sealed_hook is None:
            return not str(telling.sent_as).startswith(_HOOKED)
        return telling.sent_as != _ENDED and (telling.message.over or telling.sent_as != _FOLLOWED)

    def tell(self, telling: Telling) -> str:
        message = replace(telling.message, trend=telling.illustration.trend)
        if telling.where.slack_sealed_hook is not None:
            return self._by_hook(telling, message, telling.where.slack_sealed_hook)
        channel, sealed = telling.where.slack_channel or "", telling.where.slack_sealed_token or ""
        token = self.keys.open(sealed, brand_id=telling.brand_id, purpose="slack", account_id=channel)
        if telling.sent_as is None:
            return self.bot.post(token, channel, message)
        self.bot.edit(token, channel, telling.sent_as, message)
        return telling.sent_as

    def _by_hook(self, telling: Telling, message: Message, sealed: str) -> str:
        name = telling.where.slack_hook or ""
        hook = self.keys.open(sealed, brand_id=telling.brand_id, purpose="slack_hook", account_id=name)
        if telling.sent_as is None:
            self.hooks.post(hook, message)
            return _HOOKED
        self.hooks.post(hook, followed_up(message))
        return _ENDED if message.over else _FOLLOWED


_HOOKED, _FOLLOWED, _ENDED = "hook", "hook/followed", "hook/ended"
"""What was posted to a webhook, which gives no id."""


@dataclass(frozen=True, slots=True)
class MailChannel:
    """An e-mail cannot be edited: it goes out once, with what was known then."""

    mail: Mail
    edits: bool = False

    def reaches(self, where: Notifications) -> bool:
        return bool(where.email_recipients)

    def goes_on(self, _telling: Telling) -> bool:
        return False

    def tell(self, telling: Telling) -> str:
        message_id = f"<{telling.subject_id}@war-room>"
        message = replace(telling.message, picture=telling.illustration.picture)
        self.mail.send(telling.where.email_recipients, message, message_id=message_id)
        return message_id
