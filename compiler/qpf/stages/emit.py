"""Plan → Artifacts: emitters write in memory, the composed documents beside them."""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, NamedTuple

from msgspec import Struct

from qpf.model.artifact import COMPOSED, Artifact, composed_path
from qpf.model.diagnostic import Code, Diagnostic, Outcome, Report, Severity
from qpf.model.extension import EmitError
from qpf.model.fleet import Agent, Environment
from qpf.model.node import Data, to_data
from qpf.model.plan import Plan
from qpf.model.span import Span
from qpf.stages.schema import Schema
from qpf.stages.view import neighbours, seen_by
from qpf.syntax.jsontext import write_json
from qpf.syntax.template import TemplateProblem, TemplateSet
from qpf.syntax.writer import write_yaml

TEMPLATE_FAULT = Code("QPF040", "template-fault", Severity.ERROR, "A template cannot be read or rendered.")


class Bench(Struct, frozen=True):
    """The tools one emitter works with: its templates under the fleet's own, and our writers."""

    emitter: str
    templates: TemplateSet
    overridden: Collection[str]

    def render(self, template: str, values: Mapping[str, Data]) -> bytes:
        """Render a template.

        Raises:
            EmitError: If it cannot be rendered; the finding names the template's line.
        """
        try:
            return self.templates.render(template, values).encode()
        except TemplateProblem as problem:
            raise EmitError(self._finding(problem)) from problem

    def yaml(self, *documents: Data) -> bytes:
        """Write canonical YAML."""
        return write_yaml(*documents)

    def json(self, data: Data) -> bytes:
        """Write canonical JSON."""
        return write_json(data)

    def _finding(self, problem: TemplateProblem) -> Diagnostic:
        line = problem.line or 1
        own = problem.template in self.overridden
        where = f"templates/{self.emitter}/{problem.template}"
        return Diagnostic(
            TEMPLATE_FAULT,
            problem.message
            if own
            else f"{problem.template}, a template of {self.emitter}, line {line}: {problem.message}",
            Span(where, line, 1, line, 1) if own else None,
            hint=problem.hint,
        )


class EmitterRun(NamedTuple):
    """A registered emitter, guarded, at its bench: `run(tools, environment, agent or None)`."""

    name: str
    plugin: str
    tools: Bench
    run: Callable[..., Outcome[tuple[Artifact, ...]]]


def bench(
    emitter: str,
    templates: Mapping[str, str],
    filters: Mapping[str, Callable[..., Any]],
    fleet_templates: Mapping[str, str],
) -> Bench:
    """Lay out an emitter's tools; a file in `templates/<emitter>/` takes the place of its namesake.

    What it replaces stays within reach as `builtin/<name>`, so that a fleet may extend a template
    instead of copying it.
    """
    builtin = {f"builtin/{name}": text for name, text in templates.items()}
    prefix = f"{emitter}/"
    own = {
        name.removeprefix(prefix): text for name, text in fleet_templates.items() if name.startswith(prefix)
    }
    return Bench(emitter, TemplateSet({**builtin, **templates, **own}, filters), frozenset(own))


def emit(
    plan: Plan, environment: Environment, emitters: Iterable[EmitterRun], schema: Schema
) -> Outcome[tuple[Artifact, ...]]:
    """Run the environment's emitters over every extraction, in plan order, then over the environment."""
    runs = tuple(emitters)
    artifacts: list[Artifact] = []
    reports: list[Report] = []
    for name in (*(each.agent for each in plan.extractions), ""):
        outcome = emit_one(environment, name, runs, schema)
        artifacts += outcome.value
        if outcome.report.diagnostics:
            reports.append(outcome.report)
    return Outcome(tuple(artifacts), Report.join(reports))


def emit_one(
    environment: Environment, agent: str, emitters: Iterable[EmitterRun], schema: Schema
) -> Outcome[tuple[Artifact, ...]]:
    """Everything emitted for one agent, or for the environment where the name is empty."""
    if not agent:
        return _run(emitters, environment, None)
    subject = environment.agents[agent]
    return emit_agent(
        subject, seen_by(subject, environment, neighbours(subject, environment, schema)), emitters
    )


def emit_agent(
    agent: Agent, seen: Environment, emitters: Iterable[EmitterRun]
) -> Outcome[tuple[Artifact, ...]]:
    """Everything emitted for one agent, from the part of its environment that concerns it."""
    emitted = _run(emitters, seen, agent)
    return Outcome((composed_artifact(agent), *emitted.value), emitted.report)


def _run(
    emitters: Iterable[EmitterRun], environment: Environment, agent: Agent | None
) -> Outcome[tuple[Artifact, ...]]:
    artifacts: tuple[Artifact, ...] = ()
    report = Report()
    for emitter in emitters:
        outcome = emitter.run(emitter.tools, environment, agent)
        artifacts += outcome.value
        report += outcome.report
    return Outcome(artifacts, report)


def composed_artifact(agent: Agent) -> Artifact:
    """An agent's merged document as a canonical file: what reviewers read and `--check` compares."""
    return Artifact(
        composed_path(agent.name),
        write_yaml(composed_document(agent)),
        emitter=COMPOSED,
        subject=agent.name,
    )


def composed_document(agent: Agent) -> Data:
    """The merged document of an agent under its header."""
    return {
        "name": agent.name,
        "role": agent.role,
        "composition": {"base": agent.base, "subs": list(agent.composed.subs)},
        **to_data(agent.composed.body),
    }
