"""A fleet validated again and again: an agent that is as it was is not looked at again."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from types import MappingProxyType
from typing import NamedTuple

from qpf.evolution.steps import EVOLUTION
from qpf.host.workspace import Workspace
from qpf.model.diagnostic import Outcome, Report
from qpf.model.digest import digest_of
from qpf.model.fleet import Agent, Composed
from qpf.pipeline import judged
from qpf.stages.assemble import Assemblies
from qpf.stages.compose import compose
from qpf.stages.keys import Ground, check_inputs, ground
from qpf.stages.validate import surroundings, validate_agents, validate_environment


class Known(NamedTuple):
    """What was found of an agent in an environment.

    Attributes:
        key: What it followed from, as a compile names it.
        exact: Digest of the files that findings may point into beside the agent's layers.
        agent: The agent, if it is sound.
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
        together: What it took all agents to see, by environment.
    """

    tools: Mapping[str, str]
    known: dict[tuple[str, str], Known] = field(default_factory=dict)
    together: dict[str, Report] = field(default_factory=dict)

    def agents(self, workspace: Workspace, agents: Iterable[str], still: Callable[[], None]) -> None:
        """Look at some agents in all environments, each for itself."""
        chosen = set(agents)
        for name in _environments(workspace):
            self._look(workspace, name, chosen, still)

    def remembered(self, workspace: Workspace) -> Report:
        """What was found when each agent, and all together, were last looked at."""
        return Report.join(
            judged(
                workspace,
                name,
                Report.join(
                    (
                        *(each.report for (there, _), each in self.known.items() if there == name),
                        self.together.get(name, Report()),
                    )
                ),
            )
            for name in _environments(workspace)
        )

    def fleet(self, workspace: Workspace, still: Callable[[], None]) -> Report:
        """What is found of the whole fleet in all environments."""
        names = tuple(_environments(workspace))
        report = Report.join(self._environment(workspace, name, still) for name in names)
        there = {(name, agent) for name in names for agent in workspace.assemblies.agents}
        self.known = {key: known for key, known in self.known.items() if key in there}
        self.together = {name: self.together[name] for name in names}
        return report

    def _environment(self, workspace: Workspace, name: str, still: Callable[[], None]) -> Report:
        configuration = workspace.configuration
        assert configuration is not None
        known = self._look(workspace, name, workspace.assemblies.agents, still)
        sound = {
            agent: replace(each.agent, compose=partial(composed, workspace, name, agent))
            for agent, each in known.items()
            if each.agent is not None
        }
        around = surroundings(configuration, name, workspace.documents.known("agent"))
        environment = replace(around, agents=MappingProxyType(dict(sorted(sound.items()))))
        overrides = configuration.overrides[name]
        alone = compose(workspace.assemblies, overrides, workspace.schema, name, ())
        still()
        together = validate_environment(environment, workspace.schema, workspace.checks)
        self.together[name] = together
        every = (alone.report, *(each.report for each in known.values()), together)
        return judged(workspace, name, Report.join(every))

    def _look(
        self, workspace: Workspace, name: str, agents: Iterable[str], still: Callable[[], None]
    ) -> dict[str, Known]:
        """Everything about some agents in an environment, remembered or found out."""
        configuration = workspace.configuration
        assert configuration is not None
        overrides = configuration.overrides[name]
        around = surroundings(configuration, name, workspace.documents.known("agent"))
        past, judges = workspace.history, workspace.judges
        shared = ground(around, overrides.everyone, past, self.tools, {}, judges)
        exact = _exact(workspace, name)
        keys = self._keys(workspace, shared, name, agents)
        checks = workspace.checks
        for agent, key in keys.items():
            if self._holds((name, agent), key, exact):
                continue
            still()
            merged = _merged(workspace, name, agent)
            valid = validate_agents(merged.value, workspace.assemblies, workspace.schema, checks, around)
            own = Report.of(each for each in merged.report.diagnostics if each.subject)
            self.known[name, agent] = Known(key, exact, valid.value.get(agent), own + valid.report)
        return {agent: self.known[name, agent] for agent in keys}

    def _keys(self, workspace: Workspace, shared: Ground, name: str, agents: Iterable[str]) -> dict[str, str]:
        """What follows for each agent, if nothing that it follows from is another."""
        assert workspace.configuration is not None
        digests = {source.path: source.digest for source in workspace.sources}
        own = workspace.configuration.overrides[name].agents
        assemblies = workspace.assemblies.agents
        return {
            agent: check_inputs(
                agent, {path: digests[path] for path in assemblies[agent].layers}, own.get(agent), shared
            ).key("check")
            for agent in sorted(agents)
            if agent in assemblies
        }

    def _holds(self, agent: tuple[str, str], key: str, exact: str) -> bool:
        known = self.known.get(agent)
        if known is None or known.key != key:
            return False
        found = known.report.diagnostics
        return not found or (known.exact == exact and not any(each.code.unsettled for each in found))


def _environments(workspace: Workspace) -> Iterator[str]:
    configuration = workspace.configuration
    yield from configuration.environments if configuration is not None else ()


def _exact(workspace: Workspace, environment: str) -> str:
    """Digest of the files that findings about an agent may point into beside its layers."""
    named = {"qpf.yaml", "glue.yaml", f"environments/{environment}/environment.yaml"}
    return digest_of(
        [
            (source.path, source.digest)
            for source in workspace.sources
            if source.path in named
            or source.path.startswith(("migrations/", "approvals/"))
            or EVOLUTION.encode() in source.content
        ]
    )


def composed(workspace: Workspace, environment: str, agent: str) -> Composed:
    """One agent, merged because somebody asks where a value is written."""
    (found,) = _merged(workspace, environment, agent).value
    return found


def _merged(workspace: Workspace, environment: str, agent: str) -> Outcome[tuple[Composed, ...]]:
    assert workspace.configuration is not None
    alone = Assemblies({agent: workspace.assemblies.agents[agent]}, workspace.assemblies.library)
    overrides = workspace.configuration.overrides[environment]
    return compose(alone, overrides, workspace.schema, environment, (agent,))
