"""Where extractions are looked up and kept: the local cache first, then those that others share.

What comes out is verified; an entry that is not sound is a miss where it was found. Nothing here raises:
a cache that cannot be used is said once, in `notes`, and the run goes on without it.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import TypeVar

from msgspec import Struct

from qpf.engine.entry import EntryError, Fault, seal, unseal
from qpf.engine.sharedtier import SharedTier
from qpf.model.cache import Store, StoreError
from qpf.model.event import Origin

T = TypeVar("T")

_AT_A_TIME = 64
DEADLINE = 5.0
"""Seconds that a call to a shared cache may take."""

MOST_HELD = 256 * 1024 * 1024
"""How many bytes stay in memory that a local cache could not keep; what is more is asked for again."""


class TierCount(Struct, frozen=True):
    """What became of the look-ups in one cache.

    Attributes:
        name: `local`, or what the shared cache is called.
        hits: Entries it gave that were sound.
        misses: Entries it was asked for and did not give, or not sound.
        put: Entries it took.
    """

    name: str
    hits: int
    misses: int
    put: int


@dataclass(slots=True)
class _Tally:
    """What is counted of one cache."""

    asked: int = 0
    hits: int = 0
    put: int = 0
    bad: Counter[Fault] = field(default_factory=Counter)


class Tiers:
    """All caches of a run, used by one thread."""

    def __init__(
        self,
        local: Store | None,
        shared: Sequence[tuple[str, Store]] = (),
        secret: bytes | None = None,
        *,
        deadline_seconds: float = DEADLINE,
        flush_seconds: float | None = None,
        keep: bool = True,
    ) -> None:
        """Take open stores; nothing is asked of them yet.

        Args:
            local: The local cache, if there is one; it may raise `StoreError`, and does not hang.
            shared: The others, in the order they are asked, each with what it is called: no secrets.
            secret: What entries are signed with, if they are.
            deadline_seconds: How long a look-up in a shared cache may take.
            flush_seconds: How long `close` may wait for what is still to be sent; by default the same.
            keep: Whether anything is put anywhere; False for those who only look.
        """
        self._local = local
        self._local_lost = ""
        self._held: dict[str, bytes] = {}
        self._held_bytes = 0
        self._closed = False
        self._secret = secret
        self._flush = deadline_seconds if flush_seconds is None else flush_seconds
        load = self._load if local is not None else None
        self._shared = [(name, SharedTier(store, deadline_seconds, load)) for name, store in shared]
        self._takes = keep
        self._offered: set[str] = set()
        self._tallies = {name: _Tally() for name in ("local", *(name for name, _ in shared))}

    def get(self, keys: Sequence[str]) -> Mapping[str, tuple[bytes, Origin]]:
        """The payloads that some cache has, with where they come from."""
        found = self.look_up(keys, lambda _key, payload: payload)
        return {key: (payload, origin) for key, payload, origin in found}

    def look_up(
        self, keys: Sequence[str], read: Callable[[str, bytes], T]
    ) -> Iterator[tuple[str, T, Origin]]:
        """What some cache has, as it comes and as it reads, so that few payloads are in memory at a time.

        Args:
            keys: What to look for.
            read: Makes a key's payload what is wanted; raises `ValueError` if it is not what belongs there,
                which is a miss where it was found.
        """
        wanted = list(dict.fromkeys(keys))
        held = {key: self._held[key] for key in wanted if key in self._held}
        self._tallies["local"].asked += len(held)
        found: set[str] = set()
        for key, value, _ in self._sound("local", held, read):
            found.add(key)
            yield key, value, "local"
        for start in range(0, len(wanted) if self._local is not None else 0, _AT_A_TIME):
            part = wanted[start : start + _AT_A_TIME]
            if self._local_lost:
                break
            self._tallies["local"].asked += len(part)
            for key, value, _ in self._sound("local", self._load(part), read):
                found.add(key)
                yield key, value, "local"
        for name, tier in self._shared:
            missing = [key for key in wanted if key not in found]
            if missing and not tier.lost:
                self._tallies[name].asked += len(missing)
                for entries in tier.get(missing):
                    sound = self._sound(name, entries, read)
                    self._keep({key: blob for key, _, blob in sound})
                    for key, value, _ in sound:
                        found.add(key)
                        yield key, value, "remote"

    def put(self, entries: Mapping[str, bytes]) -> None:
        """Keep payloads: here at once, elsewhere by and by."""
        if not self._takes:
            return
        sealed = {key: seal(key, payload, self._secret) for key, payload in entries.items()}
        self._keep(sealed)
        self._offered.update(sealed)
        for _, tier in self._shared:
            tier.put(sealed)

    def share(self, key: str) -> None:
        """Let others have an entry that somebody else has put into the local cache."""
        if self._takes and key not in self._offered:
            self._offered.add(key)
            for _, tier in self._shared:
                tier.offer(key)

    def close(self) -> None:
        """Send what is left, for so long and no longer, and let go of all stores."""
        if self._closed:
            return
        self._closed = True
        end = monotonic() + self._flush
        for _, tier in self._shared:
            tier.close(end)
        if self._local is not None:
            try:
                self._local.close()
            except StoreError as error:
                self._local_lost = self._local_lost or str(error)

    def counts(self) -> tuple[TierCount, ...]:
        """What became of the look-ups, by cache, in the order they are asked."""
        sent = {name: tier.sent for name, tier in self._shared}
        return tuple(
            TierCount(name, tally.hits, tally.asked - tally.hits, sent.get(name, tally.put))
            for name, tally in self._tallies.items()
            if name in sent or self._local is not None
        )

    def notes(self) -> tuple[str, ...]:
        """What a person should know of: a sentence for each cache that was not what it should be."""
        said = []
        if self._local_lost:
            said.append(f"the local cache cannot be used: {self._local_lost}; this run goes on without it")
        for name, tier in self._shared:
            left = tier.offered - tier.sent if self._closed else 0
            unsent = f", and {left} of {tier.offered} new entries were not kept there" if left else ""
            if tier.lost:
                said.append(f"the cache {name} {tier.lost}; this run goes on without it{unsent}")
            elif left > tier.mislaid:
                said.append(f"the cache {name} is slow{unsent}")
            elif left:
                said.append(
                    f"the cache {name} lacks {left} of {tier.offered} new entries: no local cache kept them"
                )
        for name, tally in self._tallies.items():
            if tally.bad:
                faults = ", ".join(f"{number} {fault}" for fault, number in sorted(tally.bad.items()))
                where = "the local cache" if name == "local" else f"the cache {name}"
                said.append(f"entries of {where} count as misses because they are not sound: {faults}")
        return tuple(said)

    def _load(self, keys: Sequence[str]) -> Mapping[str, bytes]:
        assert self._local is not None
        try:
            return self._local.get(keys)
        except StoreError as error:
            self._local_lost = self._local_lost or str(error)
            return {}

    def _keep(self, sealed: Mapping[str, bytes]) -> None:
        if self._local is None or not sealed or not self._takes:
            return
        if not self._local_lost:
            try:
                self._local.put(sealed)
            except StoreError as error:
                self._local_lost = str(error)
            else:
                self._tallies["local"].put += len(sealed)
                return
        for key, blob in sealed.items():
            if self._held_bytes + len(blob) <= MOST_HELD and key not in self._held:
                self._held[key] = blob
                self._held_bytes += len(blob)

    def _sound(
        self, name: str, entries: Mapping[str, bytes], read: Callable[[str, bytes], T]
    ) -> list[tuple[str, T, bytes]]:
        """Key, value and entry of each that may be used; the others are counted."""
        sound = []
        tally = self._tallies[name]
        for key, blob in entries.items():
            try:
                sound.append((key, read(key, unseal(key, blob, self._secret)), blob))
            except EntryError as error:
                tally.bad[error.fault] += 1
            except ValueError:
                tally.bad[Fault.STRANGE] += 1
        tally.hits += len(sound)
        return sound
