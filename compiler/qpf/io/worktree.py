"""The sources as they lie on disk. Nothing is opened that was not first seen to be a regular file."""

import errno
import os
import stat
from pathlib import Path

from qpf.io.collect import collect
from qpf.io.tree import LIMIT, Entry, Kind, OversizedError, SpecialFileError, UnreadableError, VanishedError
from qpf.model.diagnostic import Outcome
from qpf.model.fleet import Source

# O_NONBLOCK: should a file have become a pipe since it was listed, opening it must not wait for a writer.
_READ = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK

_REASONS = {
    errno.EACCES: "permission denied",
    errno.EPERM: "permission denied",
    errno.EIO: "the disk reports an error",
    errno.ELOOP: "it is a symbolic link by now",
    errno.ENAMETOOLONG: "its name is too long",
    errno.ENOTDIR: "it is not a folder",
}


class WorkTree:
    """A fleet's folder."""

    def __init__(self, root: Path) -> None:
        self._root = os.fsencode(root)

    def sources(self) -> Outcome[tuple[Source, ...]]:
        """Read every input, sorted by path; everything wrong with the tree is in one report."""
        return collect(self)

    def entries(self, folder: str) -> list[Entry]:
        """The names in a folder. Bytes, so that the locale has no say in how they are read."""
        try:
            with os.scandir(self._at(folder)) as listing:
                return [Entry(entry.name, _kind_of(entry)) for entry in listing]
        except OSError as error:
            raise _unreadable(error) from error

    def kind(self, path: str) -> Kind | None:
        """What stands at a path, the last link not followed; None for nothing."""
        try:
            mode = os.lstat(self._at(path)).st_mode
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise _unreadable(error) from error
        if stat.S_ISLNK(mode):
            return Kind.LINK
        if stat.S_ISDIR(mode):
            return Kind.FOLDER
        return Kind.FILE if stat.S_ISREG(mode) else Kind.OTHER

    def target(self, link: str) -> str:
        """Where a symbolic link points, as written."""
        try:
            return os.readlink(self._at(link)).decode()
        except UnicodeDecodeError as error:
            message = "its target is not UTF-8"
            raise UnreadableError(message) from error
        except OSError as error:
            raise _unreadable(error) from error

    def read(self, path: str) -> bytes:
        """The content of a regular file, in one read."""
        try:
            handle = os.open(self._at(path), _READ)
            try:
                return _content(handle)
            finally:
                os.close(handle)
        except OSError as error:
            raise _unreadable(error) from error

    def _at(self, path: str) -> bytes:
        return self._root + b"/" + path.encode() if path else self._root


def _kind_of(entry: os.DirEntry[bytes]) -> Kind:
    if entry.is_file(follow_symlinks=False):
        return Kind.FILE
    if entry.is_dir(follow_symlinks=False):
        return Kind.FOLDER
    return Kind.LINK if entry.is_symlink() else Kind.OTHER


def _content(handle: int) -> bytes:
    status = os.fstat(handle)
    if not stat.S_ISREG(status.st_mode):
        raise SpecialFileError(Kind.OTHER.value)
    if status.st_size > LIMIT:
        message = f"{status.st_size} bytes"
        raise OversizedError(message)
    content = os.read(handle, status.st_size + 1)
    if len(content) == status.st_size:
        return content
    # The file grew or shrank meanwhile, or the system hands it out in pieces.
    while piece := os.read(handle, LIMIT + 1 - len(content)):
        content += piece
    if len(content) > LIMIT:
        message = f"more than {LIMIT} bytes"
        raise OversizedError(message)
    return content


def _unreadable(error: OSError) -> UnreadableError:
    if isinstance(error, FileNotFoundError):
        return VanishedError("it is gone")
    if error.errno is None:
        return UnreadableError("unknown reason")
    return UnreadableError(_REASONS.get(error.errno) or os.strerror(error.errno).lower())
