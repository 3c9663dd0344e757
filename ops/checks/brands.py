"""Every brand: whether its documents read, its sealed keys open, its sources deliver, its insights come."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

from ops.checks.finding import Finding, Level, failing
from ops.progress import watched
from shared import wiring
from shared.core.anomaly import InsightState
from shared.core.brand import brand_id
from shared.core.source_alarm import Trouble, open_alarms
from shared.errors import KeyUnreadable, NotFound, Refused, Terminal, WarRoomError
from shared.flows.ingest import connected

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from ops.checks.finding import Findings
    from shared.core.source_alarm import SourceAlarm
    from shared.ports import BrandFile, Keys

_BROKEN = (Terminal, Refused, ValueError)
_CORRECT = "correct that document in Firestore"
_DO = {
    Trouble.CREDENTIAL_DEAD: "its owner must connect it with a new key",
    Trouble.REFUSED: "its owner must mend it on the platform, or connect it again",
    Trouble.STALE: "`warroom tick --brand {brand}` reads it now",
    Trouble.CREDENTIAL_EXPIRES: "its owner should connect it with a new key before",
}
_DEAD = frozenset({Trouble.CREDENTIAL_DEAD, Trouble.REFUSED})
_EXPLAINED_WITHIN, _LOOKED_BACK = timedelta(minutes=15), timedelta(days=7)


def look_at_brands(now: datetime) -> Findings:
    """Return what is wrong with each brand, and how much is well."""
    findings: Findings = []
    well = Counter(brands=0, sealed=0, sources=0)
    with failing(findings, "brands", "is Firestore up, and may this account read it?"):
        keys = _keys()
        for name in watched(list(wiring.brands().names()), "brands"):
            findings += _look_at(name, now, keys, well)
        if well["older"]:
            told = f"{well['older']} are sealed with an older master key"
            findings.append(Finding(Level.WARN, "sealed keys", told, "run `warroom rewrap`"))
        said = f"{well['brands']} read, {well['sealed']} sealed keys open, {well['sources']} sources deliver"
        findings.append(Finding(Level.OK, "brands", said))
    return findings


def _keys() -> Keys | None:
    try:
        return wiring.keys()
    except WarRoomError:
        return None  # the master key's own finding says why


def _look_at(name: str, now: datetime, keys: Keys | None, well: Counter[str]) -> Findings:
    findings: Findings = []
    about, file = f"brand {name}", None
    with failing(findings, about, _CORRECT, _BROKEN):
        file = wiring.brands().get(brand_id(name))
        if file is None:
            raise NotFound("its document names no owner")
    if file is None:
        return findings
    well["brands"] += 1
    with failing(findings, about, _CORRECT, _BROKEN):
        if keys is not None:
            findings.extend(_sealed(file, keys, well))
    with failing(findings, about, _CORRECT, _BROKEN):
        findings.extend(_sources(file, now, well))
    with failing(findings, about, _CORRECT, _BROKEN):
        findings.extend(_insights(file, now))
    return findings


def _sealed(file: BrandFile, keys: Keys, well: Counter[str]) -> Iterator[Finding]:
    """Try every sealed secret; none of them leaves the vault."""
    for sealed in wiring.strongroom().of(file.brand.id):
        try:
            older = keys.rewrap(
                sealed.envelope,
                brand_id=sealed.brand_id,
                purpose=sealed.purpose,
                account_id=sealed.account_id,
            )
        except KeyUnreadable as error:
            do = "list its master key again, or have its owner connect it anew"
            yield Finding(Level.FAIL, f"brand {file.brand.id}", f"{sealed.purpose}: {error}", do)
        else:
            well["sealed"] += 1
            well["older"] += older is not None


def _sources(file: BrandFile, now: datetime, well: Counter[str]) -> Iterator[Finding]:
    known = {each.source: each for each in wiring.timetable().of(file.brand.id)}
    for source in sorted(connected(file), key=lambda each: each.value):
        if source not in known:
            do = _DO[Trouble.STALE].format(brand=file.brand.id)
            yield Finding(Level.WARN, f"brand {file.brand.id}", f"{source.value} is in no timetable", do)
            continue
        alarms = open_alarms(known[source], now)
        well["sources"] += not alarms
        for alarm in alarms:
            yield _trouble(file, alarm)


def _trouble(file: BrandFile, alarm: SourceAlarm) -> Finding:
    level = Level.FAIL if alarm.trouble in _DEAD else Level.WARN
    found = f"{alarm.source.value} {alarm.trouble.value.replace('_', ' ')}"
    found += f" ({alarm.problem})" if alarm.problem else ""
    found += f", well until {alarm.since:%Y-%m-%d %H:%M}Z" if alarm.since else ""
    found += f" on {alarm.until:%Y-%m-%d %H:%M}Z" if alarm.until else ""
    return Finding(level, f"brand {file.brand.id}", found, _DO[alarm.trouble].format(brand=file.brand.id))


def _insights(file: BrandFile, now: datetime) -> Iterator[Finding]:
    """Count what still waits for its words though it should have them."""
    raised = wiring.anomalies().detected(file.brand, now - _LOOKED_BACK, now - _EXPLAINED_WITHIN)
    pending = sum(each.is_open and each.insight_state is InsightState.PENDING for each in raised)
    if pending:
        do = "read what enrich logs; `warroom replay --door enrich` asks again for what it gave up"
        yield Finding(Level.WARN, f"brand {file.brand.id}", f"{pending} insights are pending", do)
