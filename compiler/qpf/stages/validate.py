"""Composed → Validated: sections against their models, then every pass; all findings in one run."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from types import MappingProxyType

from msgspec.structs import replace

from qpf.model.diagnostic import Diagnostic, Outcome, Report
from qpf.model.doubt import Doubtful
from qpf.model.fleet import Agent, Composed, Environment
from qpf.model.node import Data, freeze
from qpf.stages import codes
from qpf.stages.assemble import Assemblies, Assembly
from qpf.stages.configure import Configuration
from qpf.stages.lifted import lifted
from qpf.stages.schema import Schema
from qpf.stages.sound_part import sound_part
from qpf.stages.together import Check, only, validate_environment
from qpf.stages.view import seen_by
from qpf.syntax.bind import bind


def validate(
    composed: Iterable[Composed],
    assemblies: Assemblies,
    configuration: Configuration,
    schema: Schema,
    checks: Iterable[Check],
    environment: str,
    known: frozenset[str],
) -> Outcome[Environment]:
    """Validate every agent of an environment, then the environment as a whole.

    Agents with errors are left out of the result, which is why a failed report means "do not emit".

    This is `validate_agents` and then `validate_environment`, for those who need nothing in between.

    Args:
        composed: The agents to validate.
        assemblies: Their layers.
        configuration: What is said about the fleet as a whole.
        schema: The sections.
        checks: The passes, in order.
        environment: Its name.
        known: Names of all agents of the fleet, readable or not.
    """
    passes = tuple(checks)
    value = surroundings(configuration, environment, known)
    agents = validate_agents(composed, assemblies, schema, passes, value)
    value = replace(value, agents=only(agents.value, sound=True))
    together = validate_environment(value, schema, passes, only(agents.value, sound=False))
    return Outcome(value, agents.report + together)


def surroundings(configuration: Configuration, environment: str, known: frozenset[str]) -> Environment:
    """An environment as far as it is known before any agent."""
    return Environment(
        settings=configuration.environments[environment],
        fleet=configuration.fleet,
        agents=MappingProxyType({}),
        glue=configuration.glue,
        source=configuration.overrides[environment].source,
        known=known,
    )


def validate_agents(
    composed: Iterable[Composed],
    assemblies: Assemblies,
    schema: Schema,
    checks: Iterable[Check],
    environment: Environment,
) -> Outcome[Mapping[str, Agent]]:
    """Validate agents one by one, each for itself: nothing about another agent can matter.

    Passes look at what is sound of an agent (`sound_part`).

    Returns:
        All that could be composed; those with errors are not `sound`.
    """
    reports: list[Report] = []
    agents: dict[str, Agent] = {}
    passes = [check for check in checks if check.scope == "agent"]
    for each in composed:
        outcome = _agent(each, assemblies, schema)
        report, agent = outcome.report, outcome.value
        agents[each.agent] = agent
        seen = seen_by(agent, environment)
        for check in passes:
            report += check.run(seen, agent)
        if report.diagnostics:
            report = lifted(report, (part.document for part in assemblies.agents[each.agent].parts))
            reports.append(report.about(subject=each.agent, environment=environment.name))
    return Outcome(MappingProxyType(agents), Report.join(reports))


def _agent(composed: Composed, assemblies: Assemblies, schema: Schema) -> Outcome[Agent]:
    """An agent; of one with errors, its values are `Doubtful`."""
    assembly = assemblies.agents[composed.agent]
    values: dict[str, Data] = {}
    doubts: dict[str, Data] = {}
    report = Report()
    missing: list[Diagnostic] = []
    for name, section in schema.sections.items():
        entry = composed.body.entries.get(name)
        if entry is None:
            if section.required:
                doubts[name] = None
                if not _misspelt(name, assembly, schema):
                    missing.append(_missing(name, composed, assembly))
            continue
        outcome = bind(entry.node, section.model, prefix=(name,))
        if outcome.value is not None:
            values[name] = freeze(outcome.value.model_dump(mode="json"))
            continue
        report += outcome.report
        part = sound_part(entry.node, section.model, outcome.report.diagnostics)
        doubts[name] = None if part is None else {}
        if part is not None:
            values[name] = part
    agent = Agent(
        name=composed.agent,
        environment=composed.environment,
        values=Doubtful(values, doubts) if doubts else MappingProxyType(values),
        compose=lambda: composed,
        layers=assembly.layers,
        base=composed.base,
        subs=_subs(composed.subs, assemblies),
        role=assembly.agent.header.role,
        source=assembly.agent.document.source,
    )
    return Outcome(agent, report + Report.of(missing))


def _missing(name: str, composed: Composed, assembly: Assembly) -> Diagnostic:
    return Diagnostic(
        codes.MISSING_SECTION,
        f"agent {composed.agent} has no section {name}",
        assembly.agent.document.body.span,
        (name,),
        hint=f"set it in agents/{composed.agent}.yaml or in base/{composed.base}.yaml",
    )


def _misspelt(name: str, assembly: Assembly, schema: Schema) -> bool:
    """Whether the agent or its base writes the section under a name that is no section's: found already."""
    strange = [
        key
        for part in (assembly.agent, assembly.base)
        for key in part.document.body.entries
        if key not in schema.sections
    ]
    return bool(get_close_matches(name, strange, 1))


def _subs(names: Iterable[str], assemblies: Assemblies) -> Mapping[str, Data]:
    return MappingProxyType({name: assemblies.library.data[name] for name in names})
