"""Refusals: one shape on every endpoint, whoever is wrong and however."""

import io
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.functions.doors import ASKS, HTTP_DOORS, SAFE_HEADERS, problem_of

Door = Callable[[str], FlaskClient]
TOO_LONG = json.dumps({"apiKey": "x" * 16_384})


@dataclass(frozen=True, slots=True)
class Wrong:
    """A request with one thing wrong, and what it is told."""

    name: str
    door: str
    status: int
    code: str
    blamed: str | None = None
    changes: dict[str, Any] = field(default_factory=dict)


def strange_query(door: str, name: str, query: dict[str, Any], blamed: str) -> Wrong:
    return Wrong(f"{door}: {name}", door, 400, "bad_request", blamed, {"query": query})


def strange_body(name: str, raw: str | bytes, blamed: str) -> Wrong:
    changes = {"data": raw, "content_type": "application/json"}
    return Wrong(f"validate: {name}", "validate", 400, "bad_request", blamed, changes)


def strange_field(name: str, value: object) -> Wrong:
    raw = json.dumps({**(ASKS["validate"].body or {}), name: value})
    return strange_body(f"{name} is {str(value)[:20]!r}", raw, name)


EVERYWHERE = [
    wrong
    for door in HTTP_DOORS
    for wrong in (
        Wrong(f"{door}: no token", door, 401, "unauthenticated"),
        Wrong(
            f"{door}: not a token",
            door,
            401,
            "unauthenticated",
            changes={"headers": {"Authorization": "Bearer nonsense"}},
        ),
        Wrong(
            f"{door}: another scheme",
            door,
            401,
            "unauthenticated",
            changes={"headers": {"Authorization": "Basic cm9ib3Q6eA=="}},
        ),
        Wrong(
            f"{door}: two Authorization headers",
            door,
            401,
            "unauthenticated",
            changes={"headers": [("Authorization", "Bearer a.b.c"), ("Authorization", "Bearer a.b.c")]},
        ),
        Wrong(f"{door}: a strange path", door, 404, "not_found", changes={"path": "/api/performance/other"}),
        Wrong(
            f"{door}: below the path", door, 404, "not_found", changes={"path": f"{ASKS[door].path}/aurora"}
        ),
        Wrong(f"{door}: PATCH", door, 405, "method_not_allowed", changes={"method": "PATCH"}),
        Wrong(f"{door}: TRACE", door, 405, "method_not_allowed", changes={"method": "TRACE"}),
        Wrong(f"{door}: an invented verb", door, 405, "method_not_allowed", changes={"method": "BREW"}),
        Wrong(
            f"{door}: 16 KB and one",
            door,
            413,
            "too_large",
            changes={"data": "x" * 16_385, "content_type": "application/json"},
        ),
        strange_query(door, "an unknown parameter", {"brand": "aurora"}, "brand"),
        strange_query(door, "mock twice", {"mock": ["true", "true"]}, "mock"),
        strange_query(door, "mock in capitals", {"mock": "TRUE"}, "mock"),
        strange_query(door, "a scenario without mock", {"scenario": "drop"}, "scenario"),
    )
]

