"""Sockets: one protocol for each thing outside that a flow talks to.

Every socket raises `shared.errors.Unavailable` when the other side does not answer in time.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from datetime import date, datetime

    from shared.core.anomaly import Anomaly, AnomalyStatus
    from shared.core.backfill import Backfill
    from shared.core.brand import Brand, BrandId, OwnedBrand
    from shared.core.breaker import Open
    from shared.core.chart import Chart
    from shared.core.dead_letter import DeadLetter
    from shared.core.freshness import Freshness
    from shared.core.history import Page
    from shared.core.insight import Brief
    from shared.core.integration import Account, Integration, Platform
    from shared.core.limit import Ask
    from shared.core.message import Message
    from shared.core.metric import MetricPoint, Source
    from shared.core.notifications import Notifications
    from shared.core.report import Asked, Report
    from shared.core.secret import Secret
    from shared.core.sentry.settings import Occasion, SentrySettings


class Clock(Protocol):
    def now(self) -> datetime:
        """Return this moment, aware, in UTC."""
        ...


class Gate(Protocol):
    """Who is asking, and whether the brand is theirs."""

    def owned(self, authorization: str | None, brand_id: BrandId, ask: Ask = ...) -> OwnedBrand:
        """Return the caller's brand, for a question that is counted (by default a READ).

        Unauthenticated for no valid token, TooMany for asking too often, Forbidden for any brand not
        the caller's own.
        """
        ...

    def count_again(self, owned: OwnedBrand, ask: Ask) -> None:
        """Count a question a second time, for it was answered with a no: guessing must not pay.

        Over the limit too; Contended when others counted at every try.
        """
        ...


class Sender(Protocol):
    """Who pushes events to us."""

    def verify(self, authorization: str | None) -> None:
        """Return when it is the one that may; Unauthenticated otherwise."""
        ...


@dataclass(frozen=True, slots=True)
class BrandFile:
    """A brand with what its owner configured."""

    brand: Brand
    settings: SentrySettings
    integrations: tuple[Integration, ...]


class Brands(Protocol):
    def names(self) -> Iterator[str]:
        """Yield the id of every stored brand, as it stands."""
        ...

    def get(self, brand_id: BrandId) -> BrandFile | None:
        """Return the brand with its configuration, in one round trip."""
        ...

    def create(self, brand: Brand, settings: SentrySettings, *, now: datetime) -> None:
        """Write a new brand and its configuration; Contended when it already exists."""
        ...

    def connected(self) -> Iterator[list[tuple[BrandId, Source]]]:
        """Yield every brand's connected sources, some hundred brands at a time."""
        ...

    def everyone(self) -> Iterator[list[Brand]]:
        """Yield every brand, some hundred at a time; one that cannot be read costs only itself."""
        ...

    def connect(self, integration: Integration, now: datetime, alarms: Sequence[str] = ()) -> None:
        """Store a connection, in place of the platform's former one, and make its source due.

        `alarms` are the troubles of the former one, for the first reading to ask for.
        """
        ...

    def disconnect(self, brand_id: BrandId, platform: Platform, now: datetime) -> None:
        """Forget a connection's key and its source's timetable; nothing happens where there is none."""
        ...

    def declare(self, brand_id: BrandId, occasions: Sequence[Occasion], now: datetime) -> None:
        """Store all of a brand's occasions in place of the former ones."""
        ...

    def notifications(self, brand_id: BrandId) -> Notifications: ...

    def tell_at(self, brand_id: BrandId, notifications: Notifications) -> None:
        """Store a brand's addresses in place of the former ones."""
        ...

    def change_notifications(
        self, brand_id: BrandId, change: Callable[[Notifications], Notifications], now: datetime
    ) -> Notifications:
        """Change a brand's addresses as they stand; return what is stored then.

        What the owner may read of it is written to the configuration at once. `change` may be called
        again, when somebody else wrote meanwhile; where it changes nothing, nothing is written.
        """
        ...

    def report_health(self, integration: Integration) -> None:
        """Store an integration's status, problem, next attempt and expiry, and nothing else of it.

        Nothing happens where that connection is no more: disconnected, or made anew meanwhile.
        """
        ...


class Metrics(Protocol):
    def pages(self, brand_id: BrandId, page_ids: Collection[str]) -> dict[str, Page]:
        """Read history pages in one round trip; those not stored yet are absent."""
        ...

    def commit(self, brand_id: BrandId, points: Sequence[MetricPoint], pages: Sequence[Page]) -> None:
        """Write documents and pages at once; Contended when a page changed since it was read."""
        ...

    def documents(self, brand: Brand, source: Source, months: Collection[str]) -> Iterator[MetricPoint]:
        """Yield a source's stored documents of some months, straight from the collection."""
        ...

    def months(self, brand: Brand, source: Source) -> list[str]:
        """Return the `yyyymm` that a source's documents are filed under, oldest first."""
        ...


