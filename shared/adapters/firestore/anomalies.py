"""Anomaly documents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from google.api_core.exceptions import AlreadyExists
from google.cloud.firestore import DELETE_FIELD, And, FieldFilter, Query

from shared.adapters.firestore import _paths
from shared.adapters.firestore._calls import CALL, firestore, get_all, pages, readable
from shared.core.anomaly import AnomalyStatus, InsightState
from shared.core.sentry.severity import Severity
from shared.core.wire.anomaly import anomaly_fields, anomaly_of
from shared.ports import KnownAnomaly, Unfinished

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from datetime import datetime

    from google.cloud.firestore import Client

    from shared.adapters.firestore._calls import Snapshot
    from shared.core.anomaly import Anomaly
    from shared.core.brand import Brand

_PAGE = 300
_OPTIONAL = ("aiInsight", "insightOrigin", "resolvedBy", "windowHours", "moneyAtRisk", "snoozedUntil")


class FirestoreAnomalies:
    def __init__(self, client: Client) -> None:
        self._client = client

    def create(self, anomalies: Sequence[Anomaly]) -> list[str]:
        """Create all in one write; one by one only where some are known already."""
        if not anomalies or self._created(anomalies):
            return [anomaly.id for anomaly in anomalies]
        return [anomaly.id for anomaly in anomalies if self._created([anomaly])]

    def _created(self, anomalies: Sequence[Anomaly]) -> bool:
        batch = self._client.batch()
        for anomaly in anomalies:
            document = _paths.anomalies(self._client, anomaly.brand_id).document(anomaly.id)
            batch.create(document, anomaly_fields(anomaly))
        with firestore():
            try:
                batch.commit(**CALL)
            except AlreadyExists:
                return False
        return True

    def get(self, brand: Brand, anomaly_ids: Collection[str]) -> dict[str, KnownAnomaly]:
        collection = _paths.anomalies(self._client, brand.id)
        read = get_all(self._client, (collection.document(name) for name in anomaly_ids))
        return {
            doc.id: KnownAnomaly(_read(doc, brand), doc.update_time) for doc in read.values() if doc.exists
        }

    def caused(self, brand: Brand, cause: str, start: datetime, end: datetime) -> list[KnownAnomaly]:
        within = FieldFilter("timestamp", ">=", start), FieldFilter("timestamp", "<", end)
        return self._known(brand, FieldFilter("cause", "==", cause), *within)

    def members(self, brand: Brand, incident: str) -> list[Anomaly]:
        return [each.anomaly for each in self._known(brand, FieldFilter("incidentId", "==", incident))]

    def detected(self, brand: Brand, start: datetime, end: datetime) -> list[Anomaly]:
        within = FieldFilter("detectedAt", ">=", start), FieldFilter("detectedAt", "<", end)
        return [each.anomaly for each in self._known(brand, *within)]

    def woken(self, brand: Brand, start: datetime, end: datetime) -> list[Anomaly]:
        within = FieldFilter("snoozedUntil", ">=", start), FieldFilter("snoozedUntil", "<", end)
        return [each.anomaly for each in self._known(brand, *within)]

    def _known(self, brand: Brand, *filters: FieldFilter) -> list[KnownAnomaly]:
        query = _paths.anomalies(self._client, brand.id).where(filter=And(list(filters)))
        with firestore():
            found = list(query.stream(**CALL))
        return list(readable(found, lambda doc: KnownAnomaly(_read(doc, brand), doc.update_time)))

    def unexplained(self, start: datetime, end: datetime) -> Iterator[list[Unfinished]]:
        pending = FieldFilter("insightState", "==", InsightState.PENDING.value)
        wanted = AnomalyStatus.NEW, AnomalyStatus.INVESTIGATING, AnomalyStatus.IGNORED
        return self._unfinished(start, end, pending, _status_in(*wanted))

    def grave(self, start: datetime, end: datetime) -> Iterator[list[Unfinished]]:
        critical = FieldFilter("severity", "==", Severity.CRITICAL.value)
        told = FieldFilter("told", "==", True)
        still_open = _status_in(AnomalyStatus.NEW, AnomalyStatus.INVESTIGATING)
        return self._unfinished(start, end, critical, told, still_open)

    def _unfinished(
        self, start: datetime, end: datetime, *filters: FieldFilter
    ) -> Iterator[list[Unfinished]]:
        within = FieldFilter("detectedAt", ">=", start), FieldFilter("detectedAt", "<", end)
        query = (
            _paths.every_anomaly(self._client)
            .where(filter=And([*filters, *within]))
            .order_by("detectedAt", direction=Query.DESCENDING)
            .select(["detectedAt", "incidentId"])
        )
        for page in pages(query, _PAGE):
            yield [
                Unfinished(owner, doc.id, str((doc.to_dict() or {}).get("incidentId", "")))
                for doc in page
                if (owner := _paths.owner_of(doc.reference)) is not None
            ]

    def correct(self, known: KnownAnomaly, anomaly: Anomaly) -> None:
        fields = anomaly_fields(anomaly)
        gone = {name: DELETE_FIELD for name in _OPTIONAL if name not in fields}
        unchanged = self._client.write_option(last_update_time=known.version)
        with firestore():
            _paths.anomalies(self._client, anomaly.brand_id).document(anomaly.id).update(
                fields | gone, option=unchanged, **CALL
            )

    def newest(
        self, brand: Brand, *, status: AnomalyStatus | None, limit: int, after: str | None
    ) -> tuple[list[Anomaly], str | None]:
        collection = _paths.anomalies(self._client, brand.id)
        query = collection.order_by("detectedAt", direction=Query.DESCENDING)
        if status is not None:
            query = query.where(filter=FieldFilter("status", "==", status.value))
        with firestore():
            if after is not None:
                start = collection.document(after).get(**CALL)
                if not start.exists:
                    return [], None
                query = query.start_after(start)
            found = list(query.limit(limit + 1).stream(**CALL))
        page = found[:limit]
        anomalies = list(readable(page, lambda doc: _read(doc, brand)))
        return anomalies, page[-1].id if len(found) > limit else None


def _read(stored: Snapshot, brand: Brand) -> Anomaly:
    return anomaly_of(stored.to_dict() or {}, stored.id, brand)


def _status_in(*wanted: AnomalyStatus) -> FieldFilter:
    return FieldFilter("status", "in", [status.value for status in wanted])
