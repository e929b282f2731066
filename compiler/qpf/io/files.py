"""Files read and replaced whole, so that nobody ever reads half of one."""

import errno
import fcntl
import os
import stat
from collections import Counter
from collections.abc import Collection
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

_READ = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
_LONGEST_NAME = 255
"""Bytes that a name may have on most file systems."""

_FRESH = os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK


def read_whole(
    path: str, folder: int | None = None, *, most: int | None = None
) -> tuple[bytes, os.stat_result]:
    """The content of a regular file, with its status when it was read; no link is followed.

    Args:
        path: The file.
        folder: A folder that is open, if the path is one in it.
        most: How many bytes it may have.

    Raises:
        OSError: If it cannot be read, is larger, or is not a regular file.
    """
    handle = os.open(path, _READ, dir_fd=folder)
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL), path)
        if most is not None and status.st_size > most:
            raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), path)
        content = os.read(handle, status.st_size + 1)
        while len(content) < status.st_size and (piece := os.read(handle, status.st_size)):
            content += piece
        return content, status
    finally:
        os.close(handle)


def replace_file(path: Path, content: bytes, mode: int | None = None) -> None:
    """Write a file, and the folders above it.

    Args:
        path: The file.
        content: What it holds from now on.
        mode: Its permissions, if people own it; it is flushed to disk then too.

    Raises:
        OSError: If it cannot be written, with its name; the old one is there then.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(_fresh_name(path.name))
    try:
        with os.fdopen(_begun(fresh), "wb") as file:
            file.write(content)
            file.flush()
            if mode is not None:
                os.fsync(file.fileno())
                os.fchmod(file.fileno(), mode)
            fresh.replace(path)
    except BaseException as error:
        _give_up(fresh)
        if isinstance(error, OSError):
            error.filename, error.filename2 = f"{path}", None
        raise


def _fresh_name(name: str) -> str:
    """What a file is called until it takes another's place: the same each time, so that it can be held."""
    if len(os.fsencode(f".{name}.new")) > _LONGEST_NAME:
        name = sha256(os.fsencode(name)).hexdigest()
    return f".{name}.new"


def _begun(fresh: Path) -> int:
    """An empty file that no other process writes: what a killed one left of it is taken over.

    It is held until it is closed, and has its final name by then.
    """
    while True:
        handle = os.open(fresh, _FRESH, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            if is_at(fresh, handle):
                os.ftruncate(handle, 0)
                return handle
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)


def _give_up(fresh: Path) -> None:
    """Remove what was begun, unless it has its final name by now, or another process writes it."""
    with suppress(OSError):
        handle = os.open(fresh, _FRESH & ~os.O_CREAT)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if is_at(fresh, handle):
                fresh.unlink()
        finally:
            os.close(handle)


def is_at(path: Path, handle: int) -> bool:
    """Whether a path still stands for a file that is open."""
    with suppress(FileNotFoundError):
        return os.stat(path).st_ino == os.fstat(handle).st_ino
    return False


def shared(root: Path, names: Collection[str]) -> frozenset[str]:
    """Those of some names below a folder that stand, by links, for a file that another one stands for."""
    places = {name: (root / name).resolve() for name in names}
    times = Counter(places.values())
    return frozenset(name for name, place in places.items() if times[place] > 1)


def replace_source(path: Path, content: bytes) -> None:
    """Write a file that people own: whole, flushed to disk, with the permissions that it has.

    A link stays one; what it leads to is written.

    Raises:
        OSError: If it cannot be written; the old one is there then.
    """
    place = path.resolve()
    replace_file(place, content, stat.S_IMODE(place.stat().st_mode) if place.exists() else 0o644)
