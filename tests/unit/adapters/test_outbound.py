"""Nobody leads us elsewhere: no account id, no redirect and no proxy of the environment."""

from __future__ import annotations

import socket
from contextlib import suppress

import pytest

from bench.outbound import ELSEWHERE, Ears, calls, proxied, redirected, taken


@pytest.fixture(scope="module")
def ears() -> Ears:
    return Ears()


def test_no_setting_and_no_account_id_that_leads_elsewhere_is_taken() -> None:
    assert taken() == []


def test_no_redirect_is_followed(ears: Ears) -> None:
    went = redirected(ears, (302, 307))

    assert len(went) == 2 * len(calls("http://127.0.0.1:9"))
    assert {name: places for name, places in went.items() if places} == {}


def test_no_proxy_of_the_environment_is_used(ears: Ears) -> None:
    assert {name: places for name, places in proxied(ears).items() if places} == {}


def test_whoever_goes_elsewhere_is_heard(ears: Ears) -> None:
    def call() -> None:
        with suppress(OSError):
            socket.create_connection(ELSEWHERE.split(":")).close()  # type: ignore[arg-type]

    assert ears.elsewhere(call, "127.0.0.1:80") == {ELSEWHERE}