@dataclass(frozen=True, slots=True)
class Sight:
    """All that one judgement needs, as it stands now; `dated` where the metric says when it was fetched."""

    file: BrandFile
    point: MetricPoint
    pages: Mapping[str, Page]
    dated: bool


class Watch(Protocol):
    def look(self, brand_id: BrandId, metric_id: str, page_ids: Collection[str]) -> Sight | None:
        """Read brand, settings, metric and pages in one round trip; None when the metric is gone."""
        ...


@dataclass(frozen=True, slots=True)
class KnownAnomaly:
    """A stored anomaly and the store's mark of what was read."""

    anomaly: Anomaly
    version: object


@dataclass(frozen=True, slots=True)
class Unfinished:
    """An anomaly of any brand for which something may be left to do."""

    brand_id: BrandId
    anomaly_id: str
    incident: str


class Anomalies(Protocol):
    def create(self, anomalies: Sequence[Anomaly]) -> list[str]:
        """Write those that are not there yet; return their ids."""
        ...

    def get(self, brand: Brand, anomaly_ids: Collection[str]) -> dict[str, KnownAnomaly]: ...

    def caused(self, brand: Brand, cause: str, start: datetime, end: datetime) -> list[KnownAnomaly]:
        """Return those of one cause whose buckets start in [start, end)."""
        ...

    def detected(self, brand: Brand, start: datetime, end: datetime) -> list[Anomaly]:
        """Return those detected in [start, end)."""
        ...

    def woken(self, brand: Brand, start: datetime, end: datetime) -> list[Anomaly]:
        """Return those that were put off until a moment in [start, end)."""
        ...

    def members(self, brand: Brand, incident: str) -> list[Anomaly]:
        """Return an incident's anomalies."""
        ...

    def unexplained(self, start: datetime, end: datetime) -> Iterator[list[Unfinished]]:
        """Yield all brands' that were detected in [start, end), are not over and have no insight.

        The newest first, some hundred at a time.
        """
        ...

    def grave(self, start: datetime, end: datetime) -> Iterator[list[Unfinished]]:
        """Yield those that are critical, open and told, in the same way."""
        ...

    def correct(self, known: KnownAnomaly, anomaly: Anomaly) -> None:
        """Replace the machine's fields; Contended when the document changed since it was read."""
        ...

    def newest(
        self, brand: Brand, *, status: AnomalyStatus | None, limit: int, after: str | None
    ) -> tuple[list[Anomaly], str | None]:
        """Return anomalies, newest first, and the cursor of the next page if there is one."""
        ...


@dataclass(frozen=True, slots=True)
class Claim:
    """One source to read, its brand as it stands now, and the store's mark of the lease."""

    file: BrandFile
    freshness: Freshness
    version: object


class Timetable(Protocol):
    """When each source of each brand is read: the documents that say how fresh it is."""

    def due(self, now: datetime) -> Iterator[list[tuple[BrandId, Source]]]:
        """Yield what is due, the longest due first, some hundred at a time."""
        ...

    def ask(self, sources: Sequence[tuple[BrandId, Source]], now: datetime) -> None:
        """Note that readings are being asked for, so that nobody asks again for some minutes."""
        ...

    def claim(self, brand_id: BrandId, source: Source, now: datetime) -> Claim | None:
        """Take the right to read; None when nobody asked, another reads, or the brand is gone."""
        ...

    def settle(self, claim: Claim, freshness: Freshness) -> None:
        """Store what came of a reading; Contended when the lease was lost meanwhile."""
        ...

    def add(self, sources: Sequence[tuple[BrandId, Source]], now: datetime) -> int:
        """Make sources due that have no timetable yet; return how many."""
        ...

    def forget(self, brand_id: BrandId, source: Source) -> None: ...

    def of(self, brand_id: BrandId) -> list[Freshness]:
        """Return how fresh each of a brand's sources is."""
        ...


class Backfills(Protocol):
    """How far the reading of each source's past has come."""

    def get(self, brand_id: BrandId, source: Source) -> Backfill | None: ...

    def save(self, brand_id: BrandId, backfill: Backfill) -> None: ...


class Breakers(Protocol):
    """What must not be called for now, whoever asks."""

    def open(self, names: Sequence[str], now: datetime) -> Open | None:
        """Return the longest open of these breakers, if any is open."""
        ...

    def trip(self, name: str, opened: Open) -> None: ...


