"""Topics, push subscriptions and dead letters on the Pub/Sub emulator, through its REST face."""

from __future__ import annotations

import base64
from http import HTTPStatus

import requests

from local.processes import ProcessError

DOORS = {
    "performance-tick": "schedule",
    "performance-ingest": "ingest",
    "performance-enrich": "enrich",
    "performance-notify": "notify",
    "performance-sweep": "sweep",
}
"""Which door each topic wakes."""

_ATTEMPTS = 5


class Topics:
    def __init__(self, emulator: str, project: str) -> None:
        self._base = f"http://{emulator}/v1/"
        self._project = f"projects/{project}"
        self._session = requests.Session()
        self._session.trust_env = False

    def create(self, gateway: str) -> None:
        """Make every topic, its push to the gateway, and a dead-letter topic that keeps what failed.

        The push path names the topic: the framework reads the event's source from it.
        """
        for topic in DOORS:
            dead = f"{self._project}/topics/{topic}-dead"
            self._put(f"{self._project}/topics/{topic}", {})
            self._put(dead, {})
            self._put(f"{self._project}/subscriptions/{topic}-dead", {"topic": dead})
            self._put(
                f"{self._project}/subscriptions/{topic}",
                {
                    "topic": f"{self._project}/topics/{topic}",
                    "pushConfig": {"pushEndpoint": f"{gateway}/{self._project}/topics/{topic}"},
                    "ackDeadlineSeconds": 60,
                    "retryPolicy": {"minimumBackoff": "1s", "maximumBackoff": "10s"},
                    "deadLetterPolicy": {"deadLetterTopic": dead, "maxDeliveryAttempts": _ATTEMPTS},
                },
            )

    def publish(self, topic: str, data: bytes) -> None:
        body = {"messages": [{"data": base64.b64encode(data).decode()}]}
        answer = self._session.post(
            f"{self._base}{self._project}/topics/{topic}:publish", json=body, timeout=5
        )
        answer.raise_for_status()

    def _put(self, name: str, body: dict[str, object]) -> None:
        answer = self._session.put(self._base + name, json=body, timeout=5)
        if answer.status_code not in {HTTPStatus.OK, HTTPStatus.CONFLICT}:
            raise ProcessError(f"the Pub/Sub emulator refused {name}: {answer.text[:200]}")
