"""What platforms do to whoever does not know, each against the running simulated world.

Every trap is walked past by the connector as it is, and walked into once its fix is taken away:
a test that would pass without the fix says nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shared.adapters import platform_http
from tests.unit.adapters.sources.traps import every, of_ga4, of_google, of_meta
from tests.unit.adapters.sources.traps.far import WRONG, Far
from tests.world import running_world

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.unit.adapters.sources.traps.far import Trap

TRAPS = [*every.TRAPS, *of_meta.TRAPS, *of_google.TRAPS, *of_ga4.TRAPS]


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    with running_world() as url:
        yield url


@pytest.fixture
def far(base: str, monkeypatch: pytest.MonkeyPatch) -> Far:
    """Return a world without strings pulled; outages are retried without waiting."""
    monkeypatch.setattr(platform_http.patiently, "__defaults__", (lambda _: None,))
    return Far(base)


@pytest.mark.parametrize("trap", TRAPS, ids=str)
def test_what_is_told_is_the_truth_although(trap: Trap, far: Far, monkeypatch: pytest.MonkeyPatch) -> None:
    trap.set_up(far, monkeypatch)

    assert trap.outcome(far) == trap.expected()


@pytest.mark.parametrize("trap", TRAPS, ids=str)
def test_without_its_fix_it_would_not_be_the_truth_since(
    trap: Trap, far: Far, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = trap.expected()
    trap.set_up(far, monkeypatch)
    trap.unfix(monkeypatch)

    outcome = trap.outcome(far)

    assert outcome != expected
    assert isinstance(outcome, str) == (trap.meets != WRONG)
    assert trap.meets in {WRONG, str(outcome)}