class Queue(Protocol):
    """Asks other doors to act; each message names a document and nothing else."""

    def ask_for_ingest(self, brand_id: BrandId, source: Source, slot: datetime) -> None: ...

    def ask_for_insight(self, brand_id: BrandId, anomaly_id: str) -> None: ...

    def ask_to_notify(self, brand_id: BrandId, anomaly_id: str) -> None: ...

    def ask_for_digest(self, brand_id: BrandId, day: date) -> None: ...

    def ask_to_tell_of_source(self, brand_id: BrandId, alarm_id: str) -> None: ...

    def flush(self) -> None:
        """Return when every message is acknowledged; Unavailable otherwise."""
        ...


class Topics(Protocol):
    """What the queue's messages go through."""

    def listeners(self, topic: str) -> int | None:
        """Count a topic's subscriptions, None where there is no such topic.

        PlatformRefused where we may not ask.
        """
        ...


class PlatformReader(Protocol):
    """One ad or analytics platform, read with a brand's own key.

    Its calls raise PlatformRefused (with a `Problem`'s value as reason) for what a person has
    to mend, RateLimited when told to wait, and Unavailable when the platform failed, timed out
    or answered nonsense.
    """

    def app_of(self, key: Secret) -> str | None:
        """Name the app or cloud project behind a key, whose allowance it uses; None where it does not say."""
        ...

    def check(self, key: Secret, account_id: str) -> Account:
        """Prove that the key reads this account's reports."""
        ...

    def report(self, key: Secret, account_id: str, asked: Asked) -> Report:
        """Read hours and day totals of the account's recent local days."""
        ...

    def order(self, key: Secret, account_id: str, asked: Asked) -> str:
        """Let a long report be prepared, where a platform wants that; return what names it, or ''."""
        ...

    def progress(self, key: Secret, order: str) -> float:
        """Return how much of an order is prepared, from 0 to 1; only 1 can be collected.

        Raises PlatformRefused when it is too much (`too_much_data`) or forgotten, and Unavailable
        when it failed.
        """
        ...

    def collect(self, key: Secret, account_id: str, asked: Asked, order: str) -> Report:
        """Read what was ordered."""
        ...


class Platforms(Protocol):
    def __call__(self, platform: Platform) -> PlatformReader: ...


class Keys(Protocol):
    """The vault: opens a sealed key only for the brand, purpose and account it was sealed for."""

    def seal(self, secret: Secret, *, brand_id: BrandId, purpose: str, account_id: str) -> str: ...

    def fingerprint(self, secret: Secret) -> str:
        """Return a name for a secret, the same wherever it is kept."""
        ...

    def open(self, envelope: str, *, brand_id: BrandId, purpose: str, account_id: str) -> Secret:
        """Raise KeyUnreadable for anything else."""
        ...

    def rewrap(self, envelope: str, *, brand_id: BrandId, purpose: str, account_id: str) -> str | None:
        """Seal anew with the primary key; None when it is sealed with that already.

        KeyUnreadable when it does not open.
        """
        ...


@dataclass(frozen=True, slots=True)
class Sealed:
    """A stored envelope, what it was sealed for, and the store's mark of what was read."""

    brand_id: BrandId
    purpose: str
    account_id: str
    envelope: str = field(repr=False)
    version: object


class Strongroom(Protocol):
    """Every sealed secret of the deployment."""

    def everything(self) -> Iterator[Sealed]:
        """Yield them brand by brand."""
        ...

    def of(self, brand_id: BrandId) -> Iterator[Sealed]:
        """Yield one brand's."""
        ...

    def again(self, sealed: Sealed) -> Sealed | None:
        """Read one again; None when it is gone."""
        ...

    def replace(self, sealed: Sealed, envelope: str) -> None:
        """Put a new envelope in place of the one that was read, and touch nothing else.

        Contended when its document changed since.
        """
        ...


@dataclass(frozen=True, slots=True)
class Draft:
    """What the writer answered, unchecked, and the tokens it took (None: it did not say).

    `refused` is why there is no whole answer: `blocked`, `unfinished`, `empty`.
    """

    answer: str
    tokens: int | None = None
    refused: str | None = None


