"""GET /api/performance/metrics."""

from __future__ import annotations

import functions_framework

from shared import wiring
from shared.core.query import MetricsQuery
from shared.core.scenario import mock_metrics
from shared.core.wire.metric import metric_fields
from shared.edge.http import MOCKED, Ready, Reply, Request, endpoint
from shared.flows.metrics import read_metrics


@functions_framework.http
@endpoint("/api/performance/metrics", "GET", origins=wiring.origins)
def metrics(request: Request) -> Reply:
    query = MetricsQuery.parse(request.parameters)
    if scenario := wiring.mocked(query.mock):
        points = mock_metrics(query, scenario)
        return Reply([metric_fields(query.brand_id, point) for point in points], headers=MOCKED)
    owned = wiring.gate().owned(request.authorization, query.brand_id)
    series = read_metrics(query, owned, metrics=wiring.metrics())
    return Reply(Ready(series.version, lambda: wiring.written().json(series)))
