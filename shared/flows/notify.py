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
from shared.errors import Contended
from shared.flows.round import Letter, Round, go_round

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from shared.core.brand import Brand, BrandId
    from shared.core.message import Message
    from shared.core.notifications import Notifications
    from shared.core.refusal import Refusal
    from shared.core.source_alarm import SourceAlarm
    from shared.flows.channels import Channel
    from shared.flows.illustrate import Illustrator
    from shared.ports import Anomalies, BrandFile, Brands, Clock, Deliveries, Timetable


@dataclass(frozen=True, slots=True)
class Post:
    """What it takes to tell people: where they are told, what they were told, and when it is.

    `dashboard` is the base URL that messages lead to. `within` are the channels that a message may go
    to, where that is not all of them; that an address is off, every channel hears.
    """

    brands: Brands
    deliveries: Deliveries
    channels: Mapping[str, Channel]
    clock: Clock
    illustrator: Illustrator
    dashboard: str
    within: frozenset[str] | None = None

    def only_where_told(self, brand_id: BrandId, subject_id: str) -> Post:
        """Leave the channels on which nothing was said of a subject, or cannot be changed any more."""
        return replace(self, within=self._told_on(brand_id, subject_id))

    def deliver(
        self, file: BrandFile, subject_id: str, message: Message, *, also: Collection[str] = ()
    ) -> list[str]:
        """Tell a message on the brand's channels; return those on which something was sent or edited.

        `also` are other subjects that it was told by before: what can be edited of them is.

        A message that can be edited is edited in place when its words change, and followed by a short
        one where it cannot; an e-mail is sent once. A second send happens only when a sender died
        between sending and marking. A channel in trouble does not keep the others from being told. An
        address that refuses for good, again and again, is turned off, and the others hear of it once.

        Raises:
            Retryable: a channel did not take it for now, or another sender is at work; come back.
            PlatformRefused: a channel refused for good; the others are done.
            KeyUnreadable: a channel's token does not open; the others are done.
        """
        within = {subject_id: self.within} | {each: self._told_on(file.brand.id, each) for each in also}
        rounds = {each: channels for each in within if (channels := self._wanted(file, within[each]))}
        if not rounds:
            return []
        where, done = self.brands.notifications(file.brand.id), Round()
        for each, wanted in rounds.items():
            same = {name: channel for name, channel in wanted.items() if channel.replaces(where)}
            channels = wanted if each == subject_id else same
            done.add(self._round(file, each, message, where, channels))
        where = self._noted(file, done, where)
        for refusal in where.unannounced:
            self._announce(file, refusal, where)
        done.complain()
        return done.told

    def _told_on(self, brand_id: BrandId, subject_id: str) -> frozenset[str]:
        return frozenset(
            name
            for name, channel in self.channels.items()
            if channel.edits and self.deliveries.known(brand_id, [subject_id], [name])
        )

    def _wanted(self, file: BrandFile, within: Collection[str] | None = None) -> Mapping[str, Channel]:
        return {
            name: channel
            for name, channel in self.channels.items()
            if name in file.settings.channels and (within is None or name in within)
        }

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

    def _announce(self, file: BrandFile, refusal: Refusal, where: Notifications) -> None:
        """Tell once, wherever people are still reached, that an address has turned itself off.

        Whoever tells anything next goes on with it, should we die before all of them know, or should
        none of them take it.
        """
        everywhere = self._wanted(file)
        done = self._round(file, refusal.id, channel_message(refusal, file.brand), where, everywhere)
        for error in done.passing:
            raise error
        reachable = any(channel.reaches(where) for channel in everywhere.values())
        heard = bool(done.standing) or not reachable

        def after(known: Notifications) -> Notifications:
            counted = known.after(done.refused, done.reached, self.clock.now())
            return counted.with_announced(refusal) if heard else counted

        self.brands.change_notifications(file.brand.id, after, self.clock.now())


def notify(brand_id: BrandId, anomaly_id: str, *, anomalies: Anomalies, post: Post) -> list[str]:
    """Tell an anomaly's incident, and keep its message true until the end.

    What is critical is told at once; the rest waits for the digest. Once told, the message follows
    the insight, what else belongs to it, corrections and the end, and so does every other one that
    it was told by before its first anomaly was known. Return the channels on which something was sent
    or edited; raises what `Post.deliver` raises, and Contended when it changed meanwhile.
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
    first, *others = sorted(told) or [known.anomaly.incident]
    message = message_of(members, file.brand)
    again = post if critical else post.only_where_told(brand_id, first)
    said = again.deliver(file, first, message, also=others)
    if said and _has_changed(message, file.brand, anomaly_id, anomalies):
        raise Contended("the incident changed while it was being told")
    return said


def _has_changed(message: Message, brand: Brand, anomaly_id: str, anomalies: Anomalies) -> bool:
    """Say whether an incident reads otherwise by now: who told that may have been faster than we."""
    known = anomalies.get(brand, [anomaly_id]).get(anomaly_id)
    members = anomalies.members(brand, known.anomaly.incident) if known is not None else []
    return bool(members) and message_of(members, brand).fingerprint != message.fingerprint


def notify_of_source(brand_id: BrandId, alarm_id: str, *, timetable: Timetable, post: Post) -> list[str]:
    """Tell what is wrong with a source as it is now; what is over is only taken back where it was told.

    Where another trouble stands in its place, that is said; while nobody knows, nothing is. Return
    the channels on which something was sent or edited; raises what `Post.deliver` raises, and Contended
    when it changed meanwhile.
    """
    file, past = post.brands.get(brand_id), over(alarm_id)
    if file is None or past is None:
        return []
    message, is_open = _of_source(past, file.brand, timetable, post.clock)
    if message is None:
        return []
    again = post if is_open else post.only_where_told(brand_id, alarm_id)
    said = again.deliver(file, alarm_id, message)
    by_now, _ = _of_source(past, file.brand, timetable, post.clock) if said else (message, is_open)
    if by_now is not None and by_now.fingerprint != message.fingerprint:
        raise Contended("the source's trouble changed while it was being told")
    return said


def _of_source(
    past: SourceAlarm, brand: Brand, timetable: Timetable, clock: Clock
) -> tuple[Message | None, bool]:
    """Write what is true by now of a trouble, None while nobody knows; and say whether it is still open."""
    now = clock.now()
    known = next((known for known in timetable.of(brand.id) if known.source is past.source), None)
    if known is None:
        return disconnected_message(past.source, brand), False
    same = next((alarm for alarm in open_alarms(known, now) if alarm.id == past.id), None)
    stands = same or instead_of(past, known, now)
    if stands is not None:
        return source_message(stands, brand, over=False), same is not None
    return (source_message(past, brand, over=True) if has_passed(past, known) else None), False
