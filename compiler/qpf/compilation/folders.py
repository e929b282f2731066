"""The folders of a fleet's environments: what is remembered of them, how they are compared and written."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from qpf.compilation.contents import Contents
from qpf.compilation.front import Front
from qpf.compilation.run import Built
from qpf.engine.state import State, read_state, write_state
from qpf.engine.tiers import Tiers
from qpf.io.compare import Wanted, compare, wanted_of
from qpf.io.files import replace_file
from qpf.io.lockfile import LOCK_NAME, previous_lock, write_lock
from qpf.io.publish import Changes, Job, publish_all
from qpf.io.seen import NOTHING_SEEN, Seen, look, read_seen, write_seen
from qpf.io.selection import ENVIRONMENT_FILE
from qpf.io.workshop import WORKSHOP
from qpf.model.diagnostic import Outcome, Report
from qpf.model.lock import ArtifactEntry, Lock


@dataclass(frozen=True, slots=True)
class Written:
    """An environment with what writing it did.

    Attributes:
        shown: What messages call its folder.
    """

    built: Built
    shown: str
    changes: Changes
    report: Report


@dataclass(frozen=True, slots=True)
class Folders:
    """A fleet's environments on disk.

    Attributes:
        root: The fleet's folder.
        remember: Whether to use and keep what is known of them.
    """

    root: Path
    remember: bool

    def state(self, name: str) -> State:
        """What was known of an environment after its last compile."""
        return read_state(self._read("state", name))

    def seen(self, name: str) -> Seen:
        """Its files whose content is known by their status."""
        return read_seen(self._read("seen", name))

    def _read(self, kind: str, name: str) -> bytes:
        if not self.remember:
            return b""
        try:
            return (self.root / WORKSHOP / kind / name).read_bytes()
        except OSError:
            return b""

    def _remember(self, built: Built, job: Job, changes: Changes) -> None:
        name = built.environment.name
        with suppress(OSError):
            seen = look(
                job.folder, changes.known, changes.touched, len(changes.written) + len(changes.unchanged)
            )
            replace_file(self.root / WORKSHOP / "seen" / name, write_seen(seen))
            replace_file(self.root / WORKSHOP / "state" / name, write_state(built.state))

    def in_place(self, built: Sequence[Built]) -> bool:
        """Whether every folder is, file by file, as a compile would leave it, and holds nothing else."""
        for each in built:
            name = each.environment.name
            folder, seen = self.root / "environments" / name, self.seen(name)
            files = ((one.path, Wanted(one.digest, one.executable, _never)) for one in each.outputs)
            wanted = wanted_of(files, write_lock(each.lock))
            found = compare(folder, wanted, {}, name, seen)
            if not found.idle or set(found.unowned) - {ENVIRONMENT_FILE}:
                return False
        return True

    def publish(
        self, front: Front, built: Sequence[Built], tiers: Tiers, out: Path | None, processes: int
    ) -> list[Written]:
        """Write environments to `environments/`, or to their folders in `out`; what stops one stops all."""
        jobs, found = [], []
        for each in built:
            name = each.environment.name
            folder = (self.root / "environments" if out is None else out) / name
            shown = f"environments/{name}" if out is None else folder.as_posix()
            seen = self.seen(name) if out is None else NOTHING_SEEN
            previous = _as_seen(folder, seen) or previous_lock(folder, shown)
            content = Contents(front, each, tiers)
            files = [
                (
                    output.path,
                    Wanted(output.digest, output.executable, content.of(output.path), output.subject),
                )
                for output in each.outputs
            ]
            jobs.append(Job(folder, files, write_lock(each.lock), previous.value, shown, seen))
            found.append(previous.report)
        if any(report.failed for report in found):
            outcomes = [Outcome(Changes()) for _ in jobs]
        else:
            outcomes = publish_all(
                jobs,
                workshop=self.root / WORKSHOP if out is None else None,
                keep=self.remember,
                processes=processes,
            )
        for each, job, outcome in zip(built, jobs, outcomes, strict=True):
            if out is None and self.remember and not outcome.report.failed:
                self._remember(each, job, outcome.value)
        return [
            Written(each, job.shown, outcome.value, report + outcome.report)
            for each, job, outcome, report in zip(built, jobs, outcomes, found, strict=True)
        ]


def _never() -> bytes:
    """The content of a file that is only compared."""
    raise AssertionError


def _as_seen(folder: Path, seen: Seen) -> Outcome[Lock | None] | None:
    """The lock as far as publishing needs it, if it is the one that was seen with all its files."""
    try:
        status = (folder / LOCK_NAME).lstat()
    except OSError:
        return None
    if not seen.whole or seen.digest(LOCK_NAME, status) is None:
        return None
    entries = (
        ArtifactEntry(path, digest, "", "") for path, digest in seen.digests.items() if path != LOCK_NAME
    )
    return Outcome(Lock(folder.name, "", (), (), tuple(entries)))
