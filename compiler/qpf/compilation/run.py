"""One environment, extracted where it changed: plan, extract, seal, with what is remembered of before.

The stages are those of `qpf.pipeline`; here each agent passes them alone, and only if the key of its
inputs is new. What comes out is the same, byte for byte.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial

from msgspec import Struct
from msgspec.structs import replace

from qpf import __version__
from qpf.compilation.checking import CHECK, NO_SILENCE, Checking, Known
from qpf.compilation.crew import Task
from qpf.compilation.worker import Shown, kept_under
from qpf.engine.pack import Head, read_head, read_pack
from qpf.engine.schedule import critical
from qpf.engine.state import Kept, State
from qpf.host.folding import fold
from qpf.host.territory import refuse_strange, settle
from qpf.model.artifact import Artifact
from qpf.model.diagnostic import Outcome, Report, Severity
from qpf.model.event import ExtractionFinished, ExtractionStarted, Observer, Origin, Planned
from qpf.model.fleet import Environment
from qpf.model.lock import Lock
from qpf.model.output import Output
from qpf.model.plan import Extraction, Plan
from qpf.stages.emit import emit_one
from qpf.stages.engine import bytes_of
from qpf.stages.keys import extraction_inputs
from qpf.stages.order import sort
from qpf.stages.seal import seal_outputs
from qpf.stages.verdict import verdict
from qpf.stages.view import neighbour_names

EXTRACTION = "extraction"


class Built(Struct, frozen=True):
    """An environment as a run left it.

    Attributes:
        name: What it is called.
        agents: Names of its agents.
        plan: What was extracted, or would have been.
        outputs: Every file but the lock, by path.
        shared: The files that belong to no agent.
        lock: What went in and came out.
        state: What the next run needs to know.
        keys: The key each agent's files go under.
        shown: What an agent may see of its neighbours.
    """

    name: str
    agents: tuple[str, ...]
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
        checking: Validated them, and knows who works and where results are kept.
        observe: Is told what happens.
        clock: Seconds since the run began.
        estimate: Seconds that extractions took before, by agent.
    """

    checking: Checking
    observe: Observer
    clock: Callable[[], float]
    estimate: Callable[[str, Sequence[str]], Mapping[str, float]] = lambda _environment, _agents: {}

    def plan(self, environment: Environment, known: Mapping[str, Known]) -> Plan:
        """Order the extractions, and say under which key each one's files go."""
        common = self.checking.grounds[environment.name]
        needs = {name: set(each.record.dependencies) & known.keys() for name, each in known.items()}
        extractions = []
        for name in sort(needs)[0]:
            each = known[name]
            seen = neighbour_names(name, each.record.dependencies, common.environment)
            interfaces = {one: known[one].record.interface for one in seen if one in known}
            documents = dict(zip(each.record.layers, each.record.documents, strict=True))
            each.full = extraction_inputs(each.inputs, documents, interfaces, common)
            each.key = each.full.key(EXTRACTION)
            extractions.append(Extraction(name, tuple(sorted(needs[name])), each.record.interface, each.key))
        return Plan(environment.name, tuple(extractions))

    def extract(
        self, environment: Environment, plan: Plan, known: Mapping[str, Known], state: State
    ) -> Outcome[Built]:
        """Make what is neither remembered nor cached, and what all agents share; seal it."""
        self._recall(known, state)
        made = self._obtain(plan, known, known)
        shared = emit_one(
            environment, "", self.checking.front.workspace.runs(environment), self.checking.front.schema
        )
        return self._seal(environment, plan, known, shared.value, made.report + shared.report)

    def _obtain(
        self, plan: Plan, known: Mapping[str, Known], wanted: Mapping[str, Known]
    ) -> Outcome[Sequence[str]]:
        """Take what is wanted from caches and make the rest; whom that was, and what was found."""
        name = plan.environment
        self._look_up(wanted)
        missing = [agent for agent, each in wanted.items() if each.head is None]
        estimated = self.estimate(name, missing) if missing else {}
        planned = [each for each in plan.extractions if each.agent in wanted]
        self.observe(
            Planned(
                at=self.clock(),
                environment=name,
                agents={each.agent: estimated.get(each.agent, 0.0) for each in planned},
                dependencies={
                    each.agent: tuple(agent for agent in each.dependencies if agent in wanted)
                    for each in planned
                },
            )
        )
        for agent, each in wanted.items():
            if each.head is not None:
                self.observe(self._finished(name, agent, each.head, each.origin))
        if not missing:
            return Outcome(missing)
        return Outcome(missing, self._make(name, known, self.order(plan, missing, estimated)))

    def _seal(
        self,
        environment: Environment,
        plan: Plan,
        known: Mapping[str, Known],
        shared: Iterable[Artifact],
        report: Report,
    ) -> Outcome[Built]:
        workspace = self.checking.front.workspace
        artifacts = sorted(shared, key=lambda each: (each.emitter, each.path), reverse=True)
        outputs = [output for each in known.values() if each.head for output in each.head.outputs]
        outputs += [each.output for each in artifacts]
        settled = settle(outputs, {run.name: run.plugin for run in workspace.runs(environment)})
        trails = [*self.checking.front.trails, *(each.record.trail for each in known.values())]
        lock = seal_outputs(
            environment.name,
            settled.value,
            workspace.sources,
            workspace.pins,
            __version__,
            (trail for trail in trails if trail is not None),
            workspace.engines,
        )
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
        around, silent = self.checking.silences.get(environment.name, NO_SILENCE)
        built = Built(
            environment.name,
            tuple(known),
            plan,
            settled.value,
            {each.path: each for each in artifacts},
            lock,
            State(
                self.checking.grounds[environment.name].emitting.inputs,
                agents,
                around,
                silent,
            ),
            {agent: each.key for agent, each in known.items()},
            partial(self._shown, environment.name, known=known),
        )
        return Outcome(built, verdict(fold(report + settled.report), workspace.policy))

    def _recall(self, known: Mapping[str, Known], state: State) -> None:
        """Take tables from what is remembered, where it is of the same key."""
        for agent, each in known.items():
            kept = state.agents.get(agent)
            if kept is not None and kept.key == each.key and kept.head:
                self._take(each, kept.table(), kept.head, "kept")

    def _look_up(self, known: Mapping[str, Known]) -> None:
        """Take tables from caches for what is not remembered."""
        owners = {each.key: agent for agent, each in known.items() if each.head is None}

        def read(key: str, payload: bytes) -> tuple[Head, bytes]:
            head = read_pack(payload)
            refuse_strange(head.outputs, owners[key])
            return head, payload[: head.size]

        for key, (head, table), origin in self.checking.tiers.look_up(list(owners), read):
            self._take(known[owners[key]], head, table, origin)

    def _take(self, known: Known, head: Head, table: bytes, origin: Origin) -> None:
        """Take a table; not of files that are larger than they may be: whoever makes them again says so."""
        if sum(output.size for output in head.outputs) <= self._most:
            known.head, known.table, known.origin = head, table, origin

    @cached_property
    def _most(self) -> int:
        """How many bytes the files of an agent may have."""
        limits = self.checking.front.configuration.engine.parallelization.resource_limits
        return bytes_of(limits.disk_per_extraction)

    def _make(self, name: str, known: Mapping[str, Known], agents: Sequence[str]) -> Report:
        """Extract agents, those that most others wait for first."""
        tasks: list[Task] = []
        shown: dict[str, Shown] = {}
        for agent in agents:
            others = self._shown(name, agent, known)
            tasks.append(Task(agent, known[agent].key, tuple(each.agent for each in others)))
            shown.update((each.agent, each) for each in others)
        reports = []

        def begun(agent: str) -> None:
            self.observe(ExtractionStarted(at=self.clock(), environment=name, agent=agent))

        for made in self.checking.crew(len(tasks)).emit(name, tasks, shown, begun):
            each = known[made.agent]
            each.key = kept_under(each.key, made.report)
            if made.report.diagnostics:
                reports.append(made.report)
            if made.table:
                each.head, each.table = read_head(made.table), made.table
                self.checking.tiers.share(each.key)
            faults = (each.message for each in made.report.diagnostics if each.severity is Severity.ERROR)
            error = next(faults, "")
            self.observe(
                replace(
                    self._finished(name, made.agent, each.head, "built"),
                    seconds=made.cost.seconds,
                    cpu_seconds=made.cost.cpu_seconds,
                    memory_bytes=made.cost.memory_bytes,
                    parts=made.cost.parts,
                    error=error,
                )
            )
        return Report.join(reports)

    def order(self, plan: Plan, agents: Sequence[str], seconds: Mapping[str, float]) -> Sequence[str]:
        """Agents in the order in which they are begun, as `qpf.yaml` wants it; it cannot change any file."""
        configuration = self.checking.front.configuration
        listed, wanted = configuration.fleet.agents, configuration.engine.parallelization
        if wanted.strategy == "pool":
            return sorted(agents)
        if wanted.dependency_graph == "explicit" and listed is not None:
            return sorted(agents, key=listed.index)
        return critical(plan, agents, seconds)

    def _shown(self, name: str, agent: str, known: Mapping[str, Known]) -> list[Shown]:
        """What an agent may see of its neighbours."""
        needs = known[agent].record.dependencies
        records = {
            one: known[one].record
            for one in neighbour_names(agent, needs, self.checking.grounds[name].environment)
            if one in known
        }
        return [Shown(one, record.source, record.seen_by_neighbours) for one, record in records.items()]

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
