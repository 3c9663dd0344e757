"""One JSON object a line on standard output: named fields only, and no secret among them."""

from __future__ import annotations

import json
import logging
import re
import sys
import traceback
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_SECRETS = re.compile(
    r"EAA[A-Za-z0-9]{6,}|ya29\.[\w.-]+|1//[\w-]+|AIza[\w-]{10,}|xox.-[\w-]+|pw1\.[\w-]+\.[\w-]+"
    r'|hooks\.slack\.com/[^\s"\\]+|Bearer\s+[^\s"\\]+'
    r'|-----BEGIN[^-]*PRIVATE KEY-----.*?(?:-----END[^-]*PRIVATE KEY-----|(?=")|$)',
)

_BOUND: ContextVar[dict[str, object]] = ContextVar("bound")


@contextmanager
def bound(**fields: object) -> Iterator[None]:
    """Let every line that is written inside carry these fields: what belongs together can be found."""
    before = _BOUND.set({**_BOUND.get({}), **fields})
    try:
        yield
    finally:
        _BOUND.reset(before)


def log(level: int, event: str, *, error: BaseException | None = None, **fields: object) -> None:
    """Write one line; `error` adds its name, its sentence and, at ERROR, its traceback."""
    entry: dict[str, object] = {"severity": logging.getLevelName(level), "message": event}
    entry |= _BOUND.get({}) | fields
    if error is not None:
        entry["error"] = type(error).__name__
        entry["detail"] = str(error)
        if level >= logging.ERROR:
            entry["message"] = f"{event}\n{''.join(traceback.format_exception(error))}"
    line = json.dumps(entry, default=str)
    sys.stdout.write(_SECRETS.sub("***", line) + "\n")
    sys.stdout.flush()
