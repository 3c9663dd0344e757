"""Where an owner says where the brand is told: over HTTP, with a Slack and a mail server behind the door."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest
import requests
from google.cloud.firestore import Client

from local.world.tenants import DEMO
from shared import wiring
from shared.core.brand import BrandId
from shared.core.notifications import HOOK_URL
from shared.core.secret import Secret
from tests.functions.conftest import forget, prepare
from tests.functions.doors import ASKS, client_of, problem_of, signed_in
from tests.world import running_world

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

AURORA = BrandId("aurora")
URL = HOOK_URL + DEMO.slack_hook
TEAM = {"recipients": ["team@aurora.example", "boss@aurora.example"]}
BOT = {"channel": DEMO.slack_channel, "botToken": DEMO.slack_token}


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with running_world() as base:
        yield base


class House:
    """A signed-in owner at the door, and what lies behind it."""

    def __init__(self, client: FlaskClient, firestore: Client, world: str) -> None:
        self.client = client
        self.firestore = firestore
        self._world = world

    def put(self, uid: str = "ana", **body: Any) -> TestResponse:
        """Save; questions are not counted together with those before."""
        for counted in self.firestore.collection("limits").list_documents():
            counted.delete()
        return self.ask("PUT", uid, json={"brandId": "aurora", **body})

    def get(self, uid: str = "ana", **query: str) -> TestResponse:
        return self.ask("GET", uid, query={"brandId": "aurora", **query})

    def ask(self, method: str, uid: str, **more: Any) -> TestResponse:
        headers = signed_in(uid, self.firestore.project, int(time.time()))
        if "json" not in more:
            more["data"] = b""
        return ASKS["notifications"].send(self.client, method=method, headers=headers, **more)

    def saved(self, **body: Any) -> dict[str, Any]:
        response = self.put(**body)
        assert response.status_code == 200, response.get_data(as_text=True)
        answer: dict[str, Any] = json.loads(response.data)
        return answer

    def blamed(self, **body: Any) -> str:
        response = self.put(**body)
        assert response.status_code == 400
        return str(problem_of(response)["field"])

    def stored(self, path: str) -> dict[str, Any]:
        return self.firestore.document(f"brands/aurora/{path}").get().to_dict() or {}

    def inbox(self) -> dict[str, Any]:
        received: dict[str, Any] = requests.get(f"{self._world}/_world/inbox", timeout=5).json()
        return received

    def fault(self, platform: str, name: str, account: str | None = None) -> None:
        body = {"platform": platform, "fault": name, "times": None, "account": account}
        requests.post(f"{self._world}/_world/faults", json=body, timeout=5).raise_for_status()


@pytest.fixture
def house(
    monkeypatch: pytest.MonkeyPatch, firestore_emulator: str, project_id: str, closed: str, url: str
) -> Iterator[House]:
    requests.post(f"{url}/_world/reset", json={}, timeout=5).raise_for_status()
    prepare(monkeypatch, closed)
    port = requests.get(f"{url}/healthz", timeout=5).json()["smtpPort"]
    for name, value in {
        "FIRESTORE_EMULATOR_HOST": firestore_emulator,
        "GOOGLE_CLOUD_PROJECT": project_id,
        "SLACK_BASE": f"{url}/slack/api/",
        "SLACK_HOOKS_BASE": f"{url}/slack-hooks",
        "SMTP_URL": f"smtp://127.0.0.1:{port}",
        "DASHBOARD_URL": "https://aurora.web.app",
    }.items():
        monkeypatch.setenv(name, value)
    firestore = Client(project=project_id)
    firestore.document("brands/aurora").set(
        {"ownerId": "ana", "name": "Aurora & <Co>", "timeZone": "America/Sao_Paulo", "locale": "en"}
    )
    settings = {"enabled": True, "sensitivity": "medium", "notificationChannels": ["dashboard", "slack"]}
    firestore.document("brands/aurora/performance_configs/main").set(
        {"brandId": "aurora", "integrations": {}, "sentrySettings": settings}
    )
    yield House(client_of("notifications"), firestore, url)
    firestore.close()
    forget()


def test_a_webhook_is_sealed_shown_masked_and_never_told_again(house: House) -> None:
    answer = house.saved(slack={"webhookUrl": URL})

    masked = URL.rpartition("/")[0] + "/…"
    assert answer == {
        "brandId": "aurora",
        "slack": {
            "kind": "webhook",
            "webhookUrl": masked,
            "state": "on",
            "leastSeverity": "warning",
            "enabled": True,
        },
        "email": None,
    }
    assert json.loads(house.get().data) == answer
    hook = house.stored("private/notifications")["slackHook"]
    opened = wiring.keys().open(
        hook["encryptedPath"], brand_id=AURORA, purpose="slack_hook", account_id=hook["name"]
    )
    assert opened == Secret(DEMO.slack_hook)
    secret = DEMO.slack_hook.rpartition("/")[2]
    written = json.dumps(
        [answer, *map(house.stored, ("private/notifications", "performance_configs/main"))], default=str
    )
    assert secret not in written


def test_a_bot_and_its_token(house: House) -> None:
    answer = house.saved(slack=BOT)

    assert answer["slack"] == {
        "kind": "bot",
        "channel": DEMO.slack_channel,
        "state": "on",
        "leastSeverity": "warning",
        "enabled": True,
    }
    assert DEMO.slack_token not in json.dumps(house.stored("private/notifications"), default=str)


def test_the_owner_sees_the_addresses_whole_and_the_pages_document_masks_them(house: House) -> None:
    answer = house.saved(email=TEAM | {"leastSeverity": "critical"})

    assert answer["email"] == {
        "recipients": [{"address": each, "state": "on"} for each in TEAM["recipients"]],
        "leastSeverity": "critical",
        "enabled": False,
    }
    shown = house.stored("performance_configs/main")
    assert [each["address"] for each in shown["channels"]["email"]["recipients"]] == [
        "t…@aurora.example",
        "b…@aurora.example",
    ]
    assert shown["sentrySettings"]["sensitivity"] == "medium"


def test_what_is_not_named_stays_and_null_is_forgotten(house: House) -> None:
    house.saved(slack={"webhookUrl": URL}, email=TEAM)

    kept = house.saved(email={"recipients": ["new@aurora.example"]})
    assert (kept["slack"]["kind"], len(kept["email"]["recipients"])) == ("webhook", 1)
    assert house.saved(slack=None)["slack"] is None
    assert house.stored("private/notifications") == {"emailRecipients": ["new@aurora.example"]}
    assert house.saved(email=None)["email"] is None


def test_a_bots_channel_can_change_without_its_token(house: House) -> None:
    house.saved(slack=BOT)

    house.saved(slack={"channel": "C0ELSEWHERE"})

    slack = house.stored("private/notifications")["slack"]
    opened = wiring.keys().open(
        slack["encryptedToken"], brand_id=AURORA, purpose="slack", account_id="C0ELSEWHERE"
    )
    assert opened == Secret(DEMO.slack_token)


def test_what_does_not_go_with_what_is_stored_is_blamed_and_nothing_is_written(house: House) -> None:
    assert house.blamed(slack={}) == "slack"
    assert house.blamed(slack={"channel": "C0123456789"}) == "slack.botToken"
    house.saved(slack={"webhookUrl": URL})
    before = house.stored("private/notifications")

    assert house.blamed(slack={"channel": "C0123456789"}, email=TEAM) == "slack.botToken"
    assert house.stored("private/notifications") == before


def test_a_test_message_shows_that_it_works(house: House) -> None:
    answer = house.saved(slack={"webhookUrl": URL}, email=TEAM, test=True)

    sent = {"success": True, "message": "Test message sent."}
    assert answer["tests"] == {"slack": sent, "email": sent}
    received = house.inbox()
    assert [message["text"] for message in received["slack"]] == ["✅ Aurora &amp; &lt;Co&gt;: test message"]
    (mail,) = received["mail"]
    assert mail["to"] == TEAM["recipients"]
    assert "https://aurora.web.app/?brand=aurora" in mail["html"]
    assert house.stored("private/notifications").keys() == {"slackHook", "emailRecipients"}


def test_a_bot_is_tried_in_its_channel(house: House) -> None:
    assert house.saved(slack=BOT, test=True)["tests"]["slack"]["success"]
    assert [message["channel"] for message in house.inbox()["slack"]] == [DEMO.slack_channel]


def test_only_what_is_named_is_tried_and_all_where_nothing_is(house: House) -> None:
    house.saved(slack={"webhookUrl": URL}, email=TEAM)

    assert house.saved(email={}, test=True)["tests"].keys() == {"email"}
    assert house.saved(test=True)["tests"].keys() == {"slack", "email"}
    assert len(house.inbox()["slack"]) == 1


@pytest.mark.parametrize(
    ("platform", "fault", "said"),
    [
        ("slack-hooks", "channel_is_archived", "The Slack channel is gone, archived, or without the app."),
        ("slack-hooks", "no_service", "Slack no longer takes this access: the token or webhook was revoked."),
        ("slack-hooks", "invalid_payload", "The message was refused."),
        ("slack-hooks", "500", "It is saved, but there was no answer just now. Try again in some minutes."),
        (
            "slack-hooks",
            "throttle",
            "It is saved, but there was no answer just now. Try again in some minutes.",
        ),
    ],
)
def test_a_test_that_fails_says_why_and_undoes_nothing(
    house: House, platform: str, fault: str, said: str
) -> None:
    house.fault(platform, fault)

    answer = house.saved(slack={"webhookUrl": URL}, test=True)

    assert answer["tests"] == {"slack": {"success": False, "message": said}}
    assert answer["slack"]["state"] == "on"
    assert "refusals" not in house.stored("private/notifications")


def test_a_mailbox_that_is_not_there_is_named_masked(house: House) -> None:
    house.fault("smtp-mailbox", "no_mailbox", "boss@aurora.example")

    tried = house.saved(email=TEAM, test=True)["tests"]["email"]

    assert tried == {
        "success": False,
        "message": "b…@aurora.example: The mail server says that there is no such mailbox.",
    }
    assert len(house.inbox()["mail"]) == 1


def test_saving_an_address_again_switches_it_on(house: House) -> None:
    house.saved(slack={"webhookUrl": URL}, email=TEAM)
    now = wiring.clock().now()
    dead = {"reason": "no_service", "times": 3, "since": now, "last": now, "offAt": now, "announced": True}
    house.firestore.document("brands/aurora/private/notifications").update(
        {
            "refusals": [
                dead | {"channel": "email", "address": "boss@aurora.example", "reason": "no_mailbox"},
                dead | {"channel": "slack", "address": None},
            ]
        }
    )
    off = json.loads(house.get().data)
    assert (off["slack"]["state"], off["slack"]["reason"]) == ("off", "no_service")
    assert off["email"]["recipients"][1]["reason"] == "no_mailbox"

    on = house.saved(slack={})

    assert on["slack"]["state"] == "on"
    assert on["email"]["recipients"][1]["state"] == "off"
    assert house.saved(email={})["email"]["recipients"][1]["state"] == "on"
    assert house.stored("performance_configs/main")["channels"]["email"]["recipients"][1]["state"] == "on"


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_a_stranger_learns_and_changes_nothing(house: House, method: str) -> None:
    house.saved(email=TEAM)

    response = house.get("bruno") if method == "GET" else house.put("bruno", email=None)

    assert response.status_code == 403
    assert b"team@" not in response.data
    assert house.stored("private/notifications")["emailRecipients"] == TEAM["recipients"]


def test_two_owners_hands_at_once_lose_neither_change(house: House) -> None:
    """Who writes second reads again: the e-mail of the one and the Slack of the other both stand."""
    brands, real = wiring.brands(), type(wiring.brands()).change_notifications
    house.saved(email=TEAM)
    between = iter([True])

    def interrupted(self: Any, brand_id: BrandId, change: Any, now: Any) -> Any:
        def changed(known: Any) -> Any:
            if next(between, False):
                house.firestore.document("brands/aurora/private/notifications").update(
                    {"emailRecipients": ["other@aurora.example"]}
                )
            return change(known)

        return real(self, brand_id, changed, now)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(brands), "change_notifications", interrupted)
        answer = house.saved(slack={"webhookUrl": URL})

    assert answer["slack"]["kind"] == "webhook"
    assert answer["email"]["recipients"] == [{"address": "other@aurora.example", "state": "on"}]


def test_tests_are_few_and_saving_is_not(house: House) -> None:
    house.saved(email=TEAM)
    body = {"brandId": "aurora", "test": True}

    tried = [house.ask("PUT", "ana", json=body).status_code for _ in range(4)]

    assert sorted(tried) == [200, 200, 429, 429]
    assert house.ask("PUT", "ana", json={"brandId": "aurora", "email": {}}).status_code == 200
    assert len(house.inbox()["mail"]) == 2
