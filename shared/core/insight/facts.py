"""What may be said of an anomaly: facts with ids, amounts and signs, and no words yet."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shared.core.anomaly import Anomaly
    from shared.core.explanation import Driver, Part
    from shared.core.metric import Source

MOST_PARTS = 4
"""A reader takes in a few parts; what is left out is the smallest."""


class Kind(Enum):
    METRIC = "metric"
    SOURCE = "source"
    WHEN = "when"
    VALUE = "value"
    EXPECTED = "expected"
    DEVIATION = "deviation"
    PART = "part"


FIGURES = frozenset({Kind.VALUE, Kind.EXPECTED, Kind.DEVIATION, Kind.PART})
"""The kinds that are written as numbers of the anomaly; the others are names and a moment."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that may be said.

    `id` is what the writer calls it by. `sign` is the direction that words about it must have: of a
    part its own, of all else that of the anomaly; 0 where it has none. `amount` is in the metric's unit,
    of a deviation in percent; of a part it is the signed share of (value - expected) that its driver at
    its source is answerable for.
    """

    id: str
    kind: Kind
    sign: int = 0
    amount: float | None = None
    source: Source | None = None
    driver: Driver | None = None


def facts_of(anomaly: Anomaly) -> tuple[Fact, ...]:
    """Return the facts of an anomaly, and behind them the largest parts of its deviation."""
    moved = _sign(anomaly.value - anomaly.expected)
    itself = [each.driver.value for each in anomaly.parts] == [anomaly.metric.value]
    parts = () if itself else tuple(_part(each) for each in anomaly.parts)
    largest = sorted((each for each in parts if each.sign), key=_size, reverse=True)
    return (
        Fact("metric", Kind.METRIC, moved),
        Fact("source", Kind.SOURCE),
        Fact("when", Kind.WHEN),
        Fact("value", Kind.VALUE, moved, anomaly.value),
        Fact("expected", Kind.EXPECTED, moved, anomaly.expected),
        Fact("deviation", Kind.DEVIATION, moved, anomaly.deviation_percent),
        *largest[:MOST_PARTS],
    )


def leading(facts: Sequence[Fact]) -> Fact | None:
    """Return the part that the deviation owes most to: the largest of those that went its way."""
    moved = next((fact.sign for fact in facts if fact.kind is Kind.VALUE), 0)
    return max((f for f in facts if f.kind is Kind.PART and f.sign == moved), key=_size, default=None)


def _part(each: Part) -> Fact:
    name, amount = f"{each.source.value}.{each.driver.value}", float(each.amount)
    return Fact(name, Kind.PART, _sign(amount), amount, each.source, each.driver)


def _size(fact: Fact) -> float:
    return abs(fact.amount or 0.0)


def _sign(amount: float) -> int:
    return (amount > 0) - (amount < 0)
