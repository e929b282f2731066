"""What is the same for all agents: plugins, sources, the fleet's own files, bases and subs.

Agents are left unread here: which of them must be read depends on what changed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from qpf.host.pins import tools_of
from qpf.host.registry import Registry, load_registry
from qpf.host.workspace import Workspace, lay_out
from qpf.io.tree import SourceTree
from qpf.model.diagnostic import Outcome, Report
from qpf.model.digest import digest_of
from qpf.model.fleet import Environment, Source
from qpf.stages.assemble import Assemblies, Assembly, Library, assemble_agents, collect_library
from qpf.stages.configure import Configuration, configure
from qpf.stages.parse import Documents, agent_of, parse
from qpf.stages.schema import Schema
from qpf.stages.upgrade import upgrade
from qpf.stages.validate import surroundings


@dataclass(frozen=True)
class Front:
    """A fleet without its agents.

    Attributes:
        workspace: What is known of the fleet, agents named but unread.
        configuration: What is said about the fleet as a whole.
        library: Bases and subs.
        sources: Every input by path.
        agents: The agents' own files by name.
        tools: Digests of what extracts, by name.
        report: What was found so far.
    """

    workspace: Workspace
    configuration: Configuration
    library: Library
    sources: Mapping[str, Source]
    agents: Mapping[str, Source]
    tools: Mapping[str, str]
    report: Report

    @property
    def registry(self) -> Registry:
        """What plugins registered."""
        return self.workspace.registry

    @property
    def schema(self) -> Schema:
        """The agent schema."""
        return self.workspace.schema

    @property
    def templates(self) -> Mapping[str, str]:
        """Digests of the fleet's own templates by path."""
        return {path: each.digest for path, each in self.sources.items() if path.startswith("templates/")}

    def exact(self, environment: str) -> str:
        """Digest of the files that an agent's findings may point into beside its layers."""
        names = ("qpf.yaml", "glue.yaml", f"environments/{environment}/environment.yaml")
        return digest_of([self.sources[name].digest if name in self.sources else "" for name in names])

    def surroundings(self, environment: str) -> Environment:
        """An environment before any agent."""
        known = self.workspace.documents.known("agent")
        return surroundings(self.configuration, environment, known)

    def assemble(self, agent: str) -> Outcome[Assembly | None]:
        """Read one agent's file and resolve its composition."""
        parsed = parse((self.agents[agent],))
        upgraded = upgrade(Documents(fleet=self.workspace.documents.fleet, agents=parsed.value.agents))
        assembled = assemble_agents(upgraded.value.agents, self.library, self.schema)
        report = parsed.report + upgraded.report + assembled.report
        return Outcome(assembled.value.get(agent), report)


def load_front(tree: SourceTree, plugins: Iterable[str] | None = None) -> Outcome[Front | None]:
    """Read all but the agents; None if there is no fleet to speak of, with findings that say why."""
    registry = load_registry(plugins)
    if registry.report.failed:
        return Outcome(None, registry.report)
    sources = tree.sources()
    agents = {name: each for each in sources.value if (name := agent_of(each.path))}
    parsed = parse(each for each in sources.value if not agent_of(each.path))
    upgraded = upgrade(parsed.value)
    documents = replace(upgraded.value, unread=upgraded.value.unread | {f"agent:{name}" for name in agents})
    schema = Schema.of(entry.value for entry in registry.value.sections)
    configured = configure(
        documents, {entry.value.name: entry.value.options for entry in registry.value.emitters}
    )
    library = collect_library(documents, schema)
    emitters = lay_out(registry.value, documents.templates)
    stages = (registry, sources, parsed, upgraded, configured, library, emitters)
    report = Report.join(each.report for each in stages)
    if configured.value is None:
        return Outcome(None, report + _read(agents.values(), documents, library.value, schema))
    workspace = Workspace(
        registry.value,
        sources.value,
        documents,
        schema,
        configured.value,
        Assemblies({}, library.value.data),
        emitters.value,
    )
    front = Front(
        workspace,
        configured.value,
        library.value,
        {each.path: each for each in sources.value},
        agents,
        tools_of(workspace.pins),
        report,
    )
    return Outcome(front, report)


def _read(agents: Iterable[Source], documents: Documents, library: Library, schema: Schema) -> Report:
    """What is wrong with agents of a fleet whose own file cannot be understood: all findings in one run."""
    parsed = parse(agents)
    upgraded = upgrade(Documents(fleet=documents.fleet, agents=parsed.value.agents))
    assembled = assemble_agents(upgraded.value.agents, library, schema)
    return parsed.report + upgraded.report + assembled.report
