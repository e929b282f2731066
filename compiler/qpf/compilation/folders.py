"""The folders of a fleet's environments: what is remembered of them, how they are compared and written."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from qpf.compilation.contents import Contents
from qpf.compilation.front import Front
from qpf.compilation.narrow import narrow
from qpf.compilation.run import Built
from qpf.engine.state import State, read_state, write_state
from qpf.engine.tiers import Tiers
from qpf.io.compare import compare
from qpf.io.job import Changes, Job
from qpf.io.lockfile import LOCK_NAME, lock_output, previous_lock, write_lock
from qpf.io.publish import publish_all
from qpf.io.seen import NOTHING_SEEN, Seen, look, read_seen, write_seen
from qpf.io.selection import ENVIRONMENT_FILE
from qpf.io.workshop import WORKSHOP, keep, recall
from qpf.model.diagnostic import Outcome, Report


class Written(Struct, frozen=True):
    """An environment with what writing it did.

    Attributes:
        shown: What messages call its folder.
    """

    built: Built
    shown: str
    changes: Changes
    report: Report


class Folders(Struct, frozen=True):
    """A fleet's environments on disk.

    Attributes:
        root: The fleet's folder.
        remember: Whether to use and keep what is known of them.
    """

    root: Path
    remember: bool

    def state(self, name: str) -> State:
        """What was known of an environment after its last compile."""
        return read_state(self._bytes("state", name))

    def checked(self, name: str) -> State:
        """What was known of an environment's agents after its last check, or else its last compile."""
        return read_state(self._bytes("checked", name) or self._bytes("state", name))

    def keep_checked(self, name: str, state: State, before: State) -> None:
        """Keep what is known of an environment's agents after a check, if that is news."""
        if not self.remember or _checks(state) == _checks(before):
            return
        keep(self.root / WORKSHOP, "checked", name, content=write_state(state))

    def texts(self) -> bytes:
        """What was known of texts after they were last read over."""
        return self._bytes("texts")

    def keep_texts(self, front: Front, before: bytes) -> None:
        """Keep what is known of texts, if that is news and the fleet wants to be remembered."""
        if self.remember and front.configuration.engine.cache.enabled and (now := front.texts) != before:
            keep(self.root / WORKSHOP, "texts", content=now)

    def seen(self, name: str) -> Seen:
        """Its files whose content is known by their status."""
        return read_seen(self._bytes("seen", name))

    def _bytes(self, *names: str) -> bytes:
        return recall(self.root / WORKSHOP, *names) if self.remember else b""

    def _remember(self, built: Built, job: Job, changes: Changes, *, whole: bool) -> None:
        """Keep what is known of files, and of agents if all of them were written."""
        name = built.name
        with suppress(OSError):
            seen = look(job.folder, changes.known, changes.touched)
            seen = seen if whole else replace(seen, whole=False)
            keep(self.root / WORKSHOP, "seen", name, content=write_seen(seen))
            if whole:
                keep(self.root / WORKSHOP, "state", name, content=write_state(built.state))

    def in_place(self, built: Sequence[Built]) -> bool:
        """Whether every folder is, file by file, as a compile would leave it, and holds nothing else."""
        for each in built:
            name = each.name
            folder, seen = self.root / "environments" / name, self.seen(name)
            lock = lock_output(write_lock(each.lock))
            found = compare(folder, {one.path: one for one in (lock, *each.outputs)}, {}, name, seen)
            if not found.idle or set(found.unowned) - {ENVIRONMENT_FILE}:
                return False
        return True

    def publish(
        self,
        front: Front,
        built: Sequence[Built],
        tiers: Tiers,
        out: Path | None,
        processes: int,
        agents: Collection[str] = (),
    ) -> list[Written]:
        """Write environments to `environments/`, or to their folders in `out`; what stops one stops all.

        Of `agents`, if some are named, the files are written, and no others.
        """
        prepared = [self._job(front, each, tiers, out, agents) for each in built]
        jobs = [each.value for each in prepared]
        if any(each.report.failed for each in prepared):
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
                self._remember(each, job, outcome.value, whole=not agents)
        return [
            Written(each, job.shown, outcome.value, before.report + outcome.report)
            for each, job, outcome, before in zip(built, jobs, outcomes, prepared, strict=True)
        ]

    def _job(
        self, front: Front, built: Built, tiers: Tiers, out: Path | None, agents: Collection[str]
    ) -> Outcome[Job]:
        name = built.name
        folder = (self.root / "environments" if out is None else out) / name
        shown = f"environments/{name}" if out is None else folder.as_posix()
        seen = self.seen(name) if out is None else NOTHING_SEEN
        content = Contents(front, built, tiers).of
        if agents:
            read = previous_lock(folder, shown)
            lock, known = read.value
            if lock is not None:
                part = narrow(built.outputs, built.lock, agents, folder, lock, seen)
                sealed = write_lock(part.lock)
                job = Job(folder, part.outputs, content, sealed, part.owned, known, shown, seen)
                return Outcome(job, read.report)
        last = _previous(folder, shown, seen)
        previous, known = last.value
        job = Job(folder, built.outputs, content, write_lock(built.lock), previous, known, shown, seen)
        return Outcome(job, last.report)


def _previous(folder: Path, shown: str, seen: Seen) -> Outcome[tuple[Mapping[str, str] | None, str]]:
    """What the lock says we wrote, and its digest; one that was seen with all its files need not be read."""
    with suppress(OSError):
        known = seen.digest(LOCK_NAME, (folder / LOCK_NAME).lstat()) if seen.whole else None
        if known is not None:
            return Outcome(({path: each for path, each in seen.digests.items() if path != LOCK_NAME}, known))
    read = previous_lock(folder, shown)
    lock, known = read.value
    return Outcome((None if lock is None else lock.digests, known), read.report)


def _checks(state: State) -> object:
    """What a check needs of a state."""
    agents = {agent: (kept.checked, kept.record) for agent, kept in state.agents.items()}
    return state.around, state.silent, agents
