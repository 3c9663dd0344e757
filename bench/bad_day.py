"""One bad day at one brand, from midnight to the next noon, and all that people hear of it.

Meta's tracking breaks at ten, Google's clicks cost double from two, Meta's token dies at six. The
simulated platforms tell it over HTTP; reading, judging, explaining and telling are the product's
own, on the emulator, with a clock that moves from one due reading to the next.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import requests

from bench.week import Clock, impatient
from local.demo import Demo, seed, tell
from local.world.story import Shock
from local.world.tenants import DEMO
from shared import wiring
from shared.core.brand import Brand, brand_id
from shared.core.metric import Source
from shared.edge.audit import RecordedKeys
from shared.flows.digest import tell_digest
from shared.flows.enrich import enrich
from shared.flows.explain import Explainer
from shared.flows.illustrate import Illustrator
from shared.flows.ingest import FarSide, ingest
from shared.flows.notify import Post, notify, notify_of_source
from shared.flows.schedule import schedule
from shared.flows.sentry import watch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from shared.core.anomaly import Anomaly
    from shared.core.brand import BrandId
    from shared.flows.ingest import Ingested

_TRACKING_BREAKS, _CLICKS_DOUBLE, _TOKEN_DIES = timedelta(hours=10), timedelta(hours=14), timedelta(hours=18)
_LASTS = timedelta(hours=36)


@dataclass(frozen=True, slots=True)
class Heard:
    """One message as a person received it, and when by the brand's clocks."""

    at: datetime
    channel: str
    title: str


@dataclass
class Jobs:
    """A queue that holds what was asked for, to be done in order."""

    readings: list[Source] = field(default_factory=list)
    rest: deque[tuple[str, str]] = field(default_factory=deque)

    def ask_for_ingest(self, _brand_id: BrandId, source: Source, _slot: datetime) -> None:
        self.readings.append(source)

    def ask_for_insight(self, _brand_id: BrandId, anomaly_id: str) -> None:
        self.rest.append(("insight", anomaly_id))

    def ask_to_notify(self, _brand_id: BrandId, anomaly_id: str) -> None:
        self.rest.append(("notify", anomaly_id))

    def ask_for_digest(self, _brand_id: BrandId, day: date) -> None:
        self.rest.append(("digest", day.isoformat()))

    def ask_to_tell_of_source(self, _brand_id: BrandId, alarm_id: str) -> None:
        self.rest.append(("source", alarm_id))

    def flush(self) -> None:
        """Hold nothing back."""


@dataclass(frozen=True, slots=True)
class Lived:
    """What people received, in order; how often a message was edited in place; what was raised."""

    heard: list[Heard]
    edits: int
    anomalies: list[Anomaly]


def script(midnight: datetime) -> Demo:
    """Return the brand as it was at midnight, and the day that is before it."""
    shocks = (
        Shock(Source.META, midnight + _TRACKING_BREAKS, conversions=0.0, revenue=0.0),
        Shock(Source.GOOGLE, midnight + _CLICKS_DOUBLE, spend=2.0),
    )
    story = replace(DEMO.story, shocks=shocks)
    brand = Brand(brand_id("aurora"), "owner", "Aurora", story.zone, story.currency, "en", "purchase")
    return Demo(brand, story, midnight)


def live(world: str, midnight: datetime, told: Callable[[datetime], None]) -> Lived:
    """Live through the day; `told` hears the time."""
    day = Day(world, script(midnight))
    with impatient():
        day.begin()
        for now in day.ticks(midnight + _LASTS):
            told(now)
    found = wiring.anomalies().detected(day.brand, midnight, midnight + _LASTS)
    return Lived(day.heard, day.edits, found)


