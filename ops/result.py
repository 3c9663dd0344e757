"""What a command found out or did: the same for a program and for a person."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, slots=True)
class Result:
    """`lines` are read by people, the fields themselves where there are none; `failed` makes exit code 1."""

    fields: Mapping[str, object]
    lines: Sequence[str] = ()
    failed: bool = False

    def shown(self, *, as_json: bool, dry_run: bool) -> str:
        """Return what is printed; a dry run says that it was one."""
        fields = {**self.fields, "dry_run": True} if dry_run else self.fields
        if as_json:
            return json.dumps(fields, default=str)
        if self.lines:
            return "\n".join([*self.lines, "dry run: nothing was changed"] if dry_run else self.lines)
        return "  ".join(f"{name}={value}" for name, value in fields.items())
