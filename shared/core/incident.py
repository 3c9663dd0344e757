"""Incidents: what one shock raises is one matter, whichever metric, source, blend or period it shows in.

The metrics are made of each other, so a dearer click at Google shows in Google's cpc, spend, roas
and cac, in those of all sources, in hours, days and weeks. The explanation of each names the source
and the driver that move it most. What names the same source, and the same side of it (what is
bought: impressions, clicks and their price; what is sold: conversions and their value), has one
cause; one cause's anomalies of one time are an incident.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import dropwhile, groupby
from typing import TYPE_CHECKING

from shared.core.anomaly import AnomalyStatus, incident_id
from shared.core.metric import Metric, Source
from shared.core.sentry.cycle import CYCLES
from shared.core.sentry.quiet import Alarm, Quiet
from shared.core.sentry.severity import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from shared.core.anomaly import Anomaly

NEAR = timedelta(days=15)
"""What is further away than a week and the time for which a week's alarm lasts is another incident's."""

_GRAVITY = (Severity.INFO, Severity.WARNING, Severity.CRITICAL)

_NEAREST = (
    *(Metric.CPC, Metric.CTR, Metric.SPEND, Metric.CONVERSIONS),
    *(Metric.REVENUE, Metric.ROAS, Metric.CAC),
)
"""What says most plainly what happened, first: a ratio of money to money says least."""


def placed(caused: Iterable[Anomaly]) -> list[Anomaly]:
    """Sort one cause's anomalies into incidents, in whatever order they were raised; oldest first.

    The first of them, if it was told, stays in the incident it is in: that may have begun earlier.
    People hear of what begins an incident, of what gets worse, and of what is graver than all before.
    What a machine took back silences none that follow. An incident that people resolved altogether
    is over; what comes after it has come back, and is told.
    """
    quiet, begun = Quiet(), dict[Alarm, str]()
    members: dict[str, list[Anomaly]] = {}
    found: list[Anomaly] = []
    for each in sorted(caused, key=_order):
        alarm, stands = _alarm(each), each.resolved_by != "machine"
        place = quiet.add(alarm, stands=stands)
        begun.setdefault(alarm, each.incident if not found and each.told else _own(each))
        incident = begun[place.head]
        before = members.get(incident, [])
        if each.incident != incident and before and all(_is_settled(other) for other in before):
            quiet.end()
            place, incident = quiet.add(alarm, stands=stands), _own(each)
            before = members.get(incident, [])
        graver = all(_gravity(each) > _gravity(other) for other in before)
        now = replace(each, incident=incident, told=place.told or (stands and graver))
        if stands:
            members.setdefault(incident, []).append(now)
        found.append(now)
    return found


def all_placed(raised: Iterable[Anomaly]) -> list[Anomaly]:
    """Sort anomalies of any causes into incidents."""

    def cause(each: Anomaly) -> str:
        return each.cause

    return [each for _, group in groupby(sorted(raised, key=cause), key=cause) for each in placed(group)]


def from_what_is_certain(caused: Iterable[Anomaly]) -> list[Anomaly]:
    """Leave out what follows from something out of sight, up to what was told or is new."""
    ordered = sorted(caused, key=_order)
    return list(dropwhile(lambda each: not (each.told or each.incident == _own(each)), ordered))


def lead(members: Sequence[Anomaly]) -> Anomaly:
    """Return what people hear of an incident: what was told last of the gravest of it that stands.

    A source speaks for itself where it can, before the blend that it shows in. Where a machine took
    back all of it, that is how it began.
    """
    ranked = sorted(members, key=_order)
    standing = [each for each in ranked if each.resolved_by != "machine"]
    told = [each for each in standing if each.told] or standing
    heard = max(reversed(told) if told else ranked, key=_gravity)
    if heard.source is not Source.AGGREGATED:
        return heard
    alike = (each for each in standing if _gravity(each) == _gravity(heard))
    return next((each for each in alike if each.source is not Source.AGGREGATED), heard)


def subjects(members: Iterable[Anomaly]) -> frozenset[str]:
    """Return all names that an incident may have been told by, before its earlier anomalies were known."""
    return frozenset(_own(each) for each in members)


def _own(anomaly: Anomaly) -> str:
    return incident_id(anomaly.cause, anomaly.bucket)


def _gravity(anomaly: Anomaly) -> int:
    return _GRAVITY.index(anomaly.severity)


def _is_settled(anomaly: Anomaly) -> bool:
    return anomaly.status is AnomalyStatus.RESOLVED and anomaly.resolved_by == "human"


def _alarm(anomaly: Anomaly) -> Alarm:
    bucket, rising = anomaly.bucket, anomaly.value > anomaly.expected
    series = f"{anomaly.source.value}.{bucket.period.value}.{anomaly.metric.value}.{rising}"
    end = int(bucket.end.timestamp())
    return Alarm(bucket.epoch, end, anomaly.strength, CYCLES[bucket.period].quiet, series)


def _order(anomaly: Anomaly) -> tuple[object, ...]:
    """Put what ends first before what ends later, hours before their day, sources before their blend.

    Of one bucket, what lies nearest to its driver comes first.
    """
    bucket, blended = anomaly.bucket, anomaly.source is Source.AGGREGATED
    return bucket.end, CYCLES[bucket.period].step, blended, _NEAREST.index(anomaly.metric), anomaly.id
