"""NIST's own vectors for AES-256-GCM as it is used here: 96 bits of nonce, 128 bits of tag."""

from __future__ import annotations

import pytest

from bench.envelopes import CAVP, agrees, cavp


@pytest.mark.parametrize("name", CAVP)
def test_every_vector_opens_or_is_refused_as_nist_says(name: str) -> None:
    found = list(cavp(name))

    assert [vector for vector in found if not agrees(vector)] == []
    assert len(found) == 375
    assert sum(vector["pt"] is None for vector in found) == (191 if "Decrypt" in name else 0)


@pytest.mark.parametrize("name", ["key", "iv", "aad", "ct", "tag", "pt"])
def test_a_vector_that_says_something_else_is_noticed(name: str) -> None:
    good = next(vector for vector in cavp(CAVP[0]) if all(vector.values()))

    changed = good | {name: bytes([(good[name] or b"")[0] ^ 1]) + (good[name] or b"")[1:]}

    assert agrees(good)
    assert not agrees(changed)
    assert not agrees(good | {"pt": None})
