"""What crosses between a compile and those who work for it elsewhere: a line of JSON, then raw parts.

Nothing of it is code, so that whoever reads a parcel runs nothing.
"""

import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate, pairwise
from typing import Any

from qpf.model.digest import digest, ordered
from qpf.model.fleet import Source

_SEPARATOR = b"\n"


def wrap(head: Mapping[str, Any], parts: Sequence[bytes] = ()) -> bytes:
    """Put a head, which is JSON-like, and parts into one string of bytes."""
    sizes = [len(part) for part in parts]
    return b"".join((ordered({**head, "sizes": sizes}), _SEPARATOR, *parts))


def unwrap(parcel: bytes) -> tuple[dict[str, Any], list[bytes]]:
    """Take a parcel apart.

    Raises:
        ValueError: If it is none.
    """
    text, _, rest = parcel.partition(_SEPARATOR)
    try:
        head = json.loads(text)
        ends = list(accumulate(head["sizes"], initial=0))
        parts = [rest[start:end] for start, end in pairwise(ends)]
    except (KeyError, TypeError, ValueError, RecursionError):
        ends, parts = [-1], []
    if ends[-1] != len(rest):
        message = "this is no parcel"
        raise ValueError(message)
    return head, parts


def pack_sources(sources: Iterable[Source]) -> bytes:
    """Compress sources."""
    files = tuple(sources)
    return zlib.compress(wrap({"paths": [each.path for each in files]}, [each.content for each in files]))


def unpack_sources(packed: bytes) -> tuple[Source, ...]:
    """The sources that were packed, in their order.

    Raises:
        ValueError: If they are none.
    """
    try:
        parcel = zlib.decompress(packed)
    except zlib.error:
        parcel = b""
    head, contents = unwrap(parcel)
    return tuple(
        Source(path, content, digest(content)) for path, content in zip(head["paths"], contents, strict=True)
    )
