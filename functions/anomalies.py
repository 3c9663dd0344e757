"""GET /api/performance/anomalies."""

from __future__ import annotations

from urllib.parse import urlencode

import functions_framework

from shared import wiring
from shared.core.query import AnomaliesQuery
from shared.core.scenario import mock_anomalies
from shared.core.wire.anomaly import anomaly_fields
from shared.edge.http import MOCKED, Reply, Request, endpoint
from shared.flows.anomalies import read_anomalies

PATH = "/api/performance/anomalies"


@functions_framework.http
@endpoint(PATH, "GET", origins=wiring.origins)
def anomalies(request: Request) -> Reply:
    query = AnomaliesQuery.parse(request.parameters)
    if scenario := wiring.mocked(query.mock):
        return Reply([anomaly_fields(a) for a in mock_anomalies(query, scenario)], headers=MOCKED)
    owned = wiring.gate().owned(request.authorization, query.brand_id)
    found, cursor = read_anomalies(query, owned, anomalies=wiring.anomalies())
    headers = {}
    if cursor is not None:
        following = {name: values[0] for name, values in request.parameters.items()} | {"cursor": cursor}
        headers["Link"] = f'<{PATH}?{urlencode(following)}>; rel="next"'
    return Reply([anomaly_fields(anomaly) for anomaly in found], headers=headers)
