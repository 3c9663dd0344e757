"""How a measurement is printed, and what is done with many of them."""

from __future__ import annotations

from statistics import quantiles
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def p95(values: Sequence[float]) -> float:
    return quantiles(values, n=20)[-1]


def show(figures: Mapping[str, object]) -> None:
    for name, value in figures.items():
        print(f"{name}={value:.3f}" if isinstance(value, float) else f"{name}={value}")
