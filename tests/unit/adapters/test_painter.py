"""The picture in an e-mail: opened again and looked at, pixel by pixel."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from babel.numbers import get_currency_symbol, list_currencies
from PIL import Image

from shared.adapters import painter
from shared.adapters.painter import HEIGHT, WIDTH, Painter
from shared.core.chart import Chart, Spot
from shared.core.metric import Metric
from tests.unit.core.anomalies import raised_anomaly
from tests.unit.core.points import BRAND, hour

if TYPE_CHECKING:
    from collections.abc import Sequence

BAND, VALUE, ALARM = (214, 228, 245), (23, 74, 139), (197, 34, 31)
WHITE = (255, 255, 255)


def chart(
    values: Sequence[float | None], *, size: int = 1, metric: Metric = Metric.SPEND, currency: str = "BRL"
) -> Chart:
    """Return hours of which 100 was expected, give or take a half."""
    spots = [
        Spot(hour(n + 1 - len(values)))
        if value is None
        else Spot(hour(n + 1 - len(values)), value, 100, 50, 150)
        for n, value in enumerate(values)
    ]
    return Chart(replace(raised_anomaly(), metric=metric, size=size, currency=currency), tuple(spots))


def seen(what: Chart, locale: str = "pt-BR") -> Image.Image:
    return Image.open(BytesIO(Painter().png(what, replace(BRAND, locale=locale)))).convert("RGB")


def columns(image: Image.Image, colour: tuple[int, int, int]) -> list[int]:
    """Return the columns below the legend that hold a colour."""
    pixels = image.load()
    return [x for x in range(WIDTH) if any(_near(pixels[x, y], colour) for y in range(90, HEIGHT))]


def _near(pixel: tuple[int, int, int], colour: tuple[int, int, int]) -> bool:
    return all(abs(a - b) <= 6 for a, b in zip(pixel, colour, strict=True))


def test_a_picture_is_a_small_png_of_a_telephones_proportions() -> None:
    png = Painter().png(chart([100.0] * 71 + [30.0]), BRAND)

    assert png.startswith(b"\x89PNG")
    assert Image.open(BytesIO(png)).size == (WIDTH, HEIGHT)
    assert len(png) < 60_000


def test_the_same_chart_gives_the_same_bytes() -> None:
    assert Painter().png(chart([100.0, 30.0]), BRAND) == Painter().png(chart([100.0, 30.0]), BRAND)


def test_the_anomaly_is_at_the_end_and_as_wide_as_its_window() -> None:
    narrow = columns(seen(chart([100.0] * 66 + [30.0] * 6)), ALARM)
    wide = columns(seen(chart([100.0] * 66 + [30.0] * 6, size=6)), ALARM)

    assert min(wide) < min(narrow)
    assert max(wide) == max(narrow) > WIDTH * 0.9


def test_a_gap_is_left_white() -> None:
    values: list[float | None] = [100.0] * 20 + [None] * 20 + [100.0] * 32
    whole, broken = (columns(seen(chart(each)), BAND) for each in ([100.0] * 72, values))

    assert len(whole) - len(broken) > WIDTH * 0.8 * 15 / 72


def test_an_hour_between_two_gaps_is_still_seen() -> None:
    values: list[float | None] = [None] * 30 + [100.0] + [None] * 40 + [30.0]

    found = columns(seen(chart(values)), VALUE)

    assert found
    assert max(found) < WIDTH / 2


@pytest.mark.parametrize("locale", ["pt-BR", "en"])
@pytest.mark.parametrize(
    ("metric", "scale"),
    [(Metric.SPEND, 1.0), (Metric.REVENUE, 123_456.7), (Metric.CPC, 0.001), (Metric.CTR, 0.0001)],
)
def test_nothing_is_cut_off_at_the_edges(metric: Metric, scale: float, locale: str) -> None:
    drawn = chart([100.0 * scale] * 71 + [900.0 * scale], metric=metric, currency="USD")
    pixels = seen(drawn, locale).load()

    border = [pixels[x, y] for x in range(WIDTH) for y in (0, 3, HEIGHT - 4, HEIGHT - 1)]
    border += [pixels[x, y] for y in range(HEIGHT) for x in (0, 5, WIDTH - 6, WIDTH - 1)]
    assert set(border) == {WHITE}


def test_every_letter_and_every_currency_has_a_shape() -> None:
    """A font without a letter draws a box in its place."""
    font = painter._font(40)
    box = bytes(font.getmask("\uffff"))
    words = "Ação, conversões, Março, julho; Últimas R$ 1.234,56 12:00\u202fPM 98%"
    symbols = {get_currency_symbol(c, tag) for c in list_currencies() for tag in ("pt_BR", "en")}
    letters = {letter for word in (words, *symbols) for letter in word.translate(painter._UNSHAPED)}

    assert {letter for letter in letters if letter.strip() and bytes(font.getmask(letter)) == box} == set()
