"""What an owner may save of where the brand is told, and the field that is blamed for anything else."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.notifications import HOOK, HOOK_URL
from shared.core.saving import MOST_RECIPIENTS, LeastSeverity, Saving
from shared.errors import BadRequest

HOOK_NAME = "T0AURORA1/B0AURORA1/madeUpWebhookSecret"
URL = HOOK_URL + HOOK_NAME
TOKEN = "xoxb-1111-made-up-token"


def saved(**body: Any) -> Saving:
    return Saving.parse({"brandId": "aurora", **body})


def blamed(**body: Any) -> str:
    with pytest.raises(BadRequest) as refusal:
        saved(**body)
    assert refusal.value.field in str(refusal.value)
    return refusal.value.field


def test_a_webhook_is_taken_apart_into_its_name_and_its_secret() -> None:
    slack = saved(slack={"webhookUrl": URL}).slack

    assert slack is not None
    assert slack.hook is not None
    assert slack.hook.reveal() == HOOK_NAME
    assert slack.hook_name == "T0AURORA1/B0AURORA1"
    assert "madeUp" not in repr(slack)


def test_a_bot_comes_with_its_channel() -> None:
    slack = saved(slack={"channel": "C0123456789", "botToken": TOKEN, "leastSeverity": "critical"}).slack

    assert slack is not None
    assert slack.token is not None
    assert (slack.channel, slack.token.reveal()) == ("C0123456789", TOKEN)
    assert slack.least is LeastSeverity.CRITICAL
    assert TOKEN not in repr(slack)


def test_what_is_not_named_is_told_from_what_is_forgotten() -> None:
    assert saved(slack=None).named == {"slack"}
    assert saved(slack=None).slack is None
    assert saved(email={}).named == {"email"}
    assert saved(test=True).named == frozenset()


@pytest.mark.parametrize(
    "url",
    [
        *(
            "http://hooks.slack.com/services/",
            "HTTPS://hooks.slack.com/services/",
            "https://hooks.slack.com/",
        ),
        *(
            "https://hooks.slack.com@evil.example/services/",
            "https://hooks.slack.com\\@evil.example/services/",
        ),
        *("https://hooks.slack.com.evil.example/services/", "https://hooks.slack.com./services/"),
        *("https://hooks.slack.com:443/services/", "https://user@hooks.slack.com/services/"),
        *(
            "https://hooks。slack.com/services/",
            "https://hooks.slack.com\t/services/",
            " https://hooks.slack.com/services/",
        ),
        *(
            "https://hooks.slack.com/workflows/",
            "https://hooks.slack.com/services//",
            "https://169.254.169.254/services/",
        ),
        *(
            "//hooks.slack.com/services/",
            "https://hooks.slack.com/services/../",
            "https://hooks.slack.com/services/%2e%2e/",
        ),
    ],
)
def test_nothing_but_slacks_own_host_and_path_is_a_webhook(url: str) -> None:
    assert blamed(slack={"webhookUrl": url + HOOK_NAME}) == "slack.webhookUrl"


@pytest.mark.parametrize(
    "tail",
    ["\n", "/", "?x=1", "#x", "/../../api", "@evil.example", " ", "é", "\x00", "x" * 80],
)
def test_nothing_comes_behind_a_webhooks_secret(tail: str) -> None:
    assert blamed(slack={"webhookUrl": URL + tail}) == "slack.webhookUrl"


@given(st.text(max_size=80))
def test_whatever_is_taken_for_a_webhook_leads_to_slack(text: str) -> None:
    for url in (text, HOOK_URL + text, URL[: len(text)] + text):
        try:
            slack = saved(slack={"webhookUrl": url}).slack
        except BadRequest:
            continue
        assert slack is not None
        assert slack.hook is not None
        assert HOOK.fullmatch(slack.hook.reveal())
        assert url.startswith("https://hooks.slack.com/services/T")


GOOD = [
    *("team@aurora.example", "a.b+c@aurora.com.br", "o'neil@x-y.example", "x@xn--caf-dma.example"),
    *("_@a.bc", "1@2.example", f"{'a' * 64}@aurora.example"),
]
BAD = [
    *("", "team", "team@", "@aurora.example", "team@aurora", "team@@aurora.example", "a b@aurora.example"),
    *("team@aurora.example\n", "team@aurora.example\r\nBcc: x@y.example", "<team@aurora.example>"),
    *("Team <team@aurora.example>", "team@aurora.example,x@y.example", '"a b"@aurora.example'),
    *(".team@aurora.example", "te..am@aurora.example", "team.@aurora.example", "team@-aurora.example"),
    *("team@aurora-.example", "team@.example", "team@aurora..example", "team@[127.0.0.1]", "team@127.0.0.1"),
    *("équipe@aurora.example", "team@café.example", f"{'a' * 65}@aurora.example"),
    *(f"a@{'a.' * 130}example", "team@aurora.example\x00"),
    *(7, None, ["team@aurora.example"], {"address": "team@aurora.example"}),
]


@pytest.mark.parametrize("address", GOOD)
def test_an_address_that_mail_servers_take_is_taken(address: str) -> None:
    email = saved(email={"recipients": [address]}).email

    assert email is not None
    assert email.recipients == (address,)


@pytest.mark.parametrize("address", BAD)
def test_any_other_is_blamed_by_its_place(address: object) -> None:
    assert blamed(email={"recipients": ["team@aurora.example", address]}) == "email.recipients[1]"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "body"),
        ({"brandId": "a/b", "test": True}, "brandId"),
        ({"brandId": 7, "test": True}, "brandId"),
        ({"sms": {}}, "sms"),
        ({"test": "true"}, "test"),
        ({"slack": "C0123456789"}, "slack"),
        ({"slack": [URL]}, "slack"),
        ({"slack": {"webhook": URL}}, "slack.webhook"),
        ({"slack": {"webhookUrl": 7}}, "slack.webhookUrl"),
        ({"slack": {"webhookUrl": ""}}, "slack.webhookUrl"),
        ({"slack": {"webhookUrl": URL, "botToken": TOKEN}}, "slack.botToken"),
        ({"slack": {"webhookUrl": URL, "channel": "C0123456789"}}, "slack.channel"),
        ({"slack": {"channel": "#general", "botToken": TOKEN}}, "slack.channel"),
        ({"slack": {"channel": "C0123456789\n", "botToken": TOKEN}}, "slack.channel"),
        ({"slack": {"botToken": TOKEN}}, "slack.channel"),
        ({"slack": {"channel": "C0123456789", "botToken": "xoxp-1111-made-up"}}, "slack.botToken"),
        ({"slack": {"channel": "C0123456789", "botToken": f"{TOKEN}\r\nX: y"}}, "slack.botToken"),
        ({"slack": {"leastSeverity": "info"}}, "slack.leastSeverity"),
        ({"slack": {"leastSeverity": ["critical"]}}, "slack.leastSeverity"),
        ({"email": ["team@aurora.example"]}, "email"),
        ({"email": {"recipients": []}}, "email.recipients"),
        ({"email": {"recipients": "team@aurora.example"}}, "email.recipients"),
        (
            {"email": {"recipients": [f"{n}@a.example" for n in range(MOST_RECIPIENTS + 1)]}},
            "email.recipients",
        ),
        ({"email": {"recipients": ["Team@a.example", "team@A.example"]}}, "email.recipients[1]"),
        ({"email": {"to": []}}, "email.to"),
        ({"email": {"leastSeverity": "CRITICAL"}}, "email.leastSeverity"),
    ],
)
def test_the_field_that_is_wrong_is_named(body: dict[str, Any], field: str) -> None:
    assert blamed(**body) == field
