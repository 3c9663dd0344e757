"""How long each door takes to be ready alone, beside a hello and the door's own imports."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from local import ports
from local.platform import REPO
from local.processes import Supervisor
from main import DOORS
from shared.config import NEEDS

_TIMES = 5
_ENV = {"GOOGLE_CLOUD_PROJECT": "demo-bench"}


def measure() -> dict[str, object]:
    figures: dict[str, object] = {"doors": len(DOORS)}
    with tempfile.TemporaryDirectory() as folder:
        hello = median(_ready("hello", "bench/noop.py", _ENV, Path(folder)) for _ in range(_TIMES))
        bare = median(_imports("functions_framework", _ENV) for _ in range(_TIMES))
        figures["hello_ready_p50_s"] = hello
        for door in sorted(DOORS):
            env = _ENV | {name: _value(name) for name in NEEDS[door]}
            ready = median(_ready(door, "main.py", env, Path(folder)) for _ in range(_TIMES))
            own = median(_imports(f"functions.{door}", env) for _ in range(_TIMES)) - bare
            figures[f"door_ready_p50_s{{{door}}}"] = ready
            figures[f"door_ready_to_imports{{{door}}}"] = ready / (hello + own)
    return figures


def _ready(target: str, source: str, env: dict[str, str], folder: Path) -> float:
    """Time a fresh functions-framework process until it first answers."""
    port = ports.take(("door",))["door"]
    command = [sys.executable, "-m", "functions_framework", "--source", source, "--target", target]
    supervisor = Supervisor(folder)
    try:
        began = time.monotonic()
        command += ["--host", "127.0.0.1", "--port", str(port)]
        child = supervisor.start(target, command, _clean(env), REPO)
        supervisor.wait(child, f"http://127.0.0.1:{port}")
        return time.monotonic() - began
    finally:
        supervisor.stop()


def _imports(module: str, env: dict[str, str]) -> float:
    began = time.monotonic()
    subprocess.run([sys.executable, "-c", f"import {module}"], cwd=REPO, env=_clean(env), check=True)
    return time.monotonic() - began


def _clean(env: dict[str, str]) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return kept | {"PYTHONPATH": str(REPO)} | env


def _value(name: str) -> str:
    return {"PERFORMANCE_ENCRYPTION_KEY": bytes(range(32)).hex(), "SMTP_URL": "smtps://u:p@mail.example"}.get(
        name, "x@example.com"
    )
