"""The channels a person is told on: each sends once, and edits where the channel can."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

from shared.core.message import followed_up
from shared.core.refusal import GONE
from shared.errors import PlatformRefused, Unavailable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shared.core.brand import BrandId
    from shared.core.message import Message
    from shared.core.notifications import Notifications
    from shared.flows.illustrate import Illustration
    from shared.ports import Hooks, Keys, Mail, Slack


@dataclass(frozen=True, slots=True)
class Unillustrated:
    """What a message has that tells of no numbers."""

    trend: str | None = None
    picture: bytes | None = None


@dataclass(frozen=True, slots=True)
class Telling:
    """One message for one brand on one channel; `sent_as` is its id there once it was sent.

    `subject_id` names what it is about: an anomaly, or a source's trouble. A channel takes of the
    illustration what it can show. `waiting` are the recipients whom it has not reached yet, when it
    was sent to the others.
    """

    brand_id: BrandId
    subject_id: str
    message: Message
    illustration: Illustration | Unillustrated
    where: Notifications
    sent_as: str | None
    waiting: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """What came of telling: the channel's id of the message, None when nobody took it.

    `reached` took it, `refused` (with the reason) never will, `waiting` may later. Slack's address
    is empty.
    """

    sent_as: str | None
    reached: tuple[str, ...] = ()
    refused: Mapping[str, str] = field(default_factory=dict)
    waiting: tuple[str, ...] = ()


class Channel(Protocol):
    @property
    def edits(self) -> bool:
        """Say whether what was sent can be taken back, by changing it or by one more word."""
        ...

    def replaces(self, where: Notifications) -> bool:
        """Say whether what was sent is changed in place."""
        ...

    def reaches(self, where: Notifications) -> bool:
        """Say whether the brand has an address here that is not off."""
        ...

    def goes_on(self, telling: Telling) -> bool:
        """Say whether a message that was sent, and reads otherwise now, can be brought up to date."""
        ...

    def tell(self, telling: Telling) -> Told:
        """Send, or bring up to date what was sent.

        PlatformRefused for a refusal that is not an address's own.
        """
        ...


@dataclass(frozen=True, slots=True)
class SlackChannel:
    """By a bot's token a message is edited in place; by a webhook it is followed by short ones.

    At most one for what changed and one for the end; what begins again after its end is posted anew,
    and so is, by the bot, what a webhook posted.
    """

    bot: Slack
    hooks: Hooks
    keys: Keys
    edits: bool = True

    def replaces(self, where: Notifications) -> bool:
        return where.slack_sealed_hook is None

    def reaches(self, where: Notifications) -> bool:
        return where.slack_on

    def goes_on(self, telling: Telling) -> bool:
        if telling.sent_as == _ENDED:
            return not telling.message.over
        return self.replaces(telling.where) or telling.message.over or telling.sent_as != _FOLLOWED

    def tell(self, telling: Telling) -> Told:
        message = replace(telling.message, trend=telling.illustration.trend)
        try:
            return Told(self._send(telling, message), reached=("",))
        except PlatformRefused as refusal:
            if refusal.reason not in GONE:
                raise
            return Told(None, refused={"": refusal.reason})

    def _send(self, telling: Telling, message: Message) -> str:
        if telling.where.slack_sealed_hook is not None:
            return self._by_hook(telling, message, telling.where.slack_sealed_hook)
        channel, sealed = telling.where.slack_channel or "", telling.where.slack_sealed_token or ""
        token = self.keys.open(sealed, brand_id=telling.brand_id, purpose="slack", account_id=channel)
        if telling.sent_as is None or telling.sent_as in _BY_HOOK:
            return self.bot.post(token, channel, message)
        self.bot.edit(token, channel, telling.sent_as, message)
        return telling.sent_as

    def _by_hook(self, telling: Telling, message: Message, sealed: str) -> str:
        name = telling.where.slack_hook or ""
        hook = self.keys.open(sealed, brand_id=telling.brand_id, purpose="slack_hook", account_id=name)
        if telling.sent_as is None or telling.sent_as == _ENDED:
            self.hooks.post(hook, message)
            return _HOOKED
        self.hooks.post(hook, followed_up(message))
        return _ENDED if message.over else _FOLLOWED


_BY_HOOK = _HOOKED, _FOLLOWED, _ENDED = "hook", "hook/followed", "hook/ended"
"""What was posted to a webhook, which gives no id."""


@dataclass(frozen=True, slots=True)
class MailChannel:
    """An e-mail cannot be edited: it goes out once, with what was known then."""

    mail: Mail
    edits: bool = False

    def replaces(self, _where: Notifications) -> bool:
        return False

    def reaches(self, where: Notifications) -> bool:
        return bool(where.mailboxes)

    def goes_on(self, _telling: Telling) -> bool:
        return False

    def tell(self, telling: Telling) -> Told:
        message_id = f"<{telling.brand_id}.{telling.subject_id}@war-room>"
        due = tuple(each for each in telling.where.mailboxes if each in (telling.waiting or (each,)))
        if not due:
            return Told(telling.sent_as)
        message = replace(telling.message, picture=telling.illustration.picture)
        mailed = self.mail.send(due, message, message_id=message_id)
        reached = tuple(each for each in due if each not in mailed.refused and each not in mailed.later)
        if not reached and mailed.later:
            raise Unavailable("smtp", "puts every recipient off")
        sent_as = message_id if reached else telling.sent_as
        return Told(sent_as, reached, mailed.refused, mailed.later)
