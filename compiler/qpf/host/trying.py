"""Constraints tried on their examples: the passes that read them, run on documents that are no agents."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from msgspec import Struct

from qpf.host.given import read_given
from qpf.host.guard import run_pass
from qpf.host.plugin import Registered
from qpf.host.workspace import Workspace
from qpf.model.diagnostic import Diagnostic, Outcome, Report
from qpf.model.extension import FleetCode, Pass
from qpf.model.fleet import Agent, Composed, Environment, EnvironmentSettings, FleetSettings, Glue
from qpf.model.node import Scalar, freeze, to_data
from qpf.model.path import format_path
from qpf.stages.examples import Example, Expectation

NAMED = ("name", "role", "environment")
"""What an example says of an agent beside its sections."""


class Tried(Struct, frozen=True):
    """An example, and what was found in it by the constraints that it is for."""

    example: Example
    found: tuple[Diagnostic, ...]

    @property
    def passed(self) -> bool:
        """Whether what was found is what is expected."""
        left = list(self.found)
        for wanted in self.example.expected:
            match = next((each for each in left if _is(each, wanted)), None)
            if match is None:
                return False
            left.remove(match)
        return not left


class Trial(Struct, frozen=True):
    """All examples, tried.

    Attributes:
        tried: The examples.
        uncovered: Codes of constraints that no example is expected to violate, and does.
    """

    tried: tuple[Tried, ...]
    uncovered: tuple[FleetCode, ...]

    @property
    def passed(self) -> bool:
        """Whether every example is as expected, and none is missing."""
        return not self.uncovered and all(each.passed for each in self.tried)


def try_examples(workspace: Workspace, folder: str, examples: Iterable[Example]) -> Outcome[Trial]:
    """Run the passes that read a folder over examples; what is wrong with the folder itself is the report."""
    reading = [(entry, texts) for entry, texts in workspace.passes if texts and entry.value.reads == folder]
    nowhere = _environment("example")
    report = Report.join(
        run_pass(entry, nowhere, texts=texts) for entry, texts in reading if entry.value.scope == "fleet"
    )
    if report.failed:
        return Outcome(Trial((), ()), report)
    given = read_given(reading)
    report += given.report
    if report.failed:
        return Outcome(Trial((), ()), report)
    tried = tuple(_tried(each, reading) for each in examples)
    uncovered = tuple(code for code in given.value.codes if not _covered(code, tried))
    return Outcome(Trial(tried, uncovered), report)


def _tried(example: Example, reading: Iterable[tuple[Registered[Pass], Mapping[str, str]]]) -> Tried:
    agent = _agent(example)
    environment = _environment(agent.environment)
    report = Report.join(
        run_pass(entry, environment, agent, texts=texts)
        for entry, texts in reading
        if entry.value.scope == "agent"
    )
    return Tried(example, tuple(each for each in report.diagnostics if _is_about(each, example.constraint)))


def _is_about(found: Diagnostic, file: str) -> bool:
    places = (found.span, *(note.span for note in found.notes))
    return found.span is None or any(place is not None and place.source == file for place in places)


def _is(found: Diagnostic, wanted: Expectation) -> bool:
    return found.code.id == wanted.code and wanted.at in {None, format_path(found.path)}


def _covered(given: FleetCode, tried: Iterable[Tried]) -> bool:
    return any(
        found.code.id == given.code.id and any(note.span == given.span for note in found.notes)
        for each in tried
        if each.passed
        for found in each.found
    )


def _agent(example: Example) -> Agent:
    document = example.document
    data = to_data(document)
    name, role, environment = (_word(example, key) for key in NAMED)
    composed = Composed(name or "example", environment or "example", document, (), "", ())
    values = {key: freeze(value) for key, value in data.items() if key not in NAMED}
    return Agent(
        name=composed.agent,
        environment=composed.environment,
        values=MappingProxyType(values),
        compose=lambda: composed,
        role=role,
        source=example.path,
    )


def _word(example: Example, key: str) -> str:
    entry = example.document.entries.get(key)
    value = entry.node.value if entry is not None and isinstance(entry.node, Scalar) else ""
    return value if isinstance(value, str) else ""


def _environment(name: str) -> Environment:
    return Environment(
        settings=EnvironmentSettings(name, ()),
        fleet=FleetSettings("", "", None, {}, ()),
        agents=MappingProxyType({}),
        glue=Glue(),
    )
