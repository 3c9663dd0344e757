"""One shock is one incident and heard of once, in whatever order it becomes known."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from shared.core.anomaly import Anomaly, AnomalyStatus, anomaly_id
from shared.core.incident import lead, placed
from shared.core.metric import Metric, Source
from shared.core.period import Period, bucket_at
from shared.core.sentry.severity import Severity
from tests.unit.core.anomalies import raised_anomaly
from tests.unit.core.points import BRAND, NOW, ROME, hour

if TYPE_CHECKING:
    from typing import Any

    from shared.core.period import Bucket

CAUSE = "google.bought"


def alarm(
    bucket: Bucket, metric: Metric = Metric.CPC, source: Source = Source.GOOGLE, **more: Any
) -> Anomaly:
    metric_id = f"metric_{BRAND.id}_{source.value}_{bucket.key}"
    told = {"severity": Severity.WARNING, "strength": 1.0, "cause": CAUSE, "told": False} | more
    name = anomaly_id(metric_id, metric)
    incident = f"inc_{CAUSE}_{bucket.key}"
    return raised_anomaly(
        id=name, metric_id=metric_id, bucket=bucket, metric=metric, source=source, incident=incident, **told
    )


def incidents(*alarms: Anomaly) -> list[str]:
    return sorted({each.incident for each in placed(alarms)})


def heard(*alarms: Anomaly) -> list[Anomaly]:
    return [each for each in placed(alarms) if each.told]


def day(n: int = 0) -> Bucket:
    return bucket_at(NOW + timedelta(days=n), Period.DAILY, ROME)


def week(n: int = 0) -> Bucket:
    return bucket_at(NOW + timedelta(weeks=n), Period.WEEKLY, ROME)


SHOCK = [
    *(
        alarm(hour(n), metric, source)
        for n in range(3)
        for metric in (Metric.CPC, Metric.ROAS, Metric.CAC)
        for source in (Source.GOOGLE, Source.AGGREGATED)
    ),
    *(alarm(day(n), Metric.ROAS) for n in range(3)),
    alarm(week(), Metric.CPC),
]


def test_metrics_sources_and_periods_of_one_shock_are_one_incident_heard_of_once() -> None:
    assert incidents(*SHOCK) == [f"inc_{CAUSE}_{hour().key}"]
    assert [each.id for each in heard(*SHOCK)] == [alarm(hour()).id]


def test_the_order_in_which_it_becomes_known_leaves_no_trace() -> None:
    straight = placed(SHOCK)
    for seed in range(10):
        known: list[Anomaly] = []
        for each in random.Random(seed).sample(SHOCK, len(SHOCK)):
            known = placed([*known, each])
        assert known == straight, seed


def test_another_shock_days_later_is_another_incident() -> None:
    assert len(incidents(alarm(hour()), alarm(hour(60)))) == 2


def test_what_goes_on_without_a_gap_is_one_incident_and_heard_of_again_after_its_time() -> None:
    alarms = [alarm(hour(n)) for n in range(50)]

    assert len(incidents(*alarms)) == 1
    assert [each.bucket for each in heard(*alarms)] == [hour(), hour(36)]


def test_flapping_is_one_incident() -> None:
    assert len(heard(*(alarm(hour(n)) for n in (0, 3, 5, 9, 30)))) == 1


def test_what_gets_worse_is_heard_of_again_and_so_is_what_turns_critical() -> None:
    worse, grave = alarm(hour(2), strength=1.3), alarm(hour(4), Metric.ROAS, severity=Severity.CRITICAL)

    assert [each.id for each in heard(alarm(hour()), worse, grave)] == [alarm(hour()).id, worse.id, grave.id]
    assert len(heard(alarm(hour()), alarm(hour(2), Metric.ROAS, strength=9.0))) == 1


def test_what_a_machine_took_back_silences_nobody() -> None:
    over = alarm(hour(), told=True, status=AnomalyStatus.RESOLVED, resolved_by="machine")

    assert len(incidents(over, alarm(hour(5)))) == 2
    assert len(heard(over, alarm(hour(5)))) == 2


def test_what_comes_back_after_people_resolved_it_all_is_told_again() -> None:
    done = [
        replace(each, status=AnomalyStatus.RESOLVED, resolved_by="human") for each in placed([alarm(hour())])
    ]
    ignored = [replace(each, status=AnomalyStatus.IGNORED) for each in placed([alarm(hour())])]

    assert [each.bucket for each in heard(*done, alarm(hour(3)))] == [hour(), hour(3)]
    assert [each.bucket for each in heard(*ignored, alarm(hour(3)))] == [hour()]


def test_a_source_speaks_for_itself_before_the_blend_it_shows_in() -> None:
    """The blend may be known first, where another source's numbers were waited for."""
    whole, own = alarm(hour(), source=Source.AGGREGATED), alarm(hour(1))
    known = placed([whole, own])

    assert [each.id for each in known if each.told] == [whole.id]
    assert lead(known).id == own.id


def test_an_incident_that_people_resolved_stays_whole() -> None:
    three = placed([alarm(hour(n)) for n in range(3)])
    done = [replace(each, status=AnomalyStatus.RESOLVED, resolved_by="human") for each in three]

    assert incidents(*done, alarm(hour(3))) == [three[0].incident, alarm(hour(3)).incident]
    assert incidents(done[0], *three[1:]) == [three[0].incident]


def test_a_lasting_shock_is_one_incident_though_it_flaps_or_misses_an_hour() -> None:
    assert len(incidents(*(alarm(hour(n)) for n in range(0, 120, 2)))) == 1
    assert len(incidents(*(alarm(hour(n)) for n in range(120) if n != 36))) == 1
    assert len(incidents(*(alarm(day(n)) for n in range(0, 10, 2)))) == 1


def test_bad_news_is_not_hidden_behind_good() -> None:
    good, bad = alarm(hour(), severity=Severity.INFO), alarm(hour(5))

    assert [each.id for each in heard(good, bad)] == [good.id, bad.id]
    assert lead(placed([good, bad])).id == bad.id


def test_the_first_that_was_told_stays_in_the_incident_it_is_in() -> None:
    known = alarm(hour(5), told=True)
    earlier = replace(known, incident=f"inc_{CAUSE}_{hour().key}")

    assert incidents(earlier, alarm(hour(6))) == [earlier.incident]
