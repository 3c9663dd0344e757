from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import requests

from local.demo import OWNER
from local.world.tenants import DEMO
from shared import wiring
from shared.core.anomaly import InsightState
from shared.core.brand import BrandId
from shared.core.freshness import ASK_AGAIN
from shared.core.incident import subjects
from shared.core.integration import Integration, Platform, Status
from shared.core.metric import Metric, Source
from shared.core.notifications import Notifications
from shared.core.period import Period, day_bucket
from shared.core.secret import Secret
from shared.core.sentry.settings import SentrySettings
from shared.core.sentry.severity import Severity
from shared.core.wire.config import CHANNELS
from tests.e2e.running import token, until

if TYPE_CHECKING:
    from tests.e2e.running import Running

METRICS, ANOMALIES = "/api/performance/metrics", "/api/performance/anomalies"
VALIDATE = "/api/performance/integrations/validate"


def test_doubled_bids_become_an_explained_anomaly(running: Running) -> None:
    hours = [a for a in running.journal.anomalies() if a.bucket.period is Period.HOURLY]
    found = {(a.source, a.metric): a for a in hours}

    anomaly = found[Source.META, Metric.CPC]
    assert anomaly.deviation_percent > 80
    assert anomaly.insight_state is InsightState.DONE
    assert anomaly.insight is not None
    assert anomaly.insight.explanation


def test_every_incident_with_something_critical_is_told_once_on_each_channel(running: Running) -> None:
    """Hours that come in together may be judged out of order: then it goes by a later one's name."""
    incidents = running.journal.incidents().values()
    critical = [members for members in incidents if any(a.severity.value == "critical" for a in members)]
    inbox = requests.get(f"{running.platform.urls['world']}/_world/inbox", timeout=5).json()

    for channel in ("slack", "email"):
        told = [
            {f"{name}_{channel}" for name in subjects(members)} & running.journal.delivered()
            for members in critical
        ]
        assert [len(names) for names in told] == [1] * len(critical)
    posted = [message for message in inbox["slack"] if not message["text"].endswith("test message")]
    mails = [mail for mail in inbox["mail"] if mail["messageId"].startswith("<aurora.inc_")]
    assert 0 < len(posted) == len(mails) == len(critical) <= len(incidents)
    for mail in mails:
        (name,) = mail["pictures"]
        assert f"cid:{name.strip('<>')}" in mail["html"]


def test_a_second_tick_writes_and_tells_nothing_new(running: Running) -> None:
    points = len(running.journal.points_since(running.told.ingested_at))
    inbox = running.journal.inbox()

    running.tick()

    assert len(running.journal.points_since(running.told.ingested_at)) == points
    assert running.journal.inbox() == inbox


def test_what_a_person_resolves_in_the_browser_is_resolved_on_slack(running: Running) -> None:
    """Straight to Firestore, under the rules; what follows, events do."""
    grave = (a for a in running.journal.anomalies() if a.severity is Severity.CRITICAL and a.is_open)
    incident = next(grave).incident
    members = [a for a in running.journal.anomalies() if a.incident == incident]
    before = len(resolved_on_slack(running))

    for member in members:
        answer_in_browser(running, member.id, "resolved")

    until(lambda: len(resolved_on_slack(running)) == before + 1)
    running.settle()
    assert {a.resolved_by for a in running.journal.anomalies() if a.incident == incident} == {"human"}


def resolved_on_slack(running: Running) -> list[str]:
    inbox = requests.get(f"{running.platform.urls['world']}/_world/inbox", timeout=5).json()
    return [message["text"] for message in inbox["slack"] if "✅ Resolved" in message["text"]]


