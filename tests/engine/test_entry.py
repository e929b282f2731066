"""An entry is what was sealed under its key, or an error that says what is wrong."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qpf.engine.entry import VERSION, EntryError, Fault, read, seal, unseal

KEY = "qpf:extraction:abc:0.1.0:def"
SECRETS = st.one_of(st.none(), st.binary(min_size=1, max_size=80))


def fault(blob: bytes, secret: bytes | None = None, key: str = KEY) -> Fault:
    with pytest.raises(EntryError) as refused:
        unseal(key, blob, secret)
    return refused.value.fault


@given(st.text(st.characters(codec="utf-8"), max_size=80), st.binary(max_size=300), SECRETS)
def test_what_was_sealed_comes_back(key, payload, secret):
    blob = seal(key, payload, secret)
    assert unseal(key, blob, secret) == payload
    assert read(blob, secret) == (key, payload)


@given(st.binary(max_size=200))
def test_any_bytes_are_an_entry_or_an_error(blob):
    with pytest.raises(EntryError):
        read(blob)


@given(st.data(), SECRETS)
def test_no_changed_bit_goes_unnoticed(data, secret):
    blob = bytearray(seal(KEY, b"payload", secret))
    place = data.draw(st.integers(0, len(blob) * 8 - 1))
    blob[place // 8] ^= 1 << place % 8
    with pytest.raises(EntryError):
        unseal(KEY, bytes(blob), secret)


@given(st.data(), SECRETS)
def test_no_entry_may_be_shorter_or_longer(data, secret):
    blob = seal(KEY, b"payload" * 9, secret)
    assert fault(blob[: data.draw(st.integers(0, len(blob) - 1))], secret) == Fault.TRUNCATED
    assert fault(blob + data.draw(st.binary(min_size=1, max_size=9)), secret) == Fault.CORRUPT


@given(SECRETS)
def test_an_entry_of_another_key_is_refused(secret):
    assert fault(seal("qpf:extraction:other", b"payload", secret), secret) == Fault.FOREIGN


def test_another_version_is_named():
    blob = bytearray(seal(KEY, b"payload"))
    blob[4] = VERSION + 1
    assert fault(bytes(blob)) == Fault.OTHER_VERSION
    assert fault(b"PNG" + bytes(blob)[3:]) == Fault.CORRUPT


def test_without_the_secret_nobody_can_plant_an_entry():
    assert fault(seal(KEY, b"evil"), b"secret") == Fault.UNSIGNED
    assert fault(seal(KEY, b"evil", b"guess"), b"secret") == Fault.FORGED
    signed = bytearray(seal(KEY, b"evil"))
    signed[5] = 1
    assert fault(bytes(signed), b"secret") == Fault.FORGED


def test_what_is_signed_is_not_believed_where_the_secret_is_unknown():
    assert fault(seal(KEY, b"payload", b"secret")) == Fault.FORGED


def test_bytes_are_the_same_everywhere():
    front = bytes.fromhex("71706600 01 00 0001 0000000000000001")
    assert seal("k", b"v") == front + sha256(front + b"kv").digest() + b"kv"
