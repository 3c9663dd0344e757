from __future__ import annotations

import math
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given

from shared.core.anomaly import Insight, Origin, anomaly_id
from shared.core.brand import brand_id
from shared.core.integration import Integration, Platform, Status
from shared.core.metric import Metric, MetricPoint, Source
from shared.core.sentry.outage import Rule
from shared.core.sentry.settings import Occasion, SentrySettings
from shared.core.sentry.severity import Direction
from shared.core.sentry.threshold import Sensitivity
from shared.core.wire.anomaly import anomaly_fields, anomaly_of
from shared.core.wire.config import brand_fields, brand_of, config_fields, integrations_of, settings_of
from shared.core.wire.metric import metric_fields, metric_point
from shared.errors import BadRequest, InvalidDocument
from tests.unit.core.anomalies import VERDICT, raised_anomaly
from tests.unit.core.points import BRAND, NOW, hour, point, sums
from tests.unit.core.test_history import points

CONTRACT = {
    "id": "metric_aurora_meta_2026-05-20T12Z",
    "brandId": "aurora",
    "source": "meta",
    "timestamp": datetime(2026, 5, 20, 12, tzinfo=UTC),
    "data": {"spend": 10, "revenue": 20.5, "roas": 2.05, "cac": 5, "ctr": 0.01, "cpc": 1, "conversions": 2},
    "period": "hourly",
}
ID = str(CONTRACT["id"])


@given(points())
def test_a_metric_document_reads_back_as_it_was(given_point: MetricPoint) -> None:
    fields = metric_fields(BRAND.id, given_point)

    assert metric_point(fields, str(fields["id"]), BRAND) == given_point


def test_a_document_with_the_contracts_fields_alone_is_complete() -> None:
    read = metric_point(CONTRACT, ID, BRAND)

    assert (read.values[Metric.SPEND], read.complete, read.currency) == (10.0, True, "EUR")


def test_a_bucket_that_another_writer_wrote_before_it_was_over_is_not_judged() -> None:
    during, after = (
        datetime(2026, 5, 20, 12, minute, tzinfo=UTC) + timedelta(hours=h) for minute, h in ((59, 0), (0, 1))
    )

    assert not metric_point(CONTRACT, ID, BRAND, during).maturity.usable
    assert metric_point(CONTRACT, ID, BRAND, after).complete


def test_another_writers_ratio_over_a_visible_nothing_is_unavailable() -> None:
    """The contract has no word for it, and a day without spend has no price of a click."""
    still = CONTRACT | {
        "data": {"spend": 0, "revenue": 9, "roas": 0, "cac": 0, "ctr": 0, "cpc": 0, "conversions": 3}
    }

    assert metric_point(still, ID, BRAND).unavailable == {Metric.ROAS, Metric.CPC, Metric.CTR}
    assert metric_point(CONTRACT, ID, BRAND).unavailable == frozenset()


def test_another_writers_day_may_begin_at_midnight_utc() -> None:
    name = "metric_aurora_meta_2026-05-20"
    day = CONTRACT | {"id": name, "period": "daily", "timestamp": datetime(2026, 5, 20, tzinfo=UTC)}

    assert metric_point(day, name, BRAND).bucket.key == "2026-05-20"
    with pytest.raises(InvalidDocument, match="timestamp: the bucket starts at"):
        metric_point(day | {"timestamp": datetime(2026, 5, 21, tzinfo=UTC)}, name, BRAND)


def test_an_anomaly_with_the_contracts_fields_alone_is_about_all_sources() -> None:
    fields = anomaly_fields(raised_anomaly())
    own = ("id", "brandId", "metricType", "severity", "detectedAt", "valueAtDetection", "expectedValue",
           "deviationPercentage", "status")  # fmt: skip

    read = anomaly_of({name: fields[name] for name in own}, "a1", BRAND)

    assert (read.source, read.direction) == (Source.AGGREGATED, raised_anomaly().direction)
    assert read.bucket.start <= read.detected_at < read.bucket.end
    assert read.metric_id == f"metric_aurora_aggregated_{read.bucket.key}"


@pytest.mark.parametrize("value", [1.1e15, -1e300])
def test_what_no_currency_holds_is_refused_by_path(value: float) -> None:
    data = dict(CONTRACT["data"]) | {"spend": value}  # type: ignore[call-overload]

    with pytest.raises(InvalidDocument, match=rf"{ID}\.data\.spend: no amount is beyond 1e\+15"):
        metric_point(CONTRACT | {"data": data}, ID, BRAND)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, "10", True, None, [1]])
