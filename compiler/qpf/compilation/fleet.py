"""A whole compile with memory: from the front to written folders, and what the next run may rely on.

In the fleet's `.qpf` lies what is remembered: `state/ENV` (what was known of every agent, which passes found
nothing), `seen/ENV` (which files were written, and their status), `texts` (in which nothing was found),
`cache/` (what extractions made). All of it can be deleted at any time; then it is found out anew.
"""

import tempfile
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias, TypeVar

from msgspec import Struct

from qpf.compilation.checking import NO_SILENCE, Checking, Known, checked_state
from qpf.compilation.crew import Alone, Crew
from qpf.compilation.folders import Folders, Written
from qpf.compilation.forecast import Committed, ForecastRun
from qpf.compilation.front import Front
from qpf.compilation.processes import Forked
from qpf.compilation.remote import Remote
from qpf.compilation.run import Built, Run
from qpf.compilation.shard import Filled, Shard, ShardRun
from qpf.compilation.why import Before
from qpf.engine.state import State
from qpf.engine.tiers import DEADLINE, Tiers
from qpf.host.policy import idle
from qpf.io.cachefolder import DEFAULT_SIZE, DEFAULT_TTL, CacheFolder
from qpf.io.workshop import WORKSHOP
from qpf.model.cache import Store
from qpf.model.diagnostic import Outcome, Report
from qpf.model.event import Observer, StageFinished
from qpf.model.executor import Pool
from qpf.model.fleet import Environment
from qpf.model.forecast import Forecast

T = TypeVar("T")
KnownAgents: TypeAlias = dict[str, Known]

FEW = 24
"""So few agents are done sooner than other processes have started."""


class Options(Struct, frozen=True):
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


