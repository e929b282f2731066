"""The line, from sources to a sealed environment. The one place that knows every stage."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from types import MappingProxyType

from msgspec.structs import replace

from qpf import __version__
from qpf.evolution.history import History
from qpf.evolution.references.follow import stale
from qpf.evolution.told import told
from qpf.host.folding import fold
from qpf.host.policy import policy_of
from qpf.host.reading import read_over
from qpf.host.registry import Registry, load_registry
from qpf.host.stopwatch import ticking
from qpf.host.territory import settle
from qpf.host.workspace import Workspace, lay_out
from qpf.io.tree import SourceTree
from qpf.model.compiled import Compiled
from qpf.model.diagnostic import Outcome, Report
from qpf.model.digest import digest_of
from qpf.model.fleet import Composed, Environment, Source
from qpf.model.migration import Migration
from qpf.stages.assemble import assemble
from qpf.stages.compose import compose, unattached
from qpf.stages.configure import configure
from qpf.stages.emit import emit
from qpf.stages.lifted import lifted
from qpf.stages.parse import Documents, Known, parse
from qpf.stages.plan import plan
from qpf.stages.schema import Schema
from qpf.stages.seal import seal
from qpf.stages.upgrade import history, upgrade
from qpf.stages.validate import validate
from qpf.stages.validation import Validation
from qpf.stages.verdict import verdict


def load(
    tree: SourceTree, plugins: Iterable[str] | None = None, today: str = ""
) -> Outcome[Workspace | None]:
    """Source → Document → upgraded → assembled: everything that is the same in all environments.

    Args:
        tree: Where the sources are.
        plugins: Names of those to load; by default all.
        today: The date, for what expires; empty if nothing does.
    """
    registry = load_registry(plugins)
    if registry.report.failed:
        return Outcome(None, registry.report)
    sources = tree.sources()
    workspace = read(registry.value, sources.value, today)
    return Outcome(workspace.value, Report.join((registry.report, sources.report, workspace.report)))


def read(
    registry: Registry,
    sources: tuple[Source, ...],
    today: str,
    known: Known = MappingProxyType({}),
    silent: Mapping[str, str] = MappingProxyType({}),
) -> Outcome[Workspace]:
    """The same for sources at hand, and plugins that are loaded.

    What was found out before of sources that are still the same need not be found out again: `known` is for
    `parse`, `silent` for `read_over`.
    """
    parsed = parse(sources, known)
    past = history(parsed.value, registered(registry))
    upgraded = upgrade(parsed.value, past.value)
    understood = understand(registry, sources, upgraded.value, past.value, silent)
    report = Report.join(each.report for each in (parsed, past, upgraded, understood))
    return settle_policy(understood.value, report + told(past.value, upgraded.value.trails, today), today)


def settle_policy(workspace: Workspace, report: Report, today: str) -> Outcome[Workspace]:
    """Find out what the fleet wants done with findings, and do it to those of its sources."""
    configuration = workspace.configuration
    settings = configuration.validation if configuration else Validation()
    fleet, given = workspace.documents.fleet, lambda: workspace.given.value
    policy = policy_of(workspace.registry, workspace.sources, fleet, settings, today, given)
    judged = verdict(report, policy.value) + policy.report
    return Outcome(replace(workspace, policy=policy.value), judged)


def registered(registry: Registry) -> tuple[Migration, ...]:
    """The migrations of plugins."""
    return tuple(entry.value for entry in registry.migrations)


def understand(
    registry: Registry,
    sources: tuple[Source, ...],
    documents: Documents,
    past: History | None,
    silent: Mapping[str, str] = MappingProxyType({}),
) -> Outcome[Workspace]:
    """configure → assemble: what the documents say about the fleet, before any environment.

    What templates and constraints say of its fields is looked at too: they speak the fleet's version.
    """
    schema = Schema.of((entry.value for entry in registry.sections), past.defaults if past else ())
    options = {entry.value.name: entry.value.options for entry in registry.emitters}
    configured = configure(documents, options)
    assembled = assemble(documents, schema)
    emitters = lay_out(registry, documents.templates)
    workspace = Workspace(
        registry, sources, documents, past, schema, configured.value, assembled.value, emitters.value
    )
    report = Report.join((configured.report, assembled.report, emitters.report, stale(past, sources)))
    found = read_over(workspace, silent)
    return Outcome(replace(workspace, silent=found.value), report + found.report)


def check(workspace: Workspace, environment: str, agents: Collection[str] = ()) -> Outcome[Environment]:
    """compose → validate, for one environment; without `agents`, for all of them."""
    return judge(workspace, environment, merged(workspace, environment, agents), whole=not agents)


def merged(
    workspace: Workspace, environment: str, agents: Collection[str] = ()
) -> Outcome[tuple[Composed, ...]]:
    """The first half of `check`: what agents are composed of."""
    assert workspace.configuration is not None
    overrides = workspace.configuration.overrides[environment]
    wanted = agents or workspace.assemblies.agents
    composed = compose(workspace.assemblies, overrides, workspace.schema, environment, wanted)
    if agents:
        return composed
    loose = unattached(overrides, environment, workspace.uncomposed, workspace.schema)
    return Outcome(composed.value, composed.report + loose)


def judge(
    workspace: Workspace,
    environment: str,
    composed: Outcome[tuple[Composed, ...]],
    *,
    whole: bool = True,
) -> Outcome[Environment]:
    """The second half of `check`: whether that is valid.

    Of agents that were picked out (not `whole`), nothing can be said of the environment.
    """
    configuration = workspace.configuration
    assert configuration is not None
    checks = workspace.checks
    with ticking():
        valid = validate(
            composed.value,
            workspace.assemblies,
            configuration,
            workspace.schema,
            checks if whole else [each._replace(partial=False) for each in checks],
            environment,
            workspace.documents.known("agent"),
        )
    return Outcome(valid.value, judged(workspace, environment, composed.report + valid.report))


def judged(workspace: Workspace, environment: str, found: Report) -> Report:
    """What is told of what was found in an environment."""
    said = lifted(found, workspace.documents.of_environment(environment))
    return verdict(fold(said, workspace.registry.passes), workspace.policy)


def build(workspace: Workspace, environment: Environment) -> Outcome[Compiled]:
    """plan → emit → seal, for one valid environment."""
    pins = digest_of([__version__, *(each.digest for each in workspace.pins)])
    planned = plan(environment, workspace.schema, pins)
    runs = workspace.runs(environment)
    emitted = emit(planned, environment, runs, workspace.schema)
    settled = settle(emitted.value, {run.name: run.plugin for run in runs})
    lock = seal(
        environment.name,
        settled.value,
        workspace.sources,
        workspace.pins,
        __version__,
        workspace.documents.trails,
        workspace.engines,
    )
    report = verdict(fold(emitted.report + settled.report), workspace.policy)
    return Outcome(Compiled(environment, planned, settled.value, lock), report)


def compile_fleet(workspace: Workspace, environments: Collection[str] = ()) -> Outcome[tuple[Compiled, ...]]:
    """The whole line for the chosen environments; nothing is built unless everything is valid."""
    if workspace.configuration is None:
        return Outcome(())
    chosen = [
        name for name in workspace.configuration.environments if not environments or name in environments
    ]
    return build_fleet(workspace, [check(workspace, name) for name in chosen])


def build_fleet(
    workspace: Workspace, checked: Sequence[Outcome[Environment]]
) -> Outcome[tuple[Compiled, ...]]:
    """The second half of the line for environments that were checked, if all of them are valid."""
    report = Report.join(each.report for each in checked)
    if report.failed:
        return Outcome((), report)
    built = [build(workspace, each.value) for each in checked]
    return Outcome(
        tuple(each.value for each in built), Report.join((report, *(each.report for each in built)))
    )
