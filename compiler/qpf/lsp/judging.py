"""A fleet validated again and again: an agent that is as it was is not looked at again."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

from msgspec.structs import replace

from qpf.host.workspace import Workspace
from qpf.model.diagnostic import Report
from qpf.model.fleet import Agent, Composed, Environment
from qpf.pipeline import judged, merged
from qpf.stages.compose import compose, unattached
from qpf.stages.keys import check_inputs, ground
from qpf.stages.together import only, validate_environment
from qpf.stages.validate import surroundings, validate_agents


class Known(NamedTuple):
    """What was found of an agent in an environment.

    Attributes:
        key: What it followed from, as a compile names it.
        exact: Digest of the files that findings may point into beside the agent's layers.
        agent: The agent, if it could be composed.
        report: What was found.
    """

    key: str
    exact: str
    agent: Agent | None
    report: Report


@dataclass
class Judging:
    """Validates as `pipeline.check` does, agents that are as they were excepted.

    Attributes:
        tools: Digests of what validates.
        known: What was found, by environment and agent.
    """

    tools: Mapping[str, str]
    known: dict[tuple[str, str], Known] = field(default_factory=dict)

    def fleet(self, workspace: Workspace, still: Callable[[], None]) -> Report:
        """What is found of the whole fleet in all environments.

        Args:
            workspace: The fleet.
            still: Called now and then; raises if nobody wants the answer any more.
        """
        configuration = workspace.configuration
        names = configuration.environments if configuration is not None else ()
        report = Report.join(self._environment(workspace, name, still) for name in names)
        there = {(name, agent) for name in names for agent in workspace.assemblies.agents}
        self.known = {key: known for key, known in self.known.items() if key in there}
        return report

    def _environment(self, workspace: Workspace, name: str, still: Callable[[], None]) -> Report:
        configuration = workspace.configuration
        assert configuration is not None
        around = surroundings(configuration, name, workspace.documents.known("agent"))
        known = self._agents(workspace, around, still)
        agents = {
            agent: replace(each.agent, compose=partial(composed, workspace, name, agent))
            for agent, each in known.items()
            if each.agent is not None
        }
        environment = replace(around, agents=only(agents, sound=True))
        overrides = configuration.overrides[name]
        alone = compose(workspace.assemblies, overrides, workspace.schema, name, ()).report
        loose = unattached(overrides, name, workspace.uncomposed, workspace.schema)
        still()
        broken = only(agents, sound=False)
        together = validate_environment(environment, workspace.schema, workspace.checks, broken)
        every = (alone, loose, *(each.report for each in known.values()), together)
        return judged(workspace, name, Report.join(every))

    def _agents(
        self, workspace: Workspace, around: Environment, still: Callable[[], None]
    ) -> dict[str, Known]:
        """Everything about each agent in an environment, remembered or found out; by name, sorted."""
        name = around.name
        exact = workspace.exact(name)
        checks = workspace.checks
        known: dict[str, Known] = {}
        for agent, key in self._keys(workspace, around).items():
            before = self.known.get((name, agent))
            if before is None or not _holds(before, key, exact):
                still()
                made = merged(workspace, name, (agent,))
                valid = validate_agents(made.value, workspace.assemblies, workspace.schema, checks, around)
                own = Report.of(each for each in made.report.diagnostics if each.subject)
                before = Known(key, exact, valid.value.get(agent), own + valid.report)
                self.known[name, agent] = before
            known[agent] = before
        return known

    def _keys(self, workspace: Workspace, around: Environment) -> dict[str, str]:
        """What names all that follows for each agent from what it is made of; sorted."""
        assert workspace.configuration is not None
        overrides = workspace.configuration.overrides[around.name]
        past, judges = workspace.history, workspace.judges
        shared = ground(around, overrides.everyone, past, self.tools, {}, judges)
        digests = {source.path: source.digest for source in workspace.sources}
        return {
            agent: check_inputs(
                agent, {path: digests[path] for path in assembly.layers}, overrides.agents.get(agent), shared
            ).key("check")
            for agent, assembly in sorted(workspace.assemblies.agents.items())
        }


def _holds(known: Known, key: str, exact: str) -> bool:
    """Whether what was found once would be found again."""
    if known.key != key:
        return False
    found = known.report.diagnostics
    return not found or (known.exact == exact and not any(each.code.unsettled for each in found))


def composed(workspace: Workspace, environment: str, agent: str) -> Composed:
    """One agent, merged because somebody asks where a value is written."""
    (found,) = merged(workspace, environment, (agent,)).value
    return found
