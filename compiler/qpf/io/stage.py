"""Build the new state of a folder beside it, and bring a folder up to that state.

What stays is hard-linked, so it keeps its inode and time; what is new is plainly created.
Knows nothing of when the two folders are swapped (`publish`).
"""

import os
import stat
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from qpf.io.compare import Comparison, Wanted, scan
from qpf.io.lockfile import LOCK_NAME

_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
_FOLDER_MODE = 0o755


def build(stage: Path, folder: Path, wanted: Mapping[str, Wanted], comparison: Comparison) -> None:
    """Make the whole new state in `stage`, which must not exist."""
    os.mkdir(stage, _FOLDER_MODE)
    new, old = f"{stage}/", f"{folder}/"
    for path in comparison.folders:
        os.mkdir(new + path, _FOLDER_MODE)
    for path in comparison.written:
        create(new + path, wanted[path], durable=path == LOCK_NAME)
    for paths in (comparison.unchanged, comparison.unowned):
        for path in paths:
            os.link(old + path, new + path, follow_symlinks=False)
    # Last and from within, because a folder may be read-only.
    for path in reversed(("", *comparison.folders)):
        mode = _mode(old + path)
        if mode != _mode(new + path):
            os.chmod(new + path, mode)


def create(path: str, wanted: Wanted, *, durable: bool = False) -> None:
    """Create a file; whatever the umask, its mode is 0644, or 0755 if it is a program."""
    mode = 0o755 if wanted.executable else 0o644
    handle = os.open(path, _CREATE, mode)
    try:
        os.fchmod(handle, mode)
        content = wanted.content
        written = os.write(handle, content)
        while written < len(content):
            written += os.write(handle, content[written:])
        if durable:
            os.fsync(handle)
    finally:
        os.close(handle)


def refresh(folder: Path, stage: Path, comparison: Comparison) -> None:
    """Bring the old folder, which nobody sees at this moment, to the state of `stage`."""
    remove(folder, comparison)
    add_folders(folder, comparison)
    for path in comparison.written:
        with suppress(FileNotFoundError):
            os.unlink(f"{folder}/{path}")
        os.link(f"{stage}/{path}", f"{folder}/{path}", follow_symlinks=False)


def remove(folder: Path, comparison: Comparison) -> None:
    """Remove what is no longer produced, and the folders that are of no more use."""
    for path in (*comparison.removed, *comparison.litter):
        with suppress(FileNotFoundError):
            os.unlink(f"{folder}/{path}")
    for path in comparison.dropped:
        # Something new may lie in it by now; then it stays.
        with suppress(OSError):
            os.rmdir(f"{folder}/{path}")


def add_folders(folder: Path, comparison: Comparison) -> None:
    """Make the folders that are still missing."""
    for path in comparison.missing:
        with suppress(FileExistsError):
            os.mkdir(f"{folder}/{path}", _FOLDER_MODE)
            os.chmod(f"{folder}/{path}", _FOLDER_MODE)


def identities(folder: Path, paths: Iterable[str]) -> dict[str, int]:
    """The inode of each path that exists."""
    found = {}
    for path in paths:
        with suppress(FileNotFoundError):
            found[path] = os.lstat(f"{folder}/{path}").st_ino
    return found


def rescue(discarded: Path, visible: Path, known: Mapping[str, int], ours: Iterable[str]) -> None:
    """Move a person's work out of a folder that is about to be discarded.

    An editor may save a file at any moment, so also in the instant before a swap; it then lies in
    the folder that the swap took away.

    Args:
        discarded: The folder to be discarded.
        visible: The folder that stays.
        known: A person's files when the new state was built, with their inodes.
        ours: Every other path that is expected.
    """
    expected = set(ours)
    disk = scan(discarded)
    for path in sorted((disk.files | disk.others) - expected):
        source, target = f"{discarded}/{path}", f"{visible}/{path}"
        if path in known and os.lstat(source).st_ino == known[path]:
            continue
        if path in known or not os.path.lexists(target):
            os.makedirs(os.path.dirname(target), exist_ok=True)
            os.replace(source, target)


def _mode(path: str) -> int:
    try:
        return stat.S_IMODE(os.stat(path).st_mode)
    except FileNotFoundError:
        return _FOLDER_MODE