PARAMETERS = [
    strange_query("metrics", "no brand", {"brandId": None}, "brandId"),
    strange_query("metrics", "an empty brand", {"brandId": ""}, "brandId"),
    strange_query("metrics", "a brand twice", {"brandId": ["aurora", "boreal"]}, "brandId"),
    strange_query("metrics", "a path for a brand", {"brandId": "a/b/c"}, "brandId"),
    strange_query("metrics", "a parent for a brand", {"brandId": ".."}, "brandId"),
    strange_query("metrics", "a reserved brand", {"brandId": "__aurora__"}, "brandId"),
    strange_query("metrics", "a brand with a newline", {"brandId": "aurora\n"}, "brandId"),
    strange_query("metrics", "a brand with NUL", {"brandId": "a\0"}, "brandId"),
    strange_query("metrics", "a brand beyond ASCII", {"brandId": "auróra"}, "brandId"),
    strange_query("metrics", "a brand too long", {"brandId": "a" * 129}, "brandId"),
    strange_query("metrics", "no start", {"startDate": None}, "startDate"),
    strange_query("metrics", "no end", {"endDate": None}, "endDate"),
    strange_query("metrics", "a date without dashes", {"startDate": "20260128"}, "startDate"),
    strange_query("metrics", "a week for a date", {"startDate": "2026-W05-1"}, "startDate"),
    strange_query("metrics", "an instant without zone", {"startDate": "2026-01-28T00:00:00"}, "startDate"),
    strange_query("metrics", "the thirtieth of February", {"endDate": "2026-02-30"}, "endDate"),
    strange_query("metrics", "digits beyond ASCII", {"endDate": "２０２６-01-29"}, "endDate"),
    strange_query("metrics", "a year far away", {"endDate": "9999-12-31"}, "endDate"),
    strange_query("metrics", "the end before the start", {"endDate": "2026-01-27"}, "startDate"),
    strange_query("metrics", "too many hours", {"startDate": "2025-11-01"}, "endDate"),
    strange_query("metrics", "no period", {"period": None}, "period"),
    strange_query("metrics", "a period in capitals", {"period": "Hourly"}, "period"),
    strange_query("metrics", "an unknown source", {"source": "tiktok"}, "source"),
    strange_query("anomalies", "no brand", {"brandId": None}, "brandId"),
    strange_query("anomalies", "an unknown status", {"status": "open"}, "status"),
    strange_query("anomalies", "no limit at all", {"limit": "0"}, "limit"),
    strange_query("anomalies", "a limit too high", {"limit": "201"}, "limit"),
    strange_query("anomalies", "a limit with a sign", {"limit": "+5"}, "limit"),
    strange_query("anomalies", "a limit with a space", {"limit": " 5"}, "limit"),
    strange_query("anomalies", "a limit with an underscore", {"limit": "1_0"}, "limit"),
    strange_query("anomalies", "a limit beyond ASCII", {"limit": "٣"}, "limit"),
    strange_query("anomalies", "a cursor that is a path", {"cursor": "an_a/../b"}, "cursor"),
    strange_query("backtest", "no brand", {"brandId": None}, "brandId"),
    strange_query("backtest", "no day", {"days": "0"}, "days"),
    strange_query("backtest", "a day too many", {"days": "91"}, "days"),
    strange_query("backtest", "half a day", {"days": "0.5"}, "days"),
    strange_query("backtest", "days beyond ASCII", {"days": "٣"}, "days"),
    strange_query("backtest", "a limit", {"limit": "5"}, "limit"),
]

BODIES = [
    strange_body("nothing", "", "body"),
    strange_body("a list", "[]", "body"),
    strange_body("a text", '"aurora"', "body"),
    strange_body("half an object", '{"brandId":', "body"),
    strange_body("not UTF-8", b'{"brandId":"\xff"}', "body"),
    strange_body("NaN", '{"brandId":NaN}', "body"),
    strange_body("Infinity", '{"brandId":-Infinity}', "body"),
    strange_body("a number beyond floats", '{"brandId":1e999}', "brandId"),
    strange_body("a number of 5,000 digits", '{"brandId":' + "9" * 5_000 + "}", "body"),
    strange_body("a key twice", '{"apiKey":"a","apiKey":"b"}', "apiKey"),
    strange_body("16,000 open brackets", "[" * 16_000, "body"),
    strange_body("an unknown field", '{"extra":1}', "extra"),
    strange_body("a missing field", "{}", "brandId"),
    strange_field("brandId", "a/b"),
    strange_field("brandId", None),
    strange_field("platform", "tiktok_ads"),
    strange_field("platform", ["meta_ads"]),
    strange_field("apiKey", ""),
    strange_field("apiKey", "a\r\nX-Evil: 1"),
    strange_field("apiKey", "chave-é"),
    strange_field("apiKey", "x" * 4_097),
    strange_field("accountId", "act_1/../2"),
    strange_field("accountId", "act_"),
    strange_field("accountId", 123456),
    Wrong(
        "validate: 100,000 open brackets",
        "validate",
        413,
        "too_large",
        changes={"data": "[" * 100_000, "content_type": "application/json"},
    ),
    Wrong(
        "validate: an object above 16 KB",
        "validate",
        413,
        "too_large",
        changes={"data": TOO_LONG, "content_type": "application/json"},
    ),
    Wrong(
        "validate: a form",
        "validate",
        415,
        "unsupported_media_type",
        changes={"data": {"brandId": "aurora"}, "content_type": "application/x-www-form-urlencoded"},
    ),
    Wrong(
        "validate: JSON that calls itself text",
        "validate",
        415,
        "unsupported_media_type",
        changes={"data": "{}", "content_type": "text/plain"},
    ),
    Wrong("validate: no type", "validate", 415, "unsupported_media_type", changes={"data": "{}"}),
]

ALL = [*EVERYWHERE, *PARAMETERS, *BODIES]
every = pytest.mark.parametrize("wrong", ALL, ids=[wrong.name for wrong in ALL])


