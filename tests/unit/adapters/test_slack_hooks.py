"""Slack's incoming webhooks, spoken to over HTTP; they answer in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import requests

from local.world.tenants import DEMO
from shared.adapters.slack_hooks import SlackHooks
from shared.core.message import Message
from shared.core.secret import Secret
from shared.errors import PlatformRefused, RateLimited, Unavailable
from tests.world import running_world

if TYPE_CHECKING:
    from collections.abc import Iterator

MESSAGE = Message("🔴 <!channel> & co: CPC", ("It rose.",))


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with running_world() as base:
        yield base


@pytest.fixture
def world(url: str) -> str:
    requests.post(f"{url}/_world/reset", json={}, timeout=5).raise_for_status()
    return url


def post(world: str, hook: str = DEMO.slack_hook) -> None:
    SlackHooks(f"{world}/slack-hooks").post(Secret(hook), MESSAGE)


def told(world: str, what: str) -> dict[str, Any]:
    answer: dict[str, Any] = requests.get(f"{world}/_world/{what}", timeout=5).json()
    return answer


def fault(world: str, name: str) -> None:
    body = {"platform": "slack-hooks", "fault": name, "times": None}
    requests.post(f"{world}/_world/faults", json=body, timeout=5).raise_for_status()


def test_a_message_is_posted_once_in_the_webhooks_channel(world: str) -> None:
    post(world)

    (message,) = told(world, "inbox")["slack"]
    assert message["channel"] == DEMO.slack_channel
    assert message["text"] == "🔴 &lt;!channel&gt; &amp; co: CPC"
    assert told(world, "calls")["slack-hooks"] == {f"POST /services/{DEMO.slack_hook}": 1}


@pytest.mark.parametrize(
    "name",
    [
        "no_service",
        "no_team",
        "channel_not_found",
        "channel_is_archived",
        "action_prohibited",
        "invalid_token",
    ],
)
def test_slacks_refusal_keeps_its_name(world: str, name: str) -> None:
    fault(world, name)

    with pytest.raises(PlatformRefused) as caught:
        post(world)

    assert caught.value.reason == name


def test_a_webhook_that_nobody_knows_is_refused(world: str) -> None:
    with pytest.raises(PlatformRefused, match="no_service") as caught:
        post(world, "T0NOBODY01/B0NOBODY01/aaaaaaaaaaaaaaaaaaaaaaaa")

    assert "aaaa" not in str(caught.value)


def test_a_throttled_webhook_says_how_long(world: str) -> None:
    fault(world, "throttle")

    with pytest.raises(RateLimited) as caught:
        post(world)

    assert caught.value.retry_after_s == 30


@pytest.mark.parametrize("name", ["500", "reset", "html_502"])
def test_a_slack_that_fails_is_unavailable_and_asked_once(world: str, name: str) -> None:
    """Asked again at once it might say the same thing twice; the event comes back later."""
    fault(world, name)

    with pytest.raises(Unavailable, match="slack"):
        post(world)

    assert sum(told(world, "calls")["slack-hooks"].values()) == 1


@pytest.mark.parametrize(
    "hook",
    [
        *("", "T0DEMO0001/B0DEMO0001", "../api/auth.test", "T0DEMO0001/B0DEMO0001/x?y=aaaaaaaaaaaaaaaaa"),
        *(
            "@evil.example/T0DEMO0001/B0DEMO0001/aaaaaaaaaaaaaaaa",
            f"{DEMO.slack_hook}\n",
            f"{DEMO.slack_hook}/../x",
        ),
    ],
)
def test_what_is_no_webhooks_name_is_never_called(world: str, hook: str) -> None:
    with pytest.raises(PlatformRefused, match="invalid_hook"):
        post(world, hook)

    assert "slack-hooks" not in told(world, "calls")
