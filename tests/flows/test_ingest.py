from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from shared.core.brand import BrandId
from shared.core.freshness import LEASE, unanswered
from shared.core.integration import Integration, Platform, Status
from shared.core.metric import Metric, Source
from shared.core.period import Period
from shared.core.report import Report, ReportRow, Usage
from shared.core.secret import Secret
from shared.core.sentry.settings import SentrySettings
from shared.errors import Contended, PlatformRefused, RateLimited, Unavailable
from shared.flows.ingest import FarSide, ingest, keep_points
from tests.flows.stage import LATER
from tests.unit.core.points import BRAND, ROME, hour, point, sums

if TYPE_CHECKING:
    from datetime import datetime

    from shared.core.freshness import Freshness
    from shared.core.report import Asked as Reading
    from shared.flows.ingest import Ingested
    from tests.flows.stage import Stage


@dataclass
class Answering:
    """A platform that answers one hour, or fails as told."""

    spend: float = 7
    failure: Exception | None = None
    app: str | None = None
    percent: float = 3.0
    expires_at: datetime | None = None
    key: str | None = None
    asked: list[Reading] = field(default_factory=list)

    def __call__(self, platform: Platform) -> Answering:
        assert platform is Platform.META_ADS
        return self

    def app_of(self, _key: Secret) -> str | None:
        return self.app

    def report(self, key: Secret, _account_id: str, asked: Reading) -> Report:
        self.asked.append(asked)
        if self.failure:
            raise self.failure
        self.key = key.reveal()
        row = ReportRow(hour(2), sums(spend=self.spend, clicks=40, impressions=900))
        usage = Usage(self.percent, 1200)
        return Report("EUR", ROME, asked.now, (row,), usage=usage, expires_at=self.expires_at)


def run(stage: Stage, platform: Answering, *, brand_id: BrandId = BRAND.id) -> Ingested | None:
    """Ask for a reading and do it."""
    stage.timetable.ask([(brand_id, Source.META)], stage.clock.now())
    return read(stage, platform, brand_id=brand_id)


def read(stage: Stage, platform: Answering, *, brand_id: BrandId = BRAND.id) -> Ingested | None:
    return ingest(
        brand_id,
        Source.META,
        timetable=stage.timetable,
        brands=stage.brands,
        far=FarSide(stage.keys, stage.breakers, platform),  # type: ignore[arg-type]
        metrics=stage.metrics,
        clock=stage.clock,
        pause=lambda _: None,
    )


def status(stage: Stage) -> tuple[Status, str | None]:
    file = stage.brands.get(BRAND.id)
    assert file is not None
    return file.integrations[0].status, file.integrations[0].problem


def freshness(stage: Stage) -> Freshness:
    [known] = stage.timetable.of(BRAND.id)
    return known


def agency(stage: Stage) -> BrandId:
    """Add a second brand with the same key, as an agency has."""
    other = replace(BRAND, id=BrandId("boreal"))
    stage.brands.create(other, SentrySettings(), now=LATER)
    sealed = stage.keys.seal(Secret("EAAB"), brand_id=other.id, purpose="meta_ads", account_id="2")
    stage.brands.connect(Integration(other.id, Platform.META_ADS, "2", sealed, Status.ACTIVE, LATER), LATER)
    return other.id


def test_the_brands_own_key_is_opened_and_what_changed_is_written(stage: Stage) -> None:
    stage.connect()
    platform = Answering()

    done = run(stage, platform)

    assert platform.key == "EAAB"
    assert done is not None
    hours = {(p.source, p.values[Metric.SPEND]) for p in done.changed if p.period is Period.HOURLY}
    assert hours == {(Source.META, 7), (Source.AGGREGATED, 7)}


def test_the_same_answer_again_writes_nothing(stage: Stage) -> None:
    stage.connect()
    run(stage, Answering())

    done = run(stage, Answering())

    assert done is not None
    assert done.changed == ()


def test_a_brand_without_the_connection_is_not_read_and_forgotten(stage: Stage) -> None:
    assert run(stage, Answering(failure=AssertionError())) is None
    assert stage.timetable.of(BRAND.id) == []


def test_nobody_reads_what_was_not_asked_for(stage: Stage) -> None:
    stage.connect()

    assert read(stage, Answering(failure=AssertionError())) is None


def test_a_repeated_message_is_read_once(stage: Stage) -> None:
    stage.connect()
    run(stage, Answering())

    assert read(stage, Answering(failure=AssertionError())) is None


