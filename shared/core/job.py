"""What an event asks for, in names alone: all that a door reads of it, all that a dead letter keeps."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from shared.core.brand import BrandId, brand_id
from shared.core.metric import Source
from shared.core.period import bucket_of_key
from shared.core.source_alarm import over
from shared.errors import BadRequest, MalformedEvent

if TYPE_CHECKING:
    from collections.abc import Mapping

_ANY_ZONE = ZoneInfo("UTC")  # whether a key is well-formed depends on no zone
_METRIC_PATH = re.compile(
    r"brands/(?P<brand>[^/]+)/performance_metrics/metric_(?P=brand)_"
    r"(?P<source>meta|google|organic|aggregated)_(?P<key>[0-9TWZ-]+)",
    re.ASCII,
)
_ANOMALY_PATH = re.compile(
    r"brands/(?P<brand>[^/]+)/performance_anomalies/"
    r"(?P<anomaly>an_metric_(?P=brand)_[A-Za-z0-9_-]{1,200})",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class WrittenMetric:
    """The metric an event says was written. Its data is not read from the event: it is a hint."""

    brand_id: BrandId
    source: Source
    key: str

    @property
    def names(self) -> dict[str, str]:
        """Return nothing: the event's subject says it all."""
        return {}


@dataclass(frozen=True, slots=True)
class IngestJob:
    brand_id: BrandId
    source: Source

    @property
    def names(self) -> dict[str, str]:
        return {"brandId": self.brand_id, "source": self.source.value}


@dataclass(frozen=True, slots=True)
class AnomalyJob:
    brand_id: BrandId
    anomaly_id: str

    @property
    def names(self) -> dict[str, str]:
        return {"brandId": self.brand_id, "anomalyId": self.anomaly_id}


@dataclass(frozen=True, slots=True)
class TellJob:
    """What people are to hear of: an anomaly, a source's own trouble, or a day's digest."""

    brand_id: BrandId
    anomaly_id: str | None = None
    alarm_id: str | None = None
    digest: date | None = None

    @property
    def names(self) -> dict[str, str]:
        day = self.digest.isoformat() if self.digest else None
        about = {"anomalyId": self.anomaly_id, "alarmId": self.alarm_id, "digest": day}
        return {"brandId": self.brand_id} | {name: text for name, text in about.items() if text}


Job = WrittenMetric | IngestJob | AnomalyJob | TellJob


def written_metric_of(subject: str) -> WrittenMetric:
    """Read a Firestore event's subject; MalformedEvent when it is not about a metric."""
    match = _METRIC_PATH.fullmatch(subject.removeprefix("documents/"))
    if match is None:
        raise MalformedEvent("not about a metric")
    try:
        bucket_of_key(match["key"], _ANY_ZONE)
        return WrittenMetric(brand_id(match["brand"]), Source(match["source"]), match["key"])
    except (ValueError, OverflowError, BadRequest):
        raise MalformedEvent("not about a metric") from None


def written_anomaly_of(subject: str) -> AnomalyJob:
    """Read a Firestore event's subject; MalformedEvent when it is not about one of our anomalies."""
    match = _ANOMALY_PATH.fullmatch(subject.removeprefix("documents/"))
    if match is None:
        raise MalformedEvent("not about an anomaly")
    try:
        return AnomalyJob(brand_id(match["brand"]), match["anomaly"])
    except BadRequest:
        raise MalformedEvent("not about an anomaly") from None


def ingest_job_of(names: Mapping[str, object]) -> IngestJob:
    try:
        return IngestJob(brand_id(_text(names, "brandId")), Source(_text(names, "source")))
    except (ValueError, BadRequest):
        raise MalformedEvent("names no brand and source") from None


def anomaly_job_of(names: Mapping[str, object]) -> AnomalyJob:
    anomaly = _text(names, "anomalyId")
    known = _brand(names)
    if not re.fullmatch(rf"an_metric_{re.escape(known)}_[A-Za-z0-9_-]{{1,200}}", anomaly, re.ASCII):
        raise MalformedEvent("names no anomaly of this brand")
    return AnomalyJob(known, anomaly)


def tell_job_of(names: Mapping[str, object]) -> TellJob:
    if not names.keys() & {"alarmId", "digest"}:
        job = anomaly_job_of(names)
        return TellJob(job.brand_id, anomaly_id=job.anomaly_id)
    known = _brand(names)
    if "digest" in names:
        try:
            return TellJob(known, digest=date.fromisoformat(_text(names, "digest")))
        except ValueError:
            raise MalformedEvent("names no day") from None
    alarm = _text(names, "alarmId")
    if over(alarm) is None:
        raise MalformedEvent("names no trouble of a source")
    return TellJob(known, alarm_id=alarm)


def _brand(names: Mapping[str, object]) -> BrandId:
    try:
        return brand_id(_text(names, "brandId"))
    except BadRequest:
        raise MalformedEvent("names no brand") from None


def _text(names: Mapping[str, object], name: str) -> str:
    value = names.get(name)
    if not isinstance(value, str):
        raise MalformedEvent(f"{name} is missing")
    return value
