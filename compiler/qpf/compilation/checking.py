"""The agents of an environment, validated: those that are as they were are not looked at again."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import TypeAlias

from msgspec.structs import replace

from qpf.compilation.crew import Crew
from qpf.compilation.front import Front
from qpf.compilation.silence import Silence
from qpf.engine.pack import Head
from qpf.engine.record import Record, read_foreign, read_record
from qpf.engine.state import Kept, Place, State
from qpf.engine.tiers import Tiers
from qpf.host.folding import fold
from qpf.host.stopwatch import ticking
from qpf.model.diagnostic import Outcome, Report
from qpf.model.digest import digest_of
from qpf.model.event import AgentChecked, Observer, Origin
from qpf.model.fleet import Agent, Environment
from qpf.stages.keys import Ground, Inputs, check_inputs, ground
from qpf.stages.together import validate_environment
from qpf.stages.verdict import verdict

CHECK = "check"
Silences: TypeAlias = tuple[str, Mapping[str, tuple[Place, ...]]]
NO_SILENCE: Silences = ("", {})


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


@dataclass
class Checking:
    """Validates the environments of one fleet.

    Attributes:
        front: The fleet without its agents.
        tiers: Where records are kept.
        crew: Who works, called for once the amount of work is known.
        observe: Is told what happens.
        clock: Seconds since the run began.
        grounds: What all agents of an environment have in common, by its name, as far as it was asked for.
        silences: Which passes over an environment found nothing, by its name, where all agents are valid:
            the digest of what is around, and the places in agents that each of them read.
    """

    front: Front
    tiers: Tiers
    crew: Callable[[int], Crew]
    observe: Observer
    clock: Callable[[], float]
    grounds: dict[str, Ground] = field(default_factory=dict)
    silences: dict[str, Silences] = field(default_factory=dict)

    def check(self, name: str, state: State) -> Outcome[tuple[Environment, dict[str, Known]]]:
        """Validate an environment; agents that are known are not looked at again."""
        front = self.front
        overrides = front.configuration.overrides[name]
        around, past = front.surroundings(name), front.workspace.history
        judges = front.workspace.judges
        common = ground(around, overrides.everyone, past, front.tools, front.templates, judges)
        self.grounds[name] = common
        exact = front.workspace.exact(name)
        known: dict[str, Known] = {}
        broken: dict[str, Agent] = {}
        reports: list[Report] = []
        for agent, kept in state.agents.items():
            found = self._remembered(agent, kept, name, exact) if agent in front.agents else None
            if found is not None:
                known[agent] = found
        unknown = [agent for agent in sorted(front.agents) if agent not in known]
        if unknown:
            reports += self._find_out(name, unknown, exact, known, broken)
        known = dict(sorted(known.items()))
        reports += [each.record.report for each in known.values() if each.record.findings]
        checks = front.workspace.checks
        if len(known) == len(front.agents):
            texts = {agent: each.text for agent, each in known.items()}
            silence = Silence(self._around(name), texts, state)
            self.silences[name] = silence.around, silence.kept
            checks = silence.over(checks)
        with ticking():
            seen = replace(common.environment, agents=self._agents(name, known))
            reports.append(validate_environment(seen, front.schema, checks, broken))
        trails = (each.record.trail for each in known.values())
        reports.append(front.told(filter(None, trails), front.agents.keys() - known))
        judged = verdict(fold(Report.join(reports), front.registry.passes), front.workspace.policy)
        # Agents anew, because those that passes saw hold all the values that passes read.
        environment = replace(common.environment, agents=self._agents(name, known))
        return Outcome((environment, known), judged)

    def _around(self, name: str) -> str:
        """Digest of what passes over an environment may see beside what is in its agents' records."""
        front, common = self.front, self.grounds[name]
        subs = {path: each.digest for path, each in front.sources.items() if path.startswith("sub/")}
        return digest_of([front.workspace.exact(name), subs, common.schema, common.tools.inputs])

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
        return check_inputs(agent, layers, own, self.grounds[name])

    def _find_out(
        self,
        name: str,
        agents: Sequence[str],
        exact: str,
        known: dict[str, Known],
        broken: dict[str, Agent],
    ) -> list[Report]:
        """Read agents; then take each one's record from a cache, or validate it.

        Args:
            name: The environment.
            agents: Whom to read.
            exact: Digest of the files that findings may point into.
            known: Takes the valid ones.
            broken: Takes those with errors.
        """
        crew = self.crew(len(agents))
        inputs: dict[str, tuple[Inputs, Mapping[str, str]]] = {}
        for agent, paths in crew.layers(agents):
            if paths is not None:
                layers = {path: self.front.sources[path].digest for path in paths}
                inputs[agent] = (self._inputs(agent, layers, name), layers)
        keys = {agent: each.key(CHECK) for agent, (each, _) in inputs.items()}
        owners = {key: agent for agent, key in keys.items()}

        def read(key: str, payload: bytes) -> tuple[Record, bytes]:
            return self._as_expected(owners[key], inputs[owners[key]][1], payload), payload

        for key, (record, payload), _ in self.tiers.look_up(list(owners), read):
            if not record.findings or record.exact == exact:
                known[owners[key]] = Known(*inputs[owners[key]], record, payload)
        reports: list[Report] = []
        # A record holds what the sources say: none of a fleet whose sources are refused is kept.
        kept = not self.front.report.failed
        unknown = {agent: keys.get(agent, "") if kept else "" for agent in agents if agent not in known}
        for done, (agent, outcome) in enumerate(crew.check(name, unknown), 1):
            self.observe(
                AgentChecked(at=self.clock(), environment=name, agent=agent, done=done, total=len(unknown))
            )
            if not outcome.value:
                reports.append(outcome.report)
                continue
            record = read_record(outcome.value)
            if record.doubts is not None:
                broken[agent] = self.front.recall(name, record)
                reports.append(outcome.report)
                continue
            known[agent] = Known(*inputs[agent], record, outcome.value)
            if unknown[agent] and not outcome.report.failed:
                self.tiers.share(unknown[agent])
        return reports

    def _as_expected(self, agent: str, layers: Mapping[str, str], payload: bytes) -> Record:
        """The record in an entry that others may have written.

        Raises:
            ValueError: If it is none, or not this agent's.
        """
        record = read_foreign(payload, self._sections)
        if record.agent != agent or [*record.layers] != [*layers]:
            message = "this record is of another agent"
            raise ValueError(message)
        if not self.front.library.data.keys() >= set(record.subs):
            message = "this record is of other subs"
            raise ValueError(message)
        return record

    @cached_property
    def _sections(self) -> Mapping[str, bool]:
        return {name: section.required for name, section in self.front.schema.sections.items()}

    def _agents(self, name: str, known: Mapping[str, Known]) -> Mapping[str, Agent]:
        return MappingProxyType(
            {agent: self.front.recall(name, each.record) for agent, each in known.items()}
        )


def checked_state(known: Mapping[str, Known], silences: Silences) -> State:
    """What the next check needs to know: agents that are valid, passes that found nothing."""
    around, silent = silences
    return State(
        around=around,
        silent=silent,
        agents={
            agent: Kept(each.inputs.key(CHECK), "", each.layers, {}, each.text, b"")
            for agent, each in known.items()
            if not each.record.report.failed
        },
    )
