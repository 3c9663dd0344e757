from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest

from local import emulators
from local.processes import ProcessError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def empty_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a PATH folder of a machine that has neither gcloud nor Java nor anything downloaded."""
    programs = tmp_path / "bin"
    programs.mkdir()
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("CLOUDSDK_ROOT", raising=False)
    return programs


def program(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def gcloud_sdk(root: Path) -> Path:
    for jar in ("cloud-firestore-emulator/cloud-firestore-emulator.jar",
                "pubsub-emulator/lib/cloud-pubsub-emulator-0.8.20-all.jar"):  # fmt: skip
        path = root / "platform" / jar
        path.parent.mkdir(parents=True)
        path.touch()
    return root


def test_the_sdk_that_gcloud_belongs_to_is_found(empty_machine: Path, tmp_path: Path) -> None:
    sdk = gcloud_sdk(tmp_path / "sdk")
    (sdk / "bin").mkdir()
    program(sdk / "bin", "gcloud", "exit 0")
    (empty_machine / "gcloud").symlink_to(sdk / "bin" / "gcloud")
    program(empty_machine, "java", "echo 'openjdk version \"17.0.15\"' >&2")

    found = emulators.find(lambda: pytest.fail("not needed"), print)

    assert found.jars.firestore == sdk / "platform/cloud-firestore-emulator/cloud-firestore-emulator.jar"
    assert found.java == str(empty_machine / "java")


def test_downloads_of_firebase_tools_are_used_where_there_is_no_sdk(tmp_path: Path) -> None:
    (tmp_path / "cloud-firestore-emulator-v1.22.0.jar").touch()
    inner = tmp_path / "pubsub-emulator-0.8.37" / "pubsub-emulator" / "lib"
    inner.mkdir(parents=True)
    (inner / "cloud-pubsub-emulator-0.8.37-all.jar").touch()

    jars = emulators.from_firebase(tmp_path)

    assert jars is not None
    assert (jars.firestore.name, jars.java) == ("cloud-firestore-emulator-v1.22.0.jar", 21)


def test_of_several_versions_the_highest_is_taken(tmp_path: Path) -> None:
    (tmp_path / "cloud-firestore-emulator-v1.9.0.jar").touch()
    (tmp_path / "cloud-firestore-emulator-v1.22.0.jar").touch()
    (tmp_path / "pubsub-emulator-0.8.37").mkdir()
    (tmp_path / "pubsub-emulator-0.8.37" / "cloud-pubsub-emulator-0.8.37-all.jar").touch()

    jars = emulators.from_firebase(tmp_path)

    assert jars is not None
    assert jars.firestore.name == "cloud-firestore-emulator-v1.22.0.jar"


def test_what_cannot_be_downloaded_is_said_with_the_remedy(empty_machine: Path) -> None:
    firebase = program(empty_machine, "firebase", "exit 1")

    with pytest.raises(ProcessError, match=r"firestore emulator is missing.*gcloud components install"):
        emulators.find(lambda: firebase, print)


def test_a_java_too_old_for_the_jars_is_passed_over(
    empty_machine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLOUDSDK_ROOT", str(gcloud_sdk(tmp_path / "sdk")))
    program(empty_machine, "java", "echo 'java version \"1.8.0_392\"' >&2")
    monkeypatch.setattr(emulators, "_packaged_java", lambda _wanted, _say: "packaged")

    assert emulators.find(lambda: pytest.fail("not needed"), print).java == "packaged"


@pytest.mark.parametrize(
    ("banner", "major"),
    [('openjdk version "21.0.2" 2024-01-16', 21), ('java version "1.8.0_392"', 8), ("no java here", 0)],
)
def test_the_major_version_is_read_from_the_banner(banner: str, major: int) -> None:
    assert emulators.java_version(banner) == major
