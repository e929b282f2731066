"""One environment, compiled where it changed: check, plan, extract, seal, with what is remembered of before.

The stages are those of `qpf.pipeline`; here each agent passes them alone, and only if the key of its
inputs is new. What comes out is the same, byte for byte.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from types import MappingProxyType

from qpf import __version__
from qpf.compilation.crew import Crew, Task
from qpf.compilation.front import Front
from qpf.compilation.worker import Shown
from qpf.engine.pack import Head, read_head
from qpf.engine.record import Record, agent_of, read_record, write_record
from qpf.engine.schedule import critical
from qpf.engine.state import Kept, State
from qpf.engine.tiers import Tiers
from qpf.host.folding import fold
from qpf.host.guard import run_pass
from qpf.host.territory import settle
from qpf.model.artifact import Artifact
from qpf.model.diagnostic import Outcome, Report
from qpf.model.digest import digest
from qpf.model.event import Event, ExtractionFinished, Observer, Origin, Planned, StageFinished
from qpf.model.fleet import Agent, Composed, Environment
from qpf.model.lock import Lock
from qpf.model.output import Output
from qpf.model.plan import Extraction, Plan
from qpf.stages.assemble import Assemblies
from qpf.stages.compose import compose
from qpf.stages.emit import emit_one
from qpf.stages.keys import Ground, Inputs, check_inputs, extraction_inputs, ground
from qpf.stages.order import sort
from qpf.stages.seal import seal_outputs
from qpf.stages.validate import Check, validate_environment
from qpf.stages.view import neighbour_names

CHECK, EXTRACTION = "check", "extraction"
_BATCH = 64
"""Entries that are looked up at a time, so that few are in memory."""


@dataclass(slots=True)
class Known:
    """One agent on its way through a run."""

    inputs: Inputs
    layers: Mapping[str, str]
    record: Record
    text: bytes
    full: Inputs | None = None
    key: str = ""
    head: Head | None = None
    table: bytes = b""
    origin: Origin = "built"


@dataclass(frozen=True)
class Built:
    """An environment as a run left it.

    Attributes:
        environment: Its agents, glue and settings.
        plan: What was extracted, or would have been.
        outputs: Every file but the lock, by path.
        shared: The files that belong to no agent.
        lock: What went in and came out.
        state: What the next run needs to know.
        keys: The key each agent's files go under.
        shown: What an agent may see of its neighbours.
    """

    environment: Environment
    plan: Plan
    outputs: tuple[Output, ...]
    shared: Mapping[str, Artifact]
    lock: Lock
    state: State
    keys: Mapping[str, str]
    shown: Callable[[str], Sequence[Shown]]


@dataclass
class Run:
    """Compiles the environments of one fleet.

    Attributes:
        front: The fleet without its agents.
        tiers: Where results are kept.
        crew: Who works, called for once the amount of work is known.
        observe: Is told what happens.
        clock: Seconds since the run began.
    """

    front: Front
    tiers: Tiers
    crew: Callable[[int], Crew]
    observe: Observer
    clock: Callable[[], float]
    estimate: Callable[[str, Sequence[str]], Mapping[str, float]] = lambda _environment, _agents: {}
    _grounds: dict[str, Ground] = field(default_factory=dict)

    def check(self, name: str, state: State) -> Outcome[tuple[Environment, dict[str, Known]]]:
        """Validate an environment; agents that are known are not looked at again."""
        started = self.clock()
        front = self.front
        overrides = front.configuration.overrides[name]
        common = ground(front.surroundings(name), overrides.everyone, front.tools, front.templates)
        self._grounds[name] = common
        exact = front.exact(name)
        known: dict[str, Known] = {}
        reports: list[Report] = []
        for agent, kept in state.agents.items():
            found = self._remembered(agent, kept, name, exact) if agent in front.agents else None
            if found is not None:
                known[agent] = found
        unknown = [agent for agent in sorted(front.agents) if agent not in known]
        if unknown:
            reports += self._find_out(name, unknown, exact, known)
        known = dict(sorted(known.items()))
        reports += [each.record.report for each in known.values() if each.record.findings]
        environment = replace(common.environment, agents=self._agents(name, known))
        checks = [Check(each.value.scope, partial(run_pass, each)) for each in front.registry.passes]
        reports.append(validate_environment(environment, front.schema, checks))
        self._tell(
            StageFinished(at=self.clock(), stage="check", environment=name, seconds=self.clock() - started)
        )
        return Outcome((environment, known), fold(Report.join(reports)))

    def plan(self, environment: Environment, known: Mapping[str, Known]) -> Plan:
        """Order the extractions, and say under which key each one's files go."""
        started = self.clock()
        common = self._grounds[environment.name]
        needs = {name: set(each.record.dependencies) & known.keys() for name, each in known.items()}
        extractions = []
        for name in sort(needs)[0]:
            each = known[name]
            seen = neighbour_names(name, each.record.dependencies, common.environment)
            interfaces = {one: known[one].record.interface for one in seen if one in known}
            each.full = extraction_inputs(each.inputs, interfaces, common)
            each.key = each.full.key(EXTRACTION)
            extractions.append(Extraction(name, tuple(sorted(needs[name])), each.record.interface, each.key))
        self._tell(
            StageFinished(
                at=self.clock(), stage="plan", environment=environment.name, seconds=self.clock() - started
            )
        )
        return Plan(environment.name, tuple(extractions))

    def extract(
        self, environment: Environment, plan: Plan, known: Mapping[str, Known], state: State
    ) -> Outcome[Built]:
        """Make what is neither remembered nor cached, and what all agents share; seal it."""
        started = self.clock()
        name = environment.name
        for agent, each in known.items():
            kept = state.agents.get(agent)
            if kept is not None and kept.key == each.key and kept.head:
                each.head, each.table, each.origin = kept.table(), kept.head, "kept"
        self._look_up(known)
        missing = [agent for agent, each in known.items() if each.head is None]
        estimated = self.estimate(name, missing) if missing else {}
        self._tell(
            Planned(
                at=self.clock(),
                environment=name,
                agents={each.agent: estimated.get(each.agent, 0.0) for each in plan.extractions},
                dependencies={each.agent: each.dependencies for each in plan.extractions},
            )
        )
        for agent, each in known.items():
            if each.head is not None:
                self._tell(self._finished(name, agent, each.head, each.origin))
        reports = [self._make(name, known, critical(plan, missing, estimated))] if missing else []
        shared = emit_one(environment, "", self.front.workspace.runs(environment), self.front.schema)
        reports.append(shared.report)
        self._tell(
            StageFinished(at=self.clock(), stage="extract", environment=name, seconds=self.clock() - started)
        )
        return self._seal(environment, plan, known, shared.value, Report.join(reports))

    def _seal(
        self,
        environment: Environment,
        plan: Plan,
        known: Mapping[str, Known],
        shared: Iterable[Artifact],
        report: Report,
    ) -> Outcome[Built]:
        started = self.clock()
        workspace = self.front.workspace
        artifacts = {each.path: each for each in shared}
        outputs = [output for each in known.values() if each.head for output in each.head.outputs]
        outputs += [
            Output(each.path, digest(each.content), len(each.content), each.executable, each.emitter, "")
            for each in artifacts.values()
        ]
        settled = settle(outputs, {run.name: run.plugin for run in workspace.runs(environment)})
        lock = seal_outputs(environment.name, settled.value, workspace.sources, workspace.pins, __version__)
        agents = {
            agent: Kept(
                each.inputs.key(CHECK),
                each.key,
                each.layers,
                {} if each.full is None else {**each.full.schema, **each.full.glue},
                each.text,
                each.table,
            )
            for agent, each in known.items()
        }
        built = Built(
            environment,
            plan,
            settled.value,
            artifacts,
            lock,
            State(self._grounds[environment.name].emitting.inputs, agents),
            {agent: each.key for agent, each in known.items()},
            lambda agent: self._shown(environment.name, agent, known),
        )
        self._tell(
            StageFinished(
                at=self.clock(), stage="seal", environment=environment.name, seconds=self.clock() - started
            )
        )
        return Outcome(built, fold(report + settled.report))

    def _remembered(self, agent: str, kept: Kept, name: str, exact: str) -> Known | None:
        """An agent that is as it was; None if something that it was made of is not."""
        sources = self.front.sources
        for path, before in kept.layers.items():
            source = sources.get(path)
            if source is None or source.digest != before:
                return None
        inputs = self._inputs(agent, kept.layers, name)
        if inputs.key(CHECK) != kept.checked:
            return None
        record = kept.read()
        if record.findings and record.exact != exact:
            return None
        return Known(inputs, kept.layers, record, kept.record)

    def _inputs(self, agent: str, layers: Mapping[str, str], name: str) -> Inputs:
        own = self.front.configuration.overrides[name].agents.get(agent)
        return check_inputs(agent, layers, own, self._grounds[name])

    def _find_out(
        self, name: str, agents: Sequence[str], exact: str, known: dict[str, Known]
    ) -> list[Report]:
        """Read agents; then take each one's record from a cache, or validate it."""
        crew = self.crew(len(agents))
        inputs: dict[str, tuple[Inputs, Mapping[str, str]]] = {}
        for agent, paths in crew.layers(agents):
            if paths is not None:
                layers = {path: self.front.sources[path].digest for path in paths}
                inputs[agent] = (self._inputs(agent, layers, name), layers)
        keys = {agent: each.key(CHECK) for agent, (each, _) in inputs.items()}
        for agent, payload in self._cached(keys):
            record = read_record(payload)
            if not record.findings or record.exact == exact:
                known[agent] = Known(*inputs[agent], record, payload)
        reports: list[Report] = []
        fresh: dict[str, bytes] = {}
        for agent, outcome in crew.check(name, [agent for agent in agents if agent not in known]):
            if outcome.value is None:
                reports.append(outcome.report)
                continue
            text = write_record(outcome.value)
            known[agent] = Known(*inputs[agent], outcome.value, text)
            if not outcome.report.failed:
                fresh[keys[agent]] = text
        self.tiers.put(fresh)
        return reports

    def _cached(self, keys: Mapping[str, str]) -> Iterable[tuple[str, bytes]]:
        """The payloads of keys that some cache has, by whom they are about."""
        names = list(keys)
        for start in range(0, len(names), _BATCH):
            batch = {keys[name]: name for name in names[start : start + _BATCH]}
            for key, (payload, _) in self.tiers.get(list(batch)).items():
                yield batch[key], payload

    def _look_up(self, known: Mapping[str, Known]) -> None:
        """Take tables from caches for what is not remembered."""
        names = [agent for agent, each in known.items() if each.head is None]
        for start in range(0, len(names), _BATCH):
            batch = {known[agent].key: agent for agent in names[start : start + _BATCH]}
            for key, (payload, origin) in self.tiers.get(list(batch)).items():
                each = known[batch[key]]
                each.head, each.origin = read_head(payload), origin
                each.table = payload[: each.head.size]

    def _make(self, name: str, known: Mapping[str, Known], agents: Sequence[str]) -> Report:
        """Extract agents, those that most others wait for first."""
        tasks: list[Task] = []
        shown: dict[str, Shown] = {}
        for agent in agents:
            others = self._shown(name, agent, known)
            tasks.append(Task(agent, known[agent].key, tuple(each.agent for each in others)))
            shown.update((each.agent, each) for each in others)
        reports = []
        for made in self.crew(len(tasks)).emit(name, tasks, shown):
            each = known[made.agent]
            if made.head is not None:
                each.head, each.table = made.head, made.table
            if made.report.diagnostics:
                reports.append(made.report)
            error = made.report.diagnostics[0].message if made.report.failed else ""
            self._tell(
                replace(
                    self._finished(name, made.agent, made.head, "built"),
                    seconds=made.cost.seconds,
                    cpu_seconds=made.cost.cpu_seconds,
                    memory_bytes=made.cost.memory_bytes,
                    error=error,
                )
            )
        return Report.join(reports)

    def _shown(self, name: str, agent: str, known: Mapping[str, Known]) -> list[Shown]:
        """What an agent may see of its neighbours."""
        needs = known[agent].record.dependencies
        records = {
            one: known[one].record
            for one in neighbour_names(agent, needs, self._grounds[name].environment)
            if one in known
        }
        return [Shown(one, record.source, record.shown) for one, record in records.items()]

    def _finished(self, name: str, agent: str, head: Head | None, origin: Origin) -> ExtractionFinished:
        return ExtractionFinished(
            at=self.clock(),
            environment=name,
            agent=agent,
            origin=origin,
            seconds=0.0,
            files=len(head.outputs) if head else 0,
            tests=head.tests if head else 0,
            lines=head.lines if head else 0,
        )

    def _agents(self, name: str, known: Mapping[str, Known]) -> Mapping[str, Agent]:
        subs = self.front.library.data
        return MappingProxyType(
            {
                agent: agent_of(each.record, name, subs, partial(self._compose, name, agent))
                for agent, each in known.items()
            }
        )

    def _compose(self, name: str, agent: str) -> Composed:
        """Merge an agent's layers because somebody asks for a span."""
        front = self.front
        assembly = front.assemble(agent).value
        assert assembly is not None
        overrides = front.configuration.overrides[name]
        assemblies = Assemblies({agent: assembly}, front.library.data)
        (composed,) = compose(assemblies, overrides, front.schema, name, (agent,)).value
        return composed

    def _tell(self, event: Event) -> None:
        self.observe(event)
