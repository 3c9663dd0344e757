"""`warroom backtest`: what each sensitivity would have raised."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from ops.options import add_command
from ops.progress import watched
from ops.result import Result
from ops.target import brand_file
from shared import wiring
from shared.core.query import LONGEST_BACKTEST
from shared.core.sentry.threshold import THRESHOLD_PERCENT
from shared.errors import BadRequest
from shared.flows.backtest import run_backtest

if TYPE_CHECKING:
    import argparse

    from ops.options import Commands


def add_to(commands: Commands) -> None:
    parser = add_command(commands, "backtest", run, about="replay past days through the Sentry")
    parser.add_argument("--brand", required=True)
    parser.add_argument("--days", type=int, default=LONGEST_BACKTEST, help="default %(default)s")


def run(asked: argparse.Namespace) -> Result:
    if not 1 <= asked.days <= LONGEST_BACKTEST:
        raise BadRequest("days", f"a whole number from 1 to {LONGEST_BACKTEST}")
    file, until = brand_file(asked.brand), wiring.clock().now()
    found = run_backtest(
        file,
        asked.days,
        until,
        metrics=wiring.metrics(),
        watched=lambda pages: watched(pages, "judging"),
    )
    table = Table("sensitivity", "threshold", "anomalies", "incidents", "notifications", "at risk")
    for outcome in found.outcomes:
        own = " (own)" if outcome.sensitivity is found.chosen else ""
        table.add_row(
            outcome.sensitivity.value + own,
            f"{THRESHOLD_PERCENT[outcome.sensitivity]} %",
            *map(str, (len(outcome.anomalies), outcome.incidents, outcome.notifications)),
            f"{outcome.at_risk:,.2f} {file.brand.currency}",
        )
    Console(stderr=True).print(table)
    raised = {
        f"{outcome.sensitivity.value}_{name}": value
        for outcome in found.outcomes
        for name, value in (
            ("anomalies", len(outcome.anomalies)),
            ("incidents", outcome.incidents),
            ("notifications", outcome.notifications),
            ("at_risk", round(outcome.at_risk, 2)),
        )
    }
    return Result(raised)