@dataclass
class Compilation:
    """One compile of one fleet."""

    front: Front
    root: Path
    options: Options
    observe: Observer = lambda _event: None
    estimate: Callable[[str, Sequence[str]], Mapping[str, float]] = lambda _environment, _agents: {}
    notes: list[str] = field(default_factory=list)
    _begun: float = field(default_factory=time.monotonic)
    _crew: Crew | None = None
    _many: bool = False

    @property
    def folders(self) -> Folders:
        """The environments on disk."""
        return Folders(self.root, self.options.remember)

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
                self._local(bounds=self.options.keep),
                self.options.shared,
                self.options.secret,
                deadline_seconds=self.options.deadline_seconds,
                keep=self.options.keep,
            )
            try:
                yield tiers
            finally:
                self._dismiss()
                tiers.close()
                self.notes += tiers.notes()

    def build(self, environments: Collection[str], tiers: Tiers) -> Outcome[tuple[Built, ...]]:
        """Check, plan, extract and seal environments; nothing is extracted unless everything is valid."""
        run = Run(self._checking(tiers), self.observe, self.clock, self.estimate)

        def build(name: str, state: State, environment: Environment, known: KnownAgents) -> Outcome[Built]:
            with self._stage("plan", name):
                plan = run.plan(environment, known)
            with self._stage("extract", name):
                return run.extract(environment, plan, known, state)

        return self._each_valid(run, environments, build)

    def check(self, environments: Collection[str], tiers: Tiers) -> Report:
        """Validate environments; agents that are as they were at the last check are not looked at again."""
        checking = self._checking(tiers)
        reports = [self.front.report]
        for name in environments:
            state = self.folders.checked(name)
            with self._stage("check", name):
                outcome = checking.check(name, state)
            _, known = outcome.value
            reports.append(outcome.report)
            if self.options.keep:
                now = checked_state(known, checking.silences.get(name, NO_SILENCE))
                self.folders.keep_checked(name, now, state)
        return Report.join(reports)

    def fill(self, environments: Collection[str], tiers: Tiers, shard: Shard) -> Outcome[tuple[Filled, ...]]:
        """Extract a shard's agents of environments into the caches, and write nothing else.

        Nothing is extracted unless everything is valid, the agents of other shards included.
        """
        run = ShardRun(self._checking(tiers), self.observe, self.clock, self.estimate)

        def fill(name: str, _: State, environment: Environment, known: KnownAgents) -> Outcome[Filled]:
            with self._stage("extract", name):
                return run.fill(run.plan(environment, known), known, shard)

        return self._each_valid(run, environments, fill)

    def forecast(
        self, environments: Collection[str], tiers: Tiers, before: Before | None
    ) -> Outcome[tuple[Forecast, ...]]:
        """Tell what `build` and `publish` would do, and why if sources as they were can be had."""
        run = ForecastRun(self._checking(tiers), self.observe, self.clock, self.estimate)

        def forecast(
            name: str, state: State, environment: Environment, known: KnownAgents
        ) -> Outcome[Forecast]:
            last = Committed(
                self.root / "environments" / name,
                f"environments/{name}",
                state,
                self.folders.seen(name),
            )
            return Outcome(run.forecast(environment, known, last, before, self._processes))

        return self._each_valid(run, environments, forecast)

    def _each_valid(
        self,
        run: Run,
        environments: Collection[str],
        work: Callable[[str, State, Environment, KnownAgents], Outcome[T]],
    ) -> Outcome[tuple[T, ...]]:
        """Validate environments; then, if all are valid, do some work on each."""
        states = {name: self.folders.state(name) for name in environments}
        checked = {}
        for name, state in states.items():
            with self._stage("check", name):
                checked[name] = run.checking.check(name, state)
        report = Report.join((self.front.report, *(each.report for each in checked.values())))
        if report.failed:
            return Outcome((), report)
        done = [work(name, states[name], *outcome.value) for name, outcome in checked.items()]
        report = Report.join((report, *(each.report for each in done)))
        if len(states) == len(self.front.configuration.environments):
            report += idle(self.front.registry, self.front.workspace.policy, report, emitted=True)
        return Outcome(tuple(each.value for each in done), report)

    def _checking(self, tiers: Tiers) -> Checking:
        return Checking(self.front, tiers, self._workers(tiers), self.observe, self.clock)

    def _processes(self, agents: int) -> int:
        return self.options.jobs if agents > FEW else 1

    def publish(
        self, built: Sequence[Built], tiers: Tiers, out: Path | None = None, agents: Collection[str] = ()
    ) -> list[Written]:
        """Write environments, or the files of some agents; see `Folders.publish`."""
        self._dismiss()
        with self._stage("publish"):
            return self.folders.publish(self.front, built, tiers, out, self.options.jobs, agents)

    @contextmanager
    def _stage(self, name: str, environment: str = "") -> Iterator[None]:
        started = self.clock()
        yield
        now = self.clock()
        self.observe(StageFinished(at=now, stage=name, environment=environment, seconds=now - started))

    def _workers(self, tiers: Tiers) -> Callable[[int], Crew]:
        def call(agents: int) -> Crew:
            many = agents > FEW and (self.options.jobs > 1 or self.options.pool is not None)
            if self._crew is None or (many and not self._many):
                self._dismiss()
                self._crew, self._many = self._hired(tiers, many=many), many
            return self._crew

        return call

    def _hired(self, tiers: Tiers, *, many: bool) -> Crew:
        def put(key: str, payload: bytes) -> None:
            tiers.put({key: payload})

        if many and self.options.pool is not None:
            return Remote(self.front, self.options.pool, put)
        if many or self.front.registry.has_strangers:
            return Forked(self.front, self._keeper, self.options.jobs if many else 1)
        return Alone(self.front, put)

    def _dismiss(self) -> None:
        """Let everybody who works go: what is written is written by this process and its own children."""
        if self._crew is not None:
            self._crew.close()
            self._crew = None

    def _keeper(self) -> Callable[[str, bytes], None]:
        """What keeps payloads in a worker: the same local cache, opened there."""
        tiers = Tiers(self._local(), (), self.options.secret, keep=self.options.keep)
        return lambda key, payload: tiers.put({key: payload})

    def _local(self, *, bounds: bool = False) -> CacheFolder:
        options = self.options
        return CacheFolder(self._store, ttl_seconds=options.ttl_seconds, most=options.size, bounds=bounds)


@contextmanager
def _kept(folder: Path) -> Iterator[str]:
    yield str(folder)
