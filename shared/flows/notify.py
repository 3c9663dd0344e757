"""Notification: a person is told once per channel, and what was said is kept true."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from shared.core.incident import subjects
from shared.core.message import linked, message_of
from shared.core.sentry.severity import Severity
from shared.core.source_alarm import open_alarms, over
from shared.core.source_message import source_message
from shared.errors import Contended, PlatformRefused
from shared.flows.channels import Channel, Telling

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shared.core.brand import BrandId
    from shared.core.message import Message
    from shared.flows.illustrate import Illustrator
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
        between sending and marking. A channel that refuses does not keep the others from being told.

        Raises:
            Contended: another sender is at work on a channel; come back.
            PlatformRefused: a channel refused for good; the others are done.
        """
        brand_id, wanted = file.brand.id, [name for name in self.channels if name in file.settings.channels]
        if not wanted:
            return []
        where, illustration = self.brands.notifications(brand_id), self.illustrator.of(file, message.about)
        message = linked(message, file.brand, self.dashboard)
        told: list[str] = []
        refusals: list[PlatformRefused] = []
        busy: list[str] = []
        for name in wanted:
            channel = self.channels[name]
            if not channel.reaches(where):
                continue
            delivery = self.deliveries.claim(brand_id, subject_id, name, self.clock.now())
            if delivery is None:
                busy.append(name)
                continue
            sent_as = delivery.sent_as
            telling = Telling(brand_id, subject_id, message, illustration, where, sent_as)
            try:
                stale = delivery.told != message.fingerprint
                if sent_as is None or (stale and channel.goes_on(telling)):
                    sent_as = channel.tell(telling)
                    told.append(name)
                self.deliveries.sent(delivery, message_id=sent_as, told=message.fingerprint)
            except PlatformRefused as refusal:
                refusals.append(refusal)
        if refusals:
            raise refusals[0]
        if busy:
            raise Contended(f"another sender is at work on {', '.join(busy)}")
        return told


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

    Return the channels on which something was sent or edited; raises what `Post.deliver` raises.
    """
    file, past = post.brands.get(brand_id), over(alarm_id)
    if file is None or past is None:
        return []
    now = post.clock.now()
    alarms = (alarm for known in timetable.of(brand_id) for alarm in open_alarms(known, now))
    alarm = next((alarm for alarm in alarms if alarm.id == alarm_id), None)
    if alarm is not None:
        return post.deliver(file, alarm_id, source_message(alarm, file.brand, over=False))
    taken_back = source_message(past, file.brand, over=True)
    return post.only_where_told(brand_id, alarm_id).deliver(file, alarm_id, taken_back)
