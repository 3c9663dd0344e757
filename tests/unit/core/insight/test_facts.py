from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from shared.core.explanation import Driver, Part
from shared.core.insight import brief
from shared.core.insight.actions import ACTIONS, allowed
from shared.core.insight.facts import MOST_PARTS, Kind, facts_of, leading
from shared.core.metric import Metric, Source
from shared.core.sentry.severity import Direction
from shared.core.wording import driver_name
from tests.unit.core.anomalies import VERDICT, raised_anomaly
from tests.unit.core.insight.given import BRAZIL, FALLING, PARTS, rising
from tests.unit.core.points import BRAND

if TYPE_CHECKING:
    from shared.core.anomaly import Anomaly


def parted(*parts: Part, **more: Any) -> Anomaly:
    return replace(raised_anomaly(), parts=parts, **more)


def moved(driver: Driver, amount: float, source: Source = Source.META) -> Part:
    return Part(source, driver, amount, 1.0, 2.0)


def test_every_anomaly_has_six_facts_that_point_its_way() -> None:
    facts = facts_of(raised_anomaly())

    assert [(fact.id, fact.sign) for fact in facts] == [
        ("metric", 1),
        ("source", 0),
        ("when", 0),
        ("value", 1),
        ("expected", 1),
        ("deviation", 1),
    ]


def test_a_part_points_its_own_way_and_is_called_by_source_and_driver() -> None:
    added = facts_of(parted(*PARTS))[6:]

    assert [(fact.id, fact.sign, fact.amount) for fact in added] == [
        ("meta.cpc", 1, 1.75),
        ("meta.ctr", -1, -0.3),
        ("google.cpc", 1, 0.05),
    ]


def test_the_largest_parts_are_told_and_those_of_nothing_never() -> None:
    many = parted(*(moved(driver, n / 10) for n, driver in enumerate(Driver)))

    told = [fact.amount for fact in facts_of(many) if fact.kind is Kind.PART]

    assert told == [1.0, 0.9, 0.8, 0.7]
    assert len(told) == MOST_PARTS


def test_the_leading_part_is_the_largest_that_went_the_anomalys_way() -> None:
    found = leading(facts_of(parted(*PARTS, moved(Driver.ORDER_VALUE, -9.0))))

    assert found is not None
    assert found.id == "meta.cpc"


def test_without_parts_nothing_leads() -> None:
    assert leading(facts_of(raised_anomaly())) is None


def test_parts_name_themselves_with_a_signed_amount() -> None:
    texts = rising(parts=True).texts

    assert texts["meta.cpc"] == "CPC on Meta Ads (+€1.75)"
    assert texts["meta.ctr"] == "CTR on Meta Ads (\N{MINUS SIGN}€0.30)"


def test_what_is_organic_needs_no_platform() -> None:
    organic = moved(Driver.CONVERSIONS, -120.0, Source.ORGANIC)
    anomaly = parted(organic, metric=Metric.REVENUE, currency="BRL")

    text = brief(anomaly, BRAZIL).texts["organic.conversions"]

    assert text.replace("\xa0", " ") == "conversões do tráfego orgânico (\N{MINUS SIGN}R$ 120,00)"


@pytest.mark.parametrize("driver", list(Driver))
@pytest.mark.parametrize("source", [Source.META, Source.ORGANIC])
def test_every_driver_has_a_name_and_actions_of_its_own_kind(driver: Driver, source: Source) -> None:
    anomaly = parted(moved(driver, 1.0, source))
    actions = allowed(anomaly, facts_of(anomaly))

    assert all(driver_name(driver, locale) for locale in ("pt-BR", "en"))
    assert actions
    assert set(actions) <= set(ACTIONS)
    assert "keep_going" not in actions


def test_the_leading_driver_decides_what_may_be_advised() -> None:
    fallen = parted(moved(Driver.ORDER_VALUE, -9.0), metric=Metric.REVENUE, value=1.0, expected=10.0)

    assert "check_prices" in brief(fallen, BRAND).actions
    assert "check_prices" not in brief(replace(fallen, parts=()), BRAND).actions


def test_what_drives_itself_leaves_the_metric_to_decide() -> None:
    anomaly = parted(moved(Driver.ROAS, 1.0), metric=Metric.ROAS)

    assert allowed(anomaly, facts_of(anomaly)) == allowed(anomaly, facts_of(replace(anomaly, parts=())))


def test_good_news_is_kept_going_whatever_drove_it() -> None:
    good = replace(raised_anomaly(verdict=FALLING), parts=PARTS)

    assert allowed(good, facts_of(good))[0] == "keep_going"


@pytest.mark.parametrize("metric", list(Metric))
@pytest.mark.parametrize("value", [1.0, 100.0])
@pytest.mark.parametrize("direction", list(Direction))
def test_something_fitting_may_always_be_advised(metric: Metric, value: float, direction: Direction) -> None:
    verdict = replace(VERDICT, metric=metric, value=value, expected=10.0, direction=direction)
    anomaly = raised_anomaly(verdict=verdict)

    assert allowed(anomaly, facts_of(anomaly))


@pytest.mark.parametrize("locale", ["pt-BR", "en"])
def test_every_action_is_said_in_every_language_without_a_figure(locale: str) -> None:
    for words in ACTIONS.values():
        assert 0 < len(words[locale]) <= 300
        assert not any(each.isnumeric() for each in words[locale])
