"""`warroom COMMAND`: what an operator does by hand, against a local run or a deployed project.

Exit codes: 0 done, 1 refused or failed (one sentence on standard error says why; of `doctor` and
`explain --check` the result itself), 2 wrong usage, 130 stopped.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from google.auth.exceptions import GoogleAuthError

from ops import (
    backfill,
    backtest,
    brand,
    csv_import,
    doctor,
    explain,
    occasion,
    rebuild,
    replay,
    rewrap,
    seed,
    target,
    tick,
)
from ops.checks.finding import CREDENTIALS_FAIL, LOG_IN
from ops.options import add_json
from shared.errors import WarRoomError

if TYPE_CHECKING:
    from collections.abc import Sequence

COMMANDS = (
    backfill,
    backtest,
    brand,
    csv_import,
    doctor,
    explain,
    occasion,
    rebuild,
    replay,
    rewrap,
    seed,
    tick,
)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="warroom", description=__doc__.partition("\n")[0])
    add_json(parser)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in COMMANDS:
        command.add_to(commands)
    asked = parser.parse_args(argv)
    try:
        target.choose()
        result = asked.run(asked)
    except KeyboardInterrupt:
        print("warroom: stopped; what was done is kept, and the same command goes on there", file=sys.stderr)
        return 130
    except GoogleAuthError as error:
        print(f"warroom: {CREDENTIALS_FAIL} ({type(error).__name__}): {LOG_IN}", file=sys.stderr)
        return 1
    except (WarRoomError, OSError) as error:
        print(f"warroom: {error}", file=sys.stderr)
        return 1
    print(result.shown(as_json=asked.json, dry_run=asked.dry_run))
    return 1 if result.failed else 0


if __name__ == "__main__":
    sys.exit(main())
