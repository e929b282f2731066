"""Documents → Composed: base ⊕ subs ⊕ agent ⊕ environment, for every agent of an environment."""

from collections.abc import Collection

from qpf.evolution.defaults import fill
from qpf.model.diagnostic import Diagnostic, Outcome, Report
from qpf.model.fleet import Composed
from qpf.model.layer import AGENT_OVERRIDE, FLEET_OVERRIDE, Contribution, Layer
from qpf.model.nearest import did_you_mean
from qpf.model.node import Mapping, locate
from qpf.model.respelling import respelt
from qpf.stages import codes
from qpf.stages.alone import LAST, certain
from qpf.stages.assemble import Assemblies, Assembly
from qpf.stages.configure import Overrides
from qpf.stages.merge import merge
from qpf.stages.schema import Schema


def compose(
    assemblies: Assemblies,
    overrides: Overrides,
    schema: Schema,
    environment: str,
    agents: Collection[str],
) -> Outcome[tuple[Composed, ...]]:
    """Merge layers for one environment, of those agents that are named and there, by name."""
    found = [
        *_unknown_sections(overrides.everyone, schema),
        *(each for body in overrides.agents.values() for each in _unknown_sections(body, schema)),
    ]
    composed: list[Composed] = []
    reports: list[Report] = []
    for name in sorted(agents):
        assembly = assemblies.agents.get(name)
        if assembly is None:
            continue
        contributions = (*assembly.contributions, *_overrides(overrides, environment, name, schema))
        outcome = merge(contributions, schema.rules)
        body, added = fill(outcome.value, schema.defaults)
        composed.append(_composed(name, environment, body, (*added, *contributions), assembly))
        if outcome.report.diagnostics:
            reports.append(outcome.report.about(subject=name, environment=environment))
    return Outcome(tuple(composed), Report.join((*reports, Report.of(found))))


def _composed(
    name: str, environment: str, body: Mapping, contributions: tuple[Contribution, ...], assembly: Assembly
) -> Composed:
    return Composed(
        agent=name,
        environment=environment,
        body=body,
        contributions=contributions,
        base=assembly.base.document.name,
        subs=assembly.subs,
        named=locate(assembly.agent.document.body, ("name",)),
    )


def unattached(overrides: Overrides, environment: str, agents: Collection[str], schema: Schema) -> Report:
    """What is certainly wrong in what an environment overrides of agents that cannot be composed."""
    return Report.join(
        certain(_layer(body, AGENT_OVERRIDE, environment, schema), schema, LAST).about(
            subject=name, environment=environment
        )
        for name, body in overrides.agents.items()
        if name in agents
    )


def _overrides(
    overrides: Overrides, environment: str, agent: str, schema: Schema
) -> tuple[Contribution, ...]:
    return (
        *_layer(overrides.everyone, FLEET_OVERRIDE, environment, schema),
        *_layer(overrides.agents.get(agent), AGENT_OVERRIDE, environment, schema),
    )


def _layer(body: Mapping | None, level: Layer, environment: str, schema: Schema) -> tuple[Contribution, ...]:
    if body is None:
        return ()
    known = {key: entry for key, entry in body.entries.items() if key in schema.sections}
    return (Contribution(level, environment, Mapping(known, body.span)),) if known else ()


def _unknown_sections(body: Mapping | None, schema: Schema) -> list[Diagnostic]:
    return [
        Diagnostic(
            codes.UNKNOWN_SECTION,
            f"an environment overrides {name}, which is not a section",
            entry.span,
            (name,),
            hint=did_you_mean(name, schema.sections),
            fix=respelt(entry.span, name, [*schema.sections]),
        )
        for name, entry in (body.entries.items() if body else ())
        if name not in schema.sections
    ]
