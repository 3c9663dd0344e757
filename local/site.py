"""The page as Hosting would serve it: the built files, with the headers that firebase.json names.

Hosting tells a page its project at `/__/firebase/init.json`; here that also says where the emulators are.
"""

from __future__ import annotations

import json
import mimetypes
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_REPO = Path(__file__).resolve().parent.parent
INIT = "/__/firebase/init.json"
_BEING_BUILT = b"The dashboard is being built. Reload in a moment.\n"


@dataclass(frozen=True, slots=True)
class File:
    status: str
    headers: list[tuple[str, str]]
    body: bytes


class Site:
    """Files below `root`; `emulators` by name are what the page may talk to besides its own origin."""

    def __init__(
        self, root: Path, rules: list[dict[str, Any]], project: str, emulators: Mapping[str, str]
    ) -> None:
        self._root = root.resolve()
        self._rules = [(re.compile(rule["regex"]), rule["headers"]) for rule in rules]
        self._project = project
        self._emulators = dict(emulators)

    @classmethod
    def here(cls, env: Mapping[str, str]) -> Site:
        """Serve this checkout's build, beside the emulators that the environment names."""
        hosting = json.loads((_REPO / "firebase.json").read_text())["hosting"]
        names = {"auth": "FIREBASE_AUTH_EMULATOR_HOST", "firestore": "FIRESTORE_EMULATOR_HOST"}
        emulators = {name: f"http://{env[variable]}" for name, variable in names.items()}
        return cls(_REPO / hosting["public"], hosting["headers"], env["GOOGLE_CLOUD_PROJECT"], emulators)

    def find(self, path: str) -> File | None:
        """Return what stands at a path; None where nothing of the page does."""
        if path == INIT:
            about = {"apiKey": "local", "projectId": self._project, "emulators": self._emulators}
            return _file(json.dumps(about).encode(), "application/json", [("Cache-Control", "no-store")])
        headers = self._headers(path)
        if path == "/" and not (self._root / "index.html").is_file():
            return _file(_BEING_BUILT, "text/plain", [("Retry-After", "5")], "503 Service Unavailable")
        wanted = self._files().get("/index.html" if path == "/" else path)
        if not headers or wanted is None:
            return None
        kind = mimetypes.guess_type(wanted.name)[0] or "application/octet-stream"
        return _file(wanted.read_bytes(), kind, headers)

    def _files(self) -> dict[str, Path]:
        """Return what there is by its path, so that no path of anyone's ever reaches the disk."""
        there = (file for file in self._root.rglob("*") if file.is_file())
        return {f"/{file.relative_to(self._root).as_posix()}": file for file in there}

    def _headers(self, path: str) -> list[tuple[str, str]]:
        found = {
            header["key"]: header["value"]
            for pattern, headers in self._rules
            if pattern.search(path)
            for header in headers
        }
        policy = "Content-Security-Policy"
        if policy in found:
            also = " ".join(self._emulators.values())
            found[policy] = found[policy].replace("connect-src 'self'", f"connect-src 'self' {also}")
        return list(found.items())


def _file(body: bytes, kind: str, headers: list[tuple[str, str]], status: str = "200 OK") -> File:
    text = kind.startswith("text/") or kind in {"application/json", "text/javascript"}
    whole = f"{kind}; charset=utf-8" if text and kind != "application/json" else kind
    return File(status, [("Content-Type", whole), ("Content-Length", str(len(body))), *headers], body)
