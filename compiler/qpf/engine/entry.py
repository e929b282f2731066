"""The form of an entry: a payload bound to its key, and proved whole before anybody reads it.

Header (magic, version, how it is sealed, lengths, digest), key, payload. The digest is over all the rest:
SHA-256, or an HMAC with it where a secret is set, so that who can write to a cache but does not know the
secret cannot plant an entry. Knows nothing of where entries are kept or what a payload means.
"""

import hmac
from enum import StrEnum
from hashlib import sha256
from struct import Struct

MAGIC = b"qpf\0"
VERSION = 1

_FRONT = Struct(">4sBBHQ")
_DIGEST = 32
_HEADER = _FRONT.size + _DIGEST
_PLAIN, _SIGNED = 0, 1


class Fault(StrEnum):
    """What is wrong with an entry, in words that follow "it is"."""

    TRUNCATED = "cut off"
    CORRUPT = "damaged"
    OTHER_VERSION = "of another version of qpf"
    FOREIGN = "another key's"
    STRANGE = "not what qpf writes"
    UNSIGNED = "not signed"
    FORGED = "not signed with this secret"
    """Or damaged, or signed where no secret is set: these cannot be told apart."""


class EntryError(ValueError):
    """An entry that must not be used."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(f"the entry is {fault}")
        self.fault = fault


def seal(key: str, payload: bytes, secret: bytes | None = None) -> bytes:
    """Bind a payload to its key, signed if there is a secret."""
    name = key.encode()
    front = _FRONT.pack(MAGIC, VERSION, _PLAIN if secret is None else _SIGNED, len(name), len(payload))
    return b"".join((front, _digest(secret, front, name, payload), name, payload))


def unseal(key: str, blob: bytes, secret: bytes | None = None) -> bytes:
    """Give the payload of a key's entry.

    Raises:
        EntryError: If it is not whole, not this key's, or not signed as the secret demands.
    """
    found, payload = read(blob, secret)
    if found != key:
        raise EntryError(Fault.FOREIGN)
    return payload


def read(blob: bytes, secret: bytes | None = None) -> tuple[str, bytes]:
    """Give the key and the payload of whatever entry this is.

    Raises:
        EntryError: If it is not whole, or not signed as the secret demands.
    """
    if len(blob) < _HEADER:
        raise EntryError(Fault.TRUNCATED)
    magic, version, sealed, key_size, size = _FRONT.unpack_from(blob)
    if magic != MAGIC:
        raise EntryError(Fault.CORRUPT)
    if version != VERSION:
        raise EntryError(Fault.OTHER_VERSION)
    excess = len(blob) - _HEADER - key_size - size
    if excess:
        raise EntryError(Fault.CORRUPT if excess > 0 else Fault.TRUNCATED)
    if secret is not None and sealed != _SIGNED:
        raise EntryError(Fault.UNSIGNED)
    broken = Fault.CORRUPT if secret is None and sealed != _SIGNED else Fault.FORGED
    view = memoryview(blob)
    front, digest = view[: _FRONT.size], view[_FRONT.size : _HEADER]
    key, payload = view[_HEADER : _HEADER + key_size], view[_HEADER + key_size :]
    if not hmac.compare_digest(_digest(secret, front, key, payload), digest):
        raise EntryError(broken)
    try:
        return str(key, "utf-8"), bytes(payload)
    except UnicodeDecodeError:
        raise EntryError(broken) from None


def _digest(secret: bytes | None, *parts: bytes | memoryview) -> bytes:
    total = sha256() if secret is None else hmac.new(secret, digestmod="sha256")
    for part in parts:
        total.update(part)
    return total.digest()
