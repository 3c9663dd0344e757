"""What travels beside an answer: safety, browsers' permissions, and what is known already."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from tests.functions.doors import ASKS, HTTP_DOORS, SAFE_HEADERS, problem_of

Door = Callable[[str], FlaskClient]
OURS = "https://app.aurora.example"
READERS = ("metrics", "anomalies")


@pytest.fixture
def guest(environment: pytest.MonkeyPatch, door: Door) -> Door:
    """Doors of a deployment that lets one browser origin read."""
    environment.setenv("ALLOWED_ORIGINS", OURS)
    return door


@pytest.mark.parametrize("name", HTTP_DOORS)
def test_an_answer_carries_the_safe_headers(door: Door, name: str) -> None:
    response = ASKS[name].send(door(name), query={"mock": "true"})

    assert {header: response.headers.get(header) for header in SAFE_HEADERS} == SAFE_HEADERS


@pytest.mark.parametrize("name", HTTP_DOORS)
def test_an_answer_carries_a_request_id(door: Door, name: str) -> None:
    response = ASKS[name].send(door(name), query={"mock": "true"})

    assert len(response.headers["X-Request-Id"]) == 32


@pytest.mark.parametrize("name", HTTP_DOORS)
@pytest.mark.parametrize("path", ["/robots.txt", "/favicon.ico"])
def test_what_the_framework_refuses_by_itself_is_answered_like_the_rest(
    door: Door, name: str, path: str
) -> None:
    response = door(name).get(path)

    assert problem_of(response)["code"] == "not_found"
    assert {header: response.headers.get(header) for header in SAFE_HEADERS} == SAFE_HEADERS


@pytest.mark.parametrize("name", HTTP_DOORS)
def test_the_bare_root_serves_too(door: Door, name: str) -> None:
    response = ASKS[name].send(door(name), path="/", query={"mock": "true"})

    assert response.status_code == 200


@pytest.mark.parametrize("name", HTTP_DOORS)
def test_a_preflight_needs_no_token_and_has_no_body(guest: Door, name: str) -> None:
    response = ASKS[name].send(guest(name), method="OPTIONS", headers={"Origin": OURS})

    assert response.status_code == 204
    assert response.data == b""
    assert {header: response.headers.get(header) for header in SAFE_HEADERS} == SAFE_HEADERS


@pytest.mark.parametrize(("name", "verb"), [("metrics", "GET"), ("validate", "POST"), ("anomalies", "GET")])
def test_a_preflight_from_our_origin_is_told_what_it_may_send(guest: Door, name: str, verb: str) -> None:
    response = ASKS[name].send(guest(name), method="OPTIONS", headers={"Origin": OURS})

    assert response.headers["Access-Control-Allow-Origin"] == OURS
    assert response.headers["Access-Control-Allow-Methods"] == verb
    assert response.headers["Access-Control-Allow-Headers"] == "Authorization, Content-Type, If-None-Match"


@pytest.mark.parametrize("name", HTTP_DOORS)
def test_our_origin_may_read_errors_too(guest: Door, name: str) -> None:
    response = ASKS[name].send(guest(name), headers={"Origin": OURS})

    assert response.status_code == 401
    assert response.headers["Access-Control-Allow-Origin"] == OURS


@pytest.mark.parametrize(
    "origin",
    [
        "https://app.aurora.example.evil.example",
        "https://evil.example",
        "https://aurora.example",
        "https://APP.aurora.example",
        "https://app.aurora.example:8443",
        "https://app.aurora.example/",
        "http://app.aurora.example",
        "null",
        "*",
    ],
)
@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
def test_any_other_origin_may_read_nothing(guest: Door, origin: str, method: str) -> None:
    response = ASKS["metrics"].send(
        guest("metrics"), method=method, query={"mock": "true"}, headers={"Origin": origin}
    )

    assert not [name for name in response.headers.keys() if name.startswith("Access-Control-")]  # noqa: SIM118


@pytest.mark.parametrize("name", HTTP_DOORS)
def test_a_browser_never_sends_its_cookies_along(guest: Door, name: str) -> None:
    response = ASKS[name].send(guest(name), method="OPTIONS", headers={"Origin": OURS})

    assert "Access-Control-Allow-Credentials" not in response.headers


@pytest.mark.parametrize("name", READERS)
def test_what_the_caller_holds_already_is_not_sent_again(door: Door, name: str) -> None:
    client = door(name)
    first = ASKS[name].send(client, query={"mock": "true"})

    second = ASKS[name].send(client, query={"mock": "true"}, headers={"If-None-Match": first.headers["ETag"]})

    assert second.status_code == 304
    assert second.data == b""
    assert second.headers["ETag"] == first.headers["ETag"]
    assert {header: second.headers.get(header) for header in SAFE_HEADERS} == SAFE_HEADERS


@pytest.mark.parametrize("name", READERS)
def test_what_has_changed_is_sent_whole(door: Door, name: str) -> None:
    client = door(name)
    first = ASKS[name].send(client, query={"mock": "true"})

    second = ASKS[name].send(
        client,
        query={"mock": "true", "scenario": "empty"},
        headers={"If-None-Match": first.headers["ETag"]},
    )

    assert second.status_code == 200
    assert second.data == b"[]"


def test_a_validation_has_no_etag(door: Door) -> None:
    response = ASKS["validate"].send(door("validate"), query={"mock": "true"})

    assert "ETag" not in response.headers


@pytest.mark.parametrize("name", READERS)
def test_an_etag_does_not_open_the_door(door: Door, name: str) -> None:
    client = door(name)
    known = ASKS[name].send(client, query={"mock": "true"}).headers["ETag"]

    response = ASKS[name].send(client, headers={"If-None-Match": known})

    assert response.status_code == 401
