"""What the vault gives back, and everything it refuses to open or to start with."""

from __future__ import annotations

import base64
import copy
import dataclasses
import hashlib
import hmac
import json
import re
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import GCM

from bench.envelopes import ELSEWHERE, flipped
from shared.adapters.vault import MasterKeys, Vault
from shared.core.brand import BrandId
from shared.core.secret import Secret
from shared.errors import ConfigError, KeyUnreadable

if TYPE_CHECKING:
    from collections.abc import Iterator

HEX = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
OTHER_HEX = "f0e1d2c3b4a5968778695a4b3c2d1e0fffeeddccbbaa99887766554433221100"
BASE64 = "++/++/++/++/++/++/++/++/++/++/++/++/++/++/8="  # carries both characters that differ
BASE64URL = "--_--_--_--_--_--_--_--_--_--_--_--_--_--_8="
PLAINTEXT = "EAAB-test-key"
ENVELOPE = "pw1.k1.AAECAwQFBgcICQoL7czR146dzM49zKCCC6X92XlbG0TUHZvA9a35dZ4"
BRAND = BrandId("brand_a")


def listed(primary: object = "k1", **keys: object) -> str:
    return json.dumps({"primary": primary, "keys": keys})


def fixed(count: int) -> bytes:
    return bytes(range(count))


def vault(text: str | None = None) -> Vault:
    return Vault(MasterKeys.parse(text or listed(k1=HEX)), random_bytes=fixed)


def open_it(envelope: str, *, text: str | None = None) -> Secret:
    return vault(text).open(envelope, brand_id=BRAND, purpose="meta_ads", account_id="act_123")


def relabelled(binary: bytes, kid: str = "k1") -> str:
    return f"pw1.{kid}.{base64.urlsafe_b64encode(binary).rstrip(b'=').decode()}"


def binary_of(envelope: str) -> bytes:
    text = envelope.rsplit(".", 1)[1]
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


# Sealing


def test_an_envelope_is_the_known_one_for_the_known_key_and_nonce() -> None:
    sealed = vault().seal(Secret(PLAINTEXT), brand_id=BRAND, purpose="meta_ads", account_id="act_123")

    assert sealed == ENVELOPE


def test_the_known_envelope_comes_out_of_hand_written_hkdf_and_another_gcm() -> None:
    def prefixed(*parts: bytes) -> bytes:
        return b"".join(bytes([0, 0, 0, len(part)]) + part for part in parts)

    extracted = hmac.new(bytes(32), bytes(range(32)), hashlib.sha256).digest()
    info = prefixed(b"pw1/key", b"k1", b"brand_a")
    data_key = hmac.new(extracted, info + b"\x01", hashlib.sha256).digest()
    encryptor = Cipher(AES(data_key), GCM(bytes(range(12)))).encryptor()
    encryptor.authenticate_additional_data(prefixed(b"pw1/aad", b"k1", b"brand_a", b"meta_ads", b"act_123"))
    ciphertext = encryptor.update(PLAINTEXT.encode()) + encryptor.finalize()

    assert data_key.hex() == "bdfdb533d98739befc71255c0916d2b53517cb104c9b944fd7030c10b975a0f3"
    assert relabelled(bytes(range(12)) + ciphertext + encryptor.tag) == ENVELOPE


def test_what_was_sealed_opens_for_the_same_brand_purpose_and_account() -> None:
    assert open_it(ENVELOPE) == Secret(PLAINTEXT)


@pytest.mark.parametrize(
    "text", ["", "k", "chave é ✓", "x" * 4096], ids=["empty", "short", "accents", "long"]
)
def test_any_text_comes_back_as_it_was(text: str) -> None:
    sealed = vault().seal(Secret(text), brand_id=BRAND, purpose="meta_ads", account_id="act_123")

    assert open_it(sealed) == Secret(text)


def test_the_same_secret_sealed_twice_gives_two_envelopes() -> None:
    real = Vault(MasterKeys.parse(HEX))

    first, second = (
        real.seal(Secret(PLAINTEXT), brand_id=BRAND, purpose="slack", account_id="T1") for _ in range(2)
    )

    assert first != second


