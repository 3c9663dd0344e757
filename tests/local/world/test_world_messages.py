"""Slack by its real SDK, and mail by the standard library's client."""

from __future__ import annotations

import smtplib
from email.message import EmailMessage
from typing import TYPE_CHECKING

import pytest
import requests
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from local.world.tenants import DEMO, OTHER

if TYPE_CHECKING:
    from tests.local.world.client import Client

BLOCKS = [{"type": "section", "text": {"type": "plain_text", "text": "CPC"}}]


def bot(world: Client, token: str = DEMO.slack_token) -> WebClient:
    return WebClient(token=token, base_url=f"{world.base}/slack/api/", timeout=5)


def mail_to(world: Client, address: str) -> None:
    mail = EmailMessage()
    mail["Subject"] = "Anomalia de CPC"
    mail["From"] = "warroom@example.com"
    mail["To"] = address
    mail["Message-ID"] = "<an-1@warroom>"
    mail.set_content("O CPC subiu.\n")
    port = requests.get(f"{world.base}/healthz", timeout=5).json()["smtpPort"]
    with smtplib.SMTP("127.0.0.1", port, timeout=5) as server:
        server.send_message(mail)


def test_a_message_is_posted_and_then_edited_in_place(world: Client) -> None:
    posted = bot(world).chat_postMessage(channel=DEMO.slack_channel, text="CPC up", blocks=BLOCKS)
    edited = bot(world).chat_update(channel=posted["channel"], ts=posted["ts"], text="CPC back to normal")

    assert (posted["ok"], posted["message"]["text"]) == (True, "CPC up")
    assert edited["ts"] == posted["ts"]
    (kept,) = world.told("inbox")["slack"]
    assert (kept["text"], kept["edits"], kept["blocks"]) == ("CPC back to normal", 1, BLOCKS)


def test_a_webhook_posts_in_its_channel_and_answers_in_words(world: Client) -> None:
    posted = requests.post(
        f"{world.base}/slack-hooks/services/{DEMO.slack_hook}", json={"text": "CPC up"}, timeout=5
    )
    unknown = requests.post(f"{world.base}/slack-hooks/services/T1/B1/x", json={"text": "x"}, timeout=5)

    assert (posted.status_code, posted.text) == (200, "ok")
    assert (unknown.status_code, unknown.text) == (404, "no_service")
    assert [message["channel"] for message in world.told("inbox")["slack"]] == [DEMO.slack_channel]


@pytest.mark.parametrize(
    "block",
    [
        {"type": "section"},
        {"type": "section", "text": {"type": "plain_text", "text": ""}},
        {"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3_001}},
        {"type": "header", "text": {"type": "mrkdwn", "text": "x"}},
        {"type": "context", "elements": []},
        {
            "type": "actions",
            "elements": [{"type": "button", "text": {"type": "plain_text", "text": "x" * 76}}],
        },
        {"type": "marquee", "text": {"type": "plain_text", "text": "x"}},
        "section",
    ],
)
def test_blocks_that_slack_would_refuse_are_refused(world: Client, block: object) -> None:
    with pytest.raises(SlackApiError, match="invalid_blocks"):
        bot(world).chat_postMessage(channel=DEMO.slack_channel, text="x", blocks=[block])


def test_a_channel_may_be_named_when_posting(world: Client) -> None:
    assert bot(world).chat_postMessage(channel="#performance", text="x")["channel"] == DEMO.slack_channel


def test_a_form_is_as_good_as_json(world: Client) -> None:
    answer = requests.post(
        f"{world.base}/slack/api/chat.postMessage",
        data={"channel": DEMO.slack_channel, "text": "ação", "blocks": '[{"type":"divider"}]'},
        headers={"Authorization": f"Bearer {DEMO.slack_token}"},
        timeout=5,
    )

    assert answer.json()["message"]["blocks"] == [{"type": "divider"}]
    assert world.told("inbox")["slack"][0]["text"] == "ação"


def test_the_bot_knows_who_it_is(world: Client) -> None:
    assert bot(world).auth_test()["team"] == "Aurora"


@pytest.mark.parametrize(
    ("token", "channel", "error"),
    [
        ("xoxb-guess", DEMO.slack_channel, "invalid_auth"),
        (DEMO.slack_token, "C0NOWHERE", "channel_not_found"),
        (DEMO.slack_token, OTHER.slack_channel, "channel_not_found"),
    ],
)
def test_what_is_refused_is_named(world: Client, token: str, channel: str, error: str) -> None:
    with pytest.raises(SlackApiError) as caught:
        bot(world, token).chat_postMessage(channel=channel, text="x")

    assert caught.value.response["error"] == error


def test_what_was_never_posted_cannot_be_edited(world: Client) -> None:
    with pytest.raises(SlackApiError, match="message_not_found"):
        bot(world).chat_update(channel=DEMO.slack_channel, ts="1.000001", text="x")


def test_a_throttled_bot_is_told_how_long_to_wait(world: Client) -> None:
    world.control("faults", platform="slack", fault="throttle")

    with pytest.raises(SlackApiError) as caught:
        bot(world).chat_postMessage(channel=DEMO.slack_channel, text="x")

    response = caught.value.response
    assert (response.status_code, response["error"], response.headers["Retry-After"]) == (
        429,
        "ratelimited",
        "30",
    )


def test_mail_is_kept_as_it_was_read(world: Client) -> None:
    mail_to(world, "time@example.com")

    (kept,) = world.told("inbox")["mail"]
    assert kept["to"] == ["time@example.com"]
    assert (kept["subject"], kept["messageId"]) == ("Anomalia de CPC", "<an-1@warroom>")
    assert kept["text"].strip() == "O CPC subiu."


@pytest.mark.parametrize(("fault", "code"), [("temporary", 451), ("refused", 550)])
def test_mail_can_be_met_with_a_refusal(world: Client, fault: str, code: int) -> None:
    world.control("faults", platform="smtp", fault=fault)

    with pytest.raises(smtplib.SMTPDataError) as caught:
        mail_to(world, "time@example.com")

    assert caught.value.smtp_code == code
    assert world.told("inbox")["mail"] == []