class Day:
    """One brand's day as it goes on."""

    def __init__(self, world: str, scene: Demo) -> None:
        self.brand = scene.brand
        self.heard: list[Heard] = []
        self.edits = 0
        self._world = world
        self._scene = scene
        self._clock = Clock(scene.ingested_at)
        self._jobs = Jobs()
        self._token_dies: datetime | None = scene.ingested_at + _TOKEN_DIES

    def begin(self) -> None:
        """Forget all others, tell the platforms their story, and leave five weeks of history behind."""
        self._post("reset", {})
        tell(self._scene, self._world)
        seed(self._scene)
        wiring.mornings().add([self.brand], self._clock.at)

    def ticks(self, end: datetime) -> Iterator[datetime]:
        """Do whatever is due next, again and again; yield when it was."""
        timetable = wiring.timetable()
        while (due := min(each.next_attempt_at for each in timetable.of(self.brand.id))) < end:
            self._clock.at = max(self._clock.at, due.replace(second=0, microsecond=0) + timedelta(minutes=1))
            self._tick()
            yield self._clock.at

    def _tick(self) -> None:
        now = self._clock.at
        self._post("clock", {"now": now.isoformat()})
        if self._token_dies is not None and now >= self._token_dies:
            self._token_dies = None
            self._post("faults", {"platform": "meta", "fault": "revoked", "times": None})
        schedule(now, timetable=wiring.timetable(), brands=wiring.brands(), queue=self._jobs, now=now)
        readings, self._jobs.readings = self._jobs.readings, []
        for source in readings:
            self._read(source)
            self._work()
        for due in wiring.mornings().due(now):
            for brand, morning in due:
                self._jobs.ask_for_digest(brand, morning)
        self._work()
        self._listen()

    def _read(self, source: Source) -> None:
        """Do what the ingest door does, and the Sentry at each document that it wrote."""
        done = ingest(
            self.brand.id,
            source,
            timetable=wiring.timetable(),
            brands=wiring.brands(),
            far=FarSide(wiring.keys(), wiring.breakers(), wiring.platform),
            metrics=wiring.metrics(),
            clock=self._clock,
            pause=wiring.pause,
        )
        if done is not None:
            self._ask(done)

    def _ask(self, done: Ingested) -> None:
        for alarm in done.alarms(self._clock.at):
            self._jobs.ask_to_tell_of_source(self.brand.id, alarm)
        for point in done.changed:
            watch(
                self.brand.id,
                point.source,
                point.bucket.key,
                desk=wiring.desk(),
                metrics=wiring.metrics(),
                anomalies=wiring.anomalies(),
                queue=self._jobs,
                clock=self._clock,
            )

    def _work(self) -> None:
        """Do what was asked for until nothing is left."""
        anomalies, brand = wiring.anomalies(), self.brand.id
        while self._jobs.rest:
            kind, name = self._jobs.rest.popleft()
            if kind == "insight":
                enrich(
                    brand,
                    name,
                    brands=wiring.brands(),
                    anomalies=anomalies,
                    explainer=Explainer(
                        wiring.writer(), wiring.drafts(), wiring.allowance(), self._clock, wiring.pause
                    ),
                    queue=self._jobs,
                )
            elif kind == "notify":
                notify(brand, name, anomalies=anomalies, post=self._office())
            elif kind == "source":
                notify_of_source(brand, name, timetable=wiring.timetable(), post=self._office())
            else:
                tell_digest(
                    brand,
                    date.fromisoformat(name),
                    anomalies=anomalies,
                    mornings=wiring.mornings(),
                    post=self._office(),
                )

    def _office(self) -> Post:
        illustrator = Illustrator(wiring.metrics(), wiring.painter(), _raise)
        channels, dashboard = wiring.channels(RecordedKeys(wiring.keys())), wiring.config().dashboard
        return Post(wiring.brands(), wiring.deliveries(), channels, self._clock, illustrator, dashboard)

    def _listen(self) -> None:
        """Note what came in since the last time."""
        inbox = requests.get(f"{self._world}/_world/inbox", timeout=5).json()
        now = self._clock.at.astimezone(self.brand.zone)
        known = {
            channel: sum(each.channel == channel for each in self.heard) for channel in ("slack", "mail")
        }
        for message in inbox["slack"][known["slack"] :]:
            self.heard.append(Heard(now, "slack", message["text"].splitlines()[0]))
        for letter in inbox["mail"][known["mail"] :]:
            self.heard.append(Heard(now, "mail", letter["subject"]))
        self.edits = sum(message["edits"] for message in inbox["slack"])

    def _post(self, what: str, body: dict[str, object]) -> None:
        requests.post(f"{self._world}/_world/{what}", json=body, timeout=5).raise_for_status()


def _raise(error: Exception) -> None:
    raise error
