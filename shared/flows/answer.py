"""An answer: what a person said of an anomaly reaches what people were told of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.core.anomaly import AnomalyStatus

if TYPE_CHECKING:
    from shared.core.anomaly import Anomaly
    from shared.core.brand import BrandId
    from shared.ports import Anomalies, Brands, Queue


def pass_on(
    brand_id: BrandId, anomaly_id: str, *, brands: Brands, anomalies: Anomalies, queue: Queue
) -> bool:
    """Ask for people to hear how an anomaly was answered; say whether anybody did answer it.

    What the Sentry says of it, `new` or that it is over, the Sentry has asked for itself.
    """
    file = brands.get(brand_id)
    known = anomalies.get(file.brand, [anomaly_id]).get(anomaly_id) if file is not None else None
    if known is None or _is_the_sentrys_word(known.anomaly):
        return False
    queue.ask_to_notify(brand_id, anomaly_id)
    queue.flush()
    return True


def _is_the_sentrys_word(anomaly: Anomaly) -> bool:
    over = anomaly.status is AnomalyStatus.RESOLVED and anomaly.resolved_by == "machine"
    return over or anomaly.status is AnomalyStatus.NEW
