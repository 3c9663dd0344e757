"""Which hand answers which socket: built at first use, kept while the instance lives.

Every import of an SDK happens inside the function that needs it, so a door pays at cold start
only for what it uses.
"""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING

from shared.config import NEEDS, PRODUCTION_BASES, Config
from shared.core.integration import Platform
from shared.errors import BadRequest, ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from google.cloud.firestore import Client

    from shared import ports
    from shared.adapters.vault import MasterKeys
    from shared.core.mock import Scenario
    from shared.core.secret import Secret
    from shared.flows.channels import Channel
    from shared.flows.metrics import Written


@cache
def config() -> Config:
    return Config.from_env(os.environ)


def check(door: str) -> None:
    """Refuse to start a door in an environment that it cannot work in; ConfigError says why."""
    Config.from_env(os.environ, door)
    if "PERFORMANCE_ENCRYPTION_KEY" in NEEDS[door]:
        keys()


def origins() -> frozenset[str]:
    return config().allowed_origins


def mocked(scenario: Scenario | None) -> Scenario | None:
    """Return the scenario to show, where this deployment shows any."""
    if scenario is not None and not config().mock:
        raise BadRequest("mock", "is switched off here")
    return scenario


@cache
def clock() -> ports.Clock:
    from shared.adapters.clock import SystemClock

    return SystemClock()


def pause(attempt: int) -> None:
    """Wait before the n-th new try."""
    from shared.adapters.clock import part

    part(attempt)


@cache
def gate() -> ports.Gate:
    from shared.adapters.firestore.gate import FirestoreGate
    from shared.adapters.firestore.limits import FirestoreLimits
    from shared.adapters.identity import CERTIFICATES_URL, CertificateCache, TokenVerifier

    known = None if config().unsigned_tokens else CertificateCache(CERTIFICATES_URL)
    verifier = TokenVerifier(config().project, certificates=known, now=clock().now)
    return FirestoreGate(_firestore(), verifier, FirestoreLimits(_firestore(), clock().now))


@cache
def sender() -> ports.Sender | None:
    """Return who tells forged events from real ones; None where the platform has done so."""
    if not config().event_sender:
        return None
    from shared.adapters.identity import PUSH_CERTIFICATES_URL, CertificateCache, PushVerifier

    known = CertificateCache(PUSH_CERTIFICATES_URL)
    return PushVerifier(config().event_audience, config().event_sender, certificates=known, now=clock().now)


@cache
def brands() -> ports.Brands:
    from shared.adapters.firestore.brands import FirestoreBrands

    return FirestoreBrands(_firestore())


@cache
def timetable() -> ports.Timetable:
    from shared.adapters.firestore.freshness import FirestoreTimetable

    return FirestoreTimetable(_firestore())


@cache
def backfills() -> ports.Backfills:
    from shared.adapters.firestore.backfills import FirestoreBackfills

    return FirestoreBackfills(_firestore())


@cache
def breakers() -> ports.Breakers:
    from shared.adapters.firestore.breakers import FirestoreBreakers

    return FirestoreBreakers(_firestore())


@cache
def metrics() -> ports.Metrics:
    from shared.adapters.firestore.metrics import FirestoreMetrics

    return FirestoreMetrics(_firestore())


@cache
def written() -> Written:
    from shared.flows.metrics import Written

    return Written(most=16 * 1024 * 1024)


@cache
def desk() -> ports.Watch:
    from shared.adapters.firestore.metrics import FirestoreWatch

    return FirestoreWatch(_firestore())


@cache
def anomalies() -> ports.Anomalies:
    from shared.adapters.firestore.anomalies import FirestoreAnomalies

    return FirestoreAnomalies(_firestore())


@cache
def deliveries() -> ports.Deliveries:
    from shared.adapters.firestore.deliveries import FirestoreDeliveries

    return FirestoreDeliveries(_firestore())


@cache
def mornings() -> ports.Mornings:
    from shared.adapters.firestore.mornings import FirestoreMornings

    return FirestoreMornings(_firestore())


