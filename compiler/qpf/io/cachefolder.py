"""The local cache: a folder of entries, shared by any number of processes, bounded in size.

A file's name is the digest of its key. It appears whole, by a rename, in a folder of its first two digits;
its time of change is when it was put, its time of access when it was last used (set by us, at most once an
hour), so an entry grows old by the one and is evicted by the other. A time to come was set by a clock that
was ahead: it counts as that long ago, or what has it would outlive all others. How much is held is noted,
not looked up (`cachenotes`): only where the notes say too much is the folder scanned, and brought down to
90 % of its bound. There is no lock, so nobody ever waits for anybody.
"""

import os
import stat
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from hashlib import sha256
from itertools import groupby
from pathlib import Path

from msgspec import Struct

from qpf.io.cachefiles import UNFINISHED, made, opened, read, remove, saying, set_used, try_to_remove, write
from qpf.io.cachenotes import Notes
from qpf.model.cache import StoreSize

DEFAULT_SIZE = 2 * 1024**3
DEFAULT_TTL = 30 * 24 * 3600
KEPT_SHARE = 0.9
"""How full an eviction leaves the folder."""

_SHARD = 2
_DIGITS = 64
_HOUR = 3600.0


class Verified(Struct, frozen=True):
    """What a look at every entry found: how many are sound, and how many were removed."""

    sound: int
    removed: int


class _Entry(Struct, frozen=True, order=True):
    used: float
    put: float
    shard: str
    name: str
    size: int


class CacheFolder:
    """A store in a folder."""

    def __init__(
        self,
        folder: Path,
        *,
        ttl_seconds: float = DEFAULT_TTL,
        most: int = DEFAULT_SIZE,
        clock: Callable[[], float] = time.time,
        bounds: bool = False,
    ) -> None:
        """Name a folder; nothing is made before something is put.

        Args:
            folder: Where entries lie.
            ttl_seconds: How long an entry is kept after it was put.
            most: How many bytes entries may take.
            clock: Seconds since 1970.
            bounds: Whether closing it evicts even if nothing was put by this process, but perhaps by its own.
        """
        self._folder = folder
        self._ttl = ttl_seconds
        self._most = most
        self._clock = clock
        self._bounds = bounds

    def get(self, keys: Sequence[str]) -> Mapping[str, bytes]:
        """The entries that exist, of those asked for; one that is too old is removed."""
        found: dict[str, bytes] = {}
        now = self._clock()
        with saying(), opened(f"{self._folder}") as root:
            for shard, group in _by_shard(keys) if root is not None else ():
                with opened(shard, root) as folder:
                    for name, key in group if folder is not None else ():
                        assert folder is not None
                        content = self._fresh(name, folder, now)
                        if content is not None:
                            found[key] = content
        return found

    def put(self, entries: Mapping[str, bytes]) -> None:
        """Keep entries, each in the place of one that is there already."""
        with saying():
            self._folder.parent.mkdir(parents=True, exist_ok=True)
            with made(f"{self._folder}") as root:
                with Notes(root) as notes:
                    notes.add(sum(map(len, entries.values())))
                self._bounds = True
                for shard, group in _by_shard(entries):
                    with made(shard, root) as folder:
                        for name, key in group:
                            write(name, folder, entries[key])

    def size(self) -> StoreSize:
        """How many entries there are, and their size."""
        with saying(), opened(f"{self._folder}") as root:
            sizes = [entry.size for entry in _scan(root)] if root is not None else []
        return StoreSize(len(sizes), sum(sizes))

    def close(self) -> None:
        """Evict if what was put made it too much."""
        if self._bounds:
            self._bounds = False
            with saying(), opened(f"{self._folder}") as root:
                if root is not None and self._is_too_much(root):
                    self._evict(root, self._most, int(self._most * KEPT_SHARE))

    def prune(self, most: int) -> StoreSize:
        """Remove what is too old, then what was not used for longest, down to `most` bytes.

        Returns:
            What was removed.
        """
        with saying(), opened(f"{self._folder}") as root:
            return StoreSize(0, 0) if root is None else self._evict(root, most, most)

    def verify(self, key_of: Callable[[bytes], str]) -> Verified:
        """Read every entry, and remove each that is damaged, unreadable, or lies where another's should.

        Args:
            key_of: Tells the key an entry belongs to; raises `ValueError` if it is not sound.
        """
        sound = removed = 0
        with saying(), opened(f"{self._folder}") as root:
            for entry in _scan(root) if root is not None else ():
                with opened(entry.shard, root) as folder:
                    if folder is None:
                        continue
                    found = read(entry.name, folder)
                    if found is not None and _is_sound(entry, found.content, key_of):
                        sound += 1
                    else:
                        removed += remove(entry.name, folder)
        return Verified(sound, removed)

    def _is_too_much(self, root: int) -> bool:
        """Whether the notes say so, or cannot say that it is not."""
        try:
            with Notes(root, reads=True) as notes:
                total = notes.total()
        except FileNotFoundError:
            return True
        return total is None or total > self._most

    def _fresh(self, name: str, folder: int, now: float) -> bytes | None:
        found = read(name, folder)
        if found is None:
            return None
        if _ago(now, found.put) > self._ttl:
            try_to_remove(name, folder)
            return None
        if _ago(now, found.used) > _HOUR:
            set_used(name, folder, now, found.put)
        return found.content

    def _evict(self, root: int, most: int, target: int) -> StoreSize:
        """Remove what is too old; if more than `most` is left, what was not used for longest to `target`."""
        now = self._clock()
        _clear(root, now)
        entries = sorted(_scan(root), key=lambda entry: (-_ago(now, entry.used), entry))
        gone = [entry for entry in entries if _ago(now, entry.put) > self._ttl]
        live = [entry for entry in entries if _ago(now, entry.put) <= self._ttl]
        left = sum(entry.size for entry in live)
        if left > most:
            for entry in live:
                if left <= target:
                    break
                gone.append(entry)
                left -= entry.size
        for entry in gone:
            with opened(entry.shard, root) as folder:
                if folder is not None:
                    remove(entry.name, folder)
        with Notes(root) as notes:
            notes.settle(left)
        return StoreSize(len(gone), sum(entry.size for entry in gone))


