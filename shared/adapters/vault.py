"""Seals a brand's keys so that a copy of the database opens none of them."""

from __future__ import annotations

import base64
import hmac
import json
import os
import re
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from shared.core.secret import Secret
from shared.errors import ConfigError, KeyUnreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from shared.core.brand import BrandId

_KEY_BYTES = 32
_NONCE_BYTES = 12
_TAG_BYTES = 16
_KID = r"[a-z0-9-]{1,16}"
_ENVELOPE = re.compile(rf"pw1\.({_KID})\.([A-Za-z0-9_-]+)")
_HEX_KEY = re.compile(r"[0-9A-Fa-f]{64}")


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class MasterKeys:
    """The deployment's keys by kid: the primary one seals, each opens what it once sealed.

    >>> MasterKeys.parse("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f")
    MasterKeys(primary='d6cd5d39', kids=['d6cd5d39'])
    """

    primary: str
    by_kid: Mapping[str, bytes]

    @classmethod
    def parse(cls, text: str) -> MasterKeys:
        """Read the value of PERFORMANCE_ENCRYPTION_KEY.

        Args:
            text: one key (64 hex digits, or base64 or base64url of 32 bytes), or the JSON object
                `{"primary": kid, "keys": {kid: key, ...}}`.

        Raises:
            ConfigError: names the variable and the problem, and nothing of the value.
        """
        if text != text.strip():
            raise _refusal("has whitespace around it")
        if text.startswith("{"):
            return cls._from_fields(_json(text))
        key = _key(text)
        kid = hmac.digest(key, b"pw1/kid", "sha256").hex()[:8]
        return cls(kid, MappingProxyType({kid: key}))

    @classmethod
    def _from_fields(cls, fields: object) -> MasterKeys:
        if not isinstance(fields, dict) or set(fields) - {"primary", "keys"}:
            raise _refusal("has a field that is neither primary nor keys")
        primary, keys = fields.get("primary"), fields.get("keys")
        if not isinstance(keys, dict) or not keys:
            raise _refusal("lists no keys")
        if not all(re.fullmatch(_KID, kid) for kid in keys):
            raise _refusal("has a kid that is not 1 to 16 of lower-case letters, digits and hyphens")
        by_kid = {kid: _key(key) for kid, key in keys.items()}
        if len(set(by_kid.values())) < len(by_kid):
            raise _refusal("lists one key under two kids")
        if not isinstance(primary, str):
            raise _refusal("names no primary")
        if primary not in by_kid:
            raise _refusal("names a primary that is not among its keys")
        return cls(primary, MappingProxyType(by_kid))

    def __repr__(self) -> str:
        return f"MasterKeys(primary={self.primary!r}, kids={sorted(self.by_kid)!r})"


