"""Mock mode: the contract's answers without a token, and without anybody else hearing of it."""

import json
import socket
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.functions.conftest import forget, prepare
from tests.functions.doors import ASKS, HTTP_DOORS, client_of, problem_of

SCENARIOS = ("healthy", "drop", "stale", "token-dead", "learning", "empty")
RATIOS = {"spend", "revenue", "roas", "cac", "ctr", "cpc", "conversions"}

Door = Callable[[str], FlaskClient]


@pytest.fixture
def ear(monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """A listener behind every address that a door could call."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        address = f"127.0.0.1:{listening.getsockname()[1]}"
        prepare(monkeypatch, address)
        for name in ("META_GRAPH_BASE", "GOOGLE_ADS_BASE", "GOOGLE_TOKEN_URL", "GA4_BASE"):
            monkeypatch.setenv(name, f"http://{address}")
        listening.setblocking(False)
        yield listening
    forget()


def mocked(client: FlaskClient, name: str, **query: str) -> Any:
    response = ASKS[name].send(client, query={"mock": "true", **query})
    assert response.status_code == 200
    return json.loads(response.data)


@pytest.mark.parametrize("name", HTTP_DOORS)
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_scenario_is_answered_without_a_token_and_marked_as_mock(
    door: Door, name: str, scenario: str
) -> None:
    response = ASKS[name].send(door(name), query={"mock": "true", "scenario": scenario})

    assert response.status_code == 200
    assert response.headers["X-Mock"] == "true"
    assert response.content_type == "application/json"


@pytest.mark.parametrize("name", HTTP_DOORS)
def test_the_same_question_is_answered_with_the_same_bytes(door: Door, name: str) -> None:
    client = door(name)

    first = ASKS[name].send(client, query={"mock": "true"})
    second = ASKS[name].send(client, query={"mock": "true"})

    assert first.data == second.data


@pytest.mark.parametrize("name", HTTP_DOORS)
def test_nobody_is_called(ear: socket.socket, name: str) -> None:
    client = client_of(name)

    for scenario in SCENARIOS:
        ASKS[name].send(client, query={"mock": "true", "scenario": scenario})

    with pytest.raises(BlockingIOError):
        ear.accept()


@pytest.mark.parametrize("name", HTTP_DOORS)
def test_a_deployment_can_switch_mock_mode_off(
    door: Door, environment: pytest.MonkeyPatch, name: str
) -> None:
    environment.setenv("MOCK_MODE", "off")

    response = ASKS[name].send(door(name), query={"mock": "true"})

    assert response.status_code == 400
    assert problem_of(response)["field"] == "mock"


@pytest.mark.parametrize("name", HTTP_DOORS)
def test_mock_false_is_a_real_request(door: Door, name: str) -> None:
    response = ASKS[name].send(door(name), query={"mock": "false"})

    assert response.status_code == 401


@pytest.mark.parametrize(
    ("name", "query", "field"),
    [
        ("metrics", {"mock": "1"}, "mock"),
        ("metrics", {"scenario": "flood"}, "scenario"),
        ("metrics", {"brandId": "a/b"}, "brandId"),
        ("metrics", {"period": "monthly"}, "period"),
        ("metrics", {"startDate": "2026-02-01"}, "startDate"),
        ("anomalies", {"limit": "0"}, "limit"),
        ("anomalies", {"status": "open"}, "status"),
        ("validate", {"scenario": "flood"}, "scenario"),
        ("validate", {"brandId": "aurora"}, "brandId"),
        ("notifications", {"brandId": "aurora"}, "brandId"),
    ],
)
def test_parameters_are_checked_as_for_a_real_request(
    door: Door, name: str, query: dict[str, str], field: str
) -> None:
    response = ASKS[name].send(door(name), query={"mock": "true", **query})

    assert response.status_code == 400
    assert problem_of(response)["field"] == field


def test_a_body_is_checked_as_for_a_real_request(door: Door) -> None:
    body = {**(ASKS["validate"].body or {}), "accountId": "12/34"}

    response = ASKS["validate"].send(door("validate"), query={"mock": "true"}, json=body)

    assert response.status_code == 400
    assert problem_of(response)["field"] == "accountId"


@pytest.mark.parametrize("period", ["hourly", "daily", "weekly"])
def test_every_metric_has_the_contracts_shape(door: Door, period: str) -> None:
    points = mocked(door("metrics"), "metrics", period=period, startDate="2026-01-19")

    assert points
    for point in points:
        assert point["id"].startswith(f"metric_aurora_{point['source']}_")
        assert point["brandId"] == "aurora"
        assert point["source"] in {"meta", "google", "organic", "aggregated"}
        assert _is_utc(point["timestamp"])
        assert point["period"] == period
        assert set(point["data"]) == RATIOS
        assert all(type(value) in {int, float} for value in point["data"].values())


def test_every_anomaly_has_the_contracts_shape(door: Door) -> None:
    anomalies = mocked(door("anomalies"), "anomalies")

    assert anomalies
    for anomaly in anomalies:
        assert anomaly["id"].startswith("an_metric_aurora_")
        assert anomaly["brandId"] == "aurora"
        assert anomaly["metricType"] in RATIOS
        assert anomaly["severity"] in {"critical", "warning", "info"}
        assert _is_utc(anomaly["detectedAt"])
        assert anomaly["status"] in {"new", "investigating", "resolved", "ignored"}
        for number in ("valueAtDetection", "expectedValue", "deviationPercentage"):
            assert type(anomaly[number]) in {int, float}
        assert isinstance(anomaly["aiInsight"]["explanation"], str)
        assert isinstance(anomaly["aiInsight"]["suggestedAction"], str)


@pytest.mark.parametrize(
    ("scenario", "success"),
    [
        ("healthy", True),
        ("drop", True),
        ("stale", True),
        ("token-dead", False),
        ("learning", True),
        ("empty", True),
    ],
)
def test_a_validation_has_the_contracts_two_fields_and_nothing_else(
    door: Door, scenario: str, success: bool
) -> None:
    answer = mocked(door("validate"), "validate", scenario=scenario)

    assert set(answer) == {"success", "message"}
    assert answer["success"] is success
    assert answer["message"]


def test_a_mock_brand_is_told_by_webhook_and_mail_and_nothing_is_kept(door: Door) -> None:
    client = door("notifications")

    answer = mocked(client, "notifications", scenario="token-dead")
    assert (answer["slack"]["kind"], answer["slack"]["state"]) == ("webhook", "off")
    assert [each["address"] for each in answer["email"]["recipients"]] == ["team@aurora.example"]
    assert "tests" not in answer
    shown = ASKS["notifications"].send(
        client, method="GET", data=b"", query={"brandId": "aurora", "mock": "true", "scenario": "token-dead"}
    )
    assert [each["address"] for each in json.loads(shown.data)["email"]["recipients"]] == [
        "time@aurora.example",
        "dona@aurora.example",
    ]


def test_a_mock_test_answers_for_what_is_named(door: Door) -> None:
    body = {"brandId": "aurora", "slack": {}, "test": True}

    response = ASKS["notifications"].send(door("notifications"), query={"mock": "true"}, json=body)

    assert json.loads(response.data)["tests"] == {
        "slack": {"success": True, "message": "Mensagem de teste enviada."}
    }


def test_points_come_by_time_and_then_by_source(door: Door) -> None:
    points = mocked(door("metrics"), "metrics")

    order = ["meta", "google", "organic", "aggregated"]
    places = [(point["timestamp"], order.index(point["source"])) for point in points]
    assert places == sorted(places)


def test_one_source_can_be_asked_for(door: Door) -> None:
    points = mocked(door("metrics"), "metrics", source="google")

    assert {point["source"] for point in points} == {"google"}


def test_without_a_scenario_a_drop_is_shown(door: Door) -> None:
    client = door("anomalies")

    assert mocked(client, "anomalies") == mocked(client, "anomalies", scenario="drop")


@pytest.mark.parametrize("scenario", ["healthy", "stale", "token-dead", "learning", "empty"])
def test_only_the_drop_has_anomalies(door: Door, scenario: str) -> None:
    assert mocked(door("anomalies"), "anomalies", scenario=scenario) == []


def test_a_limit_cuts_the_list(door: Door) -> None:
    assert len(mocked(door("anomalies"), "anomalies", limit="1")) == 1


def test_a_status_selects(door: Door) -> None:
    assert mocked(door("anomalies"), "anomalies", status="resolved") == []


def test_the_picture_of_nothing_is_an_empty_list(door: Door) -> None:
    assert mocked(door("metrics"), "metrics", scenario="empty") == []


def test_a_stale_source_stops_before_the_others(door: Door) -> None:
    points = mocked(door("metrics"), "metrics", scenario="stale")

    assert _last(points, "google") < _last(points, "meta")


def test_a_source_whose_token_is_dead_stops_before_the_others(door: Door) -> None:
    points = mocked(door("metrics"), "metrics", scenario="token-dead")

    assert _last(points, "meta") < _last(points, "google")


def test_what_a_source_does_not_measure_is_nought_and_named(door: Door) -> None:
    organic = mocked(door("metrics"), "metrics", source="organic")[0]

    assert organic["data"]["roas"] == 0
    assert "roas" in organic["unavailable"]


def _last(points: list[dict[str, Any]], source: str) -> str:
    return max(point["timestamp"] for point in points if point["source"] == source)


def _is_utc(text: str) -> bool:
    return text.endswith("Z") and datetime.fromisoformat(text).tzinfo is not None