class Writer(Protocol):
    """The language model."""

    @property
    def model(self) -> str: ...

    def write(self, brief: Brief, refused: str | None = None) -> Draft:
        """Ask once; `refused` says why its last answer was not taken.

        PlatformRefused for what a person has to mend, RateLimited when its quota is used up.
        """
        ...


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of a brief: the answer that was taken, or why none was; by model and prompt version."""

    draft_id: str
    model: str
    prompt_version: str
    answer: str | None
    refused: str | None


class Drafts(Protocol):
    """What the writer answered to which facts, so that nobody pays twice for the same."""

    def get(self, brand_id: BrandId, draft_id: str) -> Kept | None: ...

    def keep(self, brand_id: BrandId, kept: Kept, now: datetime) -> None: ...


@dataclass(frozen=True, slots=True)
class Grant:
    """The right to ask the writer once, with the tokens reserved for it; or why there is none."""

    brand_id: BrandId
    day: str
    tokens: int
    refused: str | None = None


class Allowance(Protocol):
    """What the writer may cost a brand in a day, counted where every instance sees it."""

    def take(self, brand_id: BrandId, tokens: int, now: datetime) -> Grant:
        """Count a call and reserve its tokens, both at once, before it is made."""
        ...

    def settle(self, grant: Grant, tokens: int) -> None:
        """Put what a call did cost in place of what was reserved."""
        ...


class Painter(Protocol):
    def png(self, chart: Chart, brand: Brand) -> bytes:
        """Draw a chart as a PNG picture."""
        ...


class Slack(Protocol):
    def post(self, token: Secret, channel: str, message: Message) -> str:
        """Post and return the message's id."""
        ...

    def edit(self, token: Secret, channel: str, message_id: str, message: Message) -> None: ...


class Hooks(Protocol):
    """Slack's incoming webhooks, each named by what follows Slack's host in its address."""

    def post(self, hook: Secret, message: Message) -> None: ...


@dataclass(frozen=True, slots=True)
class Mailed:
    """Whom a mail did not reach: `refused` for good, with the reason; `later` may take it then."""

    refused: Mapping[str, str] = field(default_factory=dict)
    later: tuple[str, ...] = ()


class Mail(Protocol):
    def send(self, recipients: Sequence[str], message: Message, *, message_id: str) -> Mailed:
        """Send to all who take it; PlatformRefused when the server refuses the mail, or us."""
        ...


@dataclass(frozen=True, slots=True)
class Delivery:
    """The record of one anomaly, or one source's trouble, told on one channel."""

    brand_id: BrandId
    subject_id: str
    channel: str
    sent_as: str | None  # the channel's own message id, once sent
    told: str | None  # fingerprint of what the message says
    version: object
    waiting: tuple[str, ...] = ()  # recipients whom it has not reached yet
    first: bool = False  # nobody ever claimed it before


class Deliveries(Protocol):
    def claim(self, brand_id: BrandId, subject_id: str, channel: str, now: datetime) -> Delivery | None:
        """Take the right to send: None when another holds it or Contended; else the record as it is."""
        ...

    def known(self, brand_id: BrandId, subjects: Collection[str], channels: Collection[str]) -> set[str]:
        """Return the subjects that anybody claimed to tell of on one of these channels, and kept."""
        ...

    def give_back(self, delivery: Delivery) -> None:
        """Forget a first claim under which nothing was sent, unless it is another's by now."""
        ...

    def broken_off(self, start: datetime, end: datetime) -> Iterator[list[tuple[BrandId, str]]]:
        """Yield all brands' subjects whose sender's lease ended in [start, end) without being given back.

        The oldest first, some hundred at a time.
        """
        ...

    def sent(
        self, delivery: Delivery, *, message_id: str, told: str, waiting: Sequence[str] = ()
    ) -> None: ...


class Mornings(Protocol):
    """Which day's digest each brand is told next."""

    def due(self, now: datetime) -> Iterator[list[tuple[BrandId, date]]]:
        """Yield the digests that are due, the longest due first, some hundred at a time."""
        ...

    def next(self, brand_id: BrandId) -> date | None: ...

    def settle(self, brand_id: BrandId, day: date, due_at: datetime) -> None:
        """Store whose digest is next, and from when on it is due."""
        ...

    def add(self, brands: Sequence[Brand], now: datetime) -> None:
        """Let those brands have digests that have none yet."""
        ...

    def forget(self, brand_id: BrandId) -> None: ...


class DeadLetters(Protocol):
    def bury(
        self,
        *,
        kind: str,
        event_id: str,
        subject: str,
        reason: str,
        names: Mapping[str, str],
        now: datetime,
    ) -> None:
        """Record an event that will never work; twice is once."""
        ...

    def buried(self, since: datetime | None = None) -> Iterator[DeadLetter]:
        """Yield those buried since, the oldest first, also while some are taken away."""
        ...

    def count(self) -> int: ...

    def forget(self, letter: DeadLetter) -> None:
        """Take one away; Contended when it was buried again since it was read."""
        ...
