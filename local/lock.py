"""`make lock`: pins what requirements*.in ask for, with hashes, from releases a few days old.

A package that is wanted with extras is pinned under both spellings: pip, checking hashes, else
stumbles over the plain name as soon as a newer version appears.
"""

from __future__ import annotations

import re
import subprocess
import sys

from local.platform import REPO

_COMPILE = (
    *("uv", "pip", "compile", "--quiet", "--upgrade", "--universal", "--python-version", "3.11"),
    *("--generate-hashes", "--no-strip-extras", "--exclude-newer", "5 days", "--no-annotate", "--no-header"),
)


def main() -> None:
    for name in ("requirements", "requirements-dev", "requirements-bench", "requirements-vectors"):
        pins = REPO / f"{name}.txt"
        command = [sys.executable, "-m", *_COMPILE, f"{name}.in", "-o", pins.name]
        subprocess.run(command, cwd=REPO, check=True)
        pins.write_text(both_spellings(pins.read_text()))


def both_spellings(pins: str) -> str:
    r"""Pin `name[extra]` as `name` too.

    >>> both_spellings("a[x]==1 \\\n    --hash=h\nb==2\n")
    'a==1 \\\n    --hash=h\na[x]==1 \\\n    --hash=h\nb==2\n'
    """
    return re.sub(r"(?m)^([\w.-]+)\[[^\]]+\](==.*\n(?:    .*\n)*)", r"\1\2\g<0>", pins)


if __name__ == "__main__":
    main()
