"""A whole compile with memory: from the front to written folders, and what the next run may rely on.

What is remembered lies in the fleet's `.qpf`: `state/ENV` (what was known of every agent), `seen/ENV` (which
files were written, and their status), `cache/` (what extractions made). All of it can be deleted at any
time; then it is found out anew.
"""

import tempfile
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from qpf.compilation.checking import Checking
from qpf.compilation.contents import Contents
from qpf.compilation.crew import Alone, Crew, Forked
from qpf.compilation.forecast import Committed, ForecastRun, forecast
from qpf.compilation.front import Front
from qpf.compilation.remote import Remote
from qpf.compilation.run import Built, Run
from qpf.compilation.shard import Filled, Shard, ShardRun, fill
from qpf.compilation.why import Before
from qpf.engine.state import State, read_state, write_state
from qpf.engine.tiers import DEADLINE, Tiers
from qpf.io.cachefolder import DEFAULT_SIZE, DEFAULT_TTL, CacheFolder
from qpf.io.compare import Wanted, compare, wanted_of
from qpf.io.files import replace_file
from qpf.io.lockfile import LOCK_NAME, previous_lock, write_lock
from qpf.io.publish import Changes, Job, publish_all
from qpf.io.seen import NOTHING_SEEN, Seen, look, read_seen, write_seen
from qpf.io.selection import ENVIRONMENT_FILE
from qpf.model.cache import Store
from qpf.model.diagnostic import Outcome, Report
from qpf.model.event import Observer, StageFinished
from qpf.model.executor import Pool
from qpf.model.forecast import Forecast
from qpf.model.lock import ArtifactEntry, Lock

WORKSHOP = ".qpf"
FEW = 24
"""So few agents are done sooner than another process has started."""


@dataclass(frozen=True, slots=True)
class Options:
    """How a compile may work; nothing of it can change what comes out.

    Attributes:
        jobs: How many processes may work at a time.
        remember: Whether to use and keep state and local cache.
        keep: Whether to keep anything; False for those who only want to know.
        shared: Caches that others share, each with what it is called.
        secret: What their entries are signed with.
        size: Bytes the local cache may have.
        ttl_seconds: How long its entries are kept.
        deadline_seconds: How long a shared cache may take.
        pool: Who works elsewhere, if it is not this machine.
    """

    jobs: int = 1
    remember: bool = True
    keep: bool = True
    shared: Sequence[tuple[str, Store]] = ()
    secret: bytes | None = None
    size: int = DEFAULT_SIZE
    ttl_seconds: float = DEFAULT_TTL
    deadline_seconds: float = DEADLINE
    pool: Pool | None = None


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


