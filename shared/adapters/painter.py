"""A chart as a PNG picture, by Pillow: drawn at twice its size and reduced, so that lines are smooth.

Colours carry nothing alone: the value is a thick line, the expectation a thin one, the anomaly ends in
a dot. The ground is white and opaque, since mail programs in dark mode leave pictures as they are.
"""

from __future__ import annotations

from functools import cache
from io import BytesIO
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw, ImageFont

from shared.core.chart_labels import labels_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from shared.core.brand import Brand
    from shared.core.chart import Chart, Spot
    from shared.core.chart_labels import Labels

    Place = tuple[float, float]

WIDTH, HEIGHT = 960, 560
"""Pixels. A telephone shows it at a third of that width, where a letter is still ten points high."""

_FINER = 2
_FONT = Path(__file__).with_name("fonts") / "NotoSans-Latin.ttf"
_LETTERS, _GAP, _SWATCH = 32, 14, 40
_TOP, _BOTTOM, _RIGHT, _LEFT = 80, 70, 36, 24
_UNSHAPED = str.maketrans({"฿": "THB\xa0"})  # which the font does not hold
_GROUND, _INK, _GRID = "#ffffff", "#3c4043", "#e3e6ea"
_BAND, _EXPECTED, _VALUE = "#d6e4f5", "#6b8db5", "#174a8b"
_ALARM, _ALARM_GROUND = "#c5221f", "#fbe3e1"
_COLOURS = 64


class Painter:
    def png(self, chart: Chart, brand: Brand) -> bytes:
        """Draw a chart with the brand's own labels; the same chart gives the same bytes."""
        sheet = _Sheet(chart, labels_of(chart, brand))
        sheet.draw()
        image = sheet.image.reduce(_FINER).quantize(_COLOURS, dither=Image.Dither.NONE)
        written = BytesIO()
        image.save(written, "PNG", optimize=True)
        return written.getvalue()


class _Sheet:
    """One drawing, in pixels of the finer size."""

    def __init__(self, chart: Chart, labels: Labels) -> None:
        self._chart = chart
        self._labels = labels
        self._font = _font(_LETTERS * _FINER)
        self.image = Image.new("RGB", (WIDTH * _FINER, HEIGHT * _FINER), _GROUND)
        self._pen = ImageDraw.Draw(self.image)
        self._heights = [(height, label.translate(_UNSHAPED)) for height, label in labels.heights]
        widest = max(self._font.getlength(label) for _, label in self._heights)
        self._left = _LEFT * _FINER + widest + _GAP * _FINER
        self._right = (WIDTH - _RIGHT) * _FINER
        self._top, self._bottom = _TOP * _FINER, (HEIGHT - _BOTTOM) * _FINER

    def draw(self) -> None:
        spots, first = self._chart.spots, len(self._chart.spots) - self._chart.size
        self._mark(first)
        self._shade()
        self._rule()
        self._line([spot.expected for spot in spots], _EXPECTED, 3)
        self._line([spot.value for spot in spots], _VALUE, 6)
        self._line([spot.value if at >= first - 1 else None for at, spot in enumerate(spots)], _ALARM, 8)
        if spots[-1].value is not None:
            self._dot(self._place(len(spots) - 1, spots[-1].value), 11, _ALARM)
        self._legend()

    def _mark(self, first: int) -> None:
        half, last = self._wide / 2, len(self._chart.spots) - 1
        begin, end = self._across(first) - half, self._across(last) + half
        self._pen.rectangle((begin, self._top, end, self._bottom), _ALARM_GROUND)

    def _shade(self) -> None:
        for run in _known_bands(self._chart.spots):
            if len(run) == 1:
                ((at, low, high),) = run
                run = [(at - 0.5, low, high), (at + 0.5, low, high)]  # noqa: PLW2901 - a lone hour is as wide as one
            upper = [self._place(at, high) for at, _, high in run]
            lower = [self._place(at, low) for at, low, _ in reversed(run)]
            self._pen.polygon(upper + lower, _BAND)

    def _rule(self) -> None:
        for height, label in self._heights:
            y = self._up(height)
            self._pen.line((self._left, y, self._right, y), _GRID, _FINER * 2)
            self._pen.text((self._left - _GAP * _FINER, y), label, _INK, self._font, anchor="rm")
        taken: list[tuple[float, float]] = []
        for at, label in self._labels.moments:
            x, half = self._across(at), self._font.getlength(label) / 2
            self._pen.line((x, self._bottom, x, self._bottom + 8 * _FINER), _INK, _FINER * 2)
            middle = min(max(x, half + _GAP), (WIDTH - _GAP) * _FINER - half)
            begin, end = middle - half, middle + half + _GAP * _FINER
            if all(end <= other or begin >= until for other, until in taken):
                self._pen.text((middle, self._bottom + _GAP * _FINER), label, _INK, self._font, anchor="ma")
                taken.append((begin, end))

    def _line(self, heights: Sequence[float | None], colour: str, thick: int) -> None:
        """Draw what is known; a bucket between two gaps is a dot."""
        places = [None if height is None else self._place(at, height) for at, height in enumerate(heights)]
        for known, run in groupby(places, key=lambda place: place is not None):
            line = [place for place in run if place is not None]
            if known and len(line) == 1:
                self._dot(line[0], thick, colour)
            elif known:
                self._pen.line(line, colour, thick * _FINER, joint="curve")

    def _dot(self, place: Place, radius: int, colour: str) -> None:
        (x, y), r = place, radius * _FINER
        self._pen.ellipse((x - r, y - r, x + r, y + r), colour)

    def _legend(self) -> None:
        x, y, words = float(_LEFT * _FINER), _TOP * _FINER / 2, self._labels
        swatches = (
            (_VALUE, 3, words.value),
            (_EXPECTED, 1.5, words.expected),
            (_BAND, 12, words.band),
            (_ALARM, 4, words.alarm),
        )
        for colour, half, word in swatches:
            self._pen.rectangle((x, y - half * _FINER, x + _SWATCH * _FINER, y + half * _FINER), colour)
            x += (_SWATCH + _GAP) * _FINER
            self._pen.text((x, y), word, _INK, self._font, anchor="lm")
            x += self._font.getlength(word) + 2 * _GAP * _FINER

    @property
    def _wide(self) -> float:
        """How wide one bucket is."""
        return (self._right - self._left) / len(self._chart.spots)

    def _across(self, at: float) -> float:
        return self._left + (at + 0.5) * self._wide

    def _up(self, height: float) -> float:
        share = (height - self._labels.bottom) / (self._labels.top - self._labels.bottom)
        return self._bottom - share * (self._bottom - self._top)

    def _place(self, at: float, height: float) -> Place:
        return self._across(at), self._up(height)


def _known_bands(spots: Sequence[Spot]) -> Iterator[list[tuple[float, float, float]]]:
    """Yield the stretches without a gap: each bucket's number, low and high."""
    bands = [
        None if spot.low is None or spot.high is None else (float(at), spot.low, spot.high)
        for at, spot in enumerate(spots)
    ]
    for known, run in groupby(bands, key=lambda band: band is not None):
        if known:
            yield [band for band in run if band is not None]


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(_FONT, size)
