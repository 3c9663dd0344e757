"""Events: what a CloudEvent points at, and what becomes of one that fails."""

from __future__ import annotations

import base64
import binascii
import json
import logging
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import wraps
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from flask import abort, request

from shared.core.brand import BrandId, brand_id
from shared.core.metric import Source
from shared.core.period import bucket_of_key
from shared.core.source_alarm import over
from shared.edge.log import bound, log
from shared.errors import BadRequest, ConfigError, MalformedEvent, Terminal, Unauthenticated

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloudevents.http import CloudEvent

    from shared.ports import Clock, DeadLetters, Sender

_SCHEMA = 1
_ANY_ZONE = ZoneInfo("UTC")  # whether a key is well-formed depends on no zone
_FIRESTORE_TYPE = "google.cloud.firestore.document.v1.written"
_PUBSUB_TYPE = "google.cloud.pubsub.topic.v1.messagePublished"
_METRIC_PATH = re.compile(
    r"brands/(?P<brand>[^/]+)/performance_metrics/metric_(?P=brand)_"
    r"(?P<source>meta|google|organic|aggregated)_(?P<key>[0-9TWZ-]+)",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class WrittenMetric:
    """The metric an event says was written. Its data is not read from the event: it is a hint."""

    brand_id: BrandId
    source: Source
    key: str


@dataclass(frozen=True, slots=True)
class IngestJob:
    brand_id: BrandId
    source: Source


@dataclass(frozen=True, slots=True)
class AnomalyJob:
    brand_id: BrandId
    anomaly_id: str


@dataclass(frozen=True, slots=True)
class TellJob:
    """What people are to hear of: an anomaly, a source's own trouble, or a day's digest."""

    brand_id: BrandId
    anomaly_id: str | None = None
    alarm_id: str | None = None
    digest: date | None = None


def settled(
    *,
    sender: Callable[[], Sender | None],
    dead_letters: Callable[[], DeadLetters],
    clock: Callable[[], Clock],
) -> Callable[[Callable[[CloudEvent], None]], Callable[[CloudEvent], None]]:
    """Decide once who may push events, and what becomes of one that fails.

    From anybody else: 401, and nothing is read or written. Terminal: recorded as a dead letter and
    acknowledged, for it would fail for ever. Anything else is raised: the framework answers 500 and
    the event comes back, later and later.
    """

    def door(handler: Callable[[CloudEvent], None]) -> Callable[[CloudEvent], None]:
        @wraps(handler)
        def answer(event: CloudEvent) -> None:
            with bound(door=handler.__name__, eventId=event["id"]):
                settle(event)

        def settle(event: CloudEvent) -> None:
            known = sender()
            if known is not None:
                try:
                    known.verify(request.headers.get("Authorization"))
                except Unauthenticated as refusal:
                    log(logging.WARNING, "event_refused", error=refusal)
                    abort(401)
            try:
                handler(event)
            except ConfigError:
                raise  # the deployment is wrong, not the event
            except Terminal as error:
                log(logging.WARNING, "dead_letter", error=error)
                dead_letters().bury(
                    kind=handler.__name__,
                    event_id=str(event["id"])[:200],
                    subject=str(event.get("subject") or event["source"])[:500],
                    reason=error.reason,
                    now=clock().now(),
                )
            except Exception as error:
                log(logging.ERROR, "event_failed", error=error)
                raise

        return answer

    return door


def written_metric(event: CloudEvent, project: str) -> WrittenMetric:
    """Read which metric a Firestore event is about; MalformedEvent when it is not one of ours."""
    if event["type"] != _FIRESTORE_TYPE:
        raise MalformedEvent("not a Firestore write")
    if event["source"] != f"//firestore.googleapis.com/projects/{project}/databases/(default)":
        raise MalformedEvent("from another project or database")
    subject = str(event.get("subject") or "")
    match = _METRIC_PATH.fullmatch(subject.removeprefix("documents/"))
    if match is None:
        raise MalformedEvent("not about a metric")
    try:
        bucket_of_key(match["key"], _ANY_ZONE)
        return WrittenMetric(brand_id(match["brand"]), Source(match["source"]), match["key"])
    except (ValueError, OverflowError, BadRequest):
        raise MalformedEvent("not about a metric") from None


def tick_slot(event: CloudEvent) -> datetime:
    """Return the minute a tick stands for: its own time rounded down, so a repeated tick is the same one."""
    _message(event)
    try:
        instant = datetime.fromisoformat(str(event["time"])).astimezone(UTC)
    except (ValueError, OverflowError):
        raise MalformedEvent("no readable time") from None
    return instant.replace(second=0, microsecond=0)


def ingest_job(event: CloudEvent) -> IngestJob:
    fields = _message(event)
    try:
        return IngestJob(brand_id(_text(fields, "brandId")), Source(_text(fields, "source")))
    except (ValueError, BadRequest):
        raise MalformedEvent("names no brand and source") from None


def anomaly_job(event: CloudEvent) -> AnomalyJob:
    fields = _message(event)
    anomaly = _text(fields, "anomalyId")
    try:
        known = brand_id(_text(fields, "brandId"))
    except BadRequest:
        raise MalformedEvent("names no brand") from None
    if not re.fullmatch(rf"an_metric_{re.escape(known)}_[A-Za-z0-9_-]{{1,200}}", anomaly, re.ASCII):
        raise MalformedEvent("names no anomaly of this brand")
    return AnomalyJob(known, anomaly)


def tell_job(event: CloudEvent) -> TellJob:
    fields = _message(event)
    if not fields.keys() & {"alarmId", "digest"}:
        job = anomaly_job(event)
        return TellJob(job.brand_id, anomaly_id=job.anomaly_id)
    try:
        known = brand_id(_text(fields, "brandId"))
    except BadRequest:
        raise MalformedEvent("names no brand") from None
    if "digest" in fields:
        try:
            return TellJob(known, digest=date.fromisoformat(_text(fields, "digest")))
        except ValueError:
            raise MalformedEvent("names no day") from None
    alarm = _text(fields, "alarmId")
    if over(alarm) is None:
        raise MalformedEvent("names no trouble of a source")
    return TellJob(known, alarm_id=alarm)


def _message(event: CloudEvent) -> dict[str, object]:
    """Read a Pub/Sub message's JSON; a schema version, where there is one, must be ours."""
    if event["type"] != _PUBSUB_TYPE or not isinstance(event.data, dict):
        raise MalformedEvent("not a Pub/Sub message")
    message = event.data.get("message")
    data = message.get("data") if isinstance(message, dict) else None
    if not isinstance(data, str):
        raise MalformedEvent("a message without data")
    try:
        fields = json.loads(base64.b64decode(data, validate=True))
    except (binascii.Error, ValueError, RecursionError):
        raise MalformedEvent("unreadable data") from None
    if not isinstance(fields, dict) or fields.get("v", _SCHEMA) != _SCHEMA:
        raise MalformedEvent("an unknown schema")
    return fields


def _text(fields: dict[str, object], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str):
        raise MalformedEvent(f"{name} is missing")
    return value