@dataclass
class Compilation:
    """One compile of one fleet."""

    front: Front
    root: Path
    options: Options
    observe: Observer
    estimate: Callable[[str, Sequence[str]], Mapping[str, float]] = lambda _environment, _agents: {}
    notes: list[str] = field(default_factory=list)
    _begun: float = field(default_factory=time.monotonic)
    _crew: Crew | None = None

    def clock(self) -> float:
        """Seconds since this began."""
        return time.monotonic() - self._begun

    @contextmanager
    def tiers(self) -> Iterator[Tiers]:
        """The caches, open as long as results are needed."""
        with (
            tempfile.TemporaryDirectory(prefix="qpf-")
            if not self.options.remember
            else _kept(self.root / WORKSHOP / "cache") as folder
        ):
            self._store = Path(folder)
            tiers = Tiers(
                self._local(),
                self.options.shared,
                self.options.secret,
                deadline_seconds=self.options.deadline_seconds,
                keep=self.options.keep,
            )
            try:
                yield tiers
            finally:
                if self._crew is not None:
                    self._crew.close()
                tiers.close()
                self.notes += tiers.notes()

    def build(self, environments: Collection[str], tiers: Tiers) -> Outcome[tuple[Built, ...]]:
        """Check, plan, extract and seal environments; nothing is extracted unless everything is valid."""
        checking = Checking(self.front, tiers, self._workers(tiers))
        run = Run(checking, self.observe, self.clock, self.estimate)
        states = {name: self._state(name) for name in environments}
        checked = {}
        for name, state in states.items():
            with self._stage("check", name):
                checked[name] = checking.check(name, state)
        report = Report.join((self.front.report, *(each.report for each in checked.values())))
        if report.failed:
            return Outcome((), report)
        built = []
        for name, outcome in checked.items():
            environment, known = outcome.value
            with self._stage("plan", name):
                plan = run.plan(environment, known)
            with self._stage("extract", name):
                built.append(run.extract(environment, plan, known, states[name]))
        report = Report.join((report, *(each.report for each in built)))
        return Outcome(tuple(each.value for each in built), report)

    def fill(self, environments: Collection[str], tiers: Tiers, shard: Shard) -> Outcome[tuple[Filled, ...]]:
        """Extract a shard's agents of environments into the caches, and write nothing else."""
        checking = Checking(self.front, tiers, self._workers(tiers))
        run = ShardRun(checking, self.observe, self.clock, self.estimate)
        return fill(run, {name: self._state(name) for name in environments}, shard)

    def forecast(
        self, environments: Collection[str], tiers: Tiers, before: Before | None
    ) -> Outcome[tuple[Forecast, ...]]:
        """Tell what `build` and `publish` would do, and why if sources as they were can be had."""
        checking = Checking(self.front, tiers, self._workers(tiers))
        run = ForecastRun(checking, self.observe, self.clock, self.estimate)
        last = {
            name: Committed(
                self.root / "environments" / name, f"environments/{name}", self._state(name), self._seen(name)
            )
            for name in environments
        }
        return forecast(run, last, before, lambda agents: self.options.jobs if self._worth(agents) else 1)

    def in_place(self, built: Sequence[Built]) -> bool:
        """Whether every folder is, file by file, as a compile would leave it, and holds nothing else."""
        for each in built:
            name = each.environment.name
            folder, seen = self.root / "environments" / name, self._seen(name)
            files = ((one.path, Wanted(one.digest, one.executable, _never)) for one in each.outputs)
            wanted = wanted_of(files, write_lock(each.lock))
            found = compare(folder, wanted, {}, name, seen)
            if not found.idle or set(found.unowned) - {ENVIRONMENT_FILE}:
                return False
        return True

    def publish(self, built: Sequence[Built], tiers: Tiers, out: Path | None = None) -> list[Written]:
        """Write environments to `environments/`, or to their folders in `out`; what stops one stops all."""
        with self._stage("publish"):
            return self._publish(built, tiers, out)

    def _publish(self, built: Sequence[Built], tiers: Tiers, out: Path | None) -> list[Written]:
        jobs, found = [], []
        for each in built:
            name = each.environment.name
            folder = (self.root / "environments" if out is None else out) / name
            shown = f"environments/{name}" if out is None else folder.as_posix()
            seen = self._seen(name) if out is None else NOTHING_SEEN
            previous = _as_seen(folder, seen) or previous_lock(folder, shown)
            content = Contents(self.front, each, tiers)
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
                keep=self.options.remember,
                processes=self.options.jobs,
            )
        for each, job, outcome in zip(built, jobs, outcomes, strict=True):
            if out is None and self.options.remember and not outcome.report.failed:
                self._remember(each, job, outcome.value)
        return [
            Written(each, job.shown, outcome.value, report + outcome.report)
            for each, job, outcome, report in zip(built, jobs, outcomes, found, strict=True)
        ]

    @contextmanager
    def _stage(self, name: str, environment: str = "") -> Iterator[None]:
        started = self.clock()
        yield
        now = self.clock()
        self.observe(StageFinished(at=now, stage=name, environment=environment, seconds=now - started))

    def _workers(self, tiers: Tiers) -> Callable[[int], Crew]:
        def call(agents: int) -> Crew:
            pool = self.options.pool
            if pool is not None and self._crew is None:
                self._crew = Remote(self.front, pool, lambda key, payload: tiers.put({key: payload}))
            if self._crew is None or (isinstance(self._crew, Alone) and self._worth(agents)):
                if self._worth(agents):
                    self._crew = Forked(self.front, self._keeper, self.options.jobs)
                else:
                    self._crew = Alone(self.front, lambda key, payload: tiers.put({key: payload}))
            return self._crew

        return call

    def _worth(self, agents: int) -> bool:
        return self.options.jobs > 1 and agents > FEW

    def _keeper(self) -> Callable[[str, bytes], None]:
        """What keeps payloads in a worker: the same local cache, opened there."""
        tiers = Tiers(self._local(), (), self.options.secret, keep=self.options.keep)
        return lambda key, payload: tiers.put({key: payload})

    def _local(self) -> CacheFolder:
        return CacheFolder(self._store, ttl_seconds=self.options.ttl_seconds, most=self.options.size)

    def _state(self, name: str) -> State:
        return read_state(self._read("state", name))

    def _seen(self, name: str) -> Seen:
        return read_seen(self._read("seen", name))

    def _read(self, kind: str, name: str) -> bytes:
        if not self.options.remember:
            return b""
        try:
            return (self.root / WORKSHOP / kind / name).read_bytes()
        except OSError:
            return b""

    def _remember(self, built: Built, job: Job, changes: Changes) -> None:
        name = built.environment.name
        with suppress(OSError):
            seen = look(job.folder, changes.known, changes.touched)
            replace_file(self.root / WORKSHOP / "seen" / name, write_seen(seen))
            replace_file(self.root / WORKSHOP / "state" / name, write_state(built.state))


def _never() -> bytes:
    """The content of a file that is only compared."""
    raise AssertionError


@contextmanager
def _kept(folder: Path) -> Iterator[str]:
    yield str(folder)


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