def test_a_nonce_that_is_not_12_bytes_is_not_used() -> None:
    broken = Vault(MasterKeys.parse(HEX), random_bytes=lambda _: bytes(8))

    with pytest.raises(ValueError, match="12 bytes"):
        broken.seal(Secret(PLAINTEXT), brand_id=BRAND, purpose="slack", account_id="T1")


def test_text_that_is_not_utf_8_is_refused_without_being_shown() -> None:
    with pytest.raises(ValueError, match="UTF-8") as caught:
        vault().seal(Secret(f"{PLAINTEXT}\ud800"), brand_id=BRAND, purpose="slack", account_id="T1")

    assert all(PLAINTEXT not in repr(error) for error in chain(caught.value))


# Opening


def test_every_single_flipped_bit_is_refused() -> None:
    altered = list(flipped(ENVELOPE))

    for envelope in altered:
        with pytest.raises(KeyUnreadable):
            open_it(envelope)

    assert len({ENVELOPE, *altered}) == 329


@pytest.mark.parametrize(("brand", "purpose", "account"), ELSEWHERE)
def test_an_envelope_moved_elsewhere_is_refused(brand: str, purpose: str, account: str) -> None:
    with pytest.raises(KeyUnreadable):
        vault().open(ENVELOPE, brand_id=BrandId(brand), purpose=purpose, account_id=account)


def test_a_relabelled_envelope_is_refused_even_where_both_kids_are_listed() -> None:
    moved = ENVELOPE.replace(".k1.", ".k2.")

    with pytest.raises(KeyUnreadable):
        open_it(moved, text=listed(k1=HEX, k2=OTHER_HEX))


def test_an_envelope_of_another_master_key_is_refused() -> None:
    with pytest.raises(KeyUnreadable):
        open_it(ENVELOPE, text=listed(k1=OTHER_HEX))


def test_only_the_key_that_the_kid_names_is_tried() -> None:
    with pytest.raises(KeyUnreadable):
        open_it(ENVELOPE, text=listed("k2", k1=OTHER_HEX, k2=HEX))


def test_an_unknown_kid_is_called_retired() -> None:
    with pytest.raises(KeyUnreadable, match="retired"):
        open_it(ENVELOPE, text=listed("k2", k2=HEX))


@pytest.mark.parametrize(
    "envelope",
    [
        "",
        "pw1",
        "pw1.k1.",
        "pw1.k1",
        PLAINTEXT,
        ENVELOPE.replace("pw1", "pw2"),
        ENVELOPE.replace("pw1", "PW1"),
        ENVELOPE.replace("k1", ""),
        ENVELOPE.replace("k1", "K1"),
        ENVELOPE.replace("k1", "k" * 17),
        f"{ENVELOPE}=",
        f"{ENVELOPE}\n",
        f" {ENVELOPE}",
        f"{ENVELOPE}!!",
        f"{ENVELOPE}.x",
        f"{ENVELOPE}A",
        ENVELOPE[:-1],
        f"{ENVELOPE[:-1]}5",
        ENVELOPE.replace("Q", "\u211a"),
        ENVELOPE.replace("k1.A", "k1.+"),
    ],
)
def test_an_envelope_written_in_any_other_way_is_refused(envelope: str) -> None:
    with pytest.raises(KeyUnreadable):
        open_it(envelope)


def test_stray_bits_after_the_last_byte_are_refused() -> None:
    stray = f"{ENVELOPE[:-1]}7"

    assert binary_of(stray) == binary_of(ENVELOPE[:-1] + "4")
    with pytest.raises(KeyUnreadable):
        open_it(stray)


@pytest.mark.parametrize("count", [1, 12, 27, 28, 40])
def test_a_truncated_envelope_is_refused(count: int) -> None:
    with pytest.raises(KeyUnreadable):
        open_it(relabelled(binary_of(ENVELOPE)[:count]))


def test_every_refusal_but_a_retired_kid_reads_the_same() -> None:
    messages = set()

    for envelope in ("junk", "pw1.k1.AAAA", relabelled(bytes(60)), f"{ENVELOPE[:-1]}5"):
        with pytest.raises(KeyUnreadable) as caught:
            open_it(envelope)
        messages.add(str(caught.value))

    assert messages == {"the sealed key does not open"}


