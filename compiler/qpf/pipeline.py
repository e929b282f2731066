"""The line, from sources to a sealed environment. The one place that knows every stage."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from qpf import __version__
from qpf.gitops.approval import approved_documents, unapproved
from qpf.gitops.check import check as check_output
from qpf.gitops.committed import approved, evidence
from qpf.gitops.explain import reach_of_line
from qpf.gitops.sourcemap import SourceMap
from qpf.host.folding import fold
from qpf.host.guard import read_templates, run_emitter, run_pass
from qpf.host.registry import Registry, load_registry
from qpf.host.territory import settle
from qpf.io.tree import SourceTree
from qpf.model.artifact import Artifact
from qpf.model.change import Change
from qpf.model.compiled import Compiled
from qpf.model.diagnostic import Outcome, Report
from qpf.model.digest import digest_of
from qpf.model.explanation import Reach
from qpf.model.fleet import Environment, Source
from qpf.stages.assemble import Assemblies, assemble
from qpf.stages.compose import compose
from qpf.stages.configure import Configuration, configure
from qpf.stages.emit import EmitterRun, bench, emit, emit_one
from qpf.stages.parse import Documents, parse
from qpf.stages.plan import plan
from qpf.stages.schema import Schema
from qpf.stages.seal import seal
from qpf.stages.upgrade import upgrade
from qpf.stages.validate import Check, validate


@dataclass(frozen=True)
class Workspace:
    """A fleet, read and understood as far as its sources allow: what every command starts from."""

    registry: Registry
    sources: tuple[Source, ...]
    documents: Documents
    schema: Schema
    configuration: Configuration | None
    assemblies: Assemblies
    emitters: Mapping[str, EmitterRun]


def load(tree: SourceTree, plugins: Iterable[str] | None = None) -> Outcome[Workspace | None]:
    """Source → Document → upgraded → assembled: everything that is the same in all environments."""
    registry = load_registry(plugins)
    if registry.report.failed:
        return Outcome(None, registry.report)
    sources = tree.sources()
    parsed = parse(sources.value)
    upgraded = upgrade(parsed.value)
    schema = Schema.of(entry.value for entry in registry.value.sections)
    options = {entry.value.name: entry.value.options for entry in registry.value.emitters}
    configured = configure(upgraded.value, options)
    assembled = assemble(upgraded.value, schema)
    emitters, templates_report = _emitters(registry.value, parsed.value.templates)
    workspace = Workspace(
        registry=registry.value,
        sources=sources.value,
        documents=upgraded.value,
        schema=schema,
        configuration=configured.value,
        assemblies=assembled.value,
        emitters=emitters,
    )
    stages = (registry, sources, parsed, upgraded, configured, assembled)
    return Outcome(workspace, sum((each.report for each in stages), templates_report))


def check(workspace: Workspace, environment: str, agents: Collection[str] = ()) -> Outcome[Environment]:
    """compose → validate, for one environment; without `agents`, for all of them."""
    configuration = workspace.configuration
    assert configuration is not None
    wanted = agents or workspace.assemblies.agents
    composed = compose(
        workspace.assemblies, configuration.overrides[environment], workspace.schema, environment, wanted
    )
    checks = [Check(entry.value.scope, partial(run_pass, entry)) for entry in workspace.registry.passes]
    valid = validate(
        composed.value, workspace.assemblies, configuration, workspace.schema, checks, environment
    )
    return Outcome(valid.value, fold(composed.report + valid.report))


def build(workspace: Workspace, environment: Environment) -> Outcome[Compiled]:
    """plan → emit → seal, for one valid environment."""
    pins = digest_of([__version__, *map(tuple, _pins(workspace))])
    planned = plan(environment, workspace.schema, pins)
    runs = _runs(workspace, environment)
    emitted = emit(planned, environment, runs)
    settled = settle(emitted.value, {run.name: run.plugin for run in runs})
    lock = seal(environment.name, settled.value, workspace.sources, workspace.registry.pins, __version__)
    return Outcome(Compiled(environment, planned, settled.value, lock), fold(emitted.report + settled.report))


def compile_fleet(
    workspace: Workspace, environments: Collection[str] = (), agents: Collection[str] = ()
) -> Outcome[tuple[Compiled, ...]]:
    """The whole line for the chosen environments; nothing is built unless everything is valid."""
    if workspace.configuration is None:
        return Outcome(())
    chosen = [
        name for name in workspace.configuration.environments if not environments or name in environments
    ]
    checked = [check(workspace, name) for name in chosen]
    report = sum((each.report for each in checked), Report())
    if report.failed:
        return Outcome((), report)
    built = [build(workspace, each.value) for each in checked]
    return Outcome(tuple(each.value for each in built), sum((each.report for each in built), report))


def _pins(workspace: Workspace) -> list[list[str]]:
    return [[pin.name, pin.version, pin.digest] for pin in workspace.registry.pins]


def source_map(workspace: Workspace, compiled: Compiled, agent: str) -> SourceMap:
    """Answers which artifacts a value of an agent reaches, and which line is behind a difference."""
    runs = _runs(workspace, compiled.environment)

    def emit_again(environment: Environment, name: str) -> tuple[Artifact, ...]:
        outcome = emit_one(environment, name, runs)
        return () if outcome.report.failed else outcome.value

    return SourceMap(compiled, compiled.environment.agents[agent], emit_again)


def _runs(workspace: Workspace, environment: Environment) -> list[EmitterRun]:
    return [workspace.emitters[name] for name in environment.settings.targets if name in workspace.emitters]


def _emitters(registry: Registry, templates: Mapping[str, str]) -> tuple[dict[str, EmitterRun], Report]:
    runs: dict[str, EmitterRun] = {}
    report = Report()
    for entry in registry.emitters:
        emitter = entry.value
        own = read_templates(entry)
        tools = bench(emitter.name, own.value, emitter.filters, templates)
        runs[emitter.name] = EmitterRun(emitter.name, entry.plugin, tools, partial(run_emitter, entry))
        report += own.report
    return runs, report


def output_changes(workspace: Workspace, compiled: Compiled, root: Path) -> tuple[Change, ...]:
    """Files of an environment's folder that are not what the sources compile to."""
    maps = partial(source_map, workspace, compiled)
    name = compiled.environment.name
    return check_output(compiled, evidence(root, name, workspace.sources, workspace.documents, maps))


def unapproved_changes(workspace: Workspace, compiled: Compiled, root: Path) -> tuple[Change, ...]:
    """Agents whose compiled state is not the approved one."""
    maps = partial(source_map, workspace, compiled)
    return unapproved(compiled, approved(root, compiled.environment.name), maps)


def approvable(compiled: Compiled) -> dict[str, bytes]:
    """What golden/<env>/ holds once everything compiled is approved."""
    return approved_documents(compiled)


def reach(workspace: Workspace, compiled: Iterable[Compiled], source: str, line: int) -> Iterator[Reach]:
    """What a source line reaches."""
    return reach_of_line(compiled, source, line, workspace.schema.rules, partial(source_map, workspace))