@every
def test_it_has_the_one_shape_and_blames_one_field(door: Door, wrong: Wrong) -> None:
    response = ASKS[wrong.door].send(door(wrong.door), **wrong.changes)

    assert response.status_code == wrong.status
    problem = problem_of(response)
    assert problem["code"] == wrong.code
    assert problem.get("field") == wrong.blamed


@every
def test_it_carries_the_safe_headers(door: Door, wrong: Wrong) -> None:
    response = ASKS[wrong.door].send(door(wrong.door), **wrong.changes)

    assert {name: response.headers.get(name) for name in SAFE_HEADERS} == SAFE_HEADERS


@pytest.mark.parametrize("name", HTTP_DOORS)
def test_a_stranger_is_told_to_bring_a_bearer_token(door: Door, name: str) -> None:
    response = ASKS[name].send(door(name))

    assert response.headers["WWW-Authenticate"] == "Bearer"


def test_every_unproved_caller_hears_the_same_sentence(door: Door) -> None:
    client = door("metrics")
    headers = ["Bearer nonsense", "Basic x", "Bearer a.b.c", f"Bearer {'a' * 9_000}"]

    said = [ASKS["metrics"].send(client, headers={"Authorization": text}) for text in headers]

    assert {problem_of(response)["detail"] for response in said} == {"A valid Firebase ID token is required."}


@pytest.mark.parametrize(
    ("name", "allowed"),
    [
        ("metrics", "GET, OPTIONS"),
        ("validate", "POST, OPTIONS"),
        ("anomalies", "GET, OPTIONS"),
        ("integrations", "PUT, DELETE, OPTIONS"),
        ("notifications", "GET, PUT, OPTIONS"),
    ],
)
def test_a_wrong_verb_is_told_the_right_ones(door: Door, name: str, allowed: str) -> None:
    response = ASKS[name].send(door(name), method="PATCH")

    assert response.headers["Allow"] == allowed


@pytest.mark.parametrize(
    "wrong",
    [w for w in ALL if w.door == "validate"],
    ids=[w.name for w in ALL if w.door == "validate"],
)
def test_validation_also_says_that_it_failed(door: Door, wrong: Wrong) -> None:
    response = ASKS["validate"].send(door("validate"), **wrong.changes)

    problem = problem_of(response)
    assert problem["success"] is False
    assert problem["message"] == "A chave não pôde ser verificada."


@pytest.mark.parametrize(
    ("query", "blamed"),
    [
        ({}, "brandId"),
        ({"brandId": "aurora"}, "platform"),
        ({"brandId": "aurora", "platform": "tiktok_ads"}, "platform"),
        ({"brandId": "a/b", "platform": "meta_ads"}, "brandId"),
        ({"brandId": "aurora", "platform": "meta_ads", "apiKey": "x"}, "apiKey"),
    ],
)
def test_a_strange_disconnection_is_refused_by_field(door: Door, query: dict[str, str], blamed: str) -> None:
    response = ASKS["integrations"].send(door("integrations"), method="DELETE", query=query)

    assert (response.status_code, problem_of(response)["field"]) == (400, blamed)
    assert problem_of(response)["success"] is False


def test_a_refused_key_is_not_repeated_to_the_caller(door: Door) -> None:
    body = {**(ASKS["validate"].body or {}), "apiKey": "minha-chave-secretíssima"}

    response = ASKS["validate"].send(door("validate"), json=body)

    assert response.status_code == 400
    assert "secret" not in response.get_data(as_text=True)


def test_each_refusal_has_an_id_of_its_own(door: Door) -> None:
    client = door("metrics")

    first, second = (problem_of(ASKS["metrics"].send(client)) for _ in range(2))

    assert first["requestId"] != second["requestId"]


def test_a_field_name_that_no_text_can_hold_is_refused_like_any_other(
    door: Door, environment: pytest.MonkeyPatch
) -> None:
    """Half a surrogate pair is legal in JSON's escapes, and standard output cannot write it."""
    client = door("validate")
    environment.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding="utf-8"))

    response = ASKS["validate"].send(client, data='{"\\ud800": 1}', content_type="application/json")

    assert response.status_code == 400
    assert problem_of(response)["code"] == "bad_request"


def test_a_body_without_a_length_is_measured_all_the_same(door: Door) -> None:
    """A chunked request announces no size."""
    chunked = {"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}

    response = ASKS["validate"].send(
        door("validate"),
        input_stream=io.BytesIO(TOO_LONG.encode()),
        data=None,
        content_type="application/json",
        environ_overrides=chunked,
    )

    assert response.status_code == 413
    assert problem_of(response)["code"] == "too_large"
