from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import psutil
import pytest

from local import ports
from local.platform import REPO
from local.processes import ProcessError, Supervisor
from shared.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

SLEEP = [sys.executable, "-c", "import time; time.sleep(600)"]
FAMILY = [sys.executable, "-c", f"import subprocess; subprocess.Popen({SLEEP!r}).wait()"]


def alive(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def gone(pid: int) -> bool:
    deadline = time.monotonic() + 10
    while alive(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not alive(pid)


def test_stopping_takes_the_children_of_children_too(state: Path) -> None:
    supervisor = Supervisor(state)
    child = supervisor.start("family", FAMILY, os.environ, REPO)
    deadline = time.monotonic() + 10
    while not (below := psutil.Process(child.popen.pid).children()) and time.monotonic() < deadline:
        time.sleep(0.02)

    supervisor.stop()

    assert gone(below[0].pid)
    assert gone(child.popen.pid)


def test_a_program_that_dies_at_once_is_reported_with_its_last_words(state: Path) -> None:
    supervisor = Supervisor(state)
    child = supervisor.start(
        "broken", [sys.executable, "-c", "raise SystemExit('no luck')"], os.environ, REPO
    )

    with pytest.raises(ProcessError, match="broken ended with code 1: no luck"):
        supervisor.wait(child, "http://127.0.0.1:9/")
    supervisor.stop()


def test_one_that_dies_is_reported_while_others_are_still_silent(state: Path) -> None:
    supervisor = Supervisor(state)
    silent = supervisor.start("silent", SLEEP, os.environ, REPO)
    broken = supervisor.start(
        "broken", [sys.executable, "-c", "raise SystemExit('no luck')"], os.environ, REPO
    )

    with pytest.raises(ProcessError, match="broken ended with code 1: no luck"):
        supervisor.wait_all([(silent, "http://127.0.0.1:9/"), (broken, "http://127.0.0.1:9/")])
    supervisor.stop()

    assert gone(silent.popen.pid)


def test_only_the_end_of_what_is_needed_is_the_end_of_the_whole(state: Path) -> None:
    supervisor = Supervisor(state)
    extra = supervisor.start("extra", [sys.executable, "-c", ""], os.environ, REPO, needed=False)
    extra.popen.wait(10)
    assert supervisor.dead() is None

    vital = supervisor.start("vital", [sys.executable, "-c", ""], os.environ, REPO)
    vital.popen.wait(10)

    assert supervisor.dead() == vital
    supervisor.stop()


def test_nothing_starts_once_everything_is_being_stopped(state: Path) -> None:
    supervisor = Supervisor(state)
    supervisor.stop()

    with pytest.raises(ProcessError, match="late is not started any more"):
        supervisor.start("late", SLEEP, os.environ, REPO)


def test_a_proxy_for_the_world_outside_is_not_asked_about_loopback(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    port = ports.take(("http",))["http"]
    serve = [sys.executable, "-m", "http.server", "--bind", "127.0.0.1", str(port)]
    supervisor = Supervisor(state)

    supervisor.wait(supervisor.start("http", serve, os.environ, state), f"http://127.0.0.1:{port}/")

    supervisor.stop()


def test_a_second_platform_in_one_folder_is_refused_by_name(state: Path) -> None:
    first = Supervisor(state)
    (state / "local.json").write_text(json.dumps({"urls": {"gateway": "http://127.0.0.1:1234"}}))

    with pytest.raises(ProcessError, match=r"already runs from this folder at http://127\.0\.0\.1:1234"):
        Supervisor(state)
    first.stop()


def test_what_a_killed_run_left_behind_is_stopped_first(state: Path) -> None:
    code = (
        "import os, sys, time; from pathlib import Path; from local.processes import Supervisor; "
        f"s = Supervisor(Path({str(state)!r})); c = s.start('left', {SLEEP!r}, os.environ, Path('.')); "
        "print(c.popen.pid, flush=True); time.sleep(600)"
    )
    killed = subprocess.Popen([sys.executable, "-c", code], cwd=REPO, stdout=subprocess.PIPE, text=True)
    assert killed.stdout
    left = int(killed.stdout.readline())
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    killed.stdout.close()
    assert alive(left)

    successor = Supervisor(state)

    assert not alive(left)  # at once: the successor may want its port
    successor.stop()


def test_a_pid_that_now_belongs_to_another_program_is_left_alone(state: Path) -> None:
    with subprocess.Popen(SLEEP, start_new_session=True) as other:
        state.mkdir()
        (state / "pids.json").write_text(json.dumps([[other.pid, 12345.0]]))

        Supervisor(state).stop()

        assert alive(other.pid)
        other.kill()


def test_free_ports_are_all_different() -> None:
    taken = ports.take(tuple("abcdefgh"))

    assert len(set(taken.values())) == 8


def test_a_fixed_row_of_ports_names_the_one_that_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as occupied:
        port = ports.take(("occupied",))["occupied"]
        occupied.bind(("127.0.0.1", port))
        occupied.listen()
        monkeypatch.setenv("PORT_BASE", str(port - 1))

        with pytest.raises(ConfigError, match=rf"port {port} \(pubsub\) is taken"):
            ports.take(("gateway", "pubsub"))


@pytest.mark.parametrize("base", ["", "80", "x", "70000", "-1"])
def test_a_port_base_that_is_no_port_is_refused(monkeypatch: pytest.MonkeyPatch, base: str) -> None:
    monkeypatch.setenv("PORT_BASE", base)

    with pytest.raises(ConfigError, match="PORT_BASE"):
        ports.take(("gateway",))
