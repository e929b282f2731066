"""One agent at a time: read, checked, emitted. The same code works in this process and in others.

A worker remembers what it has read and merged, so that emitting an agent it has checked costs no second
merge; asked to emit one it has not seen, it does all of it. It remembers so many agents and no more: of the
others it keeps their records, and merges their layers again.
"""

import resource
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from msgspec import Struct

from qpf.compilation.front import Front
from qpf.compilation.turn import Part, Turn, limits_of
from qpf.engine.pack import read_head, write_pack
from qpf.engine.record import record_of, write_record
from qpf.host.workspace import stopwatch_of
from qpf.model.artifact import Artifact
from qpf.model.diagnostic import Outcome, Report
from qpf.model.fleet import Agent, Environment
from qpf.model.node import Data
from qpf.stages.assemble import Assemblies, Assembly
from qpf.stages.compose import unattached
from qpf.stages.emit import emit_agent
from qpf.stages.lifted import lifted
from qpf.stages.plan import interface_of
from qpf.stages.validate import validate_agents
from qpf.stages.view import needs_of, seen_by, shell, shown_of

WHOLE = 500
"""So many agents a worker keeps whole, in about 90 KB each; a record has 5 KB."""


class Shown(Struct, frozen=True):
    """What an agent's neighbours may see of it: name, path of its file, values."""

    agent: str
    source: str
    values: Data


class Cost(Struct, frozen=True):
    """What an extraction took: seconds of wall and processor, memory of its process, seconds of each part."""

    seconds: float = 0.0
    cpu_seconds: float = 0.0
    memory_bytes: int = 0
    parts: Mapping[str, float] = {}


class Emitted(Struct, frozen=True):
    """One agent's extraction: its files packed, or why there are none."""

    payload: bytes
    report: Report
    cost: Cost

    def key(self, key: str) -> str:
        """The key its files are kept under."""
        return kept_under(key, self.report)

    @property
    def table(self) -> bytes:
        """The table of its pack; nothing, if there is none."""
        return self.payload[: read_head(self.payload).size] if self.payload else b""


def kept_under(key: str, report: Report) -> str:
    """The key of an extraction's files: its own, or beside it where something was found.

    What was found is said again by doing it again, so such files must not be found under the key.
    """
    return f"{key}:findings" if report.diagnostics else key


@dataclass
class Worker:
    """Works on agents of one fleet.

    Attributes:
        front: The fleet.
        tell: Is told which pass or emitter begins.
    """

    front: Front
    tell: Callable[[Part], None] = lambda _part: None
    _assembled: dict[str, Outcome[Assembly | None]] = field(default_factory=dict)
    _agents: dict[tuple[str, str], Agent] = field(default_factory=dict)
    _environments: dict[str, Environment] = field(default_factory=dict)

    def __post_init__(self) -> None:
        parallelization = self.front.configuration.engine.parallelization
        watch = stopwatch_of(self.front.configuration)
        self._turn = Turn(limits_of(parallelization.resource_limits), watch, self.tell)

    def layers(self, agent: str) -> tuple[str, ...] | None:
        """Paths of the files an agent is composed of; None if that cannot be told."""
        assembly = self._assemble(agent).value
        return None if assembly is None else assembly.layers

    def check(self, environment: str, agent: str) -> Outcome[bytes]:
        """Merge an agent's layers and validate it; its record, or nothing if it cannot be composed.

        Raises:
            TypeError: If its values are not JSON-like, which some plugin's section is to blame for.
        """
        return self._turn.take(environment, agent, lambda: self._check(environment, agent), b"")

    def _check(self, environment: str, agent: str) -> Outcome[bytes]:
        assembled = self._assemble(agent)
        report = assembled.report
        front, schema = self.front, self.front.schema
        overriding = front.workspace.documents.of_environment(environment)
        if assembled.value is None:
            overrides = front.configuration.overrides[environment]
            loose = unattached(overrides, environment, (agent,), schema)
            return Outcome(b"", report + lifted(loose, overriding))
        around = self._around(environment)
        assemblies = Assemblies({agent: assembled.value}, front.library)
        composed = front.compose(environment, agent, assembled.value)
        checks = [self._turn.check(entry, texts) for entry, texts in front.workspace.passes]
        valid = validate_agents(composed.value, assemblies, schema, checks, around)
        report += lifted(composed.report + valid.report, overriding)
        found = valid.value.get(agent)
        if found is None:
            return Outcome(b"", report)
        record = record_of(
            found,
            assembled.value,
            interface=interface_of(found, schema) if found.sound else "",
            shown=shown_of(found, schema) if found.sound else {},
            needs=needs_of(found, schema),
            report=report,
            exact=front.workspace.exact(environment),
        )
        if found.sound:
            whole = len(self._agents) < WHOLE
            self._agents[environment, agent] = found if whole else front.recall(environment, record)
        return Outcome(write_record(record), report)

    def emit(self, environment: str, agent: str, others: Collection[Shown]) -> Emitted:
        """Emit a valid agent's files, given what it may see of its neighbours."""
        started, used = time.perf_counter(), time.process_time()
        nothing: tuple[Artifact, ...] = ()
        outcome = self._turn.take(environment, agent, lambda: self._emit(environment, agent, others), nothing)
        payload = b"" if outcome.report.failed else write_pack(outcome.value)
        cost = Cost(
            time.perf_counter() - started,
            time.process_time() - used,
            resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
            dict(self._turn.parts),
        )
        return Emitted(payload, outcome.report, cost)

    def _emit(self, environment: str, agent: str, others: Collection[Shown]) -> Outcome[tuple[Artifact, ...]]:
        subject = self._agent(environment, agent)
        if subject.value is None:
            return Outcome((), subject.report)
        around = self._around(environment)
        seen = seen_by(
            subject.value,
            around,
            (shell(each.agent, environment, each.source, each.values) for each in others),
        )
        emitters = [self._turn.emitter(each) for each in self.front.workspace.runs(around)]
        return self._turn.weigh(environment, agent, emit_agent(subject.value, seen, emitters))

    def forget(self, environment: str, agent: str) -> None:
        """Let go of an agent that is done in an environment."""
        self._agents.pop((environment, agent), None)

    def _assemble(self, agent: str) -> Outcome[Assembly | None]:
        if agent in self._assembled:
            return self._assembled[agent]
        assembled = self.front.assemble(agent)
        if len(self._assembled) < WHOLE:
            self._assembled[agent] = assembled
        return assembled

    def _agent(self, environment: str, agent: str) -> Outcome[Agent | None]:
        """An agent that was found valid before; None if this time it is not."""
        report = Report()
        if (environment, agent) not in self._agents:
            report = self._check(environment, agent).report
        return Outcome(self._agents.get((environment, agent)), report)

    def _around(self, environment: str) -> Environment:
        if environment not in self._environments:
            self._environments[environment] = self.front.surroundings(environment)
        return self._environments[environment]
