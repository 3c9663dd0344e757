"""Firestore away: readers are told to come back, events come back by themselves, and soon."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from werkzeug.test import TestResponse

from tests.functions.conftest import forget, prepare
from tests.functions.doors import (
    ASKS,
    EVENT_DOORS,
    HTTP_DOORS,
    PROJECT,
    WRITTEN,
    client_of,
    event_for,
    firestore_headers,
    problem_of,
    signed_in,
)

if TYPE_CHECKING:
    from flask.testing import FlaskClient

SOON_S = 12


@dataclass(frozen=True, slots=True)
class Outcome:
    response: TestResponse
    took_s: float


@pytest.fixture(scope="module")
def outcomes(closed: str) -> Iterator[dict[str, Outcome]]:
    """Every door, asked at the same time while nobody is behind the emulators' addresses."""
    with pytest.MonkeyPatch.context() as patch:
        prepare(patch, closed)
        user = signed_in("owner", PROJECT, int(time.time()))
        visits: dict[str, tuple[FlaskClient, dict[str, Any]]] = {}
        for name in EVENT_DOORS:
            visits[name] = (client_of(name), {"method": "POST", "path": "/", **event_for(name)})
        visits["a malformed event"] = (
            client_of("sentry"),
            {
                "method": "POST",
                "path": "/",
                "data": WRITTEN,
                "headers": firestore_headers(ce_subject="documents/users/aurora"),
            },
        )
        readers = {name: client_of(name) for name in HTTP_DOORS}
        with ThreadPoolExecutor(len(visits) + len(readers)) as pool:
            asked = {name: pool.submit(_timed, client.open, sent) for name, (client, sent) in visits.items()}
            asked |= {
                name: pool.submit(_timed, ASKS[name].send, {"client": client, "headers": user})
                for name, client in readers.items()
            }
            yield {name: future.result() for name, future in asked.items()}
        forget()


@pytest.mark.parametrize("name", HTTP_DOORS)
def test_a_reader_is_told_to_come_back(outcomes: dict[str, Outcome], name: str) -> None:
    response = outcomes[name].response

    assert response.status_code == 503
    assert response.headers["Retry-After"] == "30"
    assert problem_of(response)["code"] == "unavailable"


def test_a_key_that_could_not_be_checked_is_not_called_valid(outcomes: dict[str, Outcome]) -> None:
    assert problem_of(outcomes["validate"].response)["success"] is False


@pytest.mark.parametrize("name", HTTP_DOORS)
def test_a_reader_hears_nothing_of_what_is_behind(outcomes: dict[str, Outcome], name: str) -> None:
    said = outcomes[name].response.get_data(as_text=True).lower()

    assert "firestore" not in said
    assert "127.0.0.1" not in said


@pytest.mark.parametrize("name", [*EVENT_DOORS, "a malformed event"])
def test_an_event_is_not_acknowledged(outcomes: dict[str, Outcome], name: str) -> None:
    assert outcomes[name].response.status_code == 500


@pytest.mark.parametrize("name", [*EVENT_DOORS, *HTTP_DOORS, "a malformed event"])
def test_nobody_waits_long(outcomes: dict[str, Outcome], name: str) -> None:
    assert outcomes[name].took_s < SOON_S


def _timed(send: Any, sent: dict[str, Any]) -> Outcome:
    begun = time.monotonic()
    response = send(**sent)
    return Outcome(response, time.monotonic() - begun)