def _ago(now: float, then: float) -> float:
    """How long ago a time is, or how far ahead."""
    return abs(now - then)


def _name(key: str) -> str:
    return sha256(key.encode()).hexdigest()


def _by_shard(keys: Iterable[str]) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Each folder once, with the names of its files and their keys."""
    names = sorted((_name(key), key) for key in keys)
    for shard, group in groupby(names, lambda each: each[0][:_SHARD]):
        yield shard, [(name[_SHARD:], key) for name, key in group]


def _listed(root: int) -> Iterator[tuple[str, str, os.stat_result]]:
    """Everything that lies where entries lie."""
    for shard in os.listdir(root):
        if _is_hex(shard, _SHARD):
            with opened(shard, root) as folder:
                for name in os.listdir(folder) if folder is not None else ():
                    with suppress(FileNotFoundError):
                        yield shard, name, os.stat(name, dir_fd=folder, follow_symlinks=False)


def _scan(root: int) -> list[_Entry]:
    return [
        _Entry(about.st_atime, about.st_mtime, shard, name, about.st_size)
        for shard, name, about in _listed(root)
        if _is_hex(name, _DIGITS - _SHARD) and stat.S_ISREG(about.st_mode)
    ]


def _clear(root: int, now: float) -> None:
    """Remove what processes that were killed left unfinished."""
    for shard, name, about in _listed(root):
        if name.startswith(UNFINISHED) and _ago(now, about.st_mtime) > _HOUR:
            with opened(shard, root) as folder:
                if folder is not None:
                    try_to_remove(name, folder)


def _is_sound(entry: _Entry, content: bytes, key_of: Callable[[bytes], str]) -> bool:
    """Whether it is whole, and lies where its key belongs."""
    try:
        return _name(key_of(content)) == entry.shard + entry.name
    except ValueError:
        return False


def _is_hex(text: str, length: int) -> bool:
    return len(text) == length and set(text) <= set("0123456789abcdef")
