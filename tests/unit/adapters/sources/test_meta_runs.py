from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shared.adapters.sources.meta import MetaAds
from shared.core.report import Asked
from shared.errors import PlatformRefused, Unavailable
from tests.unit.adapters.sources.meta_answers import (
    KEY,
    NODE,
    NOW,
    day_row,
    hour_row,
)

if TYPE_CHECKING:
    from tests.scripted import Script


@pytest.mark.parametrize(
    ("run", "done"),
    [
        ({"async_status": "Job Not Started", "async_percent_completion": 0}, 0.0),
        ({"async_status": "Job Running", "async_percent_completion": 40}, 0.4),
        ({"async_status": "Job Completed", "async_percent_completion": 97}, 0.97),
        ({"async_status": "Job Running", "async_percent_completion": 100}, 0.99),
        ({"async_status": "Job Completed", "async_percent_completion": 100}, 1.0),
    ],
)
def test_a_run_is_done_only_when_it_says_so_at_100_percent(
    platform: Script, run: dict[str, object], done: float
) -> None:
    platform.answer(200, {"id": "7001", **run})

    assert MetaAds(platform.url).progress(KEY, "7001") == pytest.approx(done)


@pytest.mark.parametrize("status", [None, 7, ["Job Completed"], {}])
def test_a_run_without_a_status_is_nonsense(platform: Script, status: object) -> None:
    platform.answer(200, {"async_status": status, "async_percent_completion": 100})

    with pytest.raises(Unavailable):
        MetaAds(platform.url).progress(KEY, "7001")


def test_a_run_that_is_not_there_yet_is_no_refusal_for_a_while(platform: Script) -> None:
    platform.answer(400, {"error": {"code": 100, "error_subcode": 33, "type": "GraphMethodException"}})
    meta = MetaAds(platform.url)

    assert {meta.progress(KEY, "7001") for _ in range(10)} == {0.0}
    with pytest.raises(PlatformRefused, match="account_not_found"):
        meta.progress(KEY, "7001")
    assert meta.progress(KEY, "7002") == 0.0


def test_a_run_is_named_by_a_number_or_it_is_nonsense(platform: Script) -> None:
    for answer in (NODE, {"report_run_id": "7001/../me"}):
        platform.answer(200, answer)

    with pytest.raises(Unavailable):
        MetaAds(platform.url).order(KEY, "900100200300", Asked(NOW, "purchase", "EUR", 1))


@pytest.mark.parametrize(
    ("code", "subcode", "error"), [(-2, 2490547, Unavailable), (-3, 1504045, PlatformRefused)]
)
def test_a_failed_run_says_why(platform: Script, code: int, subcode: int, error: type[Exception]) -> None:
    run = {"async_status": "Job Failed", "async_percent_completion": 0}
    platform.answer(200, run | {"error_code": code, "error_subcode": subcode})

    with pytest.raises(error):
        MetaAds(platform.url).progress(KEY, "7001")


@pytest.mark.parametrize("status", ["Job Failed", "Job Skipped"])
def test_a_run_that_ends_without_a_reason_is_an_outage(platform: Script, status: str) -> None:
    platform.answer(200, {"async_status": status, "async_percent_completion": 0})

    with pytest.raises(Unavailable):
        MetaAds(platform.url).progress(KEY, "7001")


def test_what_was_ordered_is_collected_page_by_page_beside_its_days(platform: Script) -> None:
    first = {"data": [hour_row(0)], "paging": {"cursors": {"after": "QTI"}, "next": "x"}}
    for answer in (NODE, first, {"data": [hour_row(1)]}, {"data": [day_row()]}):
        platform.answer(200, answer)

    found = MetaAds(platform.url).collect(KEY, "900100200300", Asked(NOW, "purchase", "EUR", 1), "7001")

    assert [a.path.rpartition("v26.0")[2] for a in platform.asked] == [
        "/act_900100200300",
        "/7001/insights",
        "/7001/insights",
        "/act_900100200300/insights",
    ]
    assert [row.sums.spend for row in found.hours] == [4_100_000, 4_100_000]
    assert found.days[0].sums.spend == 96_310_000
    assert found.snapshots


def test_an_order_is_started_once_even_when_the_answer_is_lost(platform: Script) -> None:
    platform.answer(200, NODE)
    platform.answer(503, {"error": {"code": 2, "is_transient": True}})

    with pytest.raises(Unavailable):
        MetaAds(platform.url).order(KEY, "900100200300", Asked(NOW, "purchase", "EUR", 1))

    assert [a.method for a in platform.asked] == ["GET", "POST"]
