"""The operator's commands that touch the Sentry, from the command line to the store."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from ops.__main__ import main as warroom
from shared.core.metric import Source
from shared.core.period import HOUR, Period, bucket_at
from tests.flows.stage import STEADY, Stage
from tests.functions.conftest import forget
from tests.unit.core.points import BRAND, ROME, point, sums

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def at_hand(stage: Stage, project_id: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", project_id)
    forget()
    yield stage
    forget()


def test_a_backtest_prints_what_each_sensitivity_would_have_raised(
    at_hand: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    now = datetime.now(UTC)
    hours = [bucket_at(now - n * HOUR, Period.HOURLY, ROME) for n in range(3, 12 * 24)]
    outage = sums(spend=100, revenue=0, clicks=100, impressions=5_000, conversions=0)
    at_hand.keep(
        [
            point(outage if n == 5 else STEADY, hour, Source.GOOGLE, fetched_at=hour.end + 3 * HOUR)
            for n, hour in enumerate(hours)
        ]
    )

    assert warroom(["--json", "backtest", "--brand", BRAND.id, "--days", "2"]) == 0
    told = json.loads(capsys.readouterr().out)

    assert told["low_anomalies"] == told["medium_anomalies"] == told["high_anomalies"] > 0
    assert told["low_at_risk"] > 0


def test_a_backtest_of_too_many_days_is_refused(at_hand: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    assert at_hand
    assert warroom(["backtest", "--brand", BRAND.id, "--days", "91"]) == 1
    assert "days: a whole number from 1 to 90" in capsys.readouterr().err


def test_an_occasion_is_declared_replaced_and_removed(at_hand: Stage) -> None:
    command = ["occasion", "--brand", BRAND.id, "--name", "sale"]

    assert warroom([*command, "--from", "2026-11-27", "--to", "2026-11-30"]) == 0
    assert warroom([*command, "--from", "2026-11-27"]) == 0
    declared = at_hand.brands.get(BRAND.id).settings.occasions  # type: ignore[union-attr]
    assert [(each.name, each.end - each.start) for each in declared] == [("sale", timedelta(days=1))]

    assert warroom([*command, "--remove"]) == 0
    assert at_hand.brands.get(BRAND.id).settings.occasions == ()  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("days", "sentence"),
    [
        ([], "from: is required"),
        (["--from", "2026-11-27", "--to", "2026-11-26"], "to: must not be before --from"),
        (["--remove"], "name: no occasion is called sale"),
    ],
)
def test_a_wrong_occasion_is_refused_in_a_sentence(
    at_hand: Stage, capsys: pytest.CaptureFixture[str], days: list[str], sentence: str
) -> None:
    assert at_hand
    assert warroom(["occasion", "--brand", BRAND.id, "--name", "sale", *days]) == 1
    assert sentence in capsys.readouterr().err
