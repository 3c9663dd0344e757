"""Notification: a person is told once per channel, and what was said is kept true."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.core.message import message_of
from shared.core.sentry.severity import Severity
from shared.errors import Contended, PlatformRefused
from shared.flows.channels import Channel, Telling

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shared.core.brand import BrandId
    from shared.ports import Anomalies, Brands, Clock, Deliveries

_TOLD = frozenset({Severity.CRITICAL, Severity.WARNING})
"""Good news waits on the dashboard."""


def notify(
    brand_id: BrandId,
    anomaly_id: str,
    *,
    brands: Brands,
    anomalies: Anomalies,
    deliveries: Deliveries,
    channels: Mapping[str, Channel],
    clock: Clock,
) -> list[str]:
    """Tell an anomaly on the brand's channels; return those on which something was sent or edited.

    A message that can be edited is edited in place when the insight, a correction or the
    resolution comes; an e-mail is sent once. A second send happens only when a sender died between
    sending and marking. A channel that refuses does not keep the others from being told.

    Raises:
        Contended: another sender is at work on a channel; come back.
        PlatformRefused: a channel refused for good; the others are done.
    """
    file = brands.get(brand_id)
    if file is None:
        return []
    known = anomalies.get(file.brand, [anomaly_id]).get(anomaly_id)
    wanted = [name for name in channels if name in file.settings.channels]
    if known is None or not known.anomaly.told or known.anomaly.severity not in _TOLD or not wanted:
        return []
    where, message = brands.notifications(brand_id), message_of(known.anomaly, file.brand)
    told: list[str] = []
    refusals: list[PlatformRefused] = []
    busy: list[str] = []
    for name in wanted:
        channel = channels[name]
        if not channel.reaches(where):
            continue
        delivery = deliveries.claim(brand_id, anomaly_id, name, clock.now())
        if delivery is None:
            busy.append(name)
            continue
        sent_as = delivery.sent_as
        try:
            if sent_as is None or (channel.edits and delivery.told != message.fingerprint):
                sent_as = channel.tell(Telling(brand_id, anomaly_id, message, where, sent_as))
                told.append(name)
            deliveries.sent(delivery, message_id=sent_as, told=message.fingerprint)
        except PlatformRefused as refusal:
            refusals.append(refusal)
    if refusals:
        raise refusals[0]
    if busy:
        raise Contended(f"another sender is at work on {', '.join(busy)}")
    return told
