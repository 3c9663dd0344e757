"""An owner says where the brand is told, through the gateway, and sees it arrive."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import requests

from local.world.tenants import DEMO
from shared import wiring
from shared.core.brand import BrandId
from shared.core.notifications import HOOK_URL
from shared.core.sentry.settings import SentrySettings
from shared.core.wire.config import CHANNELS
from tests.e2e.running import token

if TYPE_CHECKING:
    from tests.e2e.running import Running


def test_a_webhook_and_a_mailbox_are_saved_and_tried(running: Running) -> None:
    brand = replace(running.told.brand, id=BrandId("garca"), owner_id="garca", name="Garça")
    wiring.brands().create(brand, SentrySettings(channels=CHANNELS), now=datetime.now(UTC))

    answer = requests.put(
        f"{running.platform.urls['gateway']}/api/performance/notifications",
        json={
            "brandId": brand.id,
            "slack": {"webhookUrl": HOOK_URL + DEMO.slack_hook},
            "email": {"recipients": ["garca@aurora.example"]},
            "test": True,
        },
        headers={"Authorization": f"Bearer {token(running.platform.project, 'garca')}"},
        timeout=40,
    )

    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")
    assert [tried["success"] for tried in answer.json()["tests"].values()] == [True, True]
    inbox = requests.get(f"{running.platform.urls['world']}/_world/inbox", timeout=5).json()
    title = "✅ Garça: test message"
    assert [message["text"] for message in inbox["slack"] if "Garça" in message["text"]] == [title]
    (mail,) = [mail for mail in inbox["mail"] if mail["to"] == ["garca@aurora.example"]]
    assert mail["subject"] == title
    assert f"{running.platform.urls['gateway']}/?brand=garca" in mail["html"]
