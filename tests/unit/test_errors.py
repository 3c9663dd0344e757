"""The errors' tree: each has a word of its own, and a meaning at the door."""

import importlib
import pkgutil
import re

import flask
import pytest

import shared
from shared.core.insight import InsightRefused
from shared.edge.http import Reply, Request, endpoint
from shared.errors import (
    BadRequest,
    ConfigError,
    Contended,
    Forbidden,
    InvalidDocument,
    KeyUnreadable,
    MalformedEvent,
    MethodNotAllowed,
    NotFound,
    PlatformRefused,
    RateLimited,
    Refused,
    Retryable,
    Terminal,
    TooLarge,
    TooMany,
    Unauthenticated,
    Unavailable,
    UnsupportedMedia,
    WarRoomError,
)

BRANCHES = {Refused, Retryable, Terminal}
MADE: list[WarRoomError] = [
    BadRequest("limit", "a whole number"),
    Unauthenticated("missing"),
    Forbidden("not the owner"),
    NotFound("no such path"),
    MethodNotAllowed("GET, OPTIONS"),
    TooLarge("at most 16384 bytes"),
    UnsupportedMedia("application/json is required"),
    TooMany(50),
    Unavailable("firestore"),
    Contended("another writer was faster"),
    RateLimited("meta", 120),
    MalformedEvent("not about a metric"),
    InvalidDocument("brands/aurora.timeZone", "is no zone"),
    PlatformRefused("meta", "credential_expired"),
    KeyUnreadable("the sealed key does not open"),
    ConfigError("GOOGLE_CLOUD_PROJECT is missing"),
    InsightRefused("no_fact_cited"),
]
"""One of each kind that is ever raised."""

every = pytest.mark.parametrize("error", MADE, ids=[type(error).__name__ for error in MADE])


def leaves() -> set[type[WarRoomError]]:
    """Return every kind of error without kinds of its own, wherever in the product it is declared."""
    for module in pkgutil.walk_packages(shared.__path__, "shared."):
        importlib.import_module(module.name)
    kinds, found = [WarRoomError], set()
    while kinds:
        kind = kinds.pop()
        below = kind.__subclasses__()
        kinds += below
        if not below:
            found.add(kind)
    return found


def answered(error: Exception) -> flask.Response:
    """Let an endpoint meet an error."""

    def broken(_: Request) -> Reply:
        raise error

    door = endpoint("/here", "GET", origins=frozenset)(broken)
    with flask.Flask("doors").test_request_context("/here"):
        return door(flask.request)


def test_every_kind_of_error_is_in_this_table() -> None:
    assert {type(error) for error in MADE} == leaves()


def test_every_error_is_of_one_of_three_branches() -> None:
    assert set(WarRoomError.__subclasses__()) == BRANCHES


@every
def test_its_reason_is_one_snake_case_word(error: WarRoomError) -> None:
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", error.reason)


def test_no_two_kinds_share_a_reason() -> None:
    reasons = [error.reason for error in MADE] + [branch.reason for branch in BRANCHES]

    assert sorted(reasons) == sorted(set(reasons))


@every
def test_an_endpoint_answers_it_with_its_meaning(error: WarRoomError) -> None:
    response = answered(error)

    if isinstance(error, Refused):
        assert (response.status_code, response.json["code"]) == (error.status, error.reason)
    elif isinstance(error, Retryable):
        assert (response.status_code, response.json["code"]) == (503, error.reason)
    else:
        assert (response.status_code, response.json["code"]) == (500, "internal")


@every
def test_an_endpoint_has_a_title_for_it(error: WarRoomError) -> None:
    assert answered(error).json["title"]


def test_a_refusal_is_a_client_error_with_a_status_of_its_own() -> None:
    statuses = [error.status for error in MADE if isinstance(error, Refused)]

    assert sorted(statuses) == [400, 401, 403, 404, 405, 413, 415, 429]


@pytest.mark.parametrize(("error", "seconds"), [(Unavailable("firestore"), "30"), (Contended("x"), "30")])
def test_who_could_not_be_served_now_is_told_when_to_come_back(error: Retryable, seconds: str) -> None:
    assert answered(error).headers["Retry-After"] == seconds


def test_a_platforms_own_wait_is_passed_on() -> None:
    assert answered(RateLimited("meta", 120)).headers["Retry-After"] == "120"
    assert answered(TooMany(50)).headers["Retry-After"] == "50"


@pytest.mark.parametrize(
    "error",
    [
        InvalidDocument("brands/aurora.timeZone", "Mars/Olympus"),
        KeyError("Mars/Olympus"),
        RateLimited("Mars", 1),
    ],
)
def test_our_own_troubles_are_not_described_to_the_caller(error: Exception) -> None:
    assert "Mars" not in answered(error).get_data(as_text=True)


def test_a_number_that_json_cannot_say_is_our_error_and_not_sent() -> None:
    door = endpoint("/here", "GET", origins=frozenset)(lambda _: Reply([float("nan")]))

    with flask.Flask("doors").test_request_context("/here"):
        response = door(flask.request)

    assert response.status_code == 500
    assert response.content_type == "application/problem+json"
    assert "NaN" not in response.get_data(as_text=True)
