"""One agent's turn at a worker, held to what an extraction may use; more than that is one finding.

Knows who of the plugins is at work at any moment, because that is who used it.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from time import perf_counter
from typing import Any, NamedTuple, TypeVar

from qpf.compilation.codes import LIMIT_EXCEEDED
from qpf.engine.limits import Limit, LimitReachedError, Limits, limited
from qpf.engine.pack import part_of
from qpf.host.guard import run_pass
from qpf.host.plugin import Registered
from qpf.host.stopwatch import Stopwatch, ticking
from qpf.model.artifact import Artifact
from qpf.model.diagnostic import Diagnostic, Outcome, Report
from qpf.model.extension import Pass
from qpf.stages.emit import EmitterRun
from qpf.stages.engine import ResourceLimits, bytes_of
from qpf.stages.together import Check

T = TypeVar("T")

_NOT_THE_PLUGINS = (KeyboardInterrupt, LimitReachedError, MemoryError)
"""What passes through the guards of plugins while a turn goes on."""

_SETTING = "extraction_engine.parallelization.resource_limits"


class Part(NamedTuple):
    """Somebody who works on an agent: a pass or an emitter of a plugin, or nobody in between."""

    kind: str = ""
    name: str = ""
    plugin: str = ""

    @property
    def told(self) -> str:
        """How a sentence ends that is about it; empty for nobody."""
        return f"; {self.kind} `{self.name}` of plugin `{self.plugin}` was at work" if self.kind else ""


NOBODY = Part()


@dataclass
class Turn:
    """Turns of agents, one after the other.

    Attributes:
        limits: What each may use.
        stopwatch: What each pass may take of it.
        tell: Is told who begins to work.
        at_work: Who works at this moment; who was interrupted stays at work until the next turn.
        parts: Seconds that emitting each part took in the last turn.
    """

    limits: Limits
    stopwatch: Stopwatch = field(default_factory=Stopwatch)
    tell: Callable[[Part], None] = lambda _part: None
    at_work: Part = NOBODY
    parts: dict[str, float] = field(default_factory=dict)
    _since: float = 0.0
    _emitters: dict[str, Part] = field(default_factory=dict)

    def check(self, entry: Registered[Pass], texts: Mapping[str, str] | None) -> Check:
        """A pass with the files that it reads, as it is to be run in a turn."""
        run = partial(run_pass, entry, passing=_NOT_THE_PLUGINS, stopwatch=self.stopwatch, texts=texts)
        part = Part("pass", entry.value.name, entry.plugin)
        return Check(entry.value.scope, self._named(part, run), entry.value.partial)

    def emitter(self, emitter: EmitterRun) -> EmitterRun:
        """An emitter, as it is to be run in a turn."""
        part = self._emitters[emitter.name] = Part("emitter", emitter.name, emitter.plugin)
        run = partial(emitter.run, passing=_NOT_THE_PLUGINS, seen=self._seen)
        return emitter._replace(run=self._named(part, run))

    def take(self, environment: str, agent: str, work: Callable[[], Outcome[T]], nothing: T) -> Outcome[T]:
        """Do an agent's work.

        Args:
            environment: Where.
            agent: Whose turn it is.
            work: What to do.
            nothing: What there is instead, if it used more than it may.
        """
        self._begin(NOBODY)
        self.parts = {}
        try:
            with ticking():
                return limited(self.limits, work)
        except LimitReachedError as reached:
            found = self._exceeded(environment, agent, reached)
        return Outcome(nothing, Report((found,)))

    def weigh(
        self, environment: str, agent: str, outcome: Outcome[tuple[Artifact, ...]]
    ) -> Outcome[tuple[Artifact, ...]]:
        """An agent's files; none of them, with a finding, if they are too large together."""
        sizes = Counter[str]()
        for each in outcome.value:
            sizes[each.emitter] += len(each.content)
        size = sizes.total()
        if size <= self.limits.disk_bytes:
            return outcome
        ((largest, _),) = sizes.most_common(1)
        self.at_work = self._emitters.get(largest, NOBODY)
        found = self._exceeded(environment, agent, LimitReachedError(Limit.DISK, size))
        return Outcome((), outcome.report + Report((found,)))

    def _named(self, part: Part, run: Callable[..., T]) -> Callable[..., T]:
        def call(*arguments: Any) -> T:
            self._begin(part)
            result = run(*arguments)
            self._begin(NOBODY)
            return result

        return call

    def _seen(self, artifact: object) -> None:
        """Count the time since the last artifact, or the beginning of its emitter, for what this one is."""
        now = perf_counter()
        path = getattr(artifact, "path", "")
        part = part_of(path) if isinstance(path, str) else ""
        self.parts[part] = self.parts.get(part, 0.0) + now - self._since
        self._since = now

    def _begin(self, part: Part) -> None:
        self._since = perf_counter()
        self.at_work = part
        self.tell(part)

    def _exceeded(self, environment: str, agent: str, reached: LimitReachedError) -> Diagnostic:
        setting = f"`{_SETTING}.{reached.limit}` in qpf.yaml"
        plugin = self.at_work.plugin
        fault = f", or report it to the authors of plugin `{plugin}`" if plugin else ""
        return Diagnostic(
            LIMIT_EXCEEDED,
            f"agent `{agent}` {_told(reached, self.limits)}{self.at_work.told}",
            hint=f"if an agent may need so much, raise {setting}{fault}",
            subject=agent,
            environment=environment,
            plugin=plugin or "qpf",
        )


def limits_of(settings: ResourceLimits) -> Limits:
    """The limits that `qpf.yaml` sets."""
    return Limits(
        settings.cpu_seconds_per_extraction,
        bytes_of(settings.memory_per_extraction),
        bytes_of(settings.disk_per_extraction),
    )


def _told(reached: LimitReachedError, limits: Limits) -> str:
    """What an agent did, and what it may."""
    match reached.limit:
        case Limit.CPU:
            return f"took {reached.used:.1f} s of processor time, of {limits.cpu_seconds} s that it may take"
        case Limit.MEMORY:
            return f"wanted more memory than the {_size(limits.memory_bytes)} that it may have"
        case Limit.DISK:
            return f"has files of {_size(reached.used)}, of {_size(limits.disk_bytes)} that it may have"


def _size(number: float) -> str:
    unit, word = (10**9, "GB") if number >= 10**9 else (10**6, "MB")  # a gigabyte
    return f"{number / unit:.3g} {word}"
