"""Briefs for tests of insights."""

from __future__ import annotations

from dataclasses import replace

from shared.core.explanation import Driver, Part
from shared.core.insight import Brief, brief
from shared.core.metric import Source
from shared.core.sentry.severity import Direction
from tests.unit.core.anomalies import VERDICT, raised_anomaly
from tests.unit.core.points import BRAND

BRAZIL = replace(BRAND, locale="pt-BR", currency="BRL")
FALLING = replace(VERDICT, value=0.5, deviation_percent=-50.0, direction=Direction.FAVOURABLE)
PARTS = (
    Part(Source.META, Driver.CPC, 1.75, 1.0, 2.5),
    Part(Source.META, Driver.CTR, -0.3, 0.02, 0.03),
    Part(Source.GOOGLE, Driver.CPC, 0.05, 0.9, 1.0),
)


def rising(locale: str = "en", *, parts: bool = False) -> Brief:
    brand = BRAND if locale == "en" else BRAZIL
    anomaly = replace(raised_anomaly(), currency=brand.currency)
    return brief(replace(anomaly, parts=PARTS) if parts else anomaly, brand)


def falling(locale: str = "en") -> Brief:
    brand = BRAND if locale == "en" else BRAZIL
    return brief(replace(raised_anomaly(verdict=FALLING), currency=brand.currency), brand)