@pytest.mark.parametrize("metric", [m.value for m in Metric])
def test_what_is_no_finite_number_is_refused_by_path(metric: str, value: object) -> None:
    data = dict(CONTRACT["data"]) | {metric: value}  # type: ignore[call-overload]

    with pytest.raises(InvalidDocument, match=rf"{ID}\.data\.{metric}: a finite number is required"):
        metric_point(CONTRACT | {"data": data}, ID, BRAND)


@pytest.mark.parametrize("metric", [m.value for m in Metric])
def test_a_missing_metric_is_refused_by_path(metric: str) -> None:
    data = {k: v for k, v in CONTRACT["data"].items() if k != metric}  # type: ignore[attr-defined]

    with pytest.raises(InvalidDocument, match=rf"data\.{metric}"):
        metric_point(CONTRACT | {"data": data}, ID, BRAND)


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"source": "bing"}, "source"),
        ({"period": "daily"}, "period"),
        ({"period": None}, "period"),
        ({"timestamp": NOW.replace(tzinfo=None)}, "timestamp"),
        ({"timestamp": datetime(2026, 5, 20, 13, tzinfo=UTC)}, "timestamp"),
        ({"timestamp": "2026-05-20"}, "timestamp"),
        ({"brandId": "other"}, "brandId"),
        ({"data": [1]}, "data"),
        ({"unavailable": ["likes"]}, "unavailable"),
        ({"unavailable": "cpc"}, "unavailable"),
        ({"volume": {"clicks": 1.5}}, r"volume\.clicks"),
        ({"volume": {"clicks": -1}}, r"volume\.clicks"),
        ({"complete": "yes"}, "complete"),
        ({"revision": -1}, "revision"),
    ],
)
def test_a_field_that_does_not_fit_is_refused_by_path(change: dict[str, object], path: str) -> None:
    with pytest.raises(InvalidDocument, match=rf"{ID}\.{path}"):
        metric_point(CONTRACT | change, ID, BRAND)


@pytest.mark.parametrize(
    "name", ["metric_other_meta_2026-05-20T12Z", "metric_aurora_google_2026-05-20T12Z", "x"]
)
def test_an_id_of_something_else_is_refused(name: str) -> None:
    with pytest.raises(InvalidDocument, match="does not name this brand, source and bucket"):
        metric_point(CONTRACT, name, BRAND)


def test_three_periods_of_one_instant_have_three_ids() -> None:
    assert point(sums(spend=1), hour(), Source.META).id(BRAND.id) == "metric_aurora_meta_2026-05-20T12Z"


@pytest.mark.parametrize(
    "insight",
    [
        None,
        Insight("why", "what"),
        Insight("why", "what", Origin("gemini-made-up", "2", "00ff")),
        Insight("why", "what", Origin(None, "2", "00ff", "digits")),
    ],
)
def test_an_anomaly_reads_back_as_it_was(insight: Insight | None) -> None:
    anomaly = raised_anomaly(insight=insight)

    assert anomaly_of(anomaly_fields(anomaly), anomaly.id, BRAND) == anomaly


def test_an_insight_stays_the_contracts_and_its_origin_stands_beside_it() -> None:
    fields = anomaly_fields(raised_anomaly(insight=Insight("why", "what", Origin("m", "2", "00ff"))))

    assert fields["aiInsight"] == {"explanation": "why", "suggestedAction": "what"}
    assert fields["insightOrigin"] == {"model": "m", "promptVersion": "2", "factHash": "00ff"}


def test_an_anomaly_is_named_after_what_it_is_about() -> None:
    assert anomaly_id(ID, Metric.CPC) == "an_metric_aurora_meta_2026-05-20T12Z_cpc"


def test_a_resolution_that_names_nobody_was_a_persons() -> None:
    fields = anomaly_fields(raised_anomaly()) | {"status": "resolved"}

    assert anomaly_of(fields, "x", BRAND).resolved_by == "human"


def test_the_noise_gate_is_read_though_nothing_else_was_chosen() -> None:
    assert not settings_of({"sentryOptions": {"noiseGate": False}}, BRAND.id).noise_gate


def test_a_platform_that_was_never_connected_stops_nobody() -> None:
    """The contract's own form of it: no account, no key."""
    none = {"encryptedApiKey": "", "accountId": "", "status": "disconnected", "lastValidated": None}

    assert integrations_of({"integrations": {"google_ads": none}}, BRAND.id) == ()


