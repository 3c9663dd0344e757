"""The anomalies of a brand, newest first."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shared.core.anomaly import Anomaly
    from shared.core.brand import OwnedBrand
    from shared.core.query import AnomaliesQuery
    from shared.ports import Anomalies


def read_anomalies(
    query: AnomaliesQuery, owned: OwnedBrand, *, anomalies: Anomalies
) -> tuple[list[Anomaly], str | None]:
    """Return one page and the cursor of the next, if there is one."""
    return anomalies.newest(owned.brand, status=query.status, limit=query.limit, after=query.cursor)