class Vault:
    """Seals and opens secrets with AES-256-GCM, each bound to one brand, purpose and account.

    An envelope is ASCII text:

        pw1.<kid>.<base64url without padding>
        base64url holds: nonce (12 bytes) | ciphertext | tag (16 bytes)

    With parts(...) the parts' UTF-8 bytes, each after its length as 4 bytes big endian:

        data key         HKDF-SHA-256(master key, no salt, parts("pw1/key", kid, brand), 32 bytes)
        associated data  parts("pw1/aad", kid, brand, purpose, account)
    """

    def __init__(self, keys: MasterKeys, random_bytes: Callable[[int], bytes] = os.urandom) -> None:
        self._keys = keys
        self._random_bytes = random_bytes

    def seal(self, secret: Secret, *, brand_id: BrandId, purpose: str, account_id: str) -> str:
        """Return a new envelope, different at every call.

        Args:
            secret: what to keep.
            brand_id: whose it is.
            purpose: what it opens: a platform's wire name, such as `meta_ads`, or `slack`.
            account_id: the account it belongs to.
        """
        kid = self._keys.primary
        nonce = self._random_bytes(_NONCE_BYTES)
        if len(nonce) != _NONCE_BYTES:
            raise ValueError("a nonce has 12 bytes")
        sealed = self._cipher(kid, brand_id).encrypt(
            nonce, _plaintext(secret), _parts("pw1/aad", kid, brand_id, purpose, account_id)
        )
        return f"pw1.{kid}.{_base64url(nonce + sealed)}"

    def open(self, envelope: str, *, brand_id: BrandId, purpose: str, account_id: str) -> Secret:
        """Return what `seal` was given, for the same brand, purpose and account.

        Raises:
            KeyUnreadable: it does not open, for whatever reason.
        """
        match = _ENVELOPE.fullmatch(envelope)
        binary = _from_base64url(match[2]) if match else b""
        if match is None or len(binary) < _NONCE_BYTES + _TAG_BYTES:
            raise KeyUnreadable("the sealed key does not open")
        kid = match[1]
        if kid not in self._keys.by_kid:
            raise KeyUnreadable("the sealed key's master key is retired")
        try:
            plaintext = self._cipher(kid, brand_id).decrypt(
                binary[:_NONCE_BYTES],
                binary[_NONCE_BYTES:],
                _parts("pw1/aad", kid, brand_id, purpose, account_id),
            )
            return Secret(plaintext.decode())
        except (InvalidTag, UnicodeError):
            pass
        # Raised out here, because a decoding error holds the plaintext and would stay in the chain.
        raise KeyUnreadable("the sealed key does not open")

    def rewrap(self, envelope: str, *, brand_id: BrandId, purpose: str, account_id: str) -> str | None:
        """Return a new envelope under the primary key, with a new nonce; None where it is that key's.

        Raises:
            KeyUnreadable: it does not open.
        """
        secret = self.open(envelope, brand_id=brand_id, purpose=purpose, account_id=account_id)
        match = _ENVELOPE.fullmatch(envelope)
        if match is not None and match[1] == self._keys.primary:
            return None
        return self.seal(secret, brand_id=brand_id, purpose=purpose, account_id=account_id)

    def fingerprint(self, secret: Secret) -> str:
        """Return a name for a secret, the same wherever it is kept, from which nothing of it can be told.

        24 hex digits of HMAC-SHA-256 under a key of its own, made from the primary master key.
        """
        info = _parts("pw1/fingerprint", self._keys.primary)
        master = self._keys.by_kid[self._keys.primary]
        key = HKDF(SHA256(), _KEY_BYTES, salt=None, info=info).derive(master)
        return hmac.digest(key, _plaintext(secret), "sha256").hex()[:24]

    def _cipher(self, kid: str, brand_id: BrandId) -> AESGCM:
        info = _parts("pw1/key", kid, brand_id)
        return AESGCM(HKDF(SHA256(), _KEY_BYTES, salt=None, info=info).derive(self._keys.by_kid[kid]))


def _parts(*parts: str) -> bytes:
    encoded = [part.encode() for part in parts]
    return b"".join(len(part).to_bytes(4, "big") + part for part in encoded)


def _plaintext(secret: Secret) -> bytes:
    try:
        return secret.reveal().encode()
    except UnicodeEncodeError:
        pass
    # An encoding error holds the secret, so it must not be in the chain.
    raise ValueError("a secret is text that UTF-8 can hold")


def _base64url(binary: bytes) -> str:
    return base64.urlsafe_b64encode(binary).rstrip(b"=").decode("ascii")


def _from_base64url(text: str) -> bytes:
    """Return the bytes, or none at all when `text` is not exactly how they are written."""
    try:
        binary = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return b""
    return binary if _base64url(binary) == text else b""


def _key(text: object) -> bytes:
    if not isinstance(text, str):
        raise _refusal("has a key that is not text")
    if text != text.strip():
        raise _refusal("has a key with whitespace around it")
    key = bytes.fromhex(text) if _HEX_KEY.fullmatch(text) else _from_base64(text)
    if len(key) != _KEY_BYTES:
        raise _refusal("has a key that is neither 64 hex digits nor base64 of exactly 32 bytes")
    if len(set(key)) == 1:
        raise _refusal("has a key that repeats one byte")
    if key.isascii() and key.decode("ascii").isprintable():
        raise _refusal("has a key that is a passphrase, not random bytes")
    return key


def _from_base64(text: str) -> bytes:
    """Return the bytes of either alphabet, padded or not, or none at all."""
    padded = text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4)
    if text not in {padded, padded.rstrip("=")}:
        return b""
    for alphabet in (b"+/", b"-_"):
        try:
            key = base64.b64decode(padded, alphabet)
        except ValueError:
            continue
        if base64.b64encode(key, alphabet).decode("ascii") == padded:
            return key
    return b""


def _json(text: str) -> object:
    try:
        parsed: object = json.loads(text, object_pairs_hook=_no_repetition)
    except ConfigError:
        problem = "says something twice"
    except (ValueError, RecursionError):
        problem = "is not readable as JSON"
    else:
        return parsed
    # A JSON error holds the whole text, so it must not be in the chain.
    raise _refusal(problem)


def _no_repetition(pairs: list[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise _refusal("says something twice")
    return fields


def _refusal(problem: str) -> ConfigError:
    return ConfigError(f"PERFORMANCE_ENCRYPTION_KEY {problem}")
