"""What a cache backend is: bytes by key, somewhere else than here."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from msgspec import Struct, field

from qpf.model.address import place_of
from qpf.model.trust import Trust


class StoreError(Exception):
    """A cache cannot be used right now: unreachable, refused, too slow. Says why, without secrets."""


class StoreSize(Struct, frozen=True):
    """How much a cache holds; None where it cannot tell."""

    entries: int | None
    size: int | None


class Store(Protocol):
    """An open cache. Keys are lower-case ASCII words with `:`; values are at most some tens of MB.

    Every method may raise `StoreError`, and none takes much longer than the deadline it was opened with.
    `get` and `put` may be called at the same time, by two threads. Nothing is trusted: who reads an entry
    verifies it.
    """

    def get(self, keys: Sequence[str]) -> Mapping[str, bytes]:
        """The entries that exist, of those asked for, in one go."""

    def put(self, entries: Mapping[str, bytes]) -> None:
        """Keep entries for the time to live the store was opened with."""

    def size(self) -> StoreSize:
        """How much of ours it holds."""

    def close(self) -> None:
        """Let go of connections."""


class StoreOptions(Struct, frozen=True):
    """How a cache is used.

    Attributes:
        url: Where it is; may hold a password, which is never shown.
        ttl_seconds: How long an entry is kept.
        deadline_seconds: How long a call may take before the compile goes on without this cache.
        trust: The secrets of the environment that may be sent there.
    """

    url: str
    ttl_seconds: int
    deadline_seconds: float
    trust: Trust = field(default_factory=Trust)

    def __repr__(self) -> str:
        """Where it is, without the password."""
        return f"StoreOptions({place_of(self.url)})"


class Cache(Struct, frozen=True):
    """A cache backend.

    Attributes:
        scheme: What URLs of it begin with: `redis`.
        open: Opens one; may raise `StoreError`.
    """

    scheme: str
    open: Callable[[StoreOptions], Store]
