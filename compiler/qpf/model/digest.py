"""Digests over canonical bytes: SHA-256, written `sha256:<hex>`."""

import hashlib
import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any


def digest(content: bytes) -> str:
    """The digest of some bytes."""
    return "sha256:" + hashlib.sha256(content).hexdigest()


def canonical(data: object) -> bytes:
    """One spelling for one value: JSON, keys sorted, no spaces, UTF-8.

    Raises:
        ValueError: If a number is not finite.
    """
    return json.dumps(
        data, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False, default=_plain
    ).encode()


def ordered(data: object) -> bytes:
    """A value's JSON with keys in their order, for what is read back by ourselves.

    Raises:
        TypeError: If it is not JSON-like data.
    """
    return json.dumps(data, separators=(",", ":"), ensure_ascii=False, default=_plain).encode()


def sealed(*parts: bytes) -> bytes:
    """Bytes, given in parts, behind their digest, so that damage is seen when they are read again."""
    seal = hashlib.sha256()
    for part in parts:
        seal.update(part)
    return b"".join((b"sha256:", seal.hexdigest().encode(), b"\n", *parts))


def unsealed(content: bytes) -> bytes:
    """What `sealed` wrote; nothing, if it is damaged."""
    seal, _, body = content.partition(b"\n")
    return body if digest(body).encode() == seal else b""


def digest_of(data: object) -> str:
    """The digest of a value's canonical bytes."""
    return digest(canonical(data))


def digest_in_order(data: object) -> str:
    """The digest of what is shown to somebody who may go by the order of its keys."""
    return digest(ordered(data))


def _plain(value: object) -> Any:
    if type(value) is MappingProxyType:  # nearly all that comes here does, and it is known sooner
        return value.copy()
    if isinstance(value, Mapping):
        return dict(value)
    message = f"not JSON-like data: {type(value).__name__}"
    raise TypeError(message)
