"""Addresses that refuse: counted, turned off after a while, and what their owner sees of it."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.channel_message import channel_message, reason_text
from shared.core.notifications import EMAIL, SLACK, Notifications
from shared.core.refusal import ENOUGH, GONE, LONG_ENOUGH, NO_MAILBOX
from shared.core.wire.notifications import channels_fields, notifications_fields, notifications_of
from tests.unit.core.points import BRAND, NOW

BOT = (SLACK, "")
ANA, BIA = (EMAIL, "ana@aurora.example"), (EMAIL, "bia@aurora.example")
WHERE = Notifications("C1", "pw1.k1.sealed-token", (ANA[1], BIA[1]))
HOOK = Notifications(
    slack_hook="T0AURORA1/B0AURORA1", slack_sealed_hook="pw1.k1.sealed-hook", critical_only=frozenset({SLACK})
)


def refusing(where: Notifications, place: tuple[str, str], *minutes: int) -> Notifications:
    for minute in minutes:
        where = where.after({place: "invalid_auth"}, (), NOW + timedelta(minutes=minute))
    return where


@pytest.mark.parametrize(
    ("minutes", "off"), [((0, 1), False), ((0, 1, 2, 3), False), ((0, 30, 60), True), ((0, 61), False)]
)
def test_an_address_is_off_after_several_refusals_over_some_time(minutes: tuple[int, ...], off: bool) -> None:
    where = refusing(WHERE, BOT, *minutes)

    assert where.slack_on is not off
    assert bool(where.unannounced) is off


def test_who_is_reached_meanwhile_begins_anew() -> None:
    where = refusing(WHERE, BOT, 0, 30).after({}, [BOT], NOW + timedelta(minutes=40))

    assert where.refusals == ()
    assert refusing(where, BOT, 60).slack_on


def test_one_recipient_that_is_off_leaves_the_others() -> None:
    where = refusing(WHERE, ANA, 0, 30, 60)

    assert where.mailboxes == (BIA[1],)
    assert where.slack_on


def test_nobody_who_did_not_change_is_written() -> None:
    assert WHERE.after({}, [BOT, ANA], NOW) is WHERE


def test_what_is_announced_is_announced_once() -> None:
    where = refusing(WHERE, ANA, 0, 30, 60)
    (told,) = where.unannounced

    assert where.with_announced(told).unannounced == ()
    assert refusing(where.with_announced(told), ANA, 90).unannounced == ()


@given(st.lists(st.tuples(st.sampled_from([BOT, ANA, BIA]), st.booleans(), st.integers(0, 90)), max_size=20))
def test_whatever_happens_it_reads_as_it_was_written(steps: list[tuple[tuple[str, str], bool, int]]) -> None:
    where, now = WHERE, NOW
    for place, refuses, minutes in steps:
        now += timedelta(minutes=minutes)
        was = where.refusal_of(place)
        where = where.after({place: NO_MAILBOX} if refuses else {}, () if refuses else [place], now)
        found = where.refusal_of(place)
        if found is not None and found.off_at is not None and (was is None or was.off_at is None):
            assert found.times >= ENOUGH
            assert found.off_at - found.since >= LONG_ENOUGH
    assert notifications_of(notifications_fields(where), BRAND.id) == where


@pytest.mark.parametrize("where", [WHERE, HOOK, Notifications()])
def test_addresses_read_as_they_were_written(where: Notifications) -> None:
    assert notifications_of(notifications_fields(where), BRAND.id) == where


def test_the_owner_sees_what_is_off_since_when_and_why_and_no_secret() -> None:
    where = refusing(refusing(WHERE, BOT, 0, 30, 60), ANA, 0, 30, 61)

    seen = channels_fields(where)

    assert seen == {
        "slack": {
            "kind": "bot",
            "channel": "C1",
            "state": "off",
            "reason": "invalid_auth",
            "offSince": NOW + timedelta(hours=1),
            "leastSeverity": "warning",
        },
        "email": {
            "recipients": [
                {
                    "address": "a…@aurora.example",
                    "state": "off",
                    "reason": "invalid_auth",
                    "offSince": NOW + timedelta(minutes=61),
                },
                {"address": "b…@aurora.example", "state": "on"},
            ],
            "leastSeverity": "warning",
        },
    }
    assert "sealed" not in json.dumps([seen, channels_fields(HOOK)], default=str)


def test_a_webhook_is_shown_without_its_secret_part() -> None:
    assert channels_fields(HOOK)["slack"] == {
        "kind": "webhook",
        "webhookUrl": "https://hooks.slack.com/services/T0AURORA1/B0AURORA1/…",
        "state": "on",
        "leastSeverity": "critical",
    }
    assert channels_fields(Notifications()) == {"slack": None, "email": None}


@pytest.mark.parametrize("locale", ["pt-BR", "en"])
@pytest.mark.parametrize("reason", sorted(GONE))
def test_every_refusal_that_counts_is_said_in_our_own_words(reason: str, locale: str) -> None:
    assert reason not in reason_text(reason, locale)


def test_the_others_are_told_which_address_why_and_what_to_do() -> None:
    (refusal,) = refusing(WHERE, ANA, 0, 30, 60).unannounced

    message = channel_message(refusal, BRAND)

    assert message.title == "🟠 Aurora · a…@aurora.example: messages switched off"
    assert "refused 3 messages since May 20, 2026, 2:00\u202fPM" in message.lines[0]
    assert "ana@" not in refusal.id + message.title + "".join(message.lines)
