"""Write an environment's folder so that a kill at any moment leaves the whole old or the whole new state.

How: the complete new state is built in a stage on the same file system, with hard links to all that
stays. One system call then swaps stage and folder (`renameat2` with `RENAME_EXCHANGE`). If most of the
folder stayed, the old folder, now out of sight, is brought to the new state too and swapped back: so
shells, editors and watchers that stand in it keep standing in a folder that exists. A kill leaves a
stage behind, which holds nothing of worth: the next run removes it. There is no journal to replay.

A journal of renames would be cheaper for a small change in a very large fleet (linking 20,000 files in
5,000 folders takes about a second, most of it for the folders), but a kill amid the renames would
leave a mixture until the next run, and a commit made meanwhile would keep it forever.

Where folders cannot be swapped or files not linked (a mount point, an overlay, some network file
systems), files are replaced one by one (`inplace`), and `Changes.atomic` is False.

Durability: only the lock is flushed to disk. After a power failure other files may be torn; their
digests tell, `qpf compile --check` names them, and the next compile, which owns them by the lock,
writes them anew. Flushing every file would cost more than the whole compile.
"""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from qpf.io import codes
from qpf.io.compare import Comparison, Wanted, compare
from qpf.io.exchange import CANNOT, exchange
from qpf.io.inplace import write_in_place
from qpf.io.lockfile import LOCK_NAME, is_inner_path, read_lock, salvage
from qpf.io.stage import build, identities, refresh, rescue
from qpf.io.workshop import INTENT, STAGE, exclusive, has_leftovers
from qpf.model.diagnostic import Diagnostic, Outcome, Report
from qpf.model.lock import Lock
from qpf.model.span import start_of


@dataclass(frozen=True, slots=True)
class Changes:
    """What publishing did to a folder; paths are relative to it and sorted.

    Attributes:
        written: Created or replaced.
        removed: Removed: our own, no longer produced.
        unchanged: Not touched.
        edited: Those of the written and removed that somebody had changed by hand.
        atomic: Whether the folder changed in one step.
    """

    written: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    edited: tuple[str, ...] = ()
    atomic: bool = True


def publish(
    folder: Path,
    artifacts: Iterable[tuple[str, bytes, bool]],
    lock: bytes,
    previous: Lock | None,
    *,
    workshop: Path | None = None,
    shown: str = "",
) -> Outcome[Changes]:
    """Bring a folder to the state that a compile produced; with nothing to change, nothing is written.

    Args:
        folder: Where to; made if it does not exist.
        artifacts: Path inside the folder, content, and whether it is a program.
        lock: The content of its `qpf.lock`.
        previous: What we wrote there last, and therefore may overwrite and remove.
        workshop: Where to work: the fleet's `.qpf`. By default, and if that is on another file
            system, a hidden folder beside `folder`, gone afterwards.
        shown: What findings call the folder; by default its name.

    Returns:
        What changed; nothing, with findings, if a person's file is in the way or the disk refuses.

    Raises:
        ValueError: If an artifact's path is not plain, is given twice, or is inside another's.
    """
    target = Path(os.path.realpath(folder))
    wanted = _wanted(artifacts, lock)
    shown = shown or target.name
    bench = _bench(target, workshop)
    try:
        comparison = compare(target, wanted, _owned(target, bench, previous, lock), shown)
        if comparison.found or (comparison.idle and not has_leftovers(bench)):
            return _outcome(comparison)
        before = _stamp(target)
        with exclusive(bench):
            if _stamp(target) != before:  # Another process wrote it while we waited.
                comparison = compare(target, wanted, _owned(target, bench, previous, lock), shown)
            if comparison.found or (comparison.idle and not (bench / INTENT).exists()):
                return _outcome(comparison)
            atomic = _change(target, bench, wanted, comparison)
    except OSError as error:
        return _unwritable(error, shown)
    return _outcome(comparison, atomic=atomic)


def _change(target: Path, bench: Path, wanted: Mapping[str, Wanted], comparison: Comparison) -> bool:
    stage = bench / STAGE
    try:
        build(stage, target, wanted, comparison)
        _swap(stage, target, comparison)
    except OSError as error:
        if error.errno not in CANNOT:
            raise
        write_in_place(target, bench, wanted, comparison)
        return False
    (bench / INTENT).unlink(missing_ok=True)
    return True


def _swap(stage: Path, target: Path, comparison: Comparison) -> None:
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        os.rename(stage, target)
        return
    known = identities(stage, comparison.unowned)
    exchange(stage, target)
    if len(comparison.unchanged) >= len(comparison.written):
        _swap_back(stage, target, comparison)
    ours = (*comparison.written, *comparison.unchanged, *comparison.removed, *comparison.litter)
    rescue(stage, target, known, ours)


def _swap_back(old: Path, new: Path, comparison: Comparison) -> None:
    """Let the old folder take its place again, with the new content; if it cannot, the new one stays."""
    try:
        refresh(old, new, comparison)
        exchange(old, new)
    except OSError:
        return


def _wanted(artifacts: Iterable[tuple[str, bytes, bool]], lock: bytes) -> dict[str, Wanted]:
    wanted = {LOCK_NAME: Wanted(lock, executable=False)}
    for path, content, executable in artifacts:
        if path in wanted or not is_inner_path(path):
            message = f"not a path of its own inside the folder: {path!r}"
            raise ValueError(message)
        wanted[path] = Wanted(content, executable)
    last = ""
    for path in sorted(wanted, key=lambda path: path.split("/")):
        if last and path.startswith(last + "/"):
            message = f"both a file and a folder: {last!r}"
            raise ValueError(message)
        last = path
    return wanted


def _owned(target: Path, bench: Path, previous: Lock | None, lock: bytes) -> dict[str, str]:
    """Digest by path of all that we wrote, as the caller, the disk and a killed run say.

    The lock on disk is read again because another compile may have written since the caller looked.
    """
    owned: dict[str, str] = {}
    for place in (bench / INTENT, target / LOCK_NAME):
        try:
            content = place.read_bytes() if not place.is_symlink() else b""
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            continue
        if content == lock and previous is not None:
            continue
        read = read_lock(LOCK_NAME, content).value
        owned.update((entry.path, entry.digest) for entry in (read.artifacts if read else salvage(content)))
    for entry in previous.artifacts if previous else ():
        owned[entry.path] = entry.digest
    return owned


def _bench(target: Path, workshop: Path | None) -> Path:
    beside = target.parent / f".{target.name}.qpf"
    if workshop is None:
        return beside
    return workshop if _device(workshop) == _device(target) else beside


def _device(path: Path) -> int:
    for place in (path, *path.parents):
        if place.exists():
            return place.stat().st_dev
    return -1


def _stamp(target: Path) -> tuple[int, int] | None:
    try:
        status = (target / LOCK_NAME).lstat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return status.st_ino, status.st_mtime_ns


def _outcome(comparison: Comparison, *, atomic: bool = True) -> Outcome[Changes]:
    if comparison.found:
        return Outcome(Changes(), Report.of(comparison.found))
    return Outcome(
        Changes(comparison.written, comparison.removed, comparison.unchanged, comparison.edited, atomic)
    )


def _unwritable(error: OSError, shown: str) -> Outcome[Changes]:
    reason = error.strerror or type(error).__name__
    message = f"`{shown}` cannot be written: {reason}"
    found = Diagnostic(
        codes.UNWRITABLE_FOLDER,
        message,
        start_of(shown),
        hint="nothing was changed; make the folder writable or free some space, and compile again",
    )
    return Outcome(Changes(), Report.of([found]))
