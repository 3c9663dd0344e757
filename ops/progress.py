"""Long work on the screen: on standard error, where it is in no program's way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import TypeVar

    from rich.progress import ProgressColumn

    T = TypeVar("T")


def progress(*columns: ProgressColumn | str, transient: bool = True) -> Progress:
    """Return bars to add tasks to; `transient` ones are gone when the work is done."""
    return Progress(*columns, console=Console(stderr=True), transient=transient)


def watched(each: Iterable[T], what: str, total: int | None = None) -> Iterator[T]:
    """Yield what is worked on, one bar for all of it."""
    with progress() as bars:
        yield from bars.track(each, description=what, total=total)
