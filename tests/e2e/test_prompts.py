"""Text that is planted for the model reaches neither the model nor, where a model obeys it, a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.prompts import PROMPTS, measure

if TYPE_CHECKING:
    from tests.e2e.running import Running


def test_nothing_planted_is_heard_by_the_model_or_read_by_people(running: Running) -> None:
    del running

    assert measure() == {"prompts": len(PROMPTS), "leaked": 0, "schema_ok": "100%"}
