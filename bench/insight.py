"""`make figures PART=insight`: what is explained, how exactly, and what people hear of a bad day."""

from __future__ import annotations

import os
import sys
import tempfile
from collections import Counter
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.progress import Progress

from bench import adversary, bad_day, shocks
from bench.figures import show
from local.platform import Platform
from shared.core.period import HOUR

_CASES, _SEED = 1_000, 7
_MIDNIGHT = datetime(2026, 5, 20, tzinfo=ZoneInfo("America/Sao_Paulo"))


def main() -> int:
    figures: dict[str, object] = {}
    figures |= adversary.run(_CASES, _SEED, quiet=False)
    figures |= shocks.figures()
    with (
        tempfile.TemporaryDirectory() as folder,
        Platform.start(state=Path(folder), with_auth=False, say=lambda _: None) as platform,
        Progress(console=Console(stderr=True), transient=True) as progress,
    ):
        os.environ.update(platform.env)
        bar = progress.add_task("a bad day", total=36)

        def told(now: datetime) -> None:
            progress.update(bar, completed=(now - _MIDNIGHT) / HOUR)

        lived = bad_day.live(platform.urls["world"], _MIDNIGHT, told)
    by_channel = Counter(each.channel for each in lived.heard)
    figures |= {
        "anomalies_bad_day": len(lived.anomalies),
        "incidents_bad_day": len({each.incident for each in lived.anomalies}),
        "messages_bad_day": len(lived.heard),
        "messages_bad_day{slack}": by_channel["slack"],
        "messages_bad_day{mail}": by_channel["mail"],
        "edits_bad_day": lived.edits,
    }
    for number, each in enumerate(lived.heard, 1):
        print(f"message {number}: {each.at:%a %H:%M} {each.channel:<5} {each.title}")
    show(figures)
    return 0


if __name__ == "__main__":
    sys.exit(main())
