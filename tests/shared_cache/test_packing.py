"""What is packed unfolds to itself, and to nothing that is too large."""

import zlib

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from qpf_plugins.shared_cache import packing
from qpf_plugins.shared_cache.packing import pack, unpack, unpack_all


@pytest.fixture(params=[True, False], ids=["zstandard", "zlib"])
def kind(request, monkeypatch):
    monkeypatch.setattr(packing, "HAS_ZSTD", request.param)
    return request.param


@pytest.mark.parametrize("blob", [b"", b"x", b"agent: main\n" * 9999, bytes(range(256)) * 300])
def test_what_is_packed_comes_back(kind, blob):
    packed = pack(blob)
    assert unpack(packed) == blob
    assert packed[0] == (2 if kind else 1)
    assert len(packed) <= len(blob) + 100


def test_text_becomes_small(kind):
    assert len(pack(b"agent: main\n" * 9999)) < 2000


@given(st.binary(max_size=200))
def test_what_is_no_entry_comes_back_as_it_is(body):
    for kind in (b"\x00", b"\x01", b"\x02", b"\x03"):
        packed = kind + body
        assert isinstance(unpack(packed), bytes)
    assert unpack(b"\x03" + body) == b"\x03" + body
    assert unpack(b"") == b""


@pytest.mark.parametrize(
    "bomb",
    [
        b"\x01" + zlib.compress(bytes(100_001)),
        b"\x02" + zstandard.ZstdCompressor().compress(bytes(100_001)),
        b"\x02" + zstandard.ZstdCompressor(write_content_size=False).compress(bytes(100_001)),
        b"\x02" + zstandard.ZstdCompressor().compress(bytes(2**40 >> 16))[:20],
    ],
    ids=["zlib", "zstandard", "zstandard without size", "cut off"],
)
def test_a_bomb_is_not_unfolded(bomb):
    assert unpack(bomb, 100_000) == bomb


def test_many_bombs_are_not_unfolded_together(kind, monkeypatch):
    monkeypatch.setattr(packing, "MOST", 250_000)
    bomb = pack(bytes(100_000))
    packed = dict.fromkeys("abcd", bomb) | {"e": pack(b"small")}
    unfolded = {name: bytes(100_000) for name in "ab"} | {"c": bomb, "d": bomb}
    got = unpack_all(packed)
    assert {name: got[name] for name in "abcd"} == unfolded
    assert sum(map(len, got.values())) < 250_000


def test_without_zstandard_its_entries_are_unreadable_and_no_error(monkeypatch):
    packed = pack(b"content")
    monkeypatch.setattr(packing, "HAS_ZSTD", False)
    assert unpack(packed) == packed
