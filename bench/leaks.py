"""Secrets of real shape in the whole history, deleted files included; planted ones prove that they are found.

A shape is as long as the real thing, so that the keys that tests and the simulated world make up
are none.
"""

from __future__ import annotations

import random
import re
import string
import subprocess
import tempfile
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_WORD = string.ascii_letters + string.digits
_HEX = "0123456789abcdef"


@dataclass(frozen=True, slots=True)
class Shape:
    """What a kind of secret looks like, and how one is made up: (prefix, alphabet, length, suffix)."""

    name: str
    pattern: re.Pattern[bytes]
    made: tuple[str, str, int, str]

    def make(self, chance: random.Random) -> str:
        prefix, alphabet, length, suffix = self.made
        return prefix + "".join(chance.choices(alphabet, k=length)) + suffix


def _shape(name: str, pattern: str, prefix: str, alphabet: str, length: int, suffix: str = "") -> Shape:
    return Shape(name, re.compile(pattern.encode()), (prefix, alphabet, length, suffix))


_PEM = "-----{} PRIVATE KEY-----"

SHAPES = (
    _shape("Meta token", r"EAA[A-Za-z0-9]{80,}", "EAA", _WORD, 180),
    _shape("Google API key", r"AIza[\w-]{35}", "AIza", _WORD, 35),
    _shape("Google access token", r"ya29\.[\w-]{60,}", "ya29.", _WORD, 150),
    _shape("Google refresh token", r"1//0[\w-]{60,}", "1//0", _WORD, 98),
    _shape("Google client secret", r"GOCSPX-[\w-]{28}", "GOCSPX-", _WORD, 28),
    _shape("Slack token", r"xox[abeoprs]-[0-9]{10,13}-[\w-]{24,}", "xoxb-123456789012-", _WORD, 36),
    _shape(
        "Slack webhook",
        r"hooks\.slack\.com/services/T\w{8,}/B\w{8,}/\w{24}",
        "https://hooks.slack.com/services/T01234567/B01234567/",
        _WORD,
        24,
    ),
    _shape(
        "private key",
        r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----[A-Za-z0-9+/=\s\\n]{200,}",
        _PEM.format("BEGIN") + "\n",
        _WORD,
        400,
        "\n" + _PEM.format("END"),
    ),
    _shape(
        "signed token",
        r"eyJ[\w-]{20,}\.eyJ[\w-]{20,}\.[\w-]{43,}",
        f"eyJ{'h' * 20}.eyJ{'c' * 20}.",
        _WORD,
        43,
    ),
    _shape("AWS key", r"\bAKIA[0-9A-Z]{16}\b", "AKIA", string.ascii_uppercase + string.digits, 16),
    _shape("GitHub token", r"\bgh[pousr]_[A-Za-z0-9]{36}\b", "ghp_", _WORD, 36),
    _shape("npm token", r"\bnpm_[A-Za-z0-9]{36}\b", "npm_", _WORD, 36),
    _shape("PyPI token", r"pypi-AgEIcHlwaS[\w-]{50,}", "pypi-AgEIcHlwaS", _WORD, 120),
    _shape(
        "master key",
        r"(?i)(?:key|secret|password)\w*[\"']?\s*[:=]\s*[\"']?([0-9a-f]{64})\b",
        "PERFORMANCE_ENCRYPTION_KEY=",
        _HEX,
        64,
    ),
)


@dataclass(frozen=True, slots=True)
class Finding:
    shape: str
    where: str


def scan(repository: Path) -> list[Finding]:
    """Search every object that the repository holds, and what its folder holds beside them.

    CalledProcessError where there is no history.
    """
    found = []
    for where, content in (*_objects(repository), *_files(repository)):
        found += [Finding(shape.name, where) for shape in SHAPES if _holds(shape, content)]
    return found


def measure(repository: Path) -> dict[str, object]:
    planted = len(SHAPES)
    return {"findings": len(scan(repository)), "planted_found": f"{len(planted_found())}/{planted}"}


def planted_found() -> set[str]:
    """Plant one secret of each shape in a repository, delete them again, and name those that are found."""
    with tempfile.TemporaryDirectory() as folder:
        repository, chance = Path(folder), random.SystemRandom()
        _git(repository, "init", "--quiet")
        for shape in SHAPES:
            (repository / "settings.py").write_text(f"x = 1\nvalue = '{shape.make(chance)}'\n")
            _commit(repository, f"Plant a {shape.name}")
        (repository / "settings.py").unlink()
        _commit(repository, "Think better of it")
        return {finding.shape for finding in scan(repository)}


def _holds(shape: Shape, content: bytes) -> bool:
    return any(not _counts_up(match) for match in shape.pattern.finditer(content))


def _counts_up(match: re.Match[bytes]) -> bool:
    """Say whether a master key is the example of every test: its bytes are 00, 01, 02 and so on."""
    if not match.re.groups:
        return False
    key = bytes.fromhex(match[1].decode())
    return all(after == before + 1 for before, after in pairwise(key))


def _objects(repository: Path) -> Iterator[tuple[str, bytes]]:
    """Yield every file version, commit and tag."""
    raw = _git(repository, "cat-file", "--batch", "--batch-all-objects")
    at = 0
    while at < len(raw):
        end = raw.index(b"\n", at)
        name, kind, size = raw[at:end].decode().split()
        at = end + 1 + int(size) + 1
        if kind != "tree":
            yield f"{kind} {name}", raw[end + 1 : at - 1]


def _files(repository: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the files that are there and not ignored, committed or not."""
    names = _git(repository, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    for name in names.decode().split("\0"):
        path = repository / name
        if name and path.is_file():
            yield name, path.read_bytes()


def _commit(repository: Path, message: str) -> None:
    _git(repository, "add", "--all")
    settings = ("user.name=nobody", "user.email=nobody@localhost", "commit.gpgsign=false", "core.hooksPath=")
    given = [part for setting in settings for part in ("-c", setting)]
    _git(repository, *given, "commit", "--quiet", "--message", message)


def _git(repository: Path, *arguments: str) -> bytes:
    return subprocess.run(["git", *arguments], cwd=repository, capture_output=True, check=True).stdout
