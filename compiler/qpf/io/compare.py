"""Hold what a compile produced against what an environment's folder has; writes nothing.

Knows who owns what: a file is ours if a lock names it, everything else is a person's.
"""

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from msgspec import Struct

from qpf.io import codes
from qpf.io.files import read_whole
from qpf.io.lockfile import LOCK_NAME, is_inner_path, lock_output
from qpf.io.seen import NOTHING_SEEN, Seen, Stamp, changed
from qpf.model.diagnostic import Diagnostic
from qpf.model.digest import digest
from qpf.model.output import Output
from qpf.model.span import start_of

LITTER = ".qpf-new"
"""A file of ours that a killed run may leave behind (`inplace`)."""


class Wanted(Struct, frozen=True):
    """A folder as it should be.

    Attributes:
        files: By path.
        content: Gives what a file holds, should it have to be written. The files of one subject are asked
            for one after the other.
    """

    files: Mapping[str, Output]
    content: Callable[[Output], bytes]


@dataclass(slots=True)
class Disk:
    """What a folder holds, links not followed; files with their inodes."""

    files: dict[str, int] = field(default_factory=dict)
    folders: set[str] = field(default_factory=set)
    others: set[str] = field(default_factory=set)


class Comparison(Struct, frozen=True):
    """What must happen to a folder.

    Attributes:
        written: Paths to write: new, changed or edited.
        removed: Paths to remove: ours, and no longer produced.
        unchanged: Paths to leave alone: content and executable bit are right.
        edited: Ours, but changed by hand since; a part of `written` and `removed`.
        unowned: A person's files, links and so on, to be kept.
        folders: Every folder of the result, outermost first; the empty ones are a person's.
        missing: Those of the folders that do not exist yet, outermost first.
        dropped: Folders that the result has no use for, innermost first.
        litter: Left behind by a killed run.
        stamps: Status of the unchanged files when their content was known.
        inodes: Inode of every file that is there.
        found: Why the folder cannot be written; nothing may be touched then.
    """

    written: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    edited: tuple[str, ...] = ()
    unowned: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    litter: tuple[str, ...] = ()
    stamps: Mapping[str, Stamp] = {}
    inodes: Mapping[str, int] = {}
    found: tuple[Diagnostic, ...] = ()

    @property
    def stays(self) -> bool:
        """Whether most of the folder stays, so that it is worth bringing up to its new state."""
        return len(self.unchanged) >= len(self.written)

    @property
    def idle(self) -> bool:
        """Whether there is nothing to do."""
        return not (self.written or self.removed or self.litter)


def wanted_of(outputs: Iterable[Output], content: Callable[[Output], bytes], lock: bytes) -> Wanted:
    """A folder as it should be, its lock included.

    Raises:
        ValueError: If a path is not plain, is given twice, or is inside another's.
    """
    files = {LOCK_NAME: lock_output(lock)}
    for output in outputs:
        path = output.path
        if path in files or not is_inner_path(path):
            message = f"not a path of its own inside the folder: {path!r}"
            raise ValueError(message)
        files[path] = output
    folders: set[str] = set()
    _add_parents(files, folders)
    for path in sorted(folders & files.keys()):
        message = f"both a file and a folder: {path!r}"
        raise ValueError(message)
    return Wanted(files, lambda file: lock if file.path == LOCK_NAME else content(file))


def compare(
    folder: Path,
    wanted: Mapping[str, Output],
    owned: Mapping[str, str],
    shown: str,
    seen: Seen = NOTHING_SEEN,
) -> Comparison:
    """Compare a folder with what it should hold.

    Args:
        folder: Absolute; it need not exist.
        wanted: What it should hold, by path.
        owned: Digest of each file that we wrote, by path; empty where it is not known.
        shown: What findings call the folder.
        seen: Files whose content is known without reading them.
    """
    disk = scan(folder)
    known = Known(folder, disk, seen)
    stamps: dict[str, Stamp] = {}
    written, unchanged, edited = [], [], []
    blocked: dict[str, list[str]] = {}
    removed = sorted(
        path for path in owned if path not in wanted and (path in disk.files or path in disk.others)
    )
    going = set(removed)
    for path in sorted(wanted):
        state, stamp = known.state(path)
        right = wanted[path]
        if state == right.digest and stamp is not None and stamp.executable == right.executable:
            unchanged.append(path)
            stamps[path] = stamp
            continue
        written.append(path)
        if state == _ABSENT:
            blocker = _blocker(path, disk, owned, wanted, going)
            if blocker:
                blocked.setdefault(blocker, []).append(path)
        elif path not in owned and path != LOCK_NAME and state != right.digest:
            blocked[path] = [path]
        elif owned.get(path) not in {state, "", None}:
            edited.append(path)
    edited.extend(path for path in removed if owned[path] and known.state(path)[0] != owned[path])
    litter = {path for path in disk.files if path.rpartition("/")[2] == LITTER}
    unowned = {*disk.files, *disk.others} - going - litter
    unowned.difference_update(wanted)
    folders = _folders(wanted, unowned, owned, disk)
    return Comparison(
        written=tuple(written),
        removed=tuple(removed),
        unchanged=tuple(unchanged),
        edited=tuple(sorted(edited)),
        unowned=tuple(sorted(unowned)),
        folders=folders,
        missing=tuple(path for path in folders if path not in disk.folders),
        dropped=tuple(sorted(disk.folders.difference(folders), reverse=True)),
        litter=tuple(sorted(litter)),
        stamps=stamps,
        inodes=disk.files,
        found=tuple(_unowned(shown, blocker, paths, disk) for blocker, paths in blocked.items()),
    )


