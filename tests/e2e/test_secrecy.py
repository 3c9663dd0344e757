"""Keys go all the ways a key can go; afterwards nothing that was written holds any of them."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from bench.secrecy import Canary, canaries, gathered, search, taken

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.e2e.running import Running

SEED = 7
KEY = 'EAABq8/"+made-up==token'


def test_no_key_is_found_in_anything_that_was_written(running: Running) -> None:
    everywhere = gathered(running, SEED)

    assert search(canaries(running.platform, SEED), everywhere) == []
    kinds = {name.split(" ")[0] for name in everywhere}
    assert kinds >= {"answer", "log", "document", "message", "what"}
    assert taken(everywhere) >= 6


WRITTEN: dict[str, Callable[[bytes], bytes]] = {
    "as it is": lambda key: key,
    "reversed": lambda key: key[::-1],
    "in hex": lambda key: key.hex().encode(),
    "in JSON": lambda key: json.dumps({"key": key.decode()}).encode(),
    "in an address": lambda key: quote(key, safe="").encode(),
    "in base64": base64.b64encode,
    "in base64url": base64.urlsafe_b64encode,
    "in base64 behind one byte": lambda key: base64.b64encode(b"a" + key),
    "in base64 within two": lambda key: base64.b64encode(b"{'" + key + b"'}"),
    "by its beginning": lambda key: key[:8] + b"...",
    "by its end": lambda key: b"..." + key[-8:],
}


@pytest.mark.parametrize("written", WRITTEN)
def test_a_key_that_was_let_slip_is_found_however_it_is_written(written: str) -> None:
    slip = b"x" + WRITTEN[written](KEY.encode()) + b"y"

    found = search([Canary("slipped", KEY, unique=True)], {"a log": slip, "another": b"nothing"})

    assert {hit.place for hit in found} == {"a log"}