def test_a_sealed_text_that_is_not_utf_8_is_refused_without_being_shown() -> None:
    encryptor = Cipher(
        AES(bytes.fromhex("bdfdb533d98739befc71255c0916d2b53517cb104c9b944fd7030c10b975a0f3")),
        GCM(bytes(range(12))),
    ).encryptor()
    encryptor.authenticate_additional_data(
        b"\0\0\0\x07pw1/aad\0\0\0\x02k1\0\0\0\x07brand_a\0\0\0\x08meta_ads\0\0\0\x07act_123"
    )
    ciphertext = encryptor.update(PLAINTEXT.encode() + b"\xff") + encryptor.finalize()

    with pytest.raises(KeyUnreadable) as caught:
        open_it(relabelled(bytes(range(12)) + ciphertext + encryptor.tag))

    assert [repr(error) for error in chain(caught.value) if PLAINTEXT in repr(error)] == []


# Master keys


@pytest.mark.parametrize("text", [HEX, HEX.upper(), "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="])
def test_one_key_is_read_however_it_is_written_and_gets_its_kid_from_its_bytes(text: str) -> None:
    assert repr(MasterKeys.parse(text)) == "MasterKeys(primary='d6cd5d39', kids=['d6cd5d39'])"


@pytest.mark.parametrize("text", [BASE64, BASE64URL, BASE64.rstrip("="), BASE64URL.rstrip("=")])
def test_base64_is_read_in_both_alphabets_padded_or_not(text: str) -> None:
    keys = MasterKeys.parse(text)

    assert keys.by_kid[keys.primary] == base64.b64decode(BASE64)


def test_the_primary_of_several_seals() -> None:
    sealed = vault(listed("k2", k1=HEX, k2=OTHER_HEX)).seal(
        Secret(PLAINTEXT), brand_id=BRAND, purpose="slack", account_id="T1"
    )

    assert sealed.startswith("pw1.k2.")


def test_a_key_that_is_no_longer_primary_still_opens_what_it_sealed() -> None:
    assert open_it(ENVELOPE, text=listed("k2", k1=HEX, k2=OTHER_HEX)) == Secret(PLAINTEXT)


REFUSED = {
    "empty": ("", "neither 64 hex digits"),
    "short hex": (HEX[:-2], "neither 64 hex digits"),
    "long hex": (HEX + "00", "neither 64 hex digits"),
    "not hex": (HEX[:-1] + "g", "neither 64 hex digits"),
    "full-width digits": (HEX.replace("0", "\uff10"), "neither 64 hex digits"),
    "16 bytes": (base64.b64encode(bytes(range(16))).decode(), "neither 64 hex digits"),
    "31 bytes": (base64.b64encode(bytes(range(31))).decode(), "neither 64 hex digits"),
    "33 bytes": (base64.b64encode(bytes(range(33))).decode(), "neither 64 hex digits"),
    "mixed alphabets": (BASE64.replace("+", "-"), "neither 64 hex digits"),
    "foreign character": (BASE64[:20] + "!" + BASE64[20:], "neither 64 hex digits"),
    "line break inside": (BASE64[:20] + "\n" + BASE64[20:], "neither 64 hex digits"),
    "padding twice": (BASE64 + "=", "neither 64 hex digits"),
    "stray bits": (BASE64.replace("8=", "9="), "neither 64 hex digits"),
    "lone surrogate": ("\ud800" * 43, "neither 64 hex digits"),
    "newline after": (HEX + "\n", "whitespace"),
    "space before": (" " + HEX, "whitespace"),
    "space before JSON": (" " + listed(k1=HEX), "whitespace"),
    "all zero": ("00" * 32, "repeats one byte"),
    "all alike": ("a7" * 32, "repeats one byte"),
    "passphrase in base64": (
        base64.b64encode(b"correct horse battery staple 123").decode(),
        "passphrase",
    ),
    "passphrase in hex": (b"correct horse battery staple 123".hex(), "passphrase"),
    "cut JSON": (listed(k1=HEX)[:-1], "not readable as JSON"),
    "text after JSON": (listed(k1=HEX) + "x", "not readable as JSON"),
    "deep JSON": ('{"a":' * 100_000, "not readable as JSON"),
    "a huge number": ('{"primary":' + "1" * 5000 + "}", "not readable as JSON"),
    "kid twice": (f'{{"primary":"k1","keys":{{"k1":"{HEX}","k1":"{OTHER_HEX}"}}}}', "twice"),
    "primary twice": (f'{{"primary":"k1","primary":"k1","keys":{{"k1":"{HEX}"}}}}', "twice"),
    "one key under two kids": (listed(k1=HEX, k2=HEX), "one key under two kids"),
    "one key in two writings": (
        listed(k1=HEX, k2=base64.b64encode(bytes(range(32))).decode()),
        "one key under two kids",
    ),
    "no primary": (json.dumps({"keys": {"k1": HEX}}), "names no primary"),
    "primary null": (listed(None, k1=HEX), "names no primary"),
    "primary a list": (listed(["k1"], k1=HEX), "names no primary"),
    "primary not listed": (listed("k2", k1=HEX), "not among its keys"),
    "unknown field": (json.dumps({"primary": "k1", "keys": {"k1": HEX}, "note": ""}), "neither primary nor"),
    "no fields": ("{}", "lists no keys"),
    "no keys": (listed(), "lists no keys"),
    "keys a list": (json.dumps({"primary": "k1", "keys": [HEX]}), "lists no keys"),
    "kid in capitals": (listed("K1", K1=HEX), "has a kid"),
    "kid empty": (listed("", **{"": HEX}), "has a kid"),
    "kid too long": (listed("k" * 17, **{"k" * 17: HEX}), "has a kid"),
    "kid with a dot": (listed("k.1", **{"k.1": HEX}), "has a kid"),
    "kid with a line break": (listed("k1\n", **{"k1\n": HEX}), "has a kid"),
    "key a number": (listed(k1=12), "not text"),
    "key null": (listed(k1=None), "not text"),
    "short key in JSON": (listed(k1=HEX[:-2]), "neither 64 hex digits"),
    "weak key beside a good one": (listed(k1=HEX, k2="00" * 32), "repeats one byte"),
    "whitespace in JSON key": (listed(k1=HEX + " "), "whitespace"),
    "JSON list": (json.dumps([HEX]), "neither 64 hex digits"),
}


