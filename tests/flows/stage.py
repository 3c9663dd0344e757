"""What flows act on in these tests: the real stores on the emulator, and stand-ins for the far side."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from google.cloud.firestore import Client

from shared.adapters.firestore.anomalies import FirestoreAnomalies
from shared.adapters.firestore.brands import FirestoreBrands
from shared.adapters.firestore.breakers import FirestoreBreakers
from shared.adapters.firestore.deliveries import FirestoreDeliveries
from shared.adapters.firestore.freshness import FirestoreTimetable
from shared.adapters.firestore.insights import FirestoreAllowance, FirestoreDrafts
from shared.adapters.firestore.metrics import FirestoreMetrics, FirestoreWatch
from shared.adapters.firestore.mornings import FirestoreMornings
from shared.adapters.painter import Painter
from shared.adapters.vault import MasterKeys, Vault
from shared.core.insight.cost import Cap
from shared.core.integration import Integration, Platform, Status
from shared.core.metric import Source
from shared.core.notifications import Notifications
from shared.core.secret import Secret
from shared.core.sentry.settings import SentrySettings
from shared.core.wire.config import CHANNELS
from shared.flows.answer import pass_on
from shared.flows.channels import MailChannel, SlackChannel
from shared.flows.digest import tell_digest
from shared.flows.enrich import enrich
from shared.flows.explain import Explainer
from shared.flows.illustrate import Illustrator
from shared.flows.ingest import keep_points
from shared.flows.notify import Post, notify
from shared.flows.sentry import watch
from shared.ports import Draft, Mailed
from tests.unit.core.points import BRAND, hour, point, sums

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from shared.core.anomaly import Anomaly
    from shared.core.brand import BrandId
    from shared.core.insight import Brief
    from shared.core.message import Message
    from shared.core.metric import MetricPoint
    from shared.ports import Painter as Paints

STEADY = sums(spend=100, revenue=400, clicks=100, impressions=5_000, conversions=20)
WEEKS = 9 * 24
DASHBOARD = "https://aurora.web.app"
LATER = datetime(2026, 5, 21, tzinfo=UTC)


@dataclass
class Moving:
    """A clock that moves only when told."""

    at: datetime = LATER

    def now(self) -> datetime:
        return self.at


@dataclass
class Asked:
    """A queue that remembers; `broken` makes it lose everything, as a crash before publishing does."""

    insight: list[str] = field(default_factory=list)
    notify: list[str] = field(default_factory=list)
    ingest: list[tuple[BrandId, Source]] = field(default_factory=list)
    flushes: int = 0
    broken: bool = False

    def ask_for_ingest(self, brand_id: BrandId, source: Source, _slot: datetime) -> None:
        self.ingest.append((brand_id, source))

    def ask_for_insight(self, _brand_id: BrandId, anomaly_id: str) -> None:
        if not self.broken:
            self.insight.append(anomaly_id)

    def ask_to_notify(self, _brand_id: BrandId, anomaly_id: str) -> None:
        if not self.broken:
            self.notify.append(anomaly_id)

    def ask_for_digest(self, _brand_id: BrandId, day: date) -> None:
        self.notify.append(f"digest_{day}")

    def ask_to_tell_of_source(self, _brand_id: BrandId, alarm_id: str) -> None:
        self.notify.append(alarm_id)

    def flush(self) -> None:
        self.flushes += 1
        if self.broken:
            raise ConnectionError


@dataclass
class Saying:
    """A writer that gives its answers in order, the last one for ever; an exception is raised."""

    answers: list[str | Draft | Exception]
    briefs: list[Brief] = field(default_factory=list)
    told: list[str | None] = field(default_factory=list)
    model: str = "gemini-made-up"

    def write(self, brief: Brief, refused: str | None = None) -> Draft:
        self.briefs.append(brief)
        self.told.append(refused)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, Draft) else Draft(answer, 700)


@dataclass
class Hook:
    """An incoming webhook: keeps what was posted."""

    posted: list[Message] = field(default_factory=list)
    refuses: Exception | None = None

    def post(self, _hook: Secret, message: Message) -> None:
        if self.refuses:
            raise self.refuses
        self.posted.append(message)


@dataclass
class Phone:
    """Slack and mail at once: keeps what was posted, edited and mailed, and to whom.

    `gone` mailboxes refuse for good, `busy` ones put us off.
    """

    posted: list[str] = field(default_factory=list)
    edited: list[str] = field(default_factory=list)
    mailed: list[str] = field(default_factory=list)
    letters: list[Message] = field(default_factory=list)
    addressed: list[tuple[str, ...]] = field(default_factory=list)
    gone: dict[str, str] = field(default_factory=dict)
    busy: set[str] = field(default_factory=set)
    hooks: Hook = field(default_factory=Hook)
    refuses: Exception | None = None
    refuses_edits: Exception | None = None
    mail_ids: list[str] = field(default_factory=list)

    def post(self, _token: Secret, _channel: str, message: Message) -> str:
        if self.refuses:
            raise self.refuses
        self.posted.append(message.title)
        return f"C1/{len(self.posted)}"

    def edit(self, _token: Secret, _channel: str, _message_id: str, message: Message) -> None:
        if self.refuses_edits:
            raise self.refuses_edits
        self.edited.append(message.title)

    def send(self, recipients: Sequence[str], message: Message, *, message_id: str) -> Mailed:
        self.mail_ids.append(message_id)
        refused = {each: why for each, why in self.gone.items() if each in recipients}
        later = tuple(each for each in recipients if each in self.busy)
        self.addressed.append(tuple(each for each in recipients if each not in refused and each not in later))
        if not self.addressed[-1]:
            return Mailed(refused, later)
        self.mailed.append(message.title)
        self.letters.append(message)
        return Mailed(refused, later)


class Stage:
    """One brand with three steady weeks of Meta, on stores of its own."""

    def __init__(self, project: str) -> None:
        self.client = Client(project=project)
        self.brands = FirestoreBrands(self.client)
        self.timetable = FirestoreTimetable(self.client)
        self.breakers = FirestoreBreakers(self.client)
        self.metrics = FirestoreMetrics(self.client)
        self.desk = FirestoreWatch(self.client)
        self.anomalies = FirestoreAnomalies(self.client)
        self.deliveries = FirestoreDeliveries(self.client)
        self.drafts, self.cap = FirestoreDrafts(self.client), Cap(calls=100, tokens=1_000_000)
        self.keys = Vault(MasterKeys.parse(bytes(range(32)).hex()))
        self.mornings = FirestoreMornings(self.client)
        self.queue, self.clock, self.phone = Asked(), Moving(), Phone()
        self.painter: Paints = Painter()
        self.missed: list[Exception] = []
        self.pauses: list[int] = []
        self.brands.create(BRAND, SentrySettings(channels=CHANNELS), now=LATER)
        self.keep([point(STEADY, hour(-n)) for n in range(1, WEEKS + 1)])

    def connect(self) -> Integration:
        sealed = self.keys.seal(Secret("EAAB"), brand_id=BRAND.id, purpose="meta_ads", account_id="1")
        integration = Integration(BRAND.id, Platform.META_ADS, "1", sealed, Status.ACTIVE, LATER)
        self.brands.connect(integration, LATER)
        return integration

    def reachable(self) -> None:
        sealed = self.keys.seal(Secret("xoxb-1"), brand_id=BRAND.id, purpose="slack", account_id="C1")
        self.brands.tell_at(BRAND.id, Notifications("C1", sealed, ("a@example.com",)))

    def hooked(self) -> None:
        """Be told by webhook, and nowhere else."""
        name = "T0AURORA1/B0AURORA1/madeUpWebhookSecret"
        sealed = self.keys.seal(Secret(name), brand_id=BRAND.id, purpose="slack_hook", account_id="T0/B0")
        self.brands.tell_at(BRAND.id, Notifications(slack_hook="T0/B0", slack_sealed_hook=sealed))

    def lapse(self) -> None:
        """Let the leases of dead senders run out."""
        self.clock.at += timedelta(minutes=2)

    def keep(self, points: list[MetricPoint], connected: Collection[Source] = ()) -> list[MetricPoint]:
        return keep_points(points, BRAND, connected=connected, metrics=self.metrics, pause=lambda _: None)

    def shock(self, spend: float = 250, minutes: int = 0, *, later: int = 0) -> MetricPoint:
        """Write this hour, or a later one, with another spend, fetched some minutes later than before."""
        now = point(
            replace(STEADY, spend=round(spend * 1_000_000)),
            hour(later),
            fetched_at=LATER + timedelta(minutes=minutes),
        )
        self.keep([now])
        return now

    def watch(self, source: Source = Source.META, *, later: int = 0) -> list[str]:
        return watch(
            BRAND.id,
            source,
            hour(later).key,
            desk=self.desk,
            metrics=self.metrics,
            anomalies=self.anomalies,
            queue=self.queue,
            clock=self.clock,
        )

    def explain(self, anomaly_id: str, writer: Saying) -> str | None:
        """Enrich an anomaly with what a writer says."""
        allowance = FirestoreAllowance(self.client, self.cap)
        return enrich(
            BRAND.id,
            anomaly_id,
            brands=self.brands,
            anomalies=self.anomalies,
            explainer=Explainer(writer, self.drafts, allowance, self.clock, self.pauses.append),
            queue=self.queue,
        )

    def pass_on(self, anomaly_id: str) -> bool:
        return pass_on(BRAND.id, anomaly_id, brands=self.brands, anomalies=self.anomalies, queue=self.queue)

    def digest(self, day: date) -> list[str]:
        return tell_digest(BRAND.id, day, anomalies=self.anomalies, mornings=self.mornings, post=self.post)

    def notify(self, anomaly_id: str) -> list[str]:
        return notify(BRAND.id, anomaly_id, anomalies=self.anomalies, post=self.post)

    @property
    def post(self) -> Post:
        channels = {
            "slack": SlackChannel(self.phone, self.phone.hooks, self.keys),
            "email": MailChannel(self.phone),
        }
        illustrator = Illustrator(self.metrics, self.painter, self.missed.append)
        return Post(self.brands, self.deliveries, channels, self.clock, illustrator, DASHBOARD)

    def stored(self, anomaly_id: str) -> Anomaly:
        return self.anomalies.get(BRAND, [anomaly_id])[anomaly_id].anomaly

    def everything(self) -> list[Anomaly]:
        return self.anomalies.newest(BRAND, status=None, limit=200, after=None)[0]

    def resolve_all(self) -> None:
        """Do what a person does who is done with an incident."""
        for each in self.everything():
            self.set_status(each.id, "resolved")

    def set_status(self, anomaly_id: str, status: str, snoozed_until: datetime | None = None) -> None:
        """Do what a person does in the browser."""
        document = self.client.collection("brands").document(BRAND.id)
        put_off = {"snoozedUntil": snoozed_until} if snoozed_until is not None else {}
        document.collection("performance_anomalies").document(anomaly_id).update({"status": status} | put_off)
