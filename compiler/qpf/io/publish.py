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
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from qpf.io import codes
from qpf.io.compare import Comparison, compare, wanted_of
from qpf.io.exchange import CANNOT, exchange
from qpf.io.inplace import write_in_place
from qpf.io.job import Changes, Job
from qpf.io.lockfile import LOCK_NAME
from qpf.io.ownership import owned_files
from qpf.io.seen import Seen, Stamp
from qpf.io.stage import build, identities, refresh, rescue
from qpf.io.workshop import STAGE, exclusive, has_leftovers, intent_of
from qpf.model.diagnostic import Diagnostic, Outcome, Report
from qpf.model.span import start_of

_UNTOUCHED = "nothing was changed"
_BEGUN = "it was changed, perhaps not in full"


def publish(job: Job, *, workshop: Path | None = None, keep: bool = False) -> Outcome[Changes]:
    """Bring one folder to the state that a compile produced; see `publish_all`."""
    (outcome,) = publish_all([job], workshop=workshop, keep=keep)
    return outcome


def publish_all(
    jobs: Iterable[Job], *, workshop: Path | None = None, keep: bool = False, processes: int = 1
) -> list[Outcome[Changes]]:
    """Bring folders to the states that a compile produced; with nothing to change, nothing is written.

    All are built before the first is swapped, and swapped one right after the other: what stops one,
    stops all.

    Args:
        jobs: The folders.
        workshop: Where to work: the fleet's `.qpf`. By default, and if that is on another file
            system, a hidden folder beside each folder, gone afterwards.
        keep: Whether the workshop keeps a mirror of each folder, so that the next change is quick.
        processes: How many may write files.

    Returns:
        What changed, by job; nothing, with findings, where a person's file is in the way or the disk
        refuses.

    Raises:
        ValueError: If an artifact's path is not plain, is given twice, or is inside another's.
    """
    works = [_Work(job, workshop, keep=keep, processes=processes) for job in jobs]
    with _Held() as held:
        if all(_done(step, works) for step in (_Work.compare, held.hold, _Work.build)) and _swapped(works):
            _done(_Work.settle, works, _BEGUN)
    done = not any(work.found for work in works)
    return [work.outcome(done=done) for work in works]


def _done(step: Callable[["_Work"], None], works: Sequence["_Work"], state: str = _UNTOUCHED) -> bool:
    """Take a step with every folder; says whether nothing stops the next."""
    for work in works:
        try:
            step(work)
        except OSError as error:
            work.trouble.append(_unwritable(error, work.shown, state))
    return not any(work.found for work in works)


def _swapped(works: Sequence["_Work"]) -> bool:
    """Swap every folder, or none: what stops one, Ctrl-C too, takes back those before it."""
    with ExitStack() as undo:
        for work in works:
            undo.callback(_done, _Work.take_back, [work], _BEGUN)
            if not _done(_Work.swap, [work]):
                return False
        undo.pop_all()
    return True


class _Held(ExitStack):
    """The workshops this call holds, each once."""

    def __init__(self) -> None:
        super().__init__()
        self._benches: set[Path] = set()

    def hold(self, work: "_Work") -> None:
        """Hold the workshop of a folder that has to change, one process at a time, and look again."""
        if not work.changes:
            return
        if work.bench not in self._benches:
            try:
                self.enter_context(exclusive(work.bench, keep=work.keep))
            except OSError as error:
                work.trouble.append(_unwritable(error, work.shown, workshop=work.workshop))
                return
            self._benches.add(work.bench)
        if _stamp(work.target) != work.stamp:  # Another process wrote it while we waited.
            work.compare()
        work.changes = not work.comparison.idle or work.intent.exists()


