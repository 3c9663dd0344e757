"""POST /api/performance/integrations/validate."""

from __future__ import annotations

from dataclasses import asdict

import functions_framework

from shared import wiring
from shared.core.limit import Ask
from shared.core.mock import Scenario
from shared.core.query import Validation, mock_of
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
        return Reply(asdict(pretended(asked, token_dead=dead)), headers=MOCKED)
    owned = wiring.gate().owned(request.authorization, asked.brand_id, Ask.TRY_KEY)
    told = try_key(asked, owned, platforms=wiring.platform)
    if not told.success:
        wiring.gate().count_again(owned, Ask.TRY_KEY)
    return Reply(asdict(told))
