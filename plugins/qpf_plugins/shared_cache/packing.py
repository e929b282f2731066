"""Entries as they travel: compressed, with a first byte that tells how, and never larger than a bound again.

Compiled agents are text, which shrinks to a fifth; zstandard where it is installed, zlib elsewhere. A reader
without zstandard finds such an entry unreadable, which is a miss.
"""

import zlib
from collections.abc import Mapping

try:
    from zstandard import ZstdCompressor, ZstdDecompressor, ZstdError, frame_content_size

    HAS_ZSTD = True
except ImportError:
    HAS_ZSTD = False

LARGEST = 128 * 1024 * 1024
"""Bytes that an entry may unfold to; what says it is more is not unfolded."""

MOST = 4 * LARGEST
"""Bytes that the entries of one call may unfold to together: each is far below its own bound, or planted."""

_ZLIB, _ZSTD = b"\x01", b"\x02"
_LEVEL = 1


def pack(blob: bytes) -> bytes:
    """Compress an entry."""
    if HAS_ZSTD:
        return _ZSTD + ZstdCompressor(level=_LEVEL).compress(blob)
    return _ZLIB + zlib.compress(blob, _LEVEL)


def unpack_all(packed: Mapping[str, bytes]) -> dict[str, bytes]:
    """Give entries, as many as there is room for; what is none comes back as it is."""
    left = MOST
    entries = {}
    for key, each in packed.items():
        entries[key] = unpack(each, min(left, LARGEST))
        left = max(0, left - len(entries[key]))
    return entries


def unpack(packed: bytes, most: int = LARGEST) -> bytes:
    """Give the entry; what is none comes back as it is, for its reader to find it damaged."""
    kind, body = packed[:1], memoryview(packed)[1:]
    if kind == _ZSTD and HAS_ZSTD:
        try:
            # The size that the frame declares is what is set aside for it.
            if 0 <= frame_content_size(body) <= most:
                return ZstdDecompressor().decompress(body)
        except ZstdError:
            pass
    elif kind == _ZLIB:
        unfolding = zlib.decompressobj()
        try:
            blob = unfolding.decompress(body, max(most, 1))
        except zlib.error:
            return packed
        if unfolding.eof:
            return blob
    return packed
