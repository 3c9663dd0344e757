"""NIST's own vectors for AES-256-GCM as it is used here: 96 bits of nonce, 128 bits of tag."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import cryptography_vectors
import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

if TYPE_CHECKING:
    from collections.abc import Iterator

_FOLDER = "ciphers/AES/GCM"
_FIELD = re.compile(r"^(Key|IV|CT|AAD|Tag|PT) = ?([0-9a-f]*)$", re.MULTILINE)
_WANTED = {"Keylen": "256", "IVlen": "96", "Taglen": "128"}


def vectors(name: str) -> Iterator[dict[str, bytes | None]]:
    """Yield the vectors of one file whose lengths are ours; a `FAIL` stands as PT = None."""
    with cryptography_vectors.open_vector_file(f"{_FOLDER}/{name}", "r") as file:
        text = file.read()
    lengths: dict[str, str] = {}
    for block in re.split(r"\n\s*\n", text):
        lengths |= dict(re.findall(r"\[(\w+) = (\d+)\]", block))
        if "Count" not in block or any(lengths[name] != value for name, value in _WANTED.items()):
            continue
        fields = {key: bytes.fromhex(value) for key, value in _FIELD.findall(block)}
        yield fields | ({"PT": None} if "FAIL" in block else {})


@pytest.mark.parametrize("name", ["gcmEncryptExtIV256.rsp", "gcmDecrypt256.rsp"])
def test_every_vector_opens_or_is_refused_as_nist_says(name: str) -> None:
    found = list(vectors(name))

    for each in found:
        sealed = (each["CT"] or b"") + (each["Tag"] or b"")
        cipher, nonce, aad = AESGCM(each["Key"] or b""), each["IV"] or b"", each["AAD"]
        if each["PT"] is None:
            with pytest.raises(InvalidTag):
                cipher.decrypt(nonce, sealed, aad)
        else:
            assert cipher.decrypt(nonce, sealed, aad) == each["PT"]
            assert cipher.encrypt(nonce, each["PT"], aad) == sealed

    assert len(found) == 375
    assert sum(each["PT"] is None for each in found) == (191 if "Decrypt" in name else 0)
