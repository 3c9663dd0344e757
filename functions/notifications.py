"""GET and PUT /api/performance/notifications."""

from __future__ import annotations

import functions_framework

from shared import wiring
from shared.core.limit import Ask
from shared.core.query import NotificationsQuery, mock_of
from shared.core.saving import Saving
from shared.core.scenario import mock_notifications
from shared.core.wire.addresses import addresses_fields
from shared.edge.audit import RecordedKeys
from shared.edge.http import MOCKED, Reply, Request, endpoint
from shared.flows import addresses


@functions_framework.http
@endpoint("/api/performance/notifications", "GET", "PUT", origins=wiring.origins)
def notifications(request: Request) -> Reply:
    return _show(request) if request.method == "GET" else _save(request)


def _show(request: Request) -> Reply:
    asked = NotificationsQuery.parse(request.parameters)
    if scenario := wiring.mocked(asked.mock):
        shown = addresses.pretended(asked.brand_id, mock_notifications(scenario))
        return Reply(addresses_fields(shown), headers=MOCKED)
    owned = wiring.gate().owned(request.authorization, asked.brand_id)
    return Reply(addresses_fields(addresses.show(owned, brands=wiring.brands())))


def _save(request: Request) -> Reply:
    scenario = wiring.mocked(mock_of(request.parameters))
    asked = Saving.parse(request.body())
    if scenario:
        shown = addresses.pretended(asked.brand_id, mock_notifications(scenario), asked)
        return Reply(addresses_fields(shown), headers=MOCKED)
    ask = Ask.TEST_CHANNELS if asked.test else Ask.SAVE_CHANNELS
    owned = wiring.gate().owned(request.authorization, asked.brand_id, ask)
    keys = RecordedKeys(wiring.keys())
    saved = addresses.save(
        asked,
        owned,
        brands=wiring.brands(),
        keys=keys,
        channels=wiring.channels(keys),
        dashboard=wiring.config().dashboard,
        clock=wiring.clock(),
    )
    return Reply(addresses_fields(saved))
