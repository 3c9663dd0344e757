"""GET /api/performance/backtest."""

from __future__ import annotations

import functions_framework

from shared import wiring
from shared.core.query import BacktestQuery
from shared.core.scenario import mock_backtest
from shared.core.wire.backtest import backtest_fields
from shared.edge.http import MOCKED, Reply, Request, endpoint
from shared.flows.backtest import read_backtest


@functions_framework.http
@endpoint("/api/performance/backtest", "GET", origins=wiring.origins)
def backtest(request: Request) -> Reply:
    query = BacktestQuery.parse(request.parameters)
    if scenario := wiring.mocked(query.mock):
        return Reply(backtest_fields(mock_backtest(query, scenario)), headers=MOCKED)
    owned = wiring.gate().owned(request.authorization, query.brand_id)
    found = read_backtest(
        query, owned, brands=wiring.brands(), metrics=wiring.metrics(), clock=wiring.clock()
    )
    return Reply(backtest_fields(found))
