"""What a brand's insights may cost in a day: calls of the model, and its tokens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shared.core.insight.prompt import Brief

OUTPUT_TOKENS = 1024
"""The longest answer that is waited for."""

_FEWEST_LETTERS_A_TOKEN = 2


@dataclass(frozen=True, slots=True)
class Cap:
    """At most so many calls and tokens for one brand in one day (UTC); 0 calls switch the model off."""

    calls: int
    tokens: int

    def passed(self, calls: int, tokens: int) -> str | None:
        """Return the reason not to ask when these counts, the question included, are too many.

        >>> cap = Cap(calls=2, tokens=5_000)
        >>> cap.passed(2, 5_000), cap.passed(3, 100), cap.passed(1, 5_001)
        (None, 'daily_calls_spent', 'daily_tokens_spent')
        """
        if calls > self.calls:
            return "daily_calls_spent"
        return "daily_tokens_spent" if tokens > self.tokens else None


def most_tokens(given: Brief) -> int:
    """Return what one call may cost at most: reserved before it, put right by what it did cost."""
    asked = len(given.instruction) + len(given.prompt())
    return asked // _FEWEST_LETTERS_A_TOKEN + OUTPUT_TOKENS
