from __future__ import annotations

import os
import signal

import pytest

from local.platform import _one_interrupt


def interrupted_twice(number: int, steps: list[str]) -> None:
    with _one_interrupt():
        try:
            os.kill(os.getpid(), number)
        finally:
            os.kill(os.getpid(), number)
            steps.append("stopped")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_interrupts_once_and_a_second_one_does_not_cut_the_stopping_short(number: int) -> None:
    steps: list[str] = []

    with pytest.raises(KeyboardInterrupt):
        interrupted_twice(number, steps)

    assert steps == ["stopped"]


def test_a_signal_that_comes_while_everything_stops_by_itself_is_ignored() -> None:
    with _one_interrupt() as no_more:
        no_more()
        os.kill(os.getpid(), signal.SIGTERM)


def test_signals_mean_afterwards_what_they_meant_before() -> None:
    before = signal.getsignal(signal.SIGTERM)

    with _one_interrupt():
        pass

    assert signal.getsignal(signal.SIGTERM) == before
