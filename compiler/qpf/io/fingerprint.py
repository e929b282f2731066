"""What lay at a path, told from its status, and from what it holds where the status is another.

Asking for a status costs next to nothing, but it changes where nothing else does: a branch is left and taken
again, an editor saves what it has read, somebody touches a file. Then what lies there is read.
"""

import os
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, Self

from qpf.io.files import read_whole
from qpf.io.seen import Stamp, settled
from qpf.io.selection import COMPILED, is_hidden
from qpf.io.tree import LIMIT
from qpf.model.digest import digest

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class Fingerprint(NamedTuple):
    """A file or a folder, as it was.

    Attributes:
        path: Where; absolute.
        stamp: Its status, in hexadecimal; empty if it was so young that what it holds may be another since.
        digest: Of what the file holds or the folder lists; empty if only its status can tell.
    """

    path: str
    stamp: str
    digest: str = ""

    @classmethod
    def of(cls, path: str, began: int, held: str = "") -> Self:
        """Take it.

        Args:
            path: Where; absolute.
            began: When it was looked at for the first time, in nanoseconds since 1970.
            held: Digest of what it held then, if that is to decide where the status is another. If it holds
                something else by now, no status is noted: clocks of disks are not to be relied on.

        Raises:
            OSError: If nothing is there.
        """
        stamp = _told(Stamp.of(os.stat(path)), began)
        return cls(path, stamp if not held or held_at(path) == held else "", held)

    def renewed(self) -> Self | None:
        """The same with the status of now; None if something else lies there.

        Raises:
            OSError: If nothing is there, or it cannot be read.
        """
        began, stamp = time.time_ns(), Stamp.of(os.stat(self.path))
        if stamp.hex() == self.stamp:
            return self
        if not self.digest or held_at(self.path) != self.digest:
            return None
        return self._replace(stamp=_told(stamp, began))


def held_at(path: str) -> str:
    """Digest of what a file holds, or of what a folder lists; no link is followed.

    Raises:
        OSError: If it is neither, too large for a source, or cannot be read.
    """
    if stat.S_ISDIR(os.lstat(path).st_mode):
        handle = os.open(path, _FOLDER)
        try:
            return digest(b"\0".join(sorted(os.fsencode(name + mark) for name, mark in listed(handle))))
        finally:
            os.close(handle)
    content, _ = read_whole(path, most=LIMIT)
    return digest(content)


def listed(folder: Path | str | int) -> Iterator[tuple[str, str]]:
    """What is in a folder: names, each with a mark of what it stands for: `/` a folder, `@` a link.

    What nobody takes for a source is left out.

    Raises:
        OSError: If it cannot be listed.
    """
    with os.scandir(folder) as listing:
        for entry in listing:
            if not is_hidden(entry.name) and entry.name != COMPILED:
                yield entry.name, _mark(entry)


def _mark(entry: os.DirEntry[str]) -> str:
    if entry.is_file(follow_symlinks=False):
        return ""
    return "/" if entry.is_dir(follow_symlinks=False) else "@"


def _told(stamp: Stamp, began: int) -> str:
    return stamp.hex() if settled(stamp, began) else ""
