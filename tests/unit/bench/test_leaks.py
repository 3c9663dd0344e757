"""A secret that was ever committed is found, and what tests make up is not called one."""

from __future__ import annotations

import random

import pytest

from bench.leaks import SHAPES, Shape, planted_found, scan
from local.platform import REPO


@pytest.mark.skipif(not (REPO / ".git").exists(), reason="this copy has no history")
def test_no_secret_was_ever_committed() -> None:
    assert scan(REPO) == []


def test_a_secret_of_every_shape_is_found_although_it_was_deleted() -> None:
    assert planted_found() == {shape.name for shape in SHAPES}


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_a_shape_knows_what_it_makes_up_and_no_other(shape: Shape) -> None:
    made = shape.make(random.Random(7)).encode()

    assert [other.name for other in SHAPES if other.pattern.search(made)] == [shape.name]
