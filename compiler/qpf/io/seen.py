"""Which content a file has, known from its status alone, as `git` knows it from its index.

A row is trusted only if size, times, inode and mode are exactly those noted when the content was known. The
time of change cannot be set by anybody, so an edit that puts the time of writing back is seen too. Rows are
noted when the clock of the file system has moved on since the last change: what is edited in the same tick
would look the same otherwise.
"""

import json
import os
import stat
import time
from array import array
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, Self

from qpf.model.digest import ordered, sealed, unsealed

_TICK = 0.02
"""Seconds in which the clock of a file system moves on, with room to spare."""

_FORMAT = 1
_FIELDS = 5


class Stamp(NamedTuple):
    """The status of a file as far as it tells its content apart."""

    size: int
    modified: int
    changed: int
    inode: int
    mode: int

    @classmethod
    def of(cls, status: os.stat_result) -> Self:
        """Take what counts of a status."""
        return cls(status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino, status.st_mode)

    @property
    def executable(self) -> bool:
        """Whether it is a program; as for git, of all permissions only this one counts."""
        return bool(self.mode & stat.S_IXUSR)

    def matches(self, status: os.stat_result) -> bool:
        """Whether a file has this status still."""
        return (
            self.changed == status.st_ctime_ns
            and self.size == status.st_size
            and self.modified == status.st_mtime_ns
            and self.inode == status.st_ino
            and self.mode == status.st_mode
        )

    def written_as(self, other: "Stamp") -> bool:
        """Whether this is the same content, whatever was linked or renamed since."""
        return (self.size, self.modified, self.inode, self.mode) == (
            other.size,
            other.modified,
            other.inode,
            other.mode,
        )


@dataclass(frozen=True, slots=True)
class Seen:
    """Files of a folder whose content was known.

    Attributes:
        digests: By path.
        stamps: By path.
        whole: Whether these are all files that were written there.
    """

    digests: Mapping[str, str] = field(default_factory=dict)
    stamps: Mapping[str, Stamp] = field(default_factory=dict)
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


def same(folder: Path, seen: Seen) -> bool:
    """Whether every file that was seen is there, exactly as it was."""
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        for inner in _folders(seen.stamps):
            if not stat.S_ISDIR(os.stat(inner, dir_fd=handle, follow_symlinks=False).st_mode):
                return False
        for path, stamp in seen.stamps.items():
            if not stamp.matches(os.stat(path, dir_fd=handle, follow_symlinks=False)):
                return False
    except OSError:
        return False
    finally:
        os.close(handle)
    return True


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
    numbers = array("q", [number for stamp in seen.stamps.values() for number in stamp]).tobytes()
    head = ordered([_FORMAT, seen.whole, len(paths), len(digests), len(numbers)])
    return sealed(b"".join((head, b"\n", paths, digests, numbers)))


def read_seen(content: bytes) -> Seen:
    """Read what `write_seen` wrote; of anything else, nothing was seen."""
    text, _, rest = unsealed(content).partition(b"\n")
    try:
        version, whole, first, second, third = json.loads(text)
        if version != _FORMAT or first + second + third != len(rest):
            return Seen()
        paths = rest[:first].decode().split("\n") if first else []
        digests = rest[first : first + second].decode().split("\n") if second else []
        numbers = array("q", rest[first + second :])
    except (ValueError, TypeError):
        return Seen()
    if not len(paths) == len(digests) == len(numbers) / _FIELDS:
        return Seen()
    rows = iter(numbers.tolist())
    stamps = map(Stamp._make, zip(rows, rows, rows, rows, rows, strict=True))
    return Seen(
        dict(zip(paths, digests, strict=True)), dict(zip(paths, stamps, strict=True)), whole=whole is True
    )
