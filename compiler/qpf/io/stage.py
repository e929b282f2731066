"""Build the new state of a folder beside it, and bring a folder up to that state.

What stays is hard-linked, so it keeps its inode and time; what is new is plainly created.
Knows nothing of when the two folders are swapped (`publish`).
"""

import errno
import multiprocessing
import os
import stat
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack, suppress
from multiprocessing.connection import Connection
from multiprocessing.context import ForkProcess
from pathlib import Path

from qpf.io import forked
from qpf.io.compare import Comparison, Disk, Wanted, scan
from qpf.io.lockfile import LOCK_NAME
from qpf.io.seen import Stamp, stamps_in
from qpf.io.workshop import clear

_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
_FOLDER_MODE = 0o755
_WORTH = 1000
"""So many files are worth a process."""

_STRANGE = frozenset({errno.EACCES, errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR, errno.EISDIR, errno.ENOENT})
"""What is said of a stage that is not as a run leaves it."""


def build(
    stage: Path, folder: Path, wanted: Wanted, comparison: Comparison, jobs: int = 1
) -> tuple[dict[str, Stamp], tuple[str, ...]]:
    """Make the whole new state in `stage`; what an earlier run left there is put right.

    Args:
        stage: Where to; what it holds is linked elsewhere, or of no worth.
        folder: The folder as it is.
        wanted: The folder as it should be.
        comparison: What lies between.
        jobs: How many processes may write.

    Returns:
        The status of every file written, and the files of the folder that were linked.
    """
    try:
        return _build(stage, folder, wanted, comparison, jobs)
    except OSError as error:
        if error.errno not in _STRANGE:
            raise
    clear(stage)
    return _build(stage, folder, wanted, comparison, jobs)


def _build(
    stage: Path, folder: Path, wanted: Wanted, comparison: Comparison, jobs: int
) -> tuple[dict[str, Stamp], tuple[str, ...]]:
    new, old = f"{stage}/", f"{folder}/"
    staged = scan(stage) if stage.is_dir() else None
    if staged is None:
        os.mkdir(stage, _FOLDER_MODE)
        staged = Disk()
    kept = (*comparison.unchanged, *comparison.unowned)
    inodes = comparison.inodes
    right = {path for path in kept if path in staged.files and staged.files[path] == inodes.get(path)}
    for path in (*(path for path in staged.files if path not in right), *staged.others):
        os.unlink(new + path)
    for path in sorted(staged.folders.difference(comparison.folders), reverse=True):
        os.rmdir(new + path)
    fresh = [path for path in comparison.folders if path not in staged.folders]
    for path in fresh:
        os.mkdir(new + path, _FOLDER_MODE)
    written = sorted(comparison.written, key=lambda path: wanted.files[path].subject)
    stamps = create_all(new, written, wanted, jobs)
    linked = tuple(path for path in kept if path not in right)
    for path in linked:
        os.link(old + path, new + path, follow_symlinks=False)
    # Last and from within, because a folder may be read-only. What comes back out of sight keeps old modes.
    for path in reversed(("", *(fresh if comparison.stays else comparison.folders))):
        mode = _mode(old + path)
        if mode != _mode(new + path):
            os.chmod(new + path, mode)
    return stamps, linked


def create_all(before: str, paths: Sequence[str], wanted: Wanted, jobs: int) -> dict[str, Stamp]:
    """Create files, by several processes if there are many; the lock is flushed to disk."""
    if jobs == 1 or len(paths) < 2 * _WORTH:
        return {path: create(before + path, wanted, path) for path in paths}
    share = max(-(-len(paths) // jobs), _WORTH)
    parts = [paths[start : start + share] for start in range(0, len(paths), share)]
    context = multiprocessing.get_context("fork")
    helpers: list[tuple[Sequence[str], Connection, ForkProcess]] = []
    with ExitStack() as work:
        for part in parts[1:]:
            receiver, sender = context.Pipe(duplex=False)
            strange = [receiver, *(each for _, each, _ in helpers)]
            process = context.Process(target=_create_part, args=(strange, sender, before, part, wanted))
            work.callback(_let_go, process)
            forked.start(process)
            sender.close()
            helpers.append((part, receiver, process))
        stamps = create_all(before, parts[0], wanted, 1)
        for part, receiver, process in helpers:
            with suppress(EOFError):
                stamps.update(zip(part, stamps_in(receiver.recv_bytes()), strict=True))
            process.join()
            if process.exitcode:
                raise _fault(process.exitcode)
    return stamps


def _create_part(
    strange: Iterable[Connection], sender: Connection, before: str, paths: Sequence[str], wanted: Wanted
) -> None:
    """Create some of the files in a process of its own; its exit code is the error, if there is one.

    Connections that are its parent's are let go: else nobody would tell it that its parent was killed, and
    it would wait for ever, with the workshop's lock in its hands, until somebody reads what it did.
    """
    forked.begin()
    for each in strange:
        each.close()
    try:
        stamps = create_all(before, paths, wanted, 1)
        sender.send_bytes(b"".join(stamps.values()))
    except OSError as error:
        os._exit(error.errno or errno.EIO)
    os._exit(0)


def _fault(code: int) -> OSError:
    """Why a process has not created its part: its error, or the signal that ended it."""
    if code > 0:
        return OSError(code, os.strerror(code))
    return OSError(errno.EIO, f"a process that was to write a part was ended by signal {-code}")


def _let_go(process: ForkProcess) -> None:
    """End a process that is still at work: what it makes is of no use any more."""
    if process.pid is not None:
        process.kill()
        process.join()


def create(place: str, wanted: Wanted, path: str) -> Stamp:
    """Create the file of a path; whatever the umask, its mode is 0644, or 0755 if it is a program.

    Returns:
        Its status then.
    """
    file = wanted.files[path]
    mode = 0o755 if file.executable else 0o644
    handle = os.open(place, _CREATE, mode)
    try:
        content = wanted.content(file)
        written = os.write(handle, content)
        while written < len(content):
            written += os.write(handle, content[written:])
        status = os.fstat(handle)
        if stat.S_IMODE(status.st_mode) != mode:  # Umask or folder had another opinion.
            os.fchmod(handle, mode)
            status = os.fstat(handle)
        if path == LOCK_NAME:
            os.fsync(handle)
        return Stamp.of(status)
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
    for path in sorted({*disk.files, *disk.others} - expected):
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
