"""A channel that refuses for good, again and again, is left alone, and the others hear of it once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from shared.core.brand import BrandId
from shared.core.message import Message
from shared.core.notifications import EMAIL, SLACK, Notifications
from shared.core.secret import Secret
from shared.core.sentry.settings import SentrySettings
from shared.core.wire.config import CHANNELS
from shared.errors import KeyUnreadable, PlatformRefused, RateLimited, Unavailable
from tests.unit.core.points import BRAND

if TYPE_CHECKING:
    from tests.flows.stage import Stage

GONE = PlatformRefused("slack", "channel_not_found")
ANA, BIA = "ana@aurora.example", "bia@aurora.example"


@pytest.fixture
def told(stage: Stage) -> Stage:
    """A brand that is told by a bot and two mailboxes."""
    stage.reachable()
    stage.brands.tell_at(BRAND.id, replace(where(stage), email_recipients=(ANA, BIA)))
    return stage


def where(stage: Stage) -> Notifications:
    return stage.brands.notifications(BRAND.id)


def tell(stage: Stage, subject: str) -> list[str]:
    file = stage.brands.get(BRAND.id)
    assert file is not None
    return stage.post.deliver(file, subject, Message(f"{subject} happened", ("Look.",)))


def refused(stage: Stage, subject: str) -> None:
    with pytest.raises(PlatformRefused):
        tell(stage, subject)


def wait(stage: Stage, minutes: int) -> None:
    stage.clock.at += timedelta(minutes=minutes)


def shown(stage: Stage) -> dict[str, Any]:
    document = stage.client.collection("brands").document(BRAND.id)
    config = document.collection("performance_configs").document("main").get().to_dict()
    assert config is not None
    assert set(config) >= {"sentrySettings", "integrations"}
    channels: dict[str, Any] = config["channels"]
    return channels


def kill_slack(stage: Stage) -> None:
    stage.phone.refuses = GONE
    for number, minutes in enumerate((0, 40, 40)):
        wait(stage, minutes)
        refused(stage, f"an_{number}")


def test_several_refusals_over_an_hour_turn_it_off_and_the_others_hear_of_it_once(told: Stage) -> None:
    kill_slack(told)

    assert not where(told).slack_on
    announced = [title for title in told.phone.mailed if "switched off" in title]
    assert announced == ["🟠 Aurora · Slack: messages switched off"]
    assert tell(told, "an_3") == ["email"]
    assert [title for title in told.phone.mailed if "switched off" in title] == announced


def test_what_is_off_is_tried_no_more(told: Stage) -> None:
    kill_slack(told)
    told.phone.refuses = AssertionError("asked again")

    assert tell(told, "an_3") == ["email"]


def test_its_owner_reads_what_is_off_since_when_and_why(told: Stage) -> None:
    kill_slack(told)

    assert shown(told)["slack"] == {
        "kind": "bot",
        "channel": "C1",
        "state": "off",
        "reason": "channel_not_found",
        "offSince": told.clock.at,
        "leastSeverity": "warning",
    }


def test_refusals_within_minutes_turn_nothing_off(told: Stage) -> None:
    told.phone.refuses = GONE
    for number in range(6):
        wait(told, 1)
        refused(told, f"an_{number}")

    assert where(told).slack_on


def test_a_message_that_gets_through_begins_the_count_anew(told: Stage) -> None:
    told.phone.refuses = GONE
    refused(told, "an_0")
    refused(told, "an_1")
    told.phone.refuses = None
    assert tell(told, "an_2") == ["slack", "email"]
    wait(told, 90)
    told.phone.refuses = GONE
    refused(told, "an_3")

    assert where(told).slack_on
    assert [each.times for each in where(told).refusals] == [1]


@pytest.mark.parametrize(
    "error",
    [
        Unavailable("slack"),
        RateLimited("slack", 30),
        PlatformRefused("slack", "message_not_found"),
        PlatformRefused("slack", "invalid_blocks"),
        KeyUnreadable("sealed by another key"),
    ],
)
def test_what_is_not_the_addresss_own_fault_never_turns_it_off(told: Stage, error: Exception) -> None:
    told.phone.refuses = error
    for number in range(4):
        wait(told, 60)
        with pytest.raises(type(error)):
            tell(told, f"an_{number}")

    assert where(told).slack_on
    assert where(told).refusals == ()


def test_a_channel_that_is_away_does_not_keep_the_other_waiting(told: Stage) -> None:
    told.phone.refuses = Unavailable("slack")

    with pytest.raises(Unavailable):
        tell(told, "an_0")

    assert told.phone.mailed == ["an_0 happened"]
    told.phone.refuses = None
    told.lapse()
    assert tell(told, "an_0") == ["slack"]


def test_one_mailbox_that_is_gone_costs_the_others_nothing(told: Stage) -> None:
    told.phone.gone = {ANA: "no_mailbox"}
    for number, minutes in enumerate((0, 40, 40)):
        wait(told, minutes)
        assert tell(told, f"an_{number}") == ["slack", "email"]

    assert where(told).mailboxes == (BIA,)
    assert shown(told)["email"]["recipients"][0]["state"] == "off"
    assert told.phone.posted[-1] == "🟠 Aurora · a…@aurora.example: messages switched off"
    assert told.phone.mailed[-1] == told.phone.posted[-1]
    assert told.phone.addressed[-1] == (BIA,)
    tell(told, "an_3")
    assert told.phone.addressed[-1] == (BIA,)


def test_a_mailbox_that_puts_us_off_gets_its_mail_later_and_nobody_gets_two(told: Stage) -> None:
    told.phone.busy = {ANA}
    with pytest.raises(Unavailable):
        tell(told, "an_0")
    assert told.phone.addressed == [(BIA,)]
    told.phone.busy = set()

    assert tell(told, "an_0") == ["email"]
    assert tell(told, "an_0") == []
    assert told.phone.addressed == [(BIA,), (ANA,)]


def test_a_recipient_who_is_no_more_is_not_waited_for(told: Stage) -> None:
    told.phone.busy = {ANA}
    with pytest.raises(Unavailable):
        tell(told, "an_0")
    told.brands.tell_at(BRAND.id, replace(where(told), email_recipients=(BIA,)))

    assert tell(told, "an_0") == []
    assert told.phone.addressed == [(BIA,)]


def test_whoever_comes_next_tells_what_a_dead_sender_could_not(told: Stage) -> None:
    """The address went off, and the sender died before it could say so."""
    told.phone.refuses = GONE
    refused(told, "an_0")
    refused(told, "an_1")
    wait(told, 90)
    told.brands.change_notifications(
        BRAND.id,
        lambda known: known.after({(SLACK, ""): "channel_not_found"}, (), told.clock.now()),
        told.clock.now(),
    )
    assert told.phone.mailed[-1] == "an_1 happened"

    tell(told, "an_2")

    assert told.phone.mailed[-2:] == ["an_2 happened", "🟠 Aurora · Slack: messages switched off"]


def test_an_announcement_that_does_not_get_through_comes_back(told: Stage) -> None:
    told.phone.refuses = GONE
    refused(told, "an_0")
    refused(told, "an_1")
    wait(told, 90)
    told.phone.busy = {ANA, BIA}
    with pytest.raises(Unavailable):
        tell(told, "an_2")
    told.phone.busy = set()
    told.lapse()

    tell(told, "an_2")

    assert told.phone.mailed[-2:] == ["an_2 happened", "🟠 Aurora · Slack: messages switched off"]


def test_where_nobody_else_is_reached_only_the_dashboard_says_so(told: Stage) -> None:
    told.brands.tell_at(BRAND.id, replace(where(told), email_recipients=()))

    kill_slack(told)

    assert shown(told)["slack"]["state"] == "off"
    assert told.phone.mailed == []
    assert where(told).unannounced == ()
    assert tell(told, "an_9") == []


def test_a_dead_webhook_is_turned_off_like_a_dead_bot(stage: Stage) -> None:
    stage.hooked()
    stage.phone.hooks.refuses = PlatformRefused("slack", "channel_is_archived")
    for number, minutes in enumerate((0, 40, 40)):
        wait(stage, minutes)
        refused(stage, f"an_{number}")

    assert shown(stage)["slack"]["reason"] == "channel_is_archived"


def test_many_senders_at_once_lose_no_count(told: Stage) -> None:
    places = [(EMAIL, f"{n}@aurora.example") for n in range(6)]

    def count(place: tuple[str, str]) -> None:
        told.brands.change_notifications(
            BRAND.id, lambda known: known.after({place: "no_mailbox"}, (), told.clock.now()), told.clock.now()
        )

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(count, places))

    assert [each.place for each in where(told).refusals] == places


def test_addresses_are_kept_where_there_were_none(stage: Stage) -> None:
    sealed = stage.keys.seal(Secret("xoxb"), brand_id=BRAND.id, purpose="slack", account_id="C9")

    stored = stage.brands.change_notifications(
        BRAND.id, lambda _: Notifications("C9", sealed, (ANA,)), stage.clock.now()
    )

    assert where(stage) == stored
    assert shown(stage)["slack"] == {
        "kind": "bot",
        "channel": "C9",
        "state": "on",
        "leastSeverity": "warning",
    }
    emptied = stage.brands.change_notifications(BRAND.id, lambda _: Notifications(), stage.clock.now())
    assert where(stage) == emptied == Notifications()


def test_what_goes_off_over_an_edit_is_announced_where_the_edit_does_not_go(told: Stage) -> None:
    tell(told, "an_0")
    told.phone.refuses_edits = told.phone.refuses = GONE
    for number, minutes in enumerate((0, 40, 40)):
        wait(told, minutes)
        with pytest.raises(PlatformRefused):
            only_edit(told, "an_0", f"version {number}")

    assert told.phone.mailed == ["an_0 happened", "🟠 Aurora · Slack: messages switched off"]
    assert where(told).unannounced == ()


def only_edit(stage: Stage, subject: str, words: str) -> list[str]:
    file = stage.brands.get(BRAND.id)
    assert file is not None
    return stage.post.only_where_told(BRAND.id, subject).deliver(file, subject, Message(words, ()))


def test_what_nobody_took_is_announced_by_whoever_comes_next(told: Stage) -> None:
    told.phone.refuses = GONE
    refused(told, "an_0")
    refused(told, "an_1")
    wait(told, 90)
    told.phone.gone = {ANA: "no_mailbox", BIA: "no_mailbox"}
    refused(told, "an_2")
    assert [each.channel for each in where(told).unannounced] == ["slack"]
    told.phone.gone = {}

    tell(told, "an_3")

    assert told.phone.mailed[-1] == "🟠 Aurora · Slack: messages switched off"
    assert where(told).unannounced == ()


def test_two_brands_with_one_mailbox_get_two_mails(told: Stage) -> None:
    other = replace(BRAND, id=BrandId("boreal"))
    told.brands.create(other, SentrySettings(channels=CHANNELS), now=told.clock.at)
    told.brands.tell_at(other.id, where(told))
    file = told.brands.get(other.id)
    assert file is not None
    told.phone.refuses = GONE

    refused(told, "digest_2026-05-21")
    with pytest.raises((PlatformRefused, KeyUnreadable)):
        told.post.deliver(file, "digest_2026-05-21", Message("Boreal", ()))

    assert len(set(told.phone.mail_ids)) == len(told.phone.mail_ids) == 2
