"""Messages with pictures: drawn from the brand's own pages, and never in a message's way."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from shared.core.message import Message
from tests.flows.stage import DASHBOARD
from tests.unit.core.points import BRAND

if TYPE_CHECKING:
    from shared.core.brand import Brand
    from shared.core.chart import Chart
    from tests.flows.stage import Stage

CPC = "an_metric_aurora_meta_2026-05-20T12Z_cpc"


class Watched:
    """A painter that keeps what it was asked to draw."""

    def __init__(self) -> None:
        self.charts: list[Chart] = []

    def png(self, chart: Chart, _brand: Brand) -> bytes:
        self.charts.append(chart)
        return b"png"


class Broken:
    def png(self, _chart: Chart, _brand: Brand) -> bytes:
        raise OSError("no font")


@pytest.fixture
def shocked(stage: Stage) -> Stage:
    stage.shock()
    stage.watch()
    stage.reachable()
    return stage


def test_a_mail_carries_its_anomalys_picture_and_leads_to_it(shocked: Stage) -> None:
    shocked.notify(CPC)

    (letter,) = shocked.phone.letters
    assert letter.picture is not None
    assert Image.open(BytesIO(letter.picture)).format == "PNG"
    assert letter.link is not None
    assert letter.link.url == f"{DASHBOARD}/?brand=aurora&anomaly={CPC}"
    assert shocked.missed == []


def test_the_picture_holds_the_numbers_of_the_message(shocked: Stage) -> None:
    shocked.painter = painter = Watched()

    shocked.notify(CPC)

    anomaly = shocked.stored(CPC)
    (chart,) = painter.charts
    assert (chart.spots[-1].value, chart.spots[-1].expected) == (anomaly.value, anomaly.expected)
    assert [spot.value for spot in chart.spots[:-1]] == [1.0] * 71


def test_a_painter_that_fails_costs_the_picture_and_not_the_message(shocked: Stage) -> None:
    shocked.painter = Broken()

    assert shocked.notify(CPC) == ["slack", "email"]
    assert [letter.picture for letter in shocked.phone.letters] == [None]
    assert [str(error) for error in shocked.missed] == ["no font"]


def test_pages_that_cannot_be_read_cost_the_picture_and_not_the_message(shocked: Stage) -> None:
    history = shocked.client.collection("brands").document(BRAND.id).collection("history")
    for page in history.list_documents():
        page.update({"starts": b"torn"})

    assert shocked.notify(CPC) == ["slack", "email"]
    assert [letter.picture for letter in shocked.phone.letters] == [None]
    assert len(shocked.missed) == 1


def test_a_source_without_pages_has_no_picture_and_nothing_is_missed(shocked: Stage) -> None:
    history = shocked.client.collection("brands").document(BRAND.id).collection("history")
    for page in history.list_documents():
        page.delete()

    shocked.notify(CPC)

    assert [letter.picture for letter in shocked.phone.letters] == [None]
    assert shocked.missed == []


def test_nothing_is_drawn_where_nothing_is_sent(shocked: Stage) -> None:
    shocked.notify(CPC)
    shocked.painter = painter = Watched()

    assert shocked.notify(CPC) == []
    shocked.resolve_all()
    assert shocked.notify(CPC) == ["slack"]
    assert painter.charts == []


def test_what_is_told_of_a_brand_alone_leads_to_its_dashboard(shocked: Stage) -> None:
    post = shocked.post
    file = shocked.brands.get(BRAND.id)
    assert file is not None

    post.deliver(file, "source_meta_stale_1", Message("old", ()))

    (letter,) = shocked.phone.letters
    assert letter.link is not None
    assert letter.link.url == f"{DASHBOARD}/?brand=aurora"
    assert letter.picture is None
