"""The folder a compile works in: `.qpf/` of the fleet, held by one process at a time.

It hides itself from git, and is gone when the work is done unless somebody keeps other things in it. The
stage may be kept, too: then it mirrors the folder by hard links, and the next run has little to link.
"""

import fcntl
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from qpf.io.files import is_at, replace_file

WORKSHOP = ".qpf"
"""What it is called, in the fleet's folder."""

STAGE = "stage"
_FILE = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
_WRITE = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
_FOLDER = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_DIRECTORY
_INTENT = "intent."
_LOCK = "lock"
_IGNORE = ".gitignore"


@contextmanager
def exclusive(workshop: Path, *, keep: bool = False) -> Iterator[None]:
    """Hold a workshop, waiting for another process to let go of it; clear it before and after.

    Args:
        workshop: The folder; made if there is none.
        keep: Whether the stage is of use to the next run, and stays as it is.

    Raises:
        OSError: If it cannot be made or held.
    """
    handle = _acquire(workshop)
    try:
        if keep:
            _clear_strange(workshop / STAGE)
        else:
            clear(workshop / STAGE)
        yield
    finally:
        # Whoever waits for the lock finds it unlinked, and starts afresh (see `_acquire`).
        with suppress(OSError):
            if not keep:
                clear(workshop / STAGE)
            alone = set(os.listdir(workshop)) == {_LOCK, _IGNORE}
            if alone:
                (workshop / _IGNORE).unlink()
            (workshop / _LOCK).unlink()
            if alone:
                workshop.rmdir()
        # Said outright: closing alone would leave it held by a child that inherited the handle.
        fcntl.flock(handle, fcntl.LOCK_UN)
        os.close(handle)


def recall(workshop: Path, *names: str) -> bytes:
    """What a file in a workshop holds; nothing if there is none, or a link or special file.

    A repository may bring a workshop along, and links in it lead to who knows what.
    """
    with suppress(OSError), ExitStack() as opened:
        folder = None
        for place in (os.fspath(workshop), *names[:-1]):
            folder = os.open(place, _FOLDER, dir_fd=folder)
            opened.callback(os.close, folder)
        handle = os.open(names[-1], _FILE, dir_fd=folder)
        with os.fdopen(handle, "rb") as file:
            if stat.S_ISREG(os.fstat(handle).st_mode):
                return file.read()
    return b""


def keep(workshop: Path, *names: str, content: bytes) -> None:
    """Put a file into a workshop, as far as that can be done: without it, it is found out anew."""
    place = workshop.joinpath(*names)
    with suppress(OSError):
        if not any(above.is_symlink() for above in (place.parent, workshop)):
            replace_file(place, content)


def hide(workshop: Path) -> None:
    """Make a workshop, hidden from git; where that is not possible, whoever uses it will say so."""
    with suppress(OSError):
        make(workshop)


def make(workshop: Path) -> None:
    """Make a workshop, hidden from git: also if a run was killed when it had made the file that hides it.

    Raises:
        OSError: If it cannot be made or hidden.
    """
    workshop.mkdir(parents=True, exist_ok=True)
    with suppress(FileNotFoundError):
        if (workshop / _IGNORE).lstat().st_size:
            return
    handle = os.open(workshop / _IGNORE, _WRITE, 0o644)
    try:
        os.write(handle, b"*\n")
    finally:
        os.close(handle)


def has_leftovers(workshop: Path, *, keep: bool = False) -> bool:
    """Whether a killed run left something behind (or another is at work right now).

    Args:
        workshop: The folder.
        keep: Whether runs leave their stage behind for the next.
    """
    ours = {_LOCK} if keep else {STAGE, _LOCK}
    try:
        names = os.listdir(workshop)
    except (FileNotFoundError, NotADirectoryError):
        return False
    return not names or any(name in ours or name.startswith(_INTENT) for name in names)


def intent_of(workshop: Path, name: str) -> Path:
    """Where the paths are noted that are about to be written, file by file, into a folder of that name."""
    return workshop / f"{_INTENT}{name}.lock"


def clear(stage: Path) -> None:
    """Remove a stage, if there is one; what it holds is linked or listed elsewhere."""
    if stage.is_dir() and not stage.is_symlink():
        shutil.rmtree(stage, onerror=_force)
    else:
        stage.unlink(missing_ok=True)


def _clear_strange(stage: Path) -> None:
    """Remove what is no folder where stages are: work that follows a link is done to who knows what."""
    if stage.is_symlink() or not stage.is_dir():
        clear(stage)
        return
    with os.scandir(stage) as listing:
        for each in listing:
            if not each.is_dir(follow_symlinks=False):
                os.unlink(each.path)


def _acquire(workshop: Path) -> int:
    while True:
        workshop.mkdir(parents=True, exist_ok=True)
        try:
            handle = os.open(workshop / _LOCK, _WRITE, 0o644)
        except FileNotFoundError:
            continue  # Another process has just finished and taken the folder away.
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            if is_at(workshop / _LOCK, handle):
                make(workshop)
                return handle
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)


def _force(_: object, path: str, failure: object) -> None:
    """A folder that its owner made read-only is linked here as such; open it and try again."""
    del failure
    os.chmod(os.path.dirname(path), 0o700)
    if os.path.isdir(path) and not os.path.islink(path):
        os.chmod(path, 0o700)
        shutil.rmtree(path)
    else:
        os.unlink(path)