def answer_in_browser(running: Running, anomaly_id: str, status: str) -> None:
    platform, brand = running.platform, running.told.brand
    document = f"brands/{brand.id}/performance_anomalies/{anomaly_id}"
    answer = requests.patch(
        f"{platform.urls['firestore']}/v1/projects/{platform.project}/databases/(default)/documents/{document}",
        params={"updateMask.fieldPaths": ["status", "resolvedBy"]},
        json={"fields": {"status": {"stringValue": status}}},
        headers={"Authorization": f"Bearer {token(platform.project, brand.owner_id)}"},
        timeout=10,
    )
    answer.raise_for_status()


def test_the_month_read_through_the_gateway_is_what_is_stored(running: Running) -> None:
    asked = running.month()
    answer = running.get(METRICS, uid=OWNER, brandId="aurora", **asked)

    first = day_bucket(date.fromisoformat(asked["startDate"]), running.told.brand.zone).start
    stored = {
        point.id(running.told.brand.id): point.values[Metric.SPEND]
        for point in running.journal.points_since(running.told.ingested_at)
        if point.period is Period.HOURLY and point.bucket.start >= first
    }
    assert answer.status_code == 200
    assert {point["id"]: point["data"]["spend"] for point in answer.json()} == stored


def test_a_known_answer_is_not_sent_again(running: Running) -> None:
    first = running.get(METRICS, uid=OWNER, brandId="aurora", **running.month())
    again = requests.get(
        running.platform.urls["gateway"] + METRICS,
        params={"brandId": "aurora", **running.month()},
        headers={
            "Authorization": f"Bearer {token(running.platform.project, OWNER)}",
            "If-None-Match": first.headers["ETag"],
        },
        timeout=20,
    )

    assert (again.status_code, again.content) == (304, b"")


def test_another_person_and_a_missing_brand_get_the_same_answer(running: Running) -> None:
    foreign = running.get(ANOMALIES, uid="somebody", brandId="aurora")
    missing = running.get(ANOMALIES, uid="somebody", brandId="nobody")

    assert (foreign.status_code, missing.status_code) == (403, 403)
    assert {k: v for k, v in foreign.json().items() if k != "requestId"} == {
        k: v for k, v in missing.json().items() if k != "requestId"
    }


def test_anomalies_come_newest_first_and_page_by_link(running: Running) -> None:
    everything = running.get(ANOMALIES, uid=OWNER, brandId="aurora").json()
    first = running.get(ANOMALIES, uid=OWNER, brandId="aurora", limit="1")
    following = requests.get(
        running.platform.urls["gateway"] + first.links["next"]["url"],
        headers={"Authorization": f"Bearer {token(running.platform.project, OWNER)}"},
        timeout=20,
    ).json()

    moments = [anomaly["detectedAt"] for anomaly in everything]
    assert moments == sorted(moments, reverse=True)
    assert first.json() + following == everything[:2]


def test_a_good_key_is_recognised_and_a_dead_one_named(running: Running) -> None:
    url = running.platform.urls["gateway"] + VALIDATE
    headers = {"Authorization": f"Bearer {token(running.platform.project, OWNER)}"}
    body = {"brandId": "aurora", "platform": "meta_ads", "accountId": DEMO.meta_account}

    good = requests.post(url, json=body | {"apiKey": DEMO.meta_key}, headers=headers, timeout=20)
    dead = requests.post(url, json=body | {"apiKey": "EAABdemo-expired"}, headers=headers, timeout=20)

    assert (good.status_code, good.json()["success"]) == (200, True)
    assert (dead.status_code, dead.json()) == (
        200,
        {"success": False, "message": "The key has expired. Create a new one."},
    )


def test_a_malformed_message_is_acknowledged_and_kept(running: Running) -> None:
    running.platform.publish("performance-ingest", b'{"v":1,"brandId":"a/b","source":"meta"}')

    until(lambda: bool(running.journal.dead_letters()))

    assert running.journal.dead_letters() == ["malformed_event"]


