"""PUT and DELETE /api/performance/integrations."""

from __future__ import annotations

import functions_framework

from shared import wiring
from shared.core.limit import Ask
from shared.core.mock import Scenario
from shared.core.query import Disconnection, Validation, mock_of
from shared.edge.audit import on_record
from shared.edge.http import MOCKED, Reply, Request, endpoint
from shared.flows import connect
from shared.flows.validate import pretended

_FAILURE = {"success": False, "message": "Nada foi alterado."}


@functions_framework.http
@endpoint("/api/performance/integrations", "PUT", "DELETE", origins=wiring.origins, failure=_FAILURE)
def integrations(request: Request) -> Reply:
    return _disconnect(request) if request.method == "DELETE" else _connect(request)


def _connect(request: Request) -> Reply:
    scenario = wiring.mocked(mock_of(request.parameters))
    asked = Validation.parse(request.body())
    if scenario:
        dead = scenario is Scenario.TOKEN_DEAD
        said = pretended(asked, token_dead=True) if dead else connect.pretended("pt-BR", connected=True)
        return Reply(said.wire(), headers=MOCKED)
    with on_record("connect", asked.brand_id, asked.platform.value) as entry:
        owned = wiring.gate().owned(request.authorization, asked.brand_id, Ask.TRY_KEY)
        entry.uid = owned.brand.owner_id
        kept = _register()
        told = connect.connect(asked, owned, platforms=wiring.platform, keys=wiring.keys(), register=kept)
        if told.problem is not None:
            entry.result = told.problem.value
            wiring.gate().count_again(owned, Ask.TRY_KEY)
    return Reply(told.wire())


def _disconnect(request: Request) -> Reply:
    asked = Disconnection.parse(request.parameters)
    if wiring.mocked(asked.mock):
        return Reply(connect.pretended("pt-BR", connected=False).wire(), headers=MOCKED)
    with on_record("disconnect", asked.brand_id, asked.platform.value) as entry:
        owned = wiring.gate().owned(request.authorization, asked.brand_id)
        entry.uid = owned.brand.owner_id
        told = connect.disconnect(asked, owned, register=_register())
    return Reply(told.wire())


def _register() -> connect.Register:
    return connect.Register(wiring.brands(), wiring.timetable(), wiring.queue, wiring.clock())
