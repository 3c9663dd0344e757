"""One line of the doctor: how a part of the installation is, and what to do about it."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from google.auth.exceptions import GoogleAuthError

from shared.errors import WarRoomError

if TYPE_CHECKING:
    from collections.abc import Iterator


CREDENTIALS_FAIL = "Google's credentials do not work here"
LOG_IN = "`gcloud auth application-default login` makes some"


class Level(Enum):
    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    level: Level
    about: str
    found: str
    do: str = ""

    @property
    def line(self) -> str:
        advice = f": {self.do}" if self.do else ""
        return f"{self.level.value:<4}  {self.about}  {self.found}{advice}"

    @property
    def fields(self) -> dict[str, str]:
        return {"level": self.level.value, "about": self.about, "found": self.found, "do": self.do}


Findings = list[Finding]


@contextmanager
def failing(
    findings: Findings, about: str, do: str, kinds: tuple[type[Exception], ...] = (WarRoomError, OSError)
) -> Iterator[None]:
    """Make what goes wrong inside a finding, so that the rest is looked at all the same."""
    try:
        yield
    except GoogleAuthError as error:  # its words may quote a credential file
        found = f"{CREDENTIALS_FAIL} ({type(error).__name__})"
        findings.append(Finding(Level.FAIL, about, found, LOG_IN))
    except kinds as error:
        findings.append(Finding(Level.FAIL, about, str(error), do))
