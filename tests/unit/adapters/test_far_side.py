"""Slack and mail: the real SDKs against servers that speak the true wire formats, and misbehave."""

from __future__ import annotations

import json
import socket
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
import requests

from local.world.tenants import DEMO
from shared.adapters import email
from shared.adapters.email import SmtpMail
from shared.adapters.slack import SlackBot
from shared.core.message import Message
from shared.core.secret import Secret
from shared.errors import PlatformRefused, RateLimited, Unavailable
from shared.ports import Mailed
from tests.world import running_world

if TYPE_CHECKING:
    from collections.abc import Iterator

MESSAGE = Message(
    "🔴 Aurora · Meta Ads: CPC 150% above expectation", ("<!channel> & <https://evil.example>", "b")
)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with running_world() as base:
        yield base


@pytest.fixture
def world(url: str) -> str:
    requests.post(f"{url}/_world/reset", json={}, timeout=5).raise_for_status()
    return url


def fault(world: str, platform: str, name: str, **more: object) -> None:
    body = {"platform": platform, "fault": name, "times": None, **more}
    requests.post(f"{world}/_world/faults", json=body, timeout=5).raise_for_status()


def inbox(world: str) -> dict[str, list[dict[str, object]]]:
    received: dict[str, list[dict[str, object]]] = requests.get(f"{world}/_world/inbox", timeout=5).json()
    return received


# Slack


def bot(world: str) -> SlackBot:
    return SlackBot(f"{world}/slack/api/")


def test_a_message_is_posted_once_and_edited_in_place(world: str) -> None:
    name = bot(world).post(Secret(DEMO.slack_token), DEMO.slack_channel, MESSAGE)
    bot(world).edit(Secret(DEMO.slack_token), DEMO.slack_channel, name, Message("✅ over", ()))

    messages = inbox(world)["slack"]
    assert [message["text"] for message in messages] == ["✅ over"]


@pytest.mark.parametrize(
    ("token", "channel", "reason"),
    [
        ("xoxb-wrong", DEMO.slack_channel, "invalid_auth"),
        (DEMO.slack_token, "C0NOWHERE", "channel_not_found"),
    ],
)
def test_slacks_refusal_keeps_its_name(world: str, token: str, channel: str, reason: str) -> None:
    with pytest.raises(PlatformRefused) as caught:
        bot(world).post(Secret(token), channel, MESSAGE)

    assert caught.value.reason == reason


def test_slacks_throttle_says_how_long(world: str) -> None:
    fault(world, "slack", "throttle")

    with pytest.raises(RateLimited):
        bot(world).post(Secret(DEMO.slack_token), DEMO.slack_channel, MESSAGE)


@pytest.mark.parametrize("name", ["500", "reset", "html_502", "truncated_json"])
def test_a_slack_that_fails_is_unavailable(world: str, name: str) -> None:
    fault(world, "slack", name)

    with pytest.raises(Unavailable, match="slack"):
        bot(world).post(Secret(DEMO.slack_token), DEMO.slack_channel, MESSAGE)


# Mail


def mail(world: str) -> SmtpMail:
    port = requests.get(f"{world}/healthz", timeout=5).json()["smtpPort"]
    return SmtpMail(Secret(f"smtp://127.0.0.1:{port}"), "war-room@example.com")


def send(world: str) -> None:
    mail(world).send(["a@example.com", "b@example.com"], MESSAGE, message_id="<an_1@war-room>")


def test_a_mail_arrives_with_its_own_id_and_every_line(world: str) -> None:
    send(world)

    received = json.dumps(inbox(world)["mail"][0])
    assert "an_1@war-room" in received
    assert "b@example.com" in received
    assert "CPC 150% above expectation" in received


@pytest.mark.parametrize(
    "recipient", ["a@example.com\r\nBcc: eve@evil.example", "a@example.com\nBcc: eve@x", "a\r@b"]
)
def test_a_recipient_that_would_add_a_header_is_refused_and_nothing_is_sent(
    world: str, recipient: str
) -> None:
    with pytest.raises(PlatformRefused, match="smtp: malformed_header"):
        mail(world).send([recipient], MESSAGE, message_id="<an_1@war-room>")

    assert inbox(world)["mail"] == []


def test_a_mail_server_that_is_busy_is_unavailable(world: str) -> None:
    fault(world, "smtp", "temporary")

    with pytest.raises(Unavailable, match="smtp"):
        send(world)


def test_a_mail_server_that_refuses_is_not_asked_for_ever(world: str) -> None:
    fault(world, "smtp", "refused")

    with pytest.raises(PlatformRefused, match="smtp"):
        send(world)


def mailed(world: str) -> Mailed:
    return mail(world).send(["a@example.com", "b@example.com"], MESSAGE, message_id="<an_1@war-room>")


@pytest.mark.parametrize("name", ["no_mailbox", "disabled", "unexplained"])
def test_a_mailbox_that_is_gone_is_named_and_the_others_get_their_mail(world: str, name: str) -> None:
    fault(world, "smtp-mailbox", name, account="a@example.com")

    assert mailed(world) == Mailed(refused={"a@example.com": "no_mailbox"})
    assert [each["to"] for each in inbox(world)["mail"]] == [["b@example.com"]]


def test_where_every_mailbox_is_gone_nothing_is_sent(world: str) -> None:
    fault(world, "smtp-mailbox", "no_mailbox")

    assert set(mailed(world).refused) == {"a@example.com", "b@example.com"}
    assert inbox(world)["mail"] == []


def test_a_mailbox_that_puts_us_off_is_for_later(world: str) -> None:
    fault(world, "smtp-mailbox", "busy", account="a@example.com")

    assert mailed(world) == Mailed(later=("a@example.com",))
    assert len(inbox(world)["mail"]) == 1


def test_where_every_mailbox_puts_us_off_everybody_is_for_later(world: str) -> None:
    fault(world, "smtp-mailbox", "busy")

    assert mailed(world) == Mailed(later=("a@example.com", "b@example.com"))


def test_a_server_that_does_not_let_us_send_there_says_nothing_of_the_mailbox(world: str) -> None:
    fault(world, "smtp-mailbox", "relay_denied")

    with pytest.raises(PlatformRefused, match="recipients_refused"):
        mailed(world)


def test_a_mail_server_that_drips_is_left_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every byte comes within the socket's own timeout, and the answer never ends."""
    monkeypatch.setattr(email, "_WHOLE_S", 0.5)

    def drip() -> None:
        with listening.accept()[0] as line, suppress(OSError):
            line.sendall(b"220 drips\r\n")
            for _ in range(600):
                line.sendall(b"250-x\r\n")
                time.sleep(0.05)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=drip, daemon=True)
        thread.start()
        url = Secret(f"smtp://127.0.0.1:{listening.getsockname()[1]}")
        with pytest.raises(Unavailable, match="smtp"):
            SmtpMail(url, "w@example.com").send(["a@example.com"], MESSAGE, message_id="<x@y>")
        thread.join(10)

    assert not thread.is_alive()


def test_a_mail_server_that_is_not_there_is_unavailable() -> None:
    with pytest.raises(Unavailable, match="smtp"):
        SmtpMail(Secret("smtp://127.0.0.1:9"), "w@example.com").send(
            ["a@example.com"], MESSAGE, message_id="<x@y>"
        )
