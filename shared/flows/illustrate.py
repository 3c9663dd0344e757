"""Pictures for messages: drawn when a channel first asks, once, and never in a message's way."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from shared.core.chart import chart_of, pages_of_chart

if TYPE_CHECKING:
    from collections.abc import Callable

    from shared.core.anomaly import Anomaly
    from shared.core.chart import Chart
    from shared.ports import BrandFile, Metrics, Painter


@dataclass(frozen=True, slots=True)
class Illustrator:
    """What pictures are made of; `missed` hears why one could not be made."""

    metrics: Metrics
    painter: Painter
    missed: Callable[[Exception], None]

    def of(self, file: BrandFile, anomaly: Anomaly | None) -> Illustration:
        return Illustration(self, file, anomaly)


class Illustration:
    """An anomaly's chart; without an anomaly there is none.

    Whatever goes wrong with it, the message goes out: it says everything in words.
    """

    def __init__(self, by: Illustrator, file: BrandFile, anomaly: Anomaly | None) -> None:
        self._by = by
        self._file = file
        self._anomaly = anomaly

    @property
    def trend(self) -> str | None:
        return None if self._chart is None else self._chart.trend(self._file.brand.locale)

    @cached_property
    def picture(self) -> bytes | None:
        """Return the chart as a PNG."""
        if self._chart is None:
            return None
        try:
            return self._by.painter.png(self._chart, self._file.brand)
        except Exception as error:  # noqa: BLE001 - see above
            self._by.missed(error)
            return None

    @cached_property
    def _chart(self) -> Chart | None:
        if self._anomaly is None:
            return None
        brand = self._file.brand
        try:
            pages = self._by.metrics.pages(brand.id, pages_of_chart(self._anomaly, brand))
            return chart_of(self._anomaly, pages, brand, self._file.settings)
        except Exception as error:  # noqa: BLE001 - see above
            self._by.missed(error)
            return None
