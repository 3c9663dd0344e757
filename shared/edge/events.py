"""Events: what a CloudEvent points at, and what becomes of one that fails."""

from __future__ import annotations

import base64
import binascii
import json
import logging
from datetime import UTC, datetime
from functools import wraps
from typing import TYPE_CHECKING

from flask import abort, request

from shared.core.job import (
    anomaly_job_of,
    ingest_job_of,
    tell_job_of,
    written_anomaly_of,
    written_metric_of,
)
from shared.edge.changes import may_have_changed
from shared.edge.log import bound, log
from shared.errors import ConfigError, MalformedEvent, Terminal, Unauthenticated

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cloudevents.http import CloudEvent

    from shared.core.job import AnomalyJob, IngestJob, Job, TellJob, WrittenMetric
    from shared.ports import Clock, DeadLetters, Sender

_SCHEMA = 1
_FIRESTORE_TYPE = "google.cloud.firestore.document.v1.written"
_PUBSUB_TYPE = "google.cloud.pubsub.topic.v1.messagePublished"
_ANSWER = ("status", "snoozedUntil")


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
                    names=_names(handler.__name__, event),
                    now=clock().now(),
                )
            except Exception as error:
                log(logging.ERROR, "event_failed", error=error)
                raise

        return answer

    return door


def written_metric(event: CloudEvent, project: str) -> WrittenMetric:
    """Read which metric a Firestore event is about; MalformedEvent when it is not one of ours."""
    return written_metric_of(_subject(event, project))


def answered_anomaly(event: CloudEvent, project: str) -> AnomalyJob | None:
    """Read which anomaly may have another answer; None for a write that left it alone.

    MalformedEvent when it is not about one of our anomalies.
    """
    job = written_anomaly_of(_subject(event, project))
    return job if may_have_changed(event.data, _ANSWER) else None


def _subject(event: CloudEvent, project: str) -> str:
    """Return which document was written; MalformedEvent for what is no write to our database."""
    if event["type"] != _FIRESTORE_TYPE:
        raise MalformedEvent("not a Firestore write")
    if event["source"] != f"//firestore.googleapis.com/projects/{project}/databases/(default)":
        raise MalformedEvent("from another project or database")
    return str(event.get("subject") or "")


def tick_slot(event: CloudEvent) -> datetime:
    """Return the minute a tick stands for: its own time rounded down, so a repeated tick is the same one."""
    _message(event)
    try:
        instant = datetime.fromisoformat(str(event["time"])).astimezone(UTC)
    except (ValueError, OverflowError):
        raise MalformedEvent("no readable time") from None
    return instant.replace(second=0, microsecond=0)


def ingest_job(event: CloudEvent) -> IngestJob:
    return ingest_job_of(_message(event))


def anomaly_job(event: CloudEvent) -> AnomalyJob:
    return anomaly_job_of(_message(event))


def tell_job(event: CloudEvent) -> TellJob:
    return tell_job_of(_message(event))


_JOBS: Mapping[str, Callable[[CloudEvent], Job]] = {
    "ingest": ingest_job,
    "enrich": anomaly_job,
    "notify": tell_job,
}


def _names(door: str, event: CloudEvent) -> Mapping[str, str]:
    """Return the ids that an event names, for bringing it back; none where it is not one of ours."""
    try:
        return _JOBS[door](event).names if door in _JOBS else {}
    except MalformedEvent:
        return {}


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
