"""The channels a person is told on: each sends once, and edits where the channel can."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from shared.core.brand import BrandId
    from shared.core.message import Message
    from shared.core.wire.config import Notifications
    from shared.flows.illustrate import Illustration
    from shared.ports import Keys, Mail, Slack


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
        """Say whether a sent message can be changed in place."""
        ...

    def reaches(self, where: Notifications) -> bool:
        """Say whether the brand has an address here."""
        ...

    def tell(self, telling: Telling) -> str:
        """Send, or edit what was sent; return the channel's id of the message."""
        ...


@dataclass(frozen=True, slots=True)
class SlackChannel:
    slack: Slack
    keys: Keys
    edits: bool = True

    def reaches(self, where: Notifications) -> bool:
        return where.slack_sealed_token is not None

    def tell(self, telling: Telling) -> str:
        channel, sealed = telling.where.slack_channel or "", telling.where.slack_sealed_token or ""
        token = self.keys.open(sealed, brand_id=telling.brand_id, purpose="slack", account_id=channel)
        if telling.sent_as is None:
            return self.slack.post(token, channel, telling.message)
        self.slack.edit(token, channel, telling.sent_as, telling.message)
        return telling.sent_as


@dataclass(frozen=True, slots=True)
class MailChannel:
    """An e-mail cannot be edited: it goes out once, with what was known then."""

    mail: Mail
    edits: bool = False

    def reaches(self, where: Notifications) -> bool:
        return bool(where.email_recipients)

    def tell(self, telling: Telling) -> str:
        message_id = f"<{telling.subject_id}@war-room>"
        message = replace(telling.message, picture=telling.illustration.picture)
        self.mail.send(telling.where.email_recipients, message, message_id=message_id)
        return message_id
