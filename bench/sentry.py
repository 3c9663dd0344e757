"""`make figures PART=sentry`: how well the Sentry judges, how quiet it is, and what that costs."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from bench import lag, nab, simulated
from bench.compared import OURS, compare, heard, state_kb
from bench.figures import show
from bench.series import read

_TRIALS, _SEED = 1_000, 7


def main() -> int:
    parser = argparse.ArgumentParser(prog="make figures PART=sentry")
    parser.add_argument("--nab", type=Path, help="folder with labelled ad-exchange series")
    asked = parser.parse_args()
    if asked.nab:
        show(labelled(asked.nab))
    scene = simulated.lived()
    show(simulated.alarms(scene))
    show({f"judgement_cpu_us{{{name}}}": us for name, us in simulated.judgement_us(scene).items()})
    show({"backtest_90_days_cpu_s": simulated.replay_s(scene)})
    show(lag.figures(_SEED, weeks=12, brands=4))
    return 0


def labelled(data: Path) -> dict[str, object]:
    """Measure on labelled series: scores, injections and microseconds beside the peers', and the quiet."""
    series, figures = read(data), dict[str, object]()
    for line in compare(series, _TRIALS, _SEED):
        name = "" if line.name == OURS else f",{line.name}"
        for profile, scored in line.scored.items():
            figures[f"nab_score{{{profile}{name}}}"] = scored.score
        figures |= {f"caught{{{shape}{name}}}": share for shape, share in line.caught.items()}
        figures[f"us_per_point{{{line.name}}}"] = line.us_per_point
    for each in heard(series, {s.name: nab.detect(s.stamps, s.values) for s in series}):
        sensitivity = each.sensitivity.value
        figures[f"literal_alarms_per_week{{{sensitivity}}}"] = each.literal
        figures[f"notifications_per_week{{{sensitivity}}}"] = each.told
        figures[f"literal_windows{{{sensitivity}}}"] = f"{each.literal_windows}/{each.labelled}"
        figures[f"windows_told{{{sensitivity}}}"] = f"{each.windows}/{each.labelled}"
    figures["state_kb_per_series"] = max(state_kb(each) for each in series)
    return figures


if __name__ == "__main__":
    sys.exit(main())