def test_a_second_reader_stays_away_until_the_lease_of_the_first_is_over(stage: Stage) -> None:
    stage.connect()
    stage.timetable.ask([(BRAND.id, Source.META)], LATER)
    assert stage.timetable.claim(BRAND.id, Source.META, LATER) is not None

    assert read(stage, Answering(failure=AssertionError())) is None
    stage.clock.at = LATER + LEASE
    assert read(stage, Answering()) is not None


def test_a_reader_that_lost_its_lease_settles_nothing(stage: Stage) -> None:
    stage.connect()
    stage.timetable.ask([(BRAND.id, Source.META)], LATER)
    slow = stage.timetable.claim(BRAND.id, Source.META, LATER)
    assert slow is not None
    assert stage.timetable.claim(BRAND.id, Source.META, LATER + LEASE) is not None

    with pytest.raises(Contended):
        stage.timetable.settle(slow, unanswered(slow.freshness, LATER))


def test_a_refusal_marks_the_integration_until_the_next_success(stage: Stage) -> None:
    stage.connect()
    done = run(stage, Answering(failure=PlatformRefused("meta", "permission_missing")))
    marked = status(stage)

    run(stage, Answering())

    assert done is not None
    assert (done.changed, done.worry(LATER)) == ((), "permission_missing")
    assert marked == (Status.ERROR, "permission_missing")
    assert status(stage) == (Status.ACTIVE, None)


def test_a_refused_source_is_tried_again_tomorrow(stage: Stage) -> None:
    stage.connect()
    run(stage, Answering(failure=PlatformRefused("meta", "account_inactive")))

    known = freshness(stage)
    file = stage.brands.get(BRAND.id)

    assert timedelta(hours=24) <= known.next_attempt_at - LATER <= timedelta(hours=29)
    assert file is not None
    assert file.integrations[0].next_attempt_at == known.next_attempt_at


@pytest.mark.parametrize(
    ("failure", "problem", "wait"),
    [
        (Unavailable("meta"), "platform_unavailable", timedelta(minutes=2)),
        (RateLimited("meta", 19 * 60), "rate_limited", timedelta(minutes=19)),
    ],
)
def test_trouble_that_passes_marks_nothing_and_is_tried_later(
    stage: Stage, failure: Exception, problem: str, wait: timedelta
) -> None:
    stage.connect()

    run(stage, Answering(failure=failure))

    known = freshness(stage)
    assert status(stage) == (Status.ACTIVE, None)
    assert (known.problem, known.failures) == (problem, 1)
    assert wait <= known.next_attempt_at - LATER <= wait * 1.2


def test_a_key_sealed_for_another_account_is_never_sent(stage: Stage) -> None:
    stage.brands.connect(replace(stage.connect(), account_id="2"), LATER)
    platform = Answering()

    run(stage, platform)

    assert (platform.key, platform.asked) == (None, [])
    assert status(stage) == (Status.ERROR, "key_unreadable")


def test_a_dead_token_is_tried_once_for_all_brands_that_share_it(stage: Stage) -> None:
    stage.connect()
    other = agency(stage)
    run(stage, Answering(failure=PlatformRefused("meta", "credential_expired")))

    platform = Answering()
    done = run(stage, platform, brand_id=other)

    assert platform.asked == []
    assert done is not None
    assert done.freshness.problem == "credential_expired"


def test_an_app_that_was_told_to_wait_is_left_alone_by_every_brand_on_it(stage: Stage) -> None:
    stage.connect()
    other = agency(stage)
    run(stage, Answering(failure=RateLimited("meta", 600, "app"), app="5550001"))

    held = Answering(app="5550001")
    done = run(stage, held, brand_id=other)
    free = Answering(app="5550002")
    run(stage, free, brand_id=other)

    assert (held.asked, len(free.asked)) == ([], 1)
    assert done is not None
    assert done.freshness.next_attempt_at >= LATER + timedelta(minutes=10)


def test_one_accounts_throttle_holds_nobody_else_off(stage: Stage) -> None:
    stage.connect()
    other = agency(stage)
    run(stage, Answering(failure=RateLimited("meta", 600), app="5550001"))

    platform = Answering(app="5550001")
    run(stage, platform, brand_id=other)

    assert len(platform.asked) == 1


def test_a_success_says_how_fresh_the_source_is(stage: Stage) -> None:
    stage.connect()
    before = freshness(stage)
    run(stage, Answering(expires_at=LATER + timedelta(days=5)))

    known = freshness(stage)
    assert before.lag(LATER) is None
    assert before.is_stale(LATER + timedelta(hours=2))
    assert (known.last_success_at, known.data_until, known.problem) == (LATER, hour(2).end, None)
    assert known.lag(LATER) == LATER - hour(2).end
    assert known.next_attempt_at - LATER <= timedelta(minutes=75)
    assert known.expiry_warning(LATER) == 7