@cache
def dead_letters() -> ports.DeadLetters:
    from shared.adapters.firestore.dead_letters import FirestoreDeadLetters

    return FirestoreDeadLetters(_firestore())


@cache
def queue() -> ports.Queue:
    from shared.adapters.pubsub import PubSubQueue

    return PubSubQueue(config().project)


@cache
def topics() -> ports.Topics:
    from shared.adapters.pubsub import PubSubTopics

    return PubSubTopics(config().project)


@cache
def keys() -> ports.Keys:
    from shared.adapters.vault import Vault

    return Vault(master_keys())


@cache
def master_keys() -> MasterKeys:
    from shared.adapters.vault import MasterKeys

    return MasterKeys.parse(_encryption_key().reveal())


def _encryption_key() -> Secret:
    version = config().encryption_key_version
    if version is None:
        return _required(config().encryption_key, "PERFORMANCE_ENCRYPTION_KEY")
    from shared.adapters.secret_manager import SecretManager

    return SecretManager(config().bases["SECRET_MANAGER_BASE"]).read(version)


@cache
def strongroom() -> ports.Strongroom:
    from shared.adapters.firestore.strongroom import FirestoreStrongroom

    return FirestoreStrongroom(_firestore())


@cache
def platform(kind: Platform) -> ports.PlatformReader:
    bases = config().bases
    if kind is Platform.META_ADS:
        from shared.adapters.sources.meta import MetaAds

        return MetaAds(bases["META_GRAPH_BASE"])
    if kind is Platform.GOOGLE_ADS:
        from shared.adapters.sources.google_ads import GoogleAds

        return GoogleAds(bases["GOOGLE_ADS_BASE"], bases["GOOGLE_TOKEN_URL"])
    from shared.adapters.sources.ga4 import Ga4

    return Ga4(bases["GA4_BASE"], bases["GOOGLE_TOKEN_URL"])


@cache
def writer() -> ports.Writer:
    from shared.adapters.gemini import GeminiWriter, Vertex

    base, model, location = config().bases["GEMINI_BASE"], config().gemini_model, config().vertex_location
    if location is None:
        return GeminiWriter(_required(config().gemini_key, "GEMINI_API_KEY"), model, base)
    vertex = Vertex(config().project, location)
    moved = base != PRODUCTION_BASES["GEMINI_BASE"]
    return GeminiWriter(vertex, model, base if moved else vertex.host)


@cache
def drafts() -> ports.Drafts:
    from shared.adapters.firestore.insights import FirestoreDrafts

    return FirestoreDrafts(_firestore())


@cache
def allowance() -> ports.Allowance:
    from shared.adapters.firestore.insights import FirestoreAllowance
    from shared.core.insight.cost import Cap

    return FirestoreAllowance(_firestore(), Cap(config().insight_calls, config().insight_tokens))


@cache
def painter() -> ports.Painter:
    from shared.adapters.painter import Painter

    return Painter()


@cache
def channels(keys: ports.Keys) -> Mapping[str, Channel]:
    """Return the ways to people; `keys` opens what the brands gave for them."""
    from shared.adapters.email import SmtpMail
    from shared.adapters.slack import SlackBot
    from shared.adapters.slack_hooks import SlackHooks
    from shared.flows.channels import MailChannel, SlackChannel

    bases, mail = config().bases, SmtpMail(_required(config().smtp_url, "SMTP_URL"), config().mail_from)
    return {
        "slack": SlackChannel(SlackBot(bases["SLACK_BASE"]), SlackHooks(bases["SLACK_HOOKS_BASE"]), keys),
        "email": MailChannel(mail),
    }


@cache
def _firestore() -> Client:
    from shared.adapters.firestore._client import ReconnectingClient

    return ReconnectingClient(project=config().project)


def _required(value: Secret | None, name: str) -> Secret:
    if value is None:
        raise ConfigError(f"{name} is missing")
    return value
