"""Pub/Sub: asks other doors to act. A message names a document and carries nothing else."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from google.api_core.exceptions import Forbidden, GoogleAPICallError, NotFound, RetryError
from google.api_core.retry import Retry
from google.cloud.pubsub_v1 import PublisherClient
from google.cloud.pubsub_v1.types import BatchSettings

from shared.errors import PlatformRefused, Unavailable

if TYPE_CHECKING:
    from concurrent.futures import Future
    from datetime import date, datetime

    from shared.core.brand import BrandId
    from shared.core.metric import Source

SCHEMA = 1
_ACKNOWLEDGED_WITHIN_S = 10.0


class PubSubQueue:
    def __init__(self, project: str) -> None:
        self._publisher = PublisherClient(batch_settings=BatchSettings(max_latency=0.005))
        self._project = project
        self._pending: list[Future[str]] = []

    def ask_for_ingest(self, brand_id: BrandId, source: Source, slot: datetime) -> None:
        self._publish(
            "performance-ingest",
            {"brandId": brand_id, "source": source.value, "slot": f"{slot:%Y-%m-%dT%H:%M:%SZ}"},
        )

    def ask_for_insight(self, brand_id: BrandId, anomaly_id: str) -> None:
        self._publish("performance-enrich", {"brandId": brand_id, "anomalyId": anomaly_id})

    def ask_to_notify(self, brand_id: BrandId, anomaly_id: str) -> None:
        self._publish("performance-notify", {"brandId": brand_id, "anomalyId": anomaly_id})

    def ask_for_digest(self, brand_id: BrandId, day: date) -> None:
        self._publish("performance-notify", {"brandId": brand_id, "digest": day.isoformat()})

    def ask_to_tell_of_source(self, brand_id: BrandId, alarm_id: str) -> None:
        self._publish("performance-notify", {"brandId": brand_id, "alarmId": alarm_id})

    def flush(self) -> None:
        pending, self._pending = self._pending, []
        try:
            for future in pending:
                future.result(timeout=_ACKNOWLEDGED_WITHIN_S)
        except (GoogleAPICallError, RetryError, TimeoutError) as error:
            raise Unavailable("pubsub", type(error).__name__) from error

    def _publish(self, topic: str, message: dict[str, str]) -> None:
        data = json.dumps({"v": SCHEMA} | message).encode()
        path = f"projects/{self._project}/topics/{topic}"
        retry = Retry(initial=0.1, maximum=1.0, timeout=_ACKNOWLEDGED_WITHIN_S)
        self._pending.append(self._publisher.publish(path, data, retry=retry, timeout=3.0))


class PubSubTopics:
    def __init__(self, project: str) -> None:
        self._publisher = PublisherClient()
        self._project = project

    def listeners(self, topic: str) -> int | None:
        path, client = f"projects/{self._project}/topics/{topic}", self._publisher
        try:
            client.get_topic(topic=path, retry=None, timeout=3.0)  # the emulator lists for a missing one too
            return len(list(client.list_topic_subscriptions(topic=path, retry=None, timeout=3.0)))
        except NotFound:
            return None
        except Forbidden as error:
            raise PlatformRefused("pubsub", "forbidden") from error
        except (GoogleAPICallError, RetryError) as error:
            raise Unavailable("pubsub", type(error).__name__) from error