def test_a_platform_that_answers_nonsense_fails_its_own_source_only(running: Running) -> None:
    began = datetime.now(UTC)
    story = running.told.story.to_json()
    hour = began.replace(minute=0, second=0, microsecond=0)
    shock = {"source": "google", "start": (hour.replace(hour=0)).isoformat(), "end": None, "clicks": 1.01}
    running.world("story", {"tenant": "demo", "story": story | {"shocks": [*story["shocks"], shock]}})  # type: ignore[misc]
    running.world("faults", {"platform": "meta", "fault": "html_502", "times": 30})
    running.make_due()

    running.platform.tick()

    until(lambda: Source.GOOGLE in running.sources_since(began))
    assert Source.META not in running.sources_since(began)
    running.world("reset", {})
    running.world("story", {"tenant": "demo", "story": story})


def test_one_brands_hanging_platform_delays_no_other_brand(running: Running) -> None:
    """The other brand is through with all its sources, whose reading was asked for after that one hung."""
    until(lambda: not running.is_being_read(Source.META))  # what an earlier test began is over
    fault = {"platform": "meta", "fault": "hang", "times": None, "account": DEMO.meta_account}
    running.world("faults", fault)
    began = datetime.now(UTC)
    running.make_due()
    running.platform.tick()
    until(lambda: running.is_being_read(Source.META))

    other = running.second_brand()
    running.platform.tick()

    until(lambda: running.succeeded_since(began, other) == {"meta", "google", "organic"})
    assert "meta" not in running.succeeded_since(began, running.told.brand.id)
    running.world("reset", {})
    running.world("story", {"tenant": "demo", "story": running.told.story.to_json()})


def test_a_brand_whose_key_has_died_hears_of_it_once(running: Running) -> None:
    brand = replace(running.told.brand, id=BrandId("corvo"), owner_id="corvo", name="Corvo")
    brands, keys, timetable, now = wiring.brands(), wiring.keys(), wiring.timetable(), datetime.now(UTC)
    brands.create(brand, SentrySettings(channels=CHANNELS), now=now)
    slack = keys.seal(
        Secret(DEMO.slack_token), brand_id=brand.id, purpose="slack", account_id=DEMO.slack_channel
    )
    brands.tell_at(brand.id, Notifications(DEMO.slack_channel, slack, ("corvo@aurora.example",)))
    sealed = keys.seal(
        Secret("EAABdemo-revoked"), brand_id=brand.id, purpose="meta_ads", account_id=DEMO.meta_account
    )
    brands.connect(
        Integration(brand.id, Platform.META_ADS, DEMO.meta_account, sealed, Status.ACTIVE, now), now
    )

    for _ in range(2):
        timetable.ask([(brand.id, Source.META)], datetime.now(UTC) - ASK_AGAIN)
        running.platform.tick()
        until(lambda: all(known.problem and not known.asked_at for known in timetable.of(brand.id)))
        running.settle()

    title = "🔴 Corvo · Meta Ads: the key no longer works"
    inbox = requests.get(f"{running.platform.urls['world']}/_world/inbox", timeout=5).json()
    assert [message["text"] for message in inbox["slack"] if "Corvo" in message["text"]] == [title]
    assert [mail["subject"] for mail in inbox["mail"] if mail["to"] == ["corvo@aurora.example"]] == [title]


def test_a_person_signs_in_through_the_auth_emulator(running: Running) -> None:
    assert running.platform.auth_ready(within_s=110), running.platform.auth_says
    answer = requests.post(
        f"{running.platform.urls['auth']}/identitytoolkit.googleapis.com/v1/accounts:signInWithPassword?key=any",
        json={"email": "owner@aurora.example", "password": "war-room", "returnSecureToken": True},
        timeout=10,
    ).json()
    anomalies = requests.get(
        running.platform.urls["gateway"] + ANOMALIES,
        params={"brandId": "aurora"},
        headers={"Authorization": f"Bearer {answer['idToken']}"},
        timeout=20,
    )

    assert anomalies.status_code == 200
    assert anomalies.json()