def scan(folder: Path) -> Disk:
    """List a folder and all below it; an absent one is empty.

    Raises:
        OSError: If a folder cannot be listed.
    """
    disk = Disk()
    ahead = [""]
    root = os.fspath(folder)
    while ahead:
        before = ahead.pop()
        try:
            listing = os.scandir(f"{root}/{before}")
        except FileNotFoundError:
            continue
        with listing:
            for entry in listing:
                path = before + entry.name
                if entry.is_file(follow_symlinks=False):
                    disk.files[path] = entry.inode()
                elif entry.is_dir(follow_symlinks=False):
                    disk.folders.add(path)
                    ahead.append(path + "/")
                else:
                    disk.others.add(path)
    return disk


_ABSENT = "absent"


class Known:
    """What the files of a folder hold; read are those that are not as they were seen."""

    def __init__(self, folder: Path, disk: Disk, seen: Seen) -> None:
        """Look at a folder.

        Args:
            folder: Absolute; it need not exist.
            disk: What it holds.
            seen: Files whose content is known without reading them.
        """
        self._folder, self._disk, self._seen = os.fspath(folder), disk, seen
        self._changed = changed(folder, seen)

    def state(self, path: str) -> tuple[str, Stamp | None]:
        """Digest and status of what stands there; or `other` or `_ABSENT`, and none."""
        if path not in self._disk.files:
            return "other" if path in self._disk.others else _ABSENT, None
        stamp = self._seen.stamps.get(path)
        if stamp is not None and path not in self._changed:
            return self._seen.digests[path], stamp
        content, status = read_whole(f"{self._folder}/{path}")
        return digest(content), Stamp.of(status)


def _blocker(
    path: str, disk: Disk, owned: Mapping[str, str], wanted: Mapping[str, Output], going: set[str]
) -> str:
    """What stands in the way of a new file: something above it, or what a folder in its place holds."""
    for parent in parents(path):
        if (parent in disk.files or parent in disk.others) and parent not in going:
            return parent
    if path in disk.folders:
        inside = sorted(other for other in (*disk.files, *disk.others) if other.startswith(path + "/"))
        return next((other for other in inside if other not in owned and other not in wanted), "")
    return ""


def _unowned(shown: str, blocker: str, paths: list[str], disk: Disk) -> Diagnostic:
    what = "this file" if blocker in disk.files else "this link or special file"
    first, *others = paths
    more = f" and {len(others)} more files" if len(others) > 1 else f" and `{others[0]}`" if others else ""
    message = (
        f"{what} is not qpf's own, and the compile has other content for it"
        if blocker == first and blocker in disk.files
        else f"{what} is not qpf's own, and stands where the compile puts `{first}`{more}"
    )
    hint = "move it elsewhere, or remove it, and compile again"
    return Diagnostic(codes.UNOWNED_FILE, message, start_of(f"{shown}/{blocker}"), hint=hint)


def _folders(
    wanted: Iterable[str], unowned: Iterable[str], owned: Iterable[str], disk: Disk
) -> tuple[str, ...]:
    """Every folder of the result; an empty one is a person's, unless we wrote into it."""
    needed: set[str] = set()
    for paths in (wanted, unowned):
        _add_parents(paths, needed)
    if needed >= disk.folders:
        return tuple(sorted(needed))
    busy: set[str] = set()
    for paths in (disk.files, disk.others, owned):
        _add_parents(paths, busy)
    kept = set(wanted)
    bare = {path for path in disk.folders - busy if kept.isdisjoint((path, *parents(path)))}
    _add_parents(bare, needed)
    return tuple(sorted(needed | bare))


def _add_parents(paths: Iterable[str], folders: set[str]) -> None:
    """Add the folders that paths lie in; most are there already, and so is all above them."""
    for path in paths:
        above = path.rpartition("/")[0]
        while above and above not in folders:
            folders.add(above)
            above = above.rpartition("/")[0]


def parents(path: str) -> Iterable[str]:
    """The folders a path lies in, outermost first."""
    end = path.find("/")
    while end >= 0:
        yield path[:end]
        end = path.find("/", end + 1)
