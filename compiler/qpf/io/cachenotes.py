"""How much a cache holds, without looking: one line for each time something was put.

The file begins with what a scan counted; each put adds what it is about to write, so a run that is killed
makes it too much, never too little. Lines are appended in one write each, so processes need no lock.
"""

import os
from contextlib import suppress
from typing import Self

_NAME = "size"
_READ = os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
_WRITE = _READ | os.O_RDWR | os.O_CREAT | os.O_APPEND
_LONGEST = 64 * 1024


class Notes:
    """The notes of an open folder."""

    def __init__(self, folder: int, *, reads: bool = False) -> None:
        """Open them, to read them only or else to write them, too.

        Raises:
            FileNotFoundError: If they are only read, and nobody has noted anything.
        """
        self._handle = os.open(_NAME, _READ if reads else _WRITE, 0o600, dir_fd=folder)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._handle)

    def add(self, size: int) -> None:
        """Note what is about to be put."""
        os.write(self._handle, b"+%d\n" % size)

    def total(self) -> int | None:
        """The sum of the notes; None if only a scan can tell, or if they have become long."""
        text = os.pread(self._handle, _LONGEST, 0)
        counted, *added = text.split(b"\n")
        if len(text) == _LONGEST or not counted.startswith(b"=") or not added or added.pop():
            return None
        with suppress(ValueError):
            return int(counted[1:]) + sum(map(int, added))
        return None

    def settle(self, size: int) -> None:
        """Begin anew with what a scan has counted."""
        os.ftruncate(self._handle, 0)
        os.write(self._handle, b"=%d\n" % size)