def test_a_reading_names_what_is_wrong_with_its_source_and_what_is_over(stage: Stage) -> None:
    stage.connect()
    dead = Answering(failure=PlatformRefused("meta", "credential_revoked"))
    alarms = []
    for days, platform in (
        (0, Answering()),
        (1, dead),
        (3, dead),
        (5, Answering()),
        (6, Answering()),
        (7, Answering()),
    ):
        stage.clock.at = LATER + timedelta(days=days)
        done = run(stage, platform)
        assert done is not None
        alarms.append([alarm.rsplit("_", 1)[0] for alarm in done.alarms(stage.clock.at)])

    told = ["source_meta_credential_dead"]
    dead = [[alarm for alarm in each if "dead" in alarm] for each in alarms]
    assert dead == [[], told, told, told, told, []]


def test_an_end_is_asked_for_again_by_the_reading_after_one_that_died_before_asking(stage: Stage) -> None:
    stage.connect()
    run(stage, Answering(failure=PlatformRefused("meta", "credential_revoked")))
    stage.clock.at = LATER + timedelta(days=2)
    run(stage, Answering())
    stage.clock.at += timedelta(hours=1, minutes=30)

    done = run(stage, Answering())

    assert done is not None
    assert "source_meta_credential_dead_never" in done.alarms(stage.clock.at)


def test_an_allowance_nearly_used_is_rested(stage: Stage) -> None:
    stage.connect()

    done = run(stage, Answering(percent=92.0))

    assert done is not None
    assert done.worry(LATER) == "allowance_nearly_used"
    assert freshness(stage).next_attempt_at >= LATER + timedelta(hours=1)


def test_what_an_outage_left_out_is_asked_for_at_the_next_success(stage: Stage) -> None:
    stage.connect()
    platform = Answering()
    run(stage, platform)
    stage.clock.at = LATER + timedelta(hours=1)
    run(stage, platform)
    stage.clock.at = LATER + timedelta(days=4)
    run(stage, platform)

    assert [asked.days for asked in platform.asked] == [31, 2, 6]


def test_restatements_are_read_once_a_night(stage: Stage) -> None:
    stage.connect()
    platform = Answering()
    for hours in (0, 1, 3, 4, 27):  # LATER is two in the morning in Rome
        stage.clock.at = LATER + timedelta(hours=hours)
        run(stage, platform)

    assert [asked.lookback for asked in platform.asked] == [0, 0, 29, 0, 29]


def test_three_sources_that_write_at_once_lose_nothing(stage: Stage) -> None:
    sources = (Source.META, Source.GOOGLE, Source.ORGANIC)
    failures: list[Exception] = []

    def write(source: Source) -> None:
        what = sums(revenue=5, conversions=1) if source is Source.ORGANIC else sums(10, 5, 100, 10, 1)
        try:
            keep_points(
                [point(what, hour(n), source) for n in range(1, 5)],
                BRAND,
                connected=sources,
                metrics=stage.metrics,
                pause=lambda attempt: threading.Event().wait(0.02 * attempt),  # type: ignore[arg-type]
            )
        except Exception as error:  # noqa: BLE001 - told to the test's own thread
            failures.append(error)

    threads = [threading.Thread(target=write, args=(source,)) for source in sources]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    blended = stage.metrics.pages(BRAND.id, ["aggregated_hourly_202605"])["aggregated_hourly_202605"]
    assert failures == []
    for n in range(1, 5):
        whole = blended.get(hour(n))
        assert whole is not None
        assert (whole.values[Metric.SPEND], whole.values[Metric.REVENUE], whole.flags) == (20, 15, ())


def test_documents_and_pages_say_the_same(stage: Stage) -> None:
    stage.connect()
    run(stage, Answering())
    run(stage, Answering(spend=9))

    pages = stage.metrics.pages(BRAND.id, ["meta_hourly_202605", "meta_hourly_202604"])
    documents = list(stage.metrics.documents(BRAND, Source.META, ["202604", "202605"]))
    hourly = [d for d in documents if d.id(BRAND.id).endswith("Z")]

    assert len(hourly) == sum(len(page) for page in pages.values())
    for document in hourly:
        row = pages[f"meta_hourly_{document.bucket.month}"].get(document.bucket)
        assert (row, row and row.revision) == (document, document.revision)