@pytest.mark.parametrize(("text", "problem"), REFUSED.values(), ids=REFUSED.keys())
def test_a_bad_master_key_stops_the_start_and_names_the_problem(text: str, problem: str) -> None:
    with pytest.raises(ConfigError, match=f"^PERFORMANCE_ENCRYPTION_KEY .*{problem}"):
        MasterKeys.parse(text)


@pytest.mark.parametrize("text", [text for text, _ in REFUSED.values()], ids=REFUSED.keys())
def test_no_refusal_of_a_master_key_shows_any_of_it(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        MasterKeys.parse(text)

    shown = " ".join(f"{error!r} {vars(error)}" for error in chain(caught.value))
    pieces = {text[start : start + 8] for start in range(len(text) - 7) if text[start : start + 8].strip()}
    assert {piece for piece in pieces if piece in shown} == set()


def test_master_keys_show_their_kids_only() -> None:
    keys = MasterKeys.parse(listed("k2", k1=HEX, k2=OTHER_HEX))

    assert f"{keys} {keys!r}" == " ".join(["MasterKeys(primary='k2', kids=['k1', 'k2'])"] * 2)


def test_master_keys_are_not_turned_into_a_dictionary() -> None:
    with pytest.raises(TypeError):
        dataclasses.asdict(MasterKeys.parse(HEX))


def test_master_keys_are_not_copied() -> None:
    with pytest.raises(TypeError):
        copy.deepcopy(MasterKeys.parse(HEX))


def test_a_vault_does_not_show_its_keys() -> None:
    assert HEX[:8] not in repr(vault())


def test_a_fingerprint_is_the_same_for_the_same_secret_whatever_brand_it_serves() -> None:
    vault = Vault(MasterKeys.parse(bytes(range(32)).hex()))

    assert vault.fingerprint(Secret("EAAB-one")) == vault.fingerprint(Secret("EAAB-one"))
    assert vault.fingerprint(Secret("EAAB-one")) != vault.fingerprint(Secret("EAAB-two"))
    assert re.fullmatch("[0-9a-f]{24}", vault.fingerprint(Secret("EAAB-one")))


def test_a_fingerprint_says_nothing_without_the_master_key() -> None:
    vaults = [Vault(MasterKeys.parse(bytes(range(n, n + 32)).hex())) for n in (0, 1)]

    assert len({vault.fingerprint(Secret("EAAB-one")) for vault in vaults}) == 2
