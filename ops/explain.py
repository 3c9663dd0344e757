"""`warroom explain`: what an anomaly is made of, to the last digit, and whether that still holds."""

from __future__ import annotations

from math import fsum
from typing import TYPE_CHECKING

from ops.options import add_command
from ops.result import Result
from ops.target import brand_file
from shared import wiring
from shared.core.explanation import adds_up
from shared.core.job import anomaly_job_of
from shared.core.period import HOUR
from shared.core.sentry.detection import Verdict
from shared.errors import BadRequest, MalformedEvent
from shared.flows.split import recompute

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from ops.options import Commands
    from shared.core.anomaly import Anomaly
    from shared.core.explanation import Part
    from shared.flows.split import Recomputed
    from shared.ports import BrandFile


def add_to(commands: Commands) -> None:
    parser = add_command(commands, "explain", run, about="print what an anomaly is made of")
    parser.add_argument("anomaly", help="its id")
    parser.add_argument("--brand", required=True)
    parser.add_argument("--check", action="store_true", help="split it anew from the history pages")


def run(asked: argparse.Namespace) -> Result:
    """Print the stored split; checked, it fails where parts do not sum to the total."""
    file = brand_file(asked.brand)
    anomaly = _anomaly(asked.anomaly, file)
    fields = _fields(anomaly)
    lines = [*_lines(anomaly), *_table(anomaly.parts, _total(anomaly))]
    if not asked.check:
        return Result(fields, lines)
    anew = recompute(anomaly, file, wiring.metrics())
    sums = adds_up(anomaly.parts, _total(anomaly)), adds_up(anew.parts, _total(anomaly))
    checked = _checked(anomaly, anew, sums)
    return Result(fields | {"check": checked}, [*lines, *_verdict(anomaly, anew, sums)], failed=not all(sums))


def _anomaly(text: str, file: BrandFile) -> Anomaly:
    try:
        job = anomaly_job_of({"brandId": file.brand.id, "anomalyId": text})
    except MalformedEvent as error:
        raise BadRequest("anomaly", str(error)) from None
    known = wiring.anomalies().get(file.brand, [job.anomaly_id]).get(job.anomaly_id)
    if known is None:
        raise BadRequest("anomaly", f"{file.brand.id} has no {text}")
    return known.anomaly


def _total(anomaly: Anomaly) -> float:
    return anomaly.value - anomaly.expected


def _fields(anomaly: Anomaly) -> dict[str, object]:
    return {
        "anomaly": anomaly.id,
        "brand": anomaly.brand_id,
        "metric": anomaly.metric.value,
        "source": anomaly.source.value,
        "period": anomaly.bucket.period.value,
        "window": {"start": _start(anomaly), "end": _end(anomaly), "buckets": anomaly.size},
        "severity": anomaly.severity.value,
        "status": anomaly.status.value,
        "rule": anomaly.rule.value,
        "threshold_percent": anomaly.threshold_percent,
        "deviation_percent": anomaly.deviation_percent,
        "cause": anomaly.cause,
        "incident": anomaly.incident,
        "currency": anomaly.currency,
        "expected": anomaly.expected,
        "value": anomaly.value,
        "total": _total(anomaly),
        "parts": _parts(anomaly.parts, _total(anomaly)),
    }


def _parts(parts: Sequence[Part], total: float) -> list[dict[str, object]]:
    return [
        {
            "source": part.source.value,
            "driver": part.driver.value,
            "amount": float(part.amount),
            "share": _share(float(part.amount), total),
            "before": float(part.before),
            "after": float(part.after),
        }
        for part in parts
    ]


def _checked(anomaly: Anomaly, anew: Recomputed, sums: tuple[bool, bool]) -> dict[str, object]:
    now = anew.judged
    verdict = {"value": now.value, "expected": now.expected} if isinstance(now, Verdict) else now.value
    return {
        "stored_adds_up": sums[0],
        "recomputed_adds_up": sums[1],
        "agrees": anew.agrees(anomaly),
        "judged_now": verdict,
        "parts": _parts(anew.parts, _total(anomaly)),
    }


def _lines(anomaly: Anomaly) -> list[str]:
    several = f", {anomaly.size} buckets" if anomaly.size > 1 else ""
    return [
        anomaly.id,
        f"severity   {anomaly.severity.value}, {anomaly.status.value}",
        f"window     {_start(anomaly)} to {_end(anomaly)} ({anomaly.bucket.period.value}{several})",
        f"expected   {anomaly.expected!r}",
        f"measured   {anomaly.value!r} ({anomaly.deviation_percent:+.4g} %)",
        f"threshold  {anomaly.threshold_percent} %, rule {anomaly.rule.value}",
        f"cause      {anomaly.cause or 'not known'}",
        f"incident   {anomaly.incident or 'none'}",
    ]


def _table(parts: Sequence[Part], total: float) -> list[str]:
    """Return the parts with every digit they have, in columns, and the total below."""
    rows: list[tuple[str, ...]] = [("source", "driver", "amount", "share", "before", "after")]
    for part in parts:
        amount, sides = float(part.amount), (float(part.before), float(part.after))
        share = f"{_share(amount, total):.4%}"
        rows.append((part.source.value, part.driver.value, repr(amount), share, *map(repr, sides)))
    sum_of = fsum(float(part.amount) for part in parts)
    rows += [
        ("sum", "", repr(sum_of), f"{_share(sum_of, total):.4%}", "", ""),
        ("total", "", repr(total), "", "", ""),
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["", *("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)]


def _share(amount: float, total: float) -> float:
    return amount / total if total else 0.0


def _verdict(anomaly: Anomaly, anew: Recomputed, sums: tuple[bool, bool]) -> list[str]:
    said = [
        f"{whose} parts {'make up' if whole else 'DO NOT MAKE UP'} the total"
        for whose, whole in zip(("stored", "recomputed"), sums, strict=True)
    ]
    if anew.agrees(anomaly):
        return ["", *said, "recomputed from the history pages: the same"]
    now = anew.judged
    judged = (
        f"{now.value!r} against {now.expected!r}" if isinstance(now, Verdict) else now.value.replace("_", " ")
    )
    why = f"the numbers or the settings changed since; judged now: {judged}"
    return ["", *said, f"recomputed from the history pages: {why}", *_table(anew.parts, _total(anomaly))]


def _start(anomaly: Anomaly) -> str:
    bucket = anomaly.bucket
    start = bucket.start if anomaly.size == 1 else bucket.end - anomaly.size * HOUR
    return f"{start:%Y-%m-%dT%H:%MZ}"


def _end(anomaly: Anomaly) -> str:
    return f"{anomaly.bucket.end:%Y-%m-%dT%H:%MZ}"
