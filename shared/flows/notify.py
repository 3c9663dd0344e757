"""Notification: a person is told once per channel, and what was said is kept true."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from shared.core.channel_message import channel_message
from shared.core.incident import subjects
from shared.core.message import linked, message_of
from shared.core.sentry.severity import Severity
from shared.core.source_alarm import has_passed, instead_of, open_alarms, over
from shared.core.source_message import disconnected_message, source_message
from shared.flows.round import Letter, go_round

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from shared.core.brand import Brand, BrandId
    from shared.core.freshness import Freshness
    from shared.core.message import Message
    from shared.core.notifications import Notifications
    from shared.core.refusal import Refusal
    from shared.core.source_alarm import SourceAlarm
    from shared.flows.channels import Channel
    from shared.flows.illustrate import Illustrator
    from shared.flows.round import Round
    from shared.ports import Anomalies, BrandFile, Brands, Clock, Deliveries, Timetable


@dataclass(frozen=True, slots=True)
class Post:
    """What it takes to tell people: where they are told, what they were told, and when it is.

    `dashboard` is the base URL that messages lead to.
    """

    brands: Brands
    deliveries: Deliveries
    channels: Mapping[str, Channel]
    clock: Clock
    illustrator: Illustrator
    dashboard: str

    def only_where_told(self, brand_id: BrandId, subject_id: str) -> Post:
        """Leave the channels on which nothing was said of a subject, or cannot be changed any more."""
        channels = {
            name: channel
            for name, channel in self.channels.items()
            if channel.edits and self.deliveries.known(brand_id, [subject_id], [name])
        }
        return replace(self, channels=channels)

    def deliver(self, file: BrandFile, subject_id: str, message: Message) -> list[str]:
        """Tell a message on the brand's channels; return those on which something was sent or edited.

        A message that can be edited is edited in place when its words change, and followed by a short
        one where it cannot; an e-mail is sent once. A second send happens only when a sender died
        between sending and marking. A channel in trouble does not keep the others from being told. An
        address that refuses for good, again and again, is turned off, and the others hear of it once.

        Raises:
            Retryable: a channel did not take it for now, or another sender is at work; come back.
            PlatformRefused: a channel refused for good; the others are done.
            KeyUnreadable: a channel's token does not open; the others are done.
        """
        wanted = {name: channel for name, channel in self.channels.items() if name in file.settings.channels}
        if not wanted:
            return []
        where = self.brands.notifications(file.brand.id)
        done = self._round(file, subject_id, message, where, wanted)
        where = self._noted(file, done, where)
        for refusal in where.unannounced:
            self._announce(file, refusal, where, wanted)
        done.complain()
        return done.told

    def _round(
        self,
        file: BrandFile,
        subject_id: str,
        message: Message,
        where: Notifications,
        channels: Mapping[str, Channel],
    ) -> Round:
        message = linked(message, file.brand, self.dashboard)
        illustration = self.illustrator.of(file, message.about)
        letter = Letter(file.brand.id, subject_id, message, illustration, where)
        return go_round(letter, channels, deliveries=self.deliveries, clock=self.clock)

    def _noted(self, file: BrandFile, done: Round, where: Notifications) -> Notifications:
        """Count who refused and forget it of who was reached; nothing is written where nothing changes."""
        now = self.clock.now()

        def after(known: Notifications) -> Notifications:
            return known.after(done.refused, done.reached, now)

        if after(where) == where:
            return where
        return self.brands.change_notifications(file.brand.id, after, now)

    def _announce(
        self, file: BrandFile, refusal: Refusal, where: Notifications, channels: Mapping[str, Channel]
    ) -> None:
        """Tell once, wherever people are still reached, that an address has turned itself off.

        Whoever tells anything next goes on with it, should we die before all of them know.
        """
        done = self._round(file, refusal.id, channel_message(refusal, file.brand), where, channels)
        for error in done.passing:
            raise error
        self.brands.change_notifications(
            file.brand.id,
            lambda known: known.after(done.refused, done.reached, self.clock.now()).with_announced(refusal),
            self.clock.now(),
        )


def notify(brand_id: BrandId, anomaly_id: str, *, anomalies: Anomalies, post: Post) -> list[str]:
    """Tell an anomaly's incident, and keep its message true until the end.

    What is critical is told at once; the rest waits for the digest. Once told, the message follows
    the insight, what else belongs to it, corrections and the end. Return the channels on which
    something was sent or edited; raises what `Post.deliver` raises.
    """
    file = post.brands.get(brand_id)
    known = anomalies.get(file.brand, [anomaly_id]).get(anomaly_id) if file is not None else None
    if file is None or known is None:
        return []
    members = anomalies.members(file.brand, known.anomaly.incident)
    critical = any(each.severity is Severity.CRITICAL and each.is_open for each in members)
    told = post.deliveries.known(brand_id, subjects(members), post.channels)
    if not told and not critical:
        return []
    subject = min(told, default=known.anomaly.incident)
    again = post if critical else post.only_where_told(brand_id, subject)
    return again.deliver(file, subject, message_of(members, file.brand))


def notify_of_source(brand_id: BrandId, alarm_id: str, *, timetable: Timetable, post: Post) -> list[str]:
    """Tell what is wrong with a source as it is now; what is over is only taken back where it was told.

    Where another trouble stands in its place, that is said; while nobody knows, nothing is. Return
    the channels on which something was sent or edited; raises what `Post.deliver` raises.
    """
    file, past = post.brands.get(brand_id), over(alarm_id)
    if file is None or past is None:
        return []
    now = post.clock.now()
    known = next((known for known in timetable.of(brand_id) if known.source is past.source), None)
    alarms = open_alarms(known, now) if known is not None else []
    alarm = next((alarm for alarm in alarms if alarm.id == alarm_id), None)
    if alarm is not None:
        return post.deliver(file, alarm_id, source_message(alarm, file.brand, over=False))
    instead = _instead(past, known, file.brand, now)
    if instead is None:
        return []
    return post.only_where_told(brand_id, alarm_id).deliver(file, alarm_id, instead)


def _instead(past: SourceAlarm, known: Freshness | None, brand: Brand, now: datetime) -> Message | None:
    """Write what is true by now of a trouble that is not open any more; None while nobody knows."""
    if known is None:
        return disconnected_message(past.source, brand)
    other = instead_of(past, known, now)
    if other is not None:
        return source_message(other, brand, over=False)
    return source_message(past, brand, over=True) if has_passed(past, known) else None
