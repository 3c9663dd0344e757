"""`make figures PART=pipeline`: how fast everything starts, reacts and answers, measured now."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench import doors, reaction, windows
from bench.figures import show
from local.platform import Platform

REPO = Path(__file__).resolve().parent.parent


def main() -> int:
    parser = argparse.ArgumentParser(prog="make figures PART=pipeline")
    parser.add_argument("--nab", type=Path, help="folder with series/ and windows.json")
    asked = parser.parse_args()
    figures: dict[str, object] = {}
    figures |= _two_runs()
    figures |= doors.measure()
    with (
        tempfile.TemporaryDirectory() as folder,
        Platform.start(state=Path(folder), with_auth=False, say=_quiet) as platform,
    ):
        os.environ.update(platform.env)
        figures |= reaction.measure(platform)
        if asked.nab:
            figures |= windows.measure(platform, asked.nab)
    show(figures)
    return 0


def _two_runs() -> dict[str, object]:
    """Time `make run ONCE=1` twice in a fresh clone with a fresh HOME."""
    with tempfile.TemporaryDirectory() as folder:
        clone, home = Path(folder, "clone"), Path(folder, "home")
        home.mkdir()
        subprocess.run(["git", "clone", "--quiet", str(REPO), str(clone)], check=True)
        first, second = (_run(clone, home) for _ in range(2))
        outcome = json.loads((clone / ".warroom" / "run.json").read_text())
        shutil.rmtree(clone)
    names = ("points_written", "anomalies", "insights", "messages")
    return {"first_run_s": first, "second_start_s": second} | {name: outcome[name] for name in names}


def _run(clone: Path, home: Path) -> float:
    began = time.monotonic()
    env = os.environ | {"HOME": str(home)}
    command = ["make", "run", "ONCE=1"]
    done = subprocess.run(command, cwd=clone, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"make run failed:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
    return time.monotonic() - began


def _quiet(_text: str) -> None:
    """Say nothing: figures come last and alone."""


if __name__ == "__main__":
    sys.exit(main())
