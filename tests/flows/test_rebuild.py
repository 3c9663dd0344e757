from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from shared.adapters.firestore.metrics import FirestoreMetrics
from shared.core.history import Page, page_id
from shared.core.metric import Source
from shared.core.period import HOUR, Period, bucket_at, week_bucket
from shared.core.wire.metric import metric_fields
from shared.flows.rebuild import rebuild
from tests.flows.stage import STEADY, Stage
from tests.unit.core.points import BRAND, NOW, ROME, hour, point, sums

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from shared.core.brand import Brand
    from shared.core.metric import MetricPoint

NAMES = [page_id(s, p, m) for s in Source for p in Period for m in ("202604", "202605")]


def run(stage: Stage, source: Source = Source.META, *, write: bool = True) -> tuple[int, int]:
    """Return how many pages were found, and how many differed."""
    months = list(rebuild(BRAND, source, metrics=stage.metrics, pause=lambda _: None, write=write))
    return sum(month.pages for month in months), sum(month.different for month in months)


def stored(stage: Stage) -> dict[str, dict[str, object]]:
    return {name: page.to_fields() for name, page in stage.metrics.pages(BRAND.id, NAMES).items()}


def history(stage: Stage):  # type: ignore[no-untyped-def]  # noqa: ANN201 - the client's methods are untyped
    return stage.client.collection("brands").document(BRAND.id).collection("history")


def write(stage: Stage, foreign: MetricPoint) -> None:
    """Do what another backend does: write a document and no page."""
    metrics = stage.client.collection("brands").document(BRAND.id).collection("performance_metrics")
    metrics.document(foreign.id(BRAND.id)).set(metric_fields(BRAND.id, foreign))


def test_pages_that_were_lost_come_back_byte_for_byte(stage: Stage) -> None:
    before = stored(stage)
    for name in before:
        history(stage).document(name).delete()

    for source in Source:
        run(stage, source)

    assert len(before) == 6
    assert stored(stage) == before


def test_pages_that_agree_are_not_written(stage: Stage) -> None:
    assert run(stage) == (3, 0)


def test_a_dry_run_counts_and_writes_nothing(stage: Stage) -> None:
    history(stage).document("meta_hourly_202605").delete()

    assert run(stage, write=False) == (3, 1)
    assert "meta_hourly_202605" not in stored(stage)


def test_a_document_of_another_backend_gets_its_row(stage: Stage) -> None:
    write(stage, foreign := point(replace(STEADY, spend=77_000_000), hour(5)))

    assert run(stage) == (3, 1)
    page = stage.metrics.pages(BRAND.id, ["meta_hourly_202605"])["meta_hourly_202605"]
    assert page.get(hour(5)) == foreign


def test_a_row_without_its_document_goes(stage: Stage) -> None:
    metrics = stage.client.collection("brands").document(BRAND.id).collection("performance_metrics")
    metrics.document(f"metric_{BRAND.id}_meta_{hour(-3).key}").delete()

    run(stage)

    page = stage.metrics.pages(BRAND.id, ["meta_hourly_202605"])["meta_hourly_202605"]
    assert page.get(hour(-3)) is None


def test_what_no_document_knows_is_taken_over(stage: Stage) -> None:
    day = bucket_at(NOW, Period.DAILY, ROME)
    page = stage.metrics.pages(BRAND.id, ["meta_daily_202605"])["meta_daily_202605"]
    page.looks.add(day, day.start + HOUR, sums(revenue=5, conversions=1))
    stage.metrics.commit(BRAND.id, [], [page])
    write(stage, point(STEADY, bucket_at(NOW + timedelta(days=1), Period.DAILY, ROME)))

    run(stage)

    rebuilt = stage.metrics.pages(BRAND.id, ["meta_daily_202605"])["meta_daily_202605"]
    assert rebuilt.looks.of(day) == page.looks.of(day)
    assert len(rebuilt) == len(page) + 1


def test_a_week_that_begins_in_the_year_before_its_own_is_filed_under_its_monday(stage: Stage) -> None:
    week = week_bucket(date(2025, 1, 1), ROME)  # 2025-W01 begins on 30 December 2024
    write(stage, turn := point(STEADY, week, Source.GOOGLE))

    run(stage, Source.GOOGLE)

    pages: dict[str, Page] = stage.metrics.pages(BRAND.id, ["google_weekly_202412"])
    assert pages["google_weekly_202412"].get(week) == turn


def test_what_is_ingested_meanwhile_is_not_lost(stage: Stage) -> None:
    news = point(replace(STEADY, spend=55_000_000), hour(1))
    pauses: list[int] = []

    class Overtaken(FirestoreMetrics):
        """A store in which another writer is faster, once."""

        def documents(self, brand: Brand, source: Source, months: Collection[str]) -> Iterator[MetricPoint]:
            yield from super().documents(brand, source, months)
            if not pauses and "202605" in months:
                stage.keep([news])

    write(stage, foreign := point(STEADY, hour(6)))
    found = rebuild(BRAND, Source.META, metrics=Overtaken(stage.client), pause=pauses.append, write=True)

    assert sum(month.different for month in found) == 1
    assert pauses == [1]
    page = stage.metrics.pages(BRAND.id, ["meta_hourly_202605"])["meta_hourly_202605"]
    assert (page.get(hour(1)), page.get(hour(6))) == (news, foreign)
