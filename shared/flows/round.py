"""One message on every channel: each by itself, so that no channel's trouble is another's."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from shared.core.sentry.severity import Severity
from shared.errors import Contended, KeyUnreadable, PlatformRefused, Retryable, Unavailable
from shared.flows.channels import Telling

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shared.core.brand import BrandId
    from shared.core.message import Message
    from shared.core.notifications import Notifications
    from shared.flows.channels import Channel, Told
    from shared.flows.illustrate import Illustration
    from shared.ports import Clock, Deliveries, Delivery

    Place = tuple[str, str]


@dataclass(slots=True)
class Round:
    """What came of telling: on which channels something was sent or changed, and all that went wrong.

    `refused` are addresses that refused for good, with Slack's or the mail server's reason; `reached`
    are those that took it. `standing` are the channels on which the message was sent, now or before.
    """

    told: list[str] = field(default_factory=list)
    refused: dict[Place, str] = field(default_factory=dict)
    reached: set[Place] = field(default_factory=set)
    passing: list[Retryable] = field(default_factory=list)
    final: list[PlatformRefused | KeyUnreadable] = field(default_factory=list)
    standing: set[str] = field(default_factory=set)

    def add(self, other: Round) -> None:
        """Count what came of telling the same by another subject."""
        self.told += [channel for channel in other.told if channel not in self.told]
        self.refused |= other.refused
        self.reached |= other.reached
        self.passing += other.passing
        self.final += other.final
        self.standing |= other.standing

    def complain(self) -> None:
        """Raise what may pass, so that the event comes back, before what never will."""
        for error in (*self.passing, *self.final):
            raise error

    def note(self, channel: str, outcome: Told) -> None:
        self.refused |= {(channel, address): reason for address, reason in outcome.refused.items()}
        self.reached |= {(channel, address) for address in outcome.reached}
        if outcome.reached:
            self.told.append(channel)
        elif outcome.refused:
            self.final.append(PlatformRefused(channel, next(iter(outcome.refused.values()))))
        if outcome.waiting:
            self.passing.append(Unavailable(channel, "puts some recipients off"))


@dataclass(frozen=True, slots=True)
class Letter:
    """A message for a brand, with what it takes to show and address it."""

    brand_id: BrandId
    subject_id: str
    message: Message
    illustration: Illustration
    where: Notifications

    def is_too_small_for(self, channel: str, deliveries: Deliveries) -> bool:
        """Say whether a channel wants critical anomalies alone, and never heard of this other one."""
        about = self.message.about
        if about is None or about.severity is Severity.CRITICAL or channel not in self.where.critical_only:
            return False
        return not deliveries.known(self.brand_id, [self.subject_id], [channel])


def go_round(
    letter: Letter, channels: Mapping[str, Channel], *, deliveries: Deliveries, clock: Clock
) -> Round:
    """Tell a message on each channel that has an address, under the delivery record's claim."""
    done = Round()
    for name, channel in channels.items():
        if not channel.reaches(letter.where) or letter.is_too_small_for(name, deliveries):
            continue
        delivery = deliveries.claim(letter.brand_id, letter.subject_id, name, clock.now())
        if delivery is None:
            done.passing.append(Contended(f"another sender is at work on {name}"))
            continue
        try:
            _tell(letter, name, channel, delivery, deliveries, done)
        except Retryable as error:
            done.passing.append(error)
        except (PlatformRefused, KeyUnreadable) as error:
            done.final.append(error)
        if delivery.first and name not in done.standing:
            _give_back(delivery, deliveries, done)
    return done


def _give_back(delivery: Delivery, deliveries: Deliveries, done: Round) -> None:
    """Let go of a claim under which nobody was told, so that nobody is told of the end either."""
    try:
        deliveries.give_back(delivery)
    except Retryable as error:
        done.passing.append(error)


def _tell(
    letter: Letter, name: str, channel: Channel, delivery: Delivery, deliveries: Deliveries, done: Round
) -> None:
    telling = Telling(
        letter.brand_id,
        letter.subject_id,
        letter.message,
        letter.illustration,
        letter.where,
        delivery.sent_as,
        delivery.waiting,
    )
    sent_as, waiting, words = delivery.sent_as, delivery.waiting, letter.message.fingerprint
    if sent_as is None or waiting or (delivery.told != words and channel.goes_on(telling)):
        outcome = channel.tell(telling)
        done.note(name, outcome)
        sent_as, waiting = outcome.sent_as, outcome.waiting
    if sent_as is not None:
        done.standing.add(name)
        deliveries.sent(delivery, message_id=sent_as, told=words, waiting=waiting)
