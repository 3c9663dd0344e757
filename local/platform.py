"""The whole platform on this machine: started in parallel, found by others, stopped for good."""

from __future__ import annotations

import json
import os
import secrets
import signal
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import requests

from local import auth, emulators, ports
from local.dashboard import Dashboard
from local.processes import ProcessError, Supervisor
from local.pubsub import Topics
from local.scheduler import Scheduler

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

REPO = Path(__file__).resolve().parent.parent
STATE = REPO / ".warroom"

_PORTS = ("gateway", "firestore", "pubsub", "relay", "world", "smtp", "auth", "hub", "logging")
_WRITTEN = {
    "sentry": "brands/{brandId}/performance_metrics/{metricId}",
    "answer": "brands/{brandId}/performance_anomalies/{anomalyId}",
}
"""Whose writes wake which door."""

_SECRETS = frozenset({"PERFORMANCE_ENCRYPTION_KEY", "GEMINI_API_KEY"})


class Platform:
    """A running platform: its addresses, and the few things that are done to it from outside."""

    def __init__(self, project: str, taken: dict[str, int], state: Path) -> None:
        self.project = project
        self.ports = taken
        self.state = state
        self.env = _environment(project, taken, state)
        self.urls = {
            "gateway": _url(taken["gateway"]),
            "firestore": _url(taken["firestore"]),
            "pubsub": _url(taken["pubsub"]),
            "auth": _url(taken["auth"]),
            "relay": _url(taken["relay"]),
            "world": _url(taken["world"]),
        }
        self._supervisor: Supervisor | None = None
        self._auth: auth.AuthEmulator | None = None
        self._dashboard: Dashboard | None = None
        self._topics = Topics(f"127.0.0.1:{taken['pubsub']}", project)

    @classmethod
    @contextmanager
    def start(
        cls,
        *,
        project: str = "demo-warroom",
        state: Path = STATE,
        with_auth: bool = True,
        with_page: bool = False,
        say: Callable[[str], None] = print,
    ) -> Iterator[Platform]:
        """Start everything and stop it again, whatever happens in between.

        The Auth emulator and the page's build come up beside the rest, where they are asked for.

        Firestore's events are not delivered before `watch_all`, so that history can be seeded first.
        """
        with _one_interrupt() as no_more:
            supervisor = Supervisor(state)
            platform: Platform | None = None
            try:
                platform = cls(project, ports.take(_PORTS), state)
                platform._supervisor = supervisor
                platform._start(supervisor, say)
                if with_auth:
                    platform._auth = auth.AuthEmulator(
                        supervisor, platform.ports, project, state, os.environ | {"CI": "1"}
                    )
                if with_page:
                    platform._dashboard = Dashboard(supervisor)
                platform._publish_addresses(supervisor)
                yield platform
            finally:
                no_more()
                (state / "local.json").unlink(missing_ok=True)
                supervisor.stop()
                for beside in (platform._auth, platform._dashboard) if platform else ():
                    if beside is not None:
                        beside.stop()

    @property
    def auth_says(self) -> str:
        return self._auth.says if self._auth else "The Auth emulator was not asked for."

    def auth_ready(self, within_s: float) -> bool:
        return self._auth is not None and self._auth.ready.wait(within_s)

    @property
    def page_says(self) -> str:
        return self._dashboard.says if self._dashboard else "The dashboard was not asked for."

    def page_ready(self, within_s: float) -> bool:
        return self._dashboard is not None and self._dashboard.ready.wait(within_s)

    def watch_all(self) -> None:
        """Deliver Firestore's events to the doors that they wake."""
        for door, document in _WRITTEN.items():
            self.watch(door, document)

    def watch(self, trigger: str, document: str, target: str | None = None) -> None:
        """Deliver a pattern's writes to a door (`trigger` names it) or to another URL."""
        name = f"us-central1-{trigger}"
        to = target or f"{self.urls['gateway']}/doors/{trigger}"
        requests.post(f"{self.urls['relay']}/triggers", json={name: to}, timeout=5).raise_for_status()
        registered = requests.post(
            f"{self.urls['firestore']}/emulator/v1/projects/{self.project}/eventarcTrigger",
            params={"eventarcTriggerId": name},
            json={
                "eventType": "google.cloud.firestore.document.v1.written",
                "database": "(default)",
                "namespace": "(default)",
                "document": {"value": document, "matchType": "PATH_PATTERN"},
            },
            timeout=5,
        )
        registered.raise_for_status()

    def tick(self) -> None:
        """Publish what Cloud Scheduler publishes: a message whose body never changes."""
        self.publish("performance-tick", b"{}")

    def sweep(self) -> None:
        """Publish what Cloud Scheduler publishes every five minutes."""
        self.publish("performance-sweep", b"{}")

    def publish(self, topic: str, data: bytes) -> None:
        self._topics.publish(topic, data)

    def relay(self) -> dict[str, int]:
        """Return the relay's counts; `waiting` is 0 when every event is settled."""
        counts: dict[str, int] = requests.get(f"{self.urls['relay']}/stats", timeout=5).json()
        return counts

    def stay(self) -> None:
        """Tick every minute and sweep every fifth until interrupted; ProcessError when a part dies."""
        clock = Scheduler({1: self.tick, 5: self.sweep})
        try:
            while True:
                time.sleep(1.0)
                dead = self._supervisor.dead() if self._supervisor else None
                if dead is not None:
                    raise ProcessError(f"{dead.name} ended by itself; see {dead.log}")
        finally:
            clock.stop()

    def _start(self, supervisor: Supervisor, say: Callable[[str], None]) -> None:
        found = emulators.find(lambda: auth.firebase(supervisor), say)
        port, env = self.ports, os.environ | self.env
        python, rules = [sys.executable, "-m"], REPO / "firestore.rules"
        web = ["--log-level", "warning", "--host", "127.0.0.1", "--port"]
        commands = {
            "firestore": found.firestore(port["firestore"], rules, f"127.0.0.1:{port['relay']}"),
            "pubsub": found.pubsub(port["pubsub"]),
            "relay": [*python, "uvicorn", "local.relay:app", "--factory", *web, str(port["relay"])],
            "world": [*python, "uvicorn", "local.world.app:app", *web, str(port["world"])],
            "gateway": [
                *(*python, "gunicorn", "--bind", f"127.0.0.1:{port['gateway']}", "--worker-class", "gthread"),
                *("--threads", "16", "--timeout", "0", "--keep-alive", "75", "--graceful-timeout", "1"),
                *("--no-control-socket", "--log-level", "warning"),
                "local.gateway:app()",
            ],
        }
        started = [supervisor.start(name, command, env, REPO) for name, command in commands.items()]
        supervisor.wait_all((child, self._answers_at(child.name)) for child in started)
        self._topics.create(self.urls["gateway"])
        emulators.warm(self.urls["firestore"], self.project)
        say("up: Firestore, Pub/Sub, relay, gateway with all doors, and the simulated outside world")

    def _answers_at(self, name: str) -> str:
        return self.urls[name] + {"gateway": "/healthz", "relay": "/stats", "world": "/healthz"}.get(
            name, "/"
        )

    def _publish_addresses(self, supervisor: Supervisor) -> None:
        public = {name: value for name, value in self.env.items() if name not in _SECRETS}
        whole: dict[str, Any] = {
            "project": self.project,
            "urls": self.urls,
            "ports": self.ports,
            "pids": {"platform": os.getpid()} | supervisor.pids,
            "env": public,
        }
        draft = self.state / "local.json.new"
        draft.write_text(json.dumps(whole, indent=2))
        draft.replace(self.state / "local.json")


