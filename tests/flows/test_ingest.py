from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest

from shared.core.integration import Account, Platform, Status
from shared.core.metric import Metric, Source
from shared.core.period import Period
from shared.core.report import Report, ReportRow
from shared.errors import KeyUnreadable, PlatformRefused, RateLimited, Unavailable
from shared.flows.ingest import ingest, keep_points
from shared.flows.schedule import schedule
from tests.flows.stage import LATER, Asked
from tests.unit.core.points import BRAND, ROME, hour, point, sums

if TYPE_CHECKING:
    from datetime import datetime

    from shared.core.brand import BrandId
    from shared.core.metric import MetricPoint
    from shared.core.report import Asked as Reading
    from shared.core.secret import Secret
    from tests.flows.stage import Stage


@dataclass
class Answering:
    """A platform that answers one hour, or fails as told."""

    spend: float = 7
    failure: Exception | None = None
    key: str | None = None

    def __call__(self, platform: Platform) -> Answering:
        assert platform is Platform.META_ADS
        return self

    def check(self, _key: Secret, _account_id: str) -> Account:
        raise AssertionError("ingestion does not validate")

    def report(self, key: Secret, _account_id: str, asked: Reading) -> Report:
        assert (asked.days, asked.event, asked.currency) == (2, "purchase", "EUR")
        if self.failure:
            raise self.failure
        self.key = key.reveal()
        row = ReportRow(hour(2), sums(spend=self.spend, clicks=40, impressions=900))
        return Report("EUR", ROME, asked.now, (row,))


def run(stage: Stage, platform: Answering) -> list[MetricPoint]:
    return ingest(
        BRAND.id,
        Source.META,
        brands=stage.brands,
        keys=stage.keys,
        platforms=platform,
        metrics=stage.metrics,
        clock=stage.clock,
        pause=lambda _: None,
    )


def status(stage: Stage) -> tuple[Status, str | None]:
    file = stage.brands.get(BRAND.id)
    assert file is not None
    return file.integrations[0].status, file.integrations[0].problem


def test_the_brands_own_key_is_opened_and_what_changed_is_written(stage: Stage) -> None:
    stage.connect()
    platform = Answering()

    changed = run(stage, platform)

    assert platform.key == "EAAB"
    hours = {(p.source, p.values[Metric.SPEND]) for p in changed if p.period is Period.HOURLY}
    assert hours == {(Source.META, 7), (Source.AGGREGATED, 7)}


def test_the_same_answer_again_writes_nothing(stage: Stage) -> None:
    stage.connect()
    run(stage, Answering())

    assert run(stage, Answering()) == []


def test_a_brand_without_the_connection_is_not_read(stage: Stage) -> None:
    assert run(stage, Answering(failure=AssertionError())) == []


def test_a_refusal_marks_the_integration_and_the_next_success_clears_it(stage: Stage) -> None:
    stage.connect()
    with pytest.raises(PlatformRefused):
        run(stage, Answering(failure=PlatformRefused("meta", "credential_expired")))
    refused = status(stage)

    run(stage, Answering())

    assert refused == (Status.ERROR, "credential_expired")
    assert status(stage) == (Status.ACTIVE, None)


@pytest.mark.parametrize("failure", [Unavailable("meta"), RateLimited("meta", 60)])
def test_trouble_that_passes_marks_nothing_and_comes_back(stage: Stage, failure: Exception) -> None:
    stage.connect()

    with pytest.raises(type(failure)):
        run(stage, Answering(failure=failure))

    assert status(stage) == (Status.ACTIVE, None)


def test_a_key_sealed_for_another_account_is_never_sent(stage: Stage) -> None:
    stage.brands.connect(replace(stage.connect(), account_id="2"))
    platform = Answering()

    with pytest.raises(KeyUnreadable):
        run(stage, platform)

    assert platform.key is None
    assert status(stage) == (Status.ERROR, "key_unreadable")


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


def test_a_tick_asks_for_every_connected_source_once(stage: Stage) -> None:
    stage.connect()
    asked: list[tuple[BrandId, Source]] = []

    class Fan(Asked):
        def ask_for_ingest(self, brand_id: BrandId, source: Source, _slot: datetime) -> None:
            asked.append((brand_id, source))

    assert schedule(LATER, brands=stage.brands, queue=Fan()) == 1
    assert asked == [(BRAND.id, Source.META)]
