"""What is the same for all agents: plugins, sources, the fleet's own files, bases and subs.

Agents are left unread here: which of them must be read depends on what changed.
"""

from collections.abc import Iterable, Mapping
from functools import cached_property

from msgspec import Struct
from msgspec.structs import replace

from qpf.engine.record import Record, recall
from qpf.engine.silent import read_silent, write_silent
from qpf.evolution.steps import may_evolve
from qpf.evolution.told import told
from qpf.host.pins import tools_of
from qpf.host.registry import Registry, load_registry
from qpf.host.workspace import Workspace
from qpf.io.tree import SourceTree
from qpf.model.diagnostic import Outcome, Report
from qpf.model.digest import digest_of
from qpf.model.fleet import Agent, Composed, Environment, Source
from qpf.model.migration import Trail
from qpf.pipeline import registered, settle_policy, understand
from qpf.stages.assemble import Assemblies, Assembly, Library, assemble_agents
from qpf.stages.compose import compose
from qpf.stages.configure import Configuration
from qpf.stages.parse import Documents, agent_of, parse
from qpf.stages.schema import Schema
from qpf.stages.upgrade import history, upgrade
from qpf.stages.validate import surroundings


class Front(Struct, frozen=True, dict=True):
    """A fleet without its agents.

    Attributes:
        workspace: What is known of the fleet, agents named but unread.
        agents: The agents' own files by name.
        tools: Digests of what extracts, by name.
        report: What was found so far.
        today: The date, for what expires; empty if nothing does.
    """

    workspace: Workspace
    agents: Mapping[str, Source]
    tools: Mapping[str, str]
    report: Report
    today: str = ""

    @property
    def configuration(self) -> Configuration:
        """What is said about the fleet as a whole."""
        assert self.workspace.configuration is not None
        return self.workspace.configuration

    @property
    def library(self) -> Library:
        """Bases and subs."""
        return self.workspace.assemblies.library

    @cached_property
    def sources(self) -> Mapping[str, Source]:
        """Every input by path."""
        return {each.path: each for each in self.workspace.sources}

    @property
    def trails(self) -> list[Trail]:
        """What is known of the past of all files but the agents'."""
        return self.workspace.documents.trails

    @property
    def registry(self) -> Registry:
        """What plugins registered."""
        return self.workspace.registry

    @property
    def schema(self) -> Schema:
        """The agent schema."""
        return self.workspace.schema

    @property
    def texts(self) -> bytes:
        """What the next front may know of the texts that were read over."""
        return write_silent(self.workspace.silent, digest_of(self.tools))

    @property
    def templates(self) -> Mapping[str, str]:
        """Digests of the fleet's own templates by path."""
        return {path: each.digest for path, each in self.sources.items() if path.startswith("templates/")}

    def told(self, trails: Iterable[Trail], unknown: Iterable[str]) -> Report:
        """What is told of the fleet's migrations.

        Args:
            trails: What is known of the past of agents' files.
            unknown: All other agents.
        """
        past = self.workspace.history
        if past is None:
            return Report()
        lifted = _lift((self.agents[name] for name in unknown), self.workspace)
        return told(past, [*self.trails, *trails, *_trails(lifted.value)], self.today)

    def surroundings(self, environment: str) -> Environment:
        """An environment before any agent."""
        known = self.workspace.documents.known("agent")
        return surroundings(self.configuration, environment, known)

    def assemble(self, agent: str) -> Outcome[Assembly | None]:
        """Read one agent's file and resolve its composition."""
        read = _assemble(_lift((self.agents[agent],), self.workspace), self.workspace)
        return Outcome(read.value.get(agent), read.report)

    def compose(self, environment: str, agent: str, assembly: Assembly) -> Outcome[tuple[Composed, ...]]:
        """Merge one agent's layers for an environment."""
        overrides = self.configuration.overrides[environment]
        assemblies = Assemblies({agent: assembly}, self.library)
        return compose(assemblies, overrides, self.schema, environment, (agent,))

    def recall(self, environment: str, record: Record) -> Agent:
        """An agent by its record alone; its layers are merged when somebody asks for a span."""

        def merge() -> Composed:
            assembly = self.assemble(record.agent).value
            assert assembly is not None
            (composed,) = self.compose(environment, record.agent, assembly).value
            return composed

        return recall(record, environment, self.library.data, merge)


def load_front(
    tree: SourceTree, plugins: Iterable[str] | None = None, today: str = "", texts: bytes = b""
) -> Outcome[Front | None]:
    """Read all but the agents; None if there is no fleet or environment to speak of, with all findings.

    Args:
        tree: Where the sources are.
        plugins: Names of those to load; by default all.
        today: The date, for what expires; empty if nothing does.
        texts: What an earlier front told of texts that were read over.
    """
    registry = load_registry(plugins)
    if registry.report.failed:
        return Outcome(None, registry.report)
    sources = tree.sources()
    agents = {name: each for each in sources.value if (name := agent_of(each.path))}
    parsed = parse(each for each in sources.value if not agent_of(each.path))
    evolving = parse(each for each in agents.values() if may_evolve(each.content))
    past = history(replace(parsed.value, agents=evolving.value.agents), registered(registry.value))
    upgraded = upgrade(parsed.value, past.value)
    documents = replace(upgraded.value, unread=upgraded.value.unread | {f"agent:{name}" for name in agents})
    tools = tools_of(registry.value.shaping)
    understood = understand(
        registry.value, sources.value, documents, past.value, read_silent(texts, digest_of(tools))
    )
    workspace = understood.value
    report = Report.join(each.report for each in (registry, sources, parsed, past, upgraded, understood))
    configuration = workspace.configuration
    if configuration is None or (report.failed and not configuration.environments):
        lifted = _lift(agents.values(), workspace)
        trails = [*documents.trails, *_trails(lifted.value)]
        report += _assemble(lifted, workspace).report + told(past.value, trails, today)
        return Outcome(None, settle_policy(workspace, report, today).report)
    settled = settle_policy(workspace, report, today)
    front = Front(settled.value, agents, tools, settled.report, today)
    return Outcome(front, settled.report)


def _lift(agents: Iterable[Source], workspace: Workspace) -> Outcome[Documents]:
    """Read agents' files at the fleet's version."""
    parsed = parse(agents)
    alone = Documents(fleet=workspace.documents.fleet, agents=parsed.value.agents)
    upgraded = upgrade(alone, workspace.history)
    return Outcome(upgraded.value, parsed.report + upgraded.report)


def _trails(documents: Documents) -> list[Trail]:
    """What is known of the past of agents' files."""
    return [each.trail for each in documents.agents.values() if each.trail is not None]


def _assemble(lifted: Outcome[Documents], workspace: Workspace) -> Outcome[Mapping[str, Assembly]]:
    """Resolve the compositions of agents."""
    assembled = assemble_agents(lifted.value.agents, workspace.assemblies.library, workspace.schema)
    return Outcome(assembled.value, lifted.report + assembled.report)
