"""`make run`: the whole platform on this machine, one tick through it, and what came of it.

`--once` exits after the job is proved done: 0, or 1 naming the step that failed.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from rich.console import Console
from rich.padding import Padding
from rich.table import Table

from local.auth import EMAIL, PASSWORD
from local.platform import REPO, Platform
from local.processes import ProcessError
from shared.core.metric import Source
from shared.core.sentry.severity import Severity
from shared.core.wording import figure, metric_name, moment, percent, source_name
from shared.errors import WarRoomError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from local.demo import Demo
    from shared.core.anomaly import Anomaly
    from shared.core.metric import MetricPoint

_STEP_S = 60.0
_POLL_S = 0.1
_WHAT = {
    "gateway": f"the dashboard ({EMAIL} / {PASSWORD}), the API and every door",
    "firestore": "Firestore emulator",
    "pubsub": "Pub/Sub emulator",
    "auth": f"Auth emulator ({EMAIL} / {PASSWORD})",
    "relay": "delivers Firestore's events; /stats counts them",
    "world": "simulated Meta, Google, Gemini, Slack; /_world/inbox shows what people received",
}
_COLOUR = {Severity.CRITICAL: "bold red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}


class StepFailed(Exception):
    """One step of the job did not come to its end."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one run did; kept in `.warroom/run.json` for other programs."""

    points_written: int
    anomalies: int
    insights: int
    messages: int
    ready_s: float
    done_s: float


def main() -> int:
    parser = argparse.ArgumentParser(prog="make run", description=__doc__.partition("\n")[0])
    parser.add_argument("--once", action="store_true", help="exit when the job is proved done")
    asked = parser.parse_args()
    console, began = Console(highlight=False, width=None if sys.stdout.isatty() else 118), time.monotonic()

    def say(text: str) -> None:
        console.print(f"[dim]{time.monotonic() - began:5.1f} s[/]  {text}")

    try:
        with Platform.start(with_page=True, say=say) as platform:
            os.environ.update(platform.env)
            ready = time.monotonic() - began
            outcome = _job(platform, console, say, began, ready)
            (REPO / ".warroom" / "run.json").write_text(json.dumps(asdict(outcome)))
            _show_addresses(platform, console)
            if asked.once:
                say(f"Done: one tick proved end to end. {platform.auth_says} {platform.page_says}")
                return 0
            say(f"{platform.page_says} Open {platform.urls['gateway']}")
            say("Up. Press Ctrl-C to stop; every source is read again five to fifteen past each hour.")
            platform.stay()
    except KeyboardInterrupt:
        console.print("\nStopped. Nothing is left running.")
    except (StepFailed, ProcessError, WarRoomError, OSError) as error:
        console.print(f"[bold red]Failed:[/] {error}", soft_wrap=True)
        return 1
    return 0


def _job(
    platform: Platform, console: Console, say: Callable[[str], None], began: float, ready: float
) -> Outcome:
    # Imported here: the SDKs load beside the first lines on the screen, not before them.
    from local.demo import demo, seed, tell
    from local.journal import Journal

    told = demo(datetime.now(UTC))
    with _step("telling the simulated platforms their story"):
        tell(told, platform.urls["world"])
    with _step("seeding the demo brand"):
        say(f"seeded {seed(told)} points: five weeks of history of the brand {told.brand.name}")
        platform.watch_all()
    journal = Journal(platform.project, platform.urls["world"], told)

    ticked = datetime.now(UTC)
    with _step("publishing the tick"):
        platform.tick()
    say("tick: every connected source is asked for its newest hours")
    with _step("ingesting Meta Ads, Google Ads and GA4"):
        _until(lambda: journal.sources_since(ticked) == set(Source))
    points = journal.points_since(ticked)
    say(f"ingested {len(points)} points: {_by_source(points)}")
    with _step("watching every write (The Sentry)"):
        _until(lambda: _idle(platform) and bool(journal.anomalies()))
    say(f"the Sentry judged every write and raised {len(journal.anomalies())} anomalies")
    with _step("explaining the anomalies (Gemini)"):
        _until(lambda: journal.unexplained() == 0)
    with _step("telling people (Slack, e-mail)"):
        _until(lambda: journal.untold() == 0)
    inbox, anomalies = journal.inbox(), journal.anomalies()
    say(f"explained and told: {_count(inbox.slack, 'Slack message')}, {_count(inbox.mail, 'e-mail')}")
    _show(anomalies, told, console)
    return Outcome(
        points_written=len(points),
        anomalies=len(anomalies),
        insights=sum(a.insight is not None for a in anomalies),
        messages=inbox.slack + inbox.mail,
        ready_s=round(ready, 1),
        done_s=round(time.monotonic() - began, 1),
    )


@contextmanager
def _step(name: str) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        raise StepFailed(f"{name}: {error or type(error).__name__}") from error


def _until(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _STEP_S
    while not done():
        if time.monotonic() > deadline:
            raise TimeoutError(f"nothing came of it within {_STEP_S:.0f} s; see .warroom/logs")
        time.sleep(_POLL_S)


def _idle(platform: Platform) -> bool:
    return platform.relay()["waiting"] == 0


def _by_source(points: list[MetricPoint]) -> str:
    counts = Counter(source_name(point.source, "en") for point in points)
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _show(anomalies: list[Anomaly], told: Demo, console: Console) -> None:
    locale = told.brand.locale
    console.print(f"\nWhat happened at [bold]{told.brand.name}[/]:")
    for anomaly in anomalies:
        show = {"currency": anomaly.currency, "locale": locale}
        sign = "+" if anomaly.deviation_percent > 0 else "−"
        console.print(
            f"  [{_COLOUR[anomaly.severity]}]{anomaly.severity.value:<8}[/] "
            f"[bold]{source_name(anomaly.source, locale)}, {metric_name(anomaly.metric, locale)}[/] "
            f"{figure(anomaly.metric, anomaly.value, **show)}, "
            f"expected {figure(anomaly.metric, anomaly.expected, **show)} "
            f"({sign}{percent(anomaly.deviation_percent, locale)}), "
            f"{moment(anomaly.bucket, told.brand, anomaly.size)}"
        )
        if anomaly.insight:
            said = f"{anomaly.insight.explanation} {anomaly.insight.suggested_action}"
            console.print(Padding(f"[dim]{said}[/]", (0, 0, 0, 11)))


def _show_addresses(platform: Platform, console: Console) -> None:
    table = Table(
        show_header=False, box=None, padding=(0, 2, 0, 0), title="Where it runs:", title_justify="left"
    )
    for name, url in platform.urls.items():
        table.add_row(f"  {name}", url, _WHAT[name])
    console.print("", table, "")


if __name__ == "__main__":
    sys.exit(main())