def test_a_brand_that_names_no_zone_has_the_contracts_country() -> None:
    assert brand_of({"ownerId": "ana", "timeZone": None}, BRAND.id).zone.key == "America/Sao_Paulo"


def test_money_is_written_as_a_person_would() -> None:
    fields = anomaly_fields(replace(raised_anomaly(), at_risk=2000.3999999999999))

    assert fields["moneyAtRisk"] == {"amount": 2000.4, "currency": "EUR"}


def test_a_brand_and_its_configuration_read_back_as_they_were() -> None:
    settings = SentrySettings(False, Sensitivity.HIGH, ("email", "slack"), noise_gate=False)
    connected = (Integration(BRAND.id, Platform.GA4, "123", "pw1.k.x", Status.ERROR, NOW, "api_disabled"),)
    fields = config_fields(BRAND.id, settings, connected, NOW)

    assert brand_of(brand_fields(BRAND), BRAND.id) == BRAND
    assert settings_of(fields, BRAND.id) == settings
    assert integrations_of(fields, BRAND.id) == connected


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"enabled": "true"}, "enabled"),
        ({"sensitivity": "none"}, "sensitivity"),
        ({"notificationChannels": ["sms"]}, "notificationChannels"),
    ],
)
def test_settings_of_the_wrong_shape_are_refused_by_path(change: dict[str, object], path: str) -> None:
    good: dict[str, object] = {"enabled": True, "sensitivity": "low", "notificationChannels": []}

    with pytest.raises(InvalidDocument, match=rf"sentrySettings\.{path}"):
        settings_of({"sentrySettings": good | change}, BRAND.id)


def test_a_zone_that_does_not_exist_is_refused_by_path() -> None:
    with pytest.raises(InvalidDocument, match="timeZone"):
        brand_of(brand_fields(BRAND) | {"timeZone": "Mars/Base"}, BRAND.id)


@pytest.mark.parametrize(
    "text", ["", "a/b", "..", ".", "__x__", "a\n", "é", "a" * 129, "-a", "a b", "a\x00", "\ud800", "１"]
)
def test_what_is_no_brand_id_is_refused(text: str) -> None:
    with pytest.raises(BadRequest, match="brandId"):
        brand_id(text)


def test_occasions_read_back_as_they_were() -> None:
    sale = Occasion("Black Friday", NOW, NOW + timedelta(days=4))
    settings = SentrySettings(occasions=(sale,))

    assert settings_of(config_fields(BRAND.id, settings, (), NOW), BRAND.id) == settings
    assert "occasions" not in config_fields(BRAND.id, SentrySettings(), (), NOW)


@pytest.mark.parametrize(
    ("broken", "path"),
    [
        ({"name": "sale", "start": NOW}, "occasions[0].end"),
        ({"name": "", "start": NOW, "end": NOW + timedelta(days=1)}, "occasions[0].name"),
        ({"name": "sale", "start": NOW, "end": NOW}, "occasions[0].end"),
        ("sale", "occasions"),
    ],
)
def test_a_broken_occasion_is_refused_by_path(broken: object, path: str) -> None:
    with pytest.raises(InvalidDocument, match=re.escape(path)):
        settings_of({"occasions": [broken]}, BRAND.id)


def test_an_anomaly_over_a_window_reads_back_as_it_was() -> None:
    over_a_day = replace(VERDICT, size=24, rule=Rule.SPEND_WITHOUT_CONVERSIONS, stake=1234.5)
    anomaly = replace(raised_anomaly(verdict=over_a_day), told=False, incident="an_of_before")
    fields = anomaly_fields(anomaly)

    assert fields["windowHours"] == 24
    assert fields["moneyAtRisk"] == {"amount": 1234.5, "currency": "EUR"}
    assert anomaly_of(fields, anomaly.id, BRAND) == anomaly


def test_what_risks_nothing_and_what_nobody_can_value_are_told_apart() -> None:
    favourable = replace(VERDICT, direction=Direction.FAVOURABLE, stake=50.0)
    unknown = replace(VERDICT, stake=None)

    assert anomaly_fields(raised_anomaly(verdict=favourable))["moneyAtRisk"] == {
        "amount": 0.0,
        "currency": "EUR",
    }
    assert "moneyAtRisk" not in anomaly_fields(raised_anomaly(verdict=unknown))