class _Work:
    """One job on its way; each step is done for all jobs before the next begins."""

    def __init__(self, job: Job, workshop: Path | None, *, keep: bool, processes: int) -> None:
        self.target = Path(os.path.realpath(job.folder))
        self.shown = job.shown or self.target.name
        self.bench = _bench(self.target, workshop)
        self.workshop = workshop.name if workshop is not None and workshop == self.bench else ""
        self.keep = keep and self.bench == workshop
        self.stage = self.bench / STAGE / self.target.name
        self.intent = intent_of(self.bench, self.target.name)
        self.comparison = Comparison()
        self.trouble: list[Diagnostic] = []
        self.stamp: tuple[int, int] | None = None
        self.changes = self.in_place = False
        self._wanted = wanted_of(job.outputs, job.content, job.lock)
        self._lock, self._previous, self._known_lock = job.lock, job.previous, job.known
        self._seen, self._processes = job.seen, processes
        self._stamps: dict[str, Stamp] = {}
        self._touched: set[str] = set()
        self._known: dict[str, int] | None = None
        self._new = 0

    def compare(self) -> None:
        self.stamp = _stamp(self.target)
        owned = owned_files(self.target, self.intent, self._previous, self._lock, self._known_lock)
        self.comparison = compare(self.target, self._wanted.files, owned, self.shown, self._seen)
        self.changes = not self.comparison.idle or has_leftovers(self.bench, keep=self.keep)

    def build(self) -> None:
        if self.changes:
            self.stage.parent.mkdir(exist_ok=True)
            with self._or_in_place():
                self._stamps, linked = build(
                    self.stage, self.target, self._wanted, self.comparison, self._processes
                )
                self._touched.update(linked)

    def swap(self) -> None:
        if not self.changes or self.in_place:
            return
        with self._or_in_place():
            self._new = os.stat(self.stage).st_ino
            if not self.target.exists():
                self.target.parent.mkdir(parents=True, exist_ok=True)
                os.rename(self.stage, self.target)
                return
            self._known = identities(self.stage, self.comparison.unowned)
            exchange(self.stage, self.target)

    def take_back(self) -> None:
        """Undo the swap, if it was made."""
        if not self.target.exists() or self.target.stat().st_ino != self._new:
            return
        if self._known is None:
            os.rename(self.target, self.stage)
        else:
            exchange(self.target, self.stage)
            self._rescue()

    def settle(self) -> None:
        if not self.changes:
            return
        if self.in_place:
            write_in_place(self.target, self.intent, self._wanted, self.comparison)
            return
        if self._known is not None:
            found = self.comparison
            if found.stays:
                self._touched.update(found.written)
                _swap_back(self.stage, self.target, found)
            self._rescue()
        with suppress(OSError):  # it says no more than the lock does by now
            self.intent.unlink()

    def _rescue(self) -> None:
        assert self._known is not None
        found = self.comparison
        ours = (*found.written, *found.unchanged, *found.removed, *found.litter)
        rescue(self.stage, self.target, self._known, ours)

    @property
    def found(self) -> tuple[Diagnostic, ...]:
        return (*self.comparison.found, *self.trouble)

    def outcome(self, *, done: bool) -> Outcome[Changes]:
        if not done:
            return Outcome(Changes(), Report.of(self.found))
        made = self.comparison
        stamps = {**made.stamps, **({} if self.in_place else self._stamps)}
        digests = {path: self._wanted.files[path].digest for path in stamps}
        return Outcome(
            Changes(
                made.written,
                made.removed,
                made.unchanged,
                made.edited,
                atomic=not self.in_place,
                known=Seen(digests, stamps, whole=len(stamps) == len(made.written) + len(made.unchanged)),
                touched=frozenset(self._touched),
            )
        )

    @contextmanager
    def _or_in_place(self) -> Iterator[None]:
        """Where folders cannot be swapped or files not linked, the files will be replaced one by one."""
        try:
            yield
        except OSError as error:
            if error.errno not in CANNOT:
                raise
            self.in_place = True


def _swap_back(old: Path, new: Path, comparison: Comparison) -> None:
    """Let the old folder take its place again, with the new content; if it cannot, the new one stays."""
    try:
        refresh(old, new, comparison)
        exchange(old, new)
    except OSError:
        return


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


def _unwritable(error: OSError, shown: str, state: str = _UNTOUCHED, *, workshop: str = "") -> Diagnostic:
    reason = error.strerror or type(error).__name__
    what = f"`{workshop}`, in which `{shown}` is built," if workshop else f"`{shown}`"
    return Diagnostic(
        codes.UNWRITABLE_FOLDER,
        f"{what} cannot be written: {reason}",
        start_of(workshop or shown),
        hint=f"{state}; make the folder writable or free some space, and compile again",
    )
