"""What a run left behind: read from Firestore and the simulated inboxes, for a person to see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import requests
from google.cloud.firestore import Client, FieldFilter

from shared.core.anomaly import AnomalyStatus, InsightState
from shared.core.incident import subjects
from shared.core.sentry.severity import Severity
from shared.core.wire.anomaly import anomaly_of
from shared.core.wire.metric import metric_point

if TYPE_CHECKING:
    from datetime import datetime

    from local.demo import Demo
    from shared.core.anomaly import Anomaly
    from shared.core.metric import MetricPoint, Source


@dataclass(frozen=True, slots=True)
class Inbox:
    slack: int
    mail: int
    edited: int


class Journal:
    def __init__(self, project: str, world: str, told: Demo) -> None:
        self._brand = told.brand
        self._client = Client(project=project)
        self._brand_document = self._client.collection("brands").document(told.brand.id)
        self._world = world

    def points_since(self, instant: datetime) -> list[MetricPoint]:
        written = self._brand_document.collection("performance_metrics").where(
            filter=FieldFilter("fetchedAt", ">=", instant)
        )
        return [metric_point(doc.to_dict() or {}, doc.id, self._brand) for doc in written.stream()]

    def sources_since(self, instant: datetime) -> set[Source]:
        return {point.source for point in self.points_since(instant)}

    def anomalies(self) -> list[Anomaly]:
        found = self._brand_document.collection("performance_anomalies").stream()
        return sorted(
            (anomaly_of(doc.to_dict() or {}, doc.id, self._brand) for doc in found),
            key=lambda a: (list(Severity).index(a.severity), a.id),
        )

    def unexplained(self) -> int:
        """Count those that still wait for an explanation; what was over at once needs none."""
        waiting = (a for a in self.anomalies() if a.insight_state is InsightState.PENDING)
        return sum(a.status is not AnomalyStatus.RESOLVED for a in waiting)

    def untold(self) -> int:
        """Count the messages that are still owed: two channels for each incident with something critical."""
        sent = self.delivered()
        return sum(
            sent.isdisjoint(f"{name}_{channel}" for name in subjects(members))
            for members in self.incidents().values()
            if any(a.severity is Severity.CRITICAL and a.is_open for a in members)
            for channel in ("slack", "email")
        )

    def incidents(self) -> dict[str, list[Anomaly]]:
        found: dict[str, list[Anomaly]] = {}
        for each in self.anomalies():
            found.setdefault(each.incident, []).append(each)
        return found

    def delivered(self) -> set[str]:
        """Name what was sent, as `{incident}_{channel}`."""
        stream = self._brand_document.collection("deliveries").stream()
        return {doc.id for doc in stream if doc.get("sentAs")}

    def dead_letters(self) -> list[str]:
        return [doc.get("reason") for doc in self._client.collection("dead_letters").stream()]

    def inbox(self) -> Inbox:
        received = requests.get(f"{self._world}/_world/inbox", timeout=5).json()
        slack = received["slack"]
        return Inbox(len(slack), len(received["mail"]), sum(bool(m.get("edits")) for m in slack))
