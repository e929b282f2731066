"""Which content a file has, known from its status alone, as `git` knows it from its index.

A row is trusted only if size, times, inode and mode are exactly those noted when the content was known. The
time of change cannot be set by anybody, so an edit that puts the time of writing back is seen too. Rows are
noted when the clock of the file system has moved on since the last change: what is edited in the same tick
would look the same otherwise.
"""

import json
import os
import stat
import struct
import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Self

from msgspec import Struct
from msgspec.structs import replace

from qpf.io.files import read_whole
from qpf.model.digest import digest, ordered, sealed, unsealed

_TICK = 0.02
"""Seconds in which the clock of a file system moves on, with room to spare."""

_SETTLED = 50_000_000
"""Nanoseconds before a moment: what changed later may have changed after it, for all that its times tell."""

_FORMAT = 2
_ROW = struct.Struct("<qqqQQ")
_MODE = struct.Struct("<qqqQ").size
"""Where in a row the lowest bits of the mode are."""


class Stamp(bytes):
    """The status of a file as far as it tells its content apart: size, times, inode and mode.

    Packed, because there are as many as files, and what is asked most is whether two are the same.
    """

    __slots__ = ()

    @classmethod
    def of(cls, status: os.stat_result) -> Self:
        """Take what counts of a status."""
        return cls(
            _ROW.pack(status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino, status.st_mode)
        )

    @property
    def latest(self) -> int:
        """When it was last written or changed, in nanoseconds."""
        modified: int
        changed: int
        _, modified, changed, _, _ = _ROW.unpack(self)
        return max(modified, changed)

    @property
    def size(self) -> int:
        """How many bytes it has."""
        size: int = _ROW.unpack(self)[0]
        return size

    @property
    def executable(self) -> bool:
        """Whether it is a program; as for git, of all permissions only this one counts."""
        return bool(self[_MODE] & stat.S_IXUSR)

    def matches(self, status: os.stat_result) -> bool:
        """Whether a file has this status still."""
        return self == _ROW.pack(
            status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino, status.st_mode
        )

    def written_as(self, other: "Stamp") -> bool:
        """Whether this is the same content, whatever was linked or renamed since."""
        size, modified, _, inode, mode = _ROW.unpack(self)
        size_too, modified_too, _, inode_too, mode_too = _ROW.unpack(other)
        return (size, modified, inode, mode) == (size_too, modified_too, inode_too, mode_too)


def settled(stamp: Stamp, began: int) -> bool:
    """Whether what a file with this status holds was the same at a moment, in nanoseconds since 1970."""
    return stamp.latest <= began - _SETTLED


class Seen(Struct, frozen=True):
    """Files of a folder whose content was known.

    Attributes:
        digests: By path.
        stamps: By path.
        whole: Whether these are all files that were written there.
    """

    digests: Mapping[str, str] = {}
    stamps: Mapping[str, Stamp] = {}
    whole: bool = False

    def digest(self, path: str, status: os.stat_result) -> str | None:
        """The digest of a file's content; None if it must be read to tell."""
        stamp = self.stamps.get(path)
        return self.digests[path] if stamp is not None and stamp.matches(status) else None


NOTHING_SEEN = Seen()


def look(folder: Path, known: Seen, touched: Collection[str]) -> Seen:
    """Note the files of a folder whose content is known and that nobody else touched since.

    Args:
        folder: Where they are.
        known: All files of ours whose content was known, with their status at that time.
        touched: Those whose status we changed since, without changing what they hold.
    """
    time.sleep(_TICK)
    stamps = dict(known.stamps)
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for path in touched:
            before = stamps.pop(path, None)
            with suppress(OSError):
                now = Stamp.of(os.stat(path, dir_fd=handle, follow_symlinks=False))
                if before is not None and now.written_as(before):
                    stamps[path] = now
    finally:
        os.close(handle)
    return Seen(known.digests, stamps, whole=known.whole and len(stamps) == len(known.stamps))


def renewed(folder: Path, seen: Seen) -> Seen | None:
    """The same files with their status of now; None unless every one is there and holds what it held.

    What a file holds is read where its status is another.
    """
    began = time.time_ns()
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        for inner in _folders(seen.stamps):
            if not stat.S_ISDIR(os.stat(inner, dir_fd=handle, follow_symlinks=False).st_mode):
                return None
        fresh = {}
        for path in _changed(handle, seen):
            before = seen.stamps[path]
            content, status = read_whole(path, handle, most=before.size)
            stamp = Stamp.of(status)
            if stamp.executable != before.executable or digest(content) != seen.digests[path]:
                return None
            if settled(stamp, began):
                fresh[path] = stamp
        return replace(seen, stamps={**seen.stamps, **fresh}) if fresh else seen
    except OSError:
        return None
    finally:
        os.close(handle)


def changed(folder: Path, seen: Seen) -> set[str]:
    """The files that were seen and are not as they were: all of them, if the folder is not there.

    A link that leads to a folder is followed: who asks knows what is a folder.
    """
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        return set(seen.stamps)
    try:
        return set(_changed(handle, seen))
    finally:
        os.close(handle)


def _changed(folder: int, seen: Seen) -> Iterator[str]:
    """The same for a folder that is open, one by one: this is asked of every file of every compile."""
    status_of, pack = os.stat, _ROW.pack
    for path, stamp in seen.stamps.items():
        try:
            now = status_of(path, dir_fd=folder, follow_symlinks=False)
        except OSError:
            yield path
            continue
        if stamp != pack(now.st_size, now.st_mtime_ns, now.st_ctime_ns, now.st_ino, now.st_mode):
            yield path


def _folders(paths: Iterable[str]) -> set[str]:
    """Every folder that paths lie in."""
    found: set[str] = set()
    for path in paths:
        above = path.rpartition("/")[0]
        while above and above not in found:
            found.add(above)
            above = above.rpartition("/")[0]
    return found


def write_seen(seen: Seen) -> bytes:
    """As bytes, sealed by their digest: a head, the paths, their digests, their stamps."""
    paths = "\n".join(seen.stamps).encode()
    digests = "\n".join(seen.digests[path] for path in seen.stamps).encode()
    head = ordered([_FORMAT, seen.whole, len(paths), len(digests), len(seen.stamps)])
    return sealed(head, b"\n", paths, digests, *seen.stamps.values())


def read_seen(content: bytes) -> Seen:
    """Read what `write_seen` wrote; of anything else, nothing was seen."""
    text, _, rest = unsealed(content).partition(b"\n")
    try:
        version, whole, first, second, count = json.loads(text)
        if version != _FORMAT or first + second + count * _ROW.size != len(rest):
            return Seen()
        paths = rest[:first].decode().split("\n") if first else []
        digests = rest[first : first + second].decode().split("\n") if second else []
    except (ValueError, TypeError):
        return Seen()
    if not len(paths) == len(digests) == count:
        return Seen()
    stamps = stamps_in(rest[first + second :])
    return Seen(
        dict(zip(paths, digests, strict=True)), dict(zip(paths, stamps, strict=True)), whole=whole is True
    )


def stamps_in(packed: bytes) -> Iterator[Stamp]:
    """Stamps, written one after the other."""
    return (Stamp(packed[start : start + _ROW.size]) for start in range(0, len(packed), _ROW.size))
