"""Plan → Artifacts: emitters write in memory, the composed documents beside them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from qpf.model.artifact import Artifact
from qpf.model.diagnostic import Code, Diagnostic, Outcome, Report, Severity
from qpf.model.fleet import Agent, Environment
from qpf.model.node import Data, to_data
from qpf.model.plan import Plan
from qpf.model.span import Span
from qpf.syntax.jsontext import write_json
from qpf.syntax.template import TemplateProblem, TemplateSet
from qpf.syntax.writer import write_yaml

TEMPLATE_FAULT = Code("QPF040", "template-fault", Severity.ERROR, "A template cannot be read or rendered.")

COMPOSED = "composed"
"""Folder of the composed documents, and the emitter's name they are locked under."""


class EmitterRun(NamedTuple):
    """A registered emitter, guarded."""

    name: str
    plugin: str
    templates: Mapping[str, str]
    filters: Mapping[str, Callable[..., Any]]
    run: Callable[..., Outcome[tuple[Artifact, ...]]]


@dataclass(frozen=True, slots=True)
class Bench:
    """The tools one emitter works with: its templates under the fleet's own, and our writers."""

    templates: TemplateSet
    problems: list[TemplateProblem] = field(default_factory=list)

    def render(self, template: str, values: Mapping[str, Data]) -> bytes:
        """Render a template."""
        return self.templates.render(template, values).encode()

    def yaml(self, *documents: Data) -> bytes:
        """Write canonical YAML."""
        return write_yaml(*documents)

    def json(self, data: Data) -> bytes:
        """Write canonical JSON."""
        return write_json(data)


def emit(
    plan: Plan, environment: Environment, emitters: Iterable[EmitterRun], templates: Mapping[str, str]
) -> Outcome[tuple[Artifact, ...]]:
    """Run the environment's emitters over every extraction, in plan order."""
    artifacts: list[Artifact] = []
    reports: list[Report] = []
    for emitter in emitters:
        own = _templates_of(emitter, templates)
        bench = Bench(TemplateSet(own, emitter.filters))
        subjects: list[Agent | None] = [environment.agents[each.agent] for each in plan.extractions]
        for subject in (*subjects, None):
            outcome = emitter.run(bench, environment, subject)
            artifacts += outcome.value
            if outcome.report.diagnostics:
                name = subject.name if subject else ""
                reports.append(outcome.report.about(subject=name, environment=environment.name))
    return Outcome(tuple(artifacts), sum(reports, Report()))


def composed_documents(environment: Environment) -> tuple[Artifact, ...]:
    """Each agent's merged document as one canonical file: what reviewers read and `--check` compares."""
    return tuple(
        Artifact(
            f"{COMPOSED}/{name}.yaml", write_yaml(composed_document(agent)), emitter=COMPOSED, subject=name
        )
        for name, agent in environment.agents.items()
    )


def composed_document(agent: Agent) -> Data:
    """The merged document of an agent under its header."""
    return {
        "name": agent.name,
        "role": agent.role,
        "composition": {"base": agent.base, "subs": list(agent.composed.subs)},
        **to_data(agent.composed.body),
    }


def _templates_of(emitter: EmitterRun, templates: Mapping[str, str]) -> Mapping[str, str]:
    prefix = f"{emitter.name}/"
    fleets = {name.removeprefix(prefix): text for name, text in templates.items() if name.startswith(prefix)}
    return {**emitter.templates, **fleets}


def template_finding(problem: TemplateProblem, source: str) -> Diagnostic:
    """A template's fault as a finding at its line."""
    line = problem.line or 1
    return Diagnostic(TEMPLATE_FAULT, problem.message, Span(source, line, 1, line, 1))
