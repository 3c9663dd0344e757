"""POST /api/performance/integrations/validate."""

from __future__ import annotations

import functions_framework

from shared import wiring
from shared.core.limit import Ask
from shared.core.mock import Scenario
from shared.core.query import Validation, mock_of
from shared.edge.audit import on_record
from shared.edge.http import MOCKED, Reply, Request, endpoint
from shared.flows.validate import pretended
from shared.flows.validate import validate as try_key

_FAILURE = {"success": False, "message": "A chave não pôde ser verificada."}


@functions_framework.http
@endpoint("/api/performance/integrations/validate", "POST", origins=wiring.origins, failure=_FAILURE)
def validate(request: Request) -> Reply:
    scenario = wiring.mocked(mock_of(request.parameters))
    asked = Validation.parse(request.body())
    if scenario:
        dead = scenario is Scenario.TOKEN_DEAD
        return Reply(pretended(asked, token_dead=dead).wire(), headers=MOCKED)
    with on_record("validate", asked.brand_id, asked.platform.value) as entry:
        owned = wiring.gate().owned(request.authorization, asked.brand_id, Ask.TRY_KEY)
        entry.uid = owned.brand.owner_id
        told = try_key(asked, owned, platforms=wiring.platform)
        if told.problem is not None:
            entry.result = told.problem.value
            wiring.gate().count_again(owned, Ask.TRY_KEY)
    return Reply(told.wire())