def _environment(project: str, taken: dict[str, int], state: Path) -> dict[str, str]:
    world = _url(taken["world"])
    return {
        "GOOGLE_CLOUD_PROJECT": project,
        "FIRESTORE_EMULATOR_HOST": f"127.0.0.1:{taken['firestore']}",
        "PUBSUB_EMULATOR_HOST": f"127.0.0.1:{taken['pubsub']}",
        "FIREBASE_AUTH_EMULATOR_HOST": f"127.0.0.1:{taken['auth']}",
        "PERFORMANCE_ENCRYPTION_KEY": _master_key(state),
        "GEMINI_API_KEY": "demo-gemini-key",
        "META_GRAPH_BASE": f"{world}/meta",
        "GOOGLE_ADS_BASE": f"{world}/google-ads",
        "GOOGLE_TOKEN_URL": f"{world}/google-oauth/token",
        "GA4_BASE": f"{world}/ga4",
        "GEMINI_BASE": f"{world}/gemini",
        "SLACK_BASE": f"{world}/slack/api/",
        "SLACK_HOOKS_BASE": f"{world}/slack-hooks",
        "SMTP_URL": f"smtp://127.0.0.1:{taken['smtp']}",
        "MAIL_FROM": "war-room@aurora.example",
        "DASHBOARD_URL": _url(taken["gateway"]),
        "WARROOM_SMTP_PORT": str(taken["smtp"]),
        "WARROOM_DEAD_EVENTS": str(state / "dead_events.jsonl"),
        # A proxy that this machine may need for the world outside leads nowhere on loopback.
        "NO_PROXY": ",".join(filter(None, (os.environ.get("NO_PROXY"), "127.0.0.1,localhost"))),
        "no_proxy": ",".join(filter(None, (os.environ.get("no_proxy"), "127.0.0.1,localhost"))),
    }


def _master_key(state: Path) -> str:
    """Make this folder's master key once, readable by its owner alone."""
    kept = state / "master.key"
    if not kept.exists():
        with os.fdopen(os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as new:
            new.write(secrets.token_hex(32))
    return kept.read_text()


def _url(port: int) -> str:
    return f"http://127.0.0.1:{port}"


@contextmanager
def _one_interrupt() -> Iterator[Callable[[], None]]:
    """Make SIGTERM and SIGHUP end things as Ctrl-C does, which a background shell may have switched off.

    Only the first signal raises: a second one must not cut the stopping short. Yields a function
    that ignores the first one too, from its call on.
    """
    spent = False

    def no_more() -> None:
        nonlocal spent
        spent = True

    def interrupt(_number: int, _frame: object) -> None:
        if not spent:
            no_more()
            raise KeyboardInterrupt

    former = {
        number: signal.signal(number, interrupt) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    }
    try:
        yield no_more
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
