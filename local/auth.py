"""The Auth emulator: slow to start, so it comes up beside everything else and holds nothing up."""

from __future__ import annotations

import json
import os
import shutil
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import requests

from local.processes import ProcessError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from local.processes import Supervisor

_HERE = Path(__file__).resolve().parent
_MODULES = _HERE / "node_modules"
_INSTALL_S = 900
_GENTLY = ("nice", "-n", "15")  # the main job goes first
OWNER, EMAIL, PASSWORD = "demo-owner", "owner@aurora.example", "war-room"


def firebase(supervisor: Supervisor) -> Path:
    """Return the firebase-tools program, installing it first where it is missing or half there."""
    if not (_MODULES / ".package-lock.json").exists():  # npm writes it last
        if shutil.which("npm") is None:
            raise ProcessError("npm is missing: install Node 20 or newer")
        install = [*_GENTLY, "npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"]
        supervisor.finish(supervisor.start("npm", install, os.environ, _HERE, needed=False), _INSTALL_S)
    return _MODULES / ".bin" / "firebase"


class AuthEmulator:
    """Starts in the background; `says` is a sentence about how far it is."""

    def __init__(
        self,
        supervisor: Supervisor,
        ports: Mapping[str, int],
        project: str,
        state: Path,
        env: Mapping[str, str],
    ) -> None:
        self._supervisor, self._ports, self._project = supervisor, ports, project
        self._state, self._env = state, env
        self.ready = threading.Event()
        self.says = "The Auth emulator is still starting."
        self._thread = threading.Thread(target=self._start, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._ports['auth']}"

    def stop(self) -> None:
        """Wait for the starting thread; call it after the supervisor was stopped."""
        self._thread.join(timeout=10)

    def _start(self) -> None:
        began = time.monotonic()
        try:
            program = firebase(self._supervisor)
            command = self._command(program)
            child = self._supervisor.start("auth", command, self._env, self._state, needed=False)
            self._supervisor.wait(child, self.url, within_s=120)
            self._add_owner()
        except (ProcessError, requests.RequestException, OSError) as error:
            self.says = f"The Auth emulator did not start: {error}"
            return
        self.says = (
            f"The Auth emulator came up after {time.monotonic() - began:.0f} s ({EMAIL} / {PASSWORD})."
        )
        self.ready.set()

    def _command(self, program: Path) -> list[str]:
        emulators: dict[str, object] = {
            name: {"host": "127.0.0.1", "port": self._ports[name]} for name in ("auth", "hub", "logging")
        }
        config = self._state / "firebase.json"
        config.write_text(json.dumps({"emulators": emulators | {"ui": {"enabled": False}}}))
        start = [*_GENTLY, str(program), "emulators:start", "--only", "auth", "--project", self._project]
        return [*start, "--config", str(config)]

    def _add_owner(self) -> None:
        answer = requests.post(
            f"{self.url}/identitytoolkit.googleapis.com/v1/projects/{self._project}/accounts",
            json={"localId": OWNER, "email": EMAIL, "password": PASSWORD},
            headers={"Authorization": "Bearer owner"},
            timeout=10,
        )
        answer.raise_for_status()
