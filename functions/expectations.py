"""GET /api/performance/expectations."""

from __future__ import annotations

import functions_framework

from shared import wiring
from shared.core.query import MetricsQuery
from shared.core.scenario import mock_expectations
from shared.core.wire.expectation import expectation_fields
from shared.edge.http import MOCKED, Ready, Reply, Request, endpoint, json_text
from shared.flows.expectations import read_expectations


@functions_framework.http
@endpoint("/api/performance/expectations", "GET", origins=wiring.origins)
def expectations(request: Request) -> Reply:
    query = MetricsQuery.parse(request.parameters)
    if scenario := wiring.mocked(query.mock):
        made_up = mock_expectations(query, scenario)
        return Reply([expectation_fields(each) for each in made_up], headers=MOCKED)
    owned = wiring.gate().owned(request.authorization, query.brand_id)
    found = read_expectations(
        query, owned, brands=wiring.brands(), metrics=wiring.metrics(), clock=wiring.clock()
    )
    return Reply(Ready(found.version, lambda: json_text([expectation_fields(each) for each in found])))
