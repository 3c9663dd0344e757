"""`warroom doctor`: what is wrong with an installation, and what to do about it, one line each."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from ops.checks.brands import look_at_brands
from ops.checks.environment import look_at_environment, mistakes
from ops.checks.finding import Finding, Level
from ops.checks.services import look_at_firestore, look_at_topics
from ops.options import add_command
from ops.result import Result
from shared import wiring

if TYPE_CHECKING:
    import argparse

    from ops.checks.finding import Findings
    from ops.options import Commands


def add_to(commands: Commands) -> None:
    add_command(commands, "doctor", run, about="say what is wrong with an installation, and what to do")


def run(_asked: argparse.Namespace) -> Result:
    """Look at everything; what rests on something broken is not tried."""
    findings = _findings()
    counted = Counter(each.level for each in findings)
    failed = counted[Level.FAIL] > 0
    fields: dict[str, object] = {"well": not failed}
    fields |= {level.value: counted[level] for level in Level}
    fields["findings"] = [each.fields for each in findings]
    return Result(fields, [each.line for each in findings], failed)


def _findings() -> Findings:
    findings = look_at_environment()
    if mistakes():
        return [*findings, _untried("the environment")]
    findings += look_at_topics()
    stored = look_at_firestore()
    findings += stored
    if any(each.level is Level.FAIL for each in stored):
        return [*findings, _untried("firestore")]
    return findings + look_at_brands(wiring.clock().now())


def _untried(what: str) -> Finding:
    return Finding(Level.WARN, "the rest", "was not looked at", f"mend {what} first")
