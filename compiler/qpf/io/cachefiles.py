"""Files of a cache: opened inside open folders, never through a link, and written whole or not at all."""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from threading import get_ident

from msgspec import Struct

from qpf.model.cache import StoreError

UNFINISHED = ".new-"
"""How the name of a file begins that is being written."""

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC | os.O_NOFOLLOW
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
# Reading must not count as use (a flag that only Linux has), and a pipe must not hold us up.
_READ = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK | getattr(os, "O_NOATIME", 0)
_LINKS = frozenset({errno.ELOOP, errno.ENOTDIR})
_NO_FILE = frozenset({errno.ENOENT, errno.ENXIO, errno.EACCES, errno.EPERM}) | _LINKS
_numbers = count()


class Found(Struct, frozen=True):
    """A file that was read, with the moments it was put and last used."""

    content: bytes
    put: float
    used: float


@contextmanager
def saying() -> Iterator[None]:
    """What the system refuses becomes a sentence.

    Raises:
        StoreError: For any `OSError`.
    """
    try:
        yield
    except OSError as error:
        if error.errno in _LINKS:
            msg = "its folder, or one inside it, is a link or a file"
            raise StoreError(msg) from None
        raise StoreError(error.strerror or type(error).__name__) from None


@contextmanager
def opened(name: str, folder: int | None = None) -> Iterator[int | None]:
    """An open folder, inside another; None if it is not there."""
    handle = None
    with suppress(FileNotFoundError):
        handle = os.open(name, _FOLDER, dir_fd=folder)
    try:
        yield handle
    finally:
        if handle is not None:
            os.close(handle)


@contextmanager
def made(name: str, folder: int | None = None) -> Iterator[int]:
    """An open folder, inside another, made if it is not there."""
    try:
        handle = os.open(name, _FOLDER, dir_fd=folder)
    except FileNotFoundError:
        with suppress(FileExistsError):
            os.mkdir(name, 0o700, dir_fd=folder)
        handle = os.open(name, _FOLDER, dir_fd=folder)
    try:
        yield handle
    finally:
        os.close(handle)


def read(name: str, folder: int) -> Found | None:
    """Read a file; None if it is not there, may not be read, or is something else than a file."""
    try:
        handle = os.open(name, _READ, dir_fd=folder)
    except OSError as error:
        if error.errno in _NO_FILE:
            return None
        raise
    try:
        about = os.fstat(handle)
        if not stat.S_ISREG(about.st_mode):
            return None
        content = os.read(handle, about.st_size)
        while len(content) < about.st_size and (more := os.read(handle, about.st_size - len(content))):
            content += more
        return Found(content, about.st_mtime, about.st_atime)
    finally:
        os.close(handle)


def write(name: str, folder: int, content: bytes) -> None:
    """Create a file under another name, and give it its own when it is whole."""
    while True:
        fresh = f"{UNFINISHED}{os.getpid()}-{get_ident()}-{next(_numbers)}"
        try:
            handle = os.open(fresh, _CREATE, 0o600, dir_fd=folder)
            try:
                written = os.write(handle, content)
                while written < len(content):
                    written += os.write(handle, content[written:])
            finally:
                os.close(handle)
            os.rename(fresh, name, src_dir_fd=folder, dst_dir_fd=folder)
        except FileExistsError:  # left by a process of that number that was killed
            continue
        except BaseException:
            try_to_remove(fresh, folder)
            raise
        return


def remove(name: str, folder: int) -> bool:
    """Remove a file; says whether it was there, for somebody else may have removed it."""
    try:
        os.unlink(name, dir_fd=folder)
    except FileNotFoundError:
        return False
    return True


def try_to_remove(name: str, folder: int) -> None:
    """Remove a file that somebody else may have removed, or may keep us from removing."""
    with suppress(OSError):
        os.unlink(name, dir_fd=folder)


def set_used(name: str, folder: int, used: float, put: float) -> None:
    """Note when a file was last used, unless it may only be read."""
    with suppress(OSError):
        os.utime(name, (used, put), dir_fd=folder, follow_symlinks=False)
