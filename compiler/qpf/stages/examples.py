"""Examples of constraints: what they show, and what is to be found in them.

`base/constraints/tests/<file>/pass-<case>.yaml` holds a document that `base/constraints/<file>.cue` allows;
`fail-<case>.yaml` one that it forbids, and what is to be reported of it.
"""

from collections.abc import Iterable
from typing import Any

from msgspec import Struct
from pydantic import BaseModel, ConfigDict, Field

from qpf.model.diagnostic import Code, Diagnostic, Outcome, Report, Severity
from qpf.model.fleet import Source
from qpf.model.node import Mapping as MappingNode
from qpf.model.span import start_of
from qpf.syntax.bind import bind
from qpf.syntax.reader import read_yaml

BAD_EXAMPLE = Code(
    "QPF049", "bad-example", Severity.ERROR, "An example of constraints shows nothing that could be tested."
)


class Expectation(BaseModel):
    """One finding that there must be."""

    model_config = ConfigDict(extra="forbid")

    code: str = Field(description="Its code.")
    at: str | None = Field(None, description="The path that it is about, `deployment.replicas`.")


class ExampleFile(BaseModel):
    """One example."""

    model_config = ConfigDict(extra="forbid")

    document: dict[str, Any] = Field(description="The agent, as far as the constraints speak of it.")
    expect: list[Expectation] = Field([], description="What must be found; nothing else may be.")


class Example(Struct, frozen=True):
    """An example, read.

    Attributes:
        path: Its file.
        constraint: The file of constraints that it is an example for.
        document: The agent, as nodes that know where they stand in the example.
        expected: What must be found, and nothing else.
    """

    path: str
    constraint: str
    document: MappingNode
    expected: tuple[Expectation, ...]


def examples(sources: Iterable[Source], constraints: Iterable[str]) -> Outcome[tuple[Example, ...]]:
    """Read examples.

    Args:
        sources: Their files.
        constraints: Paths of the files of constraints that there are.
    """
    known = frozenset(constraints)
    found: list[Example] = []
    reports: list[Report] = []
    for source in sources:
        outcome = _example(source, known)
        reports.append(outcome.report)
        if outcome.value is not None:
            found.append(outcome.value)
    return Outcome(tuple(found), Report.join(reports))


def _example(source: Source, known: frozenset[str]) -> Outcome[Example | None]:
    folder, _, file = source.path.rpartition("/")
    above, _, name = folder.rpartition("/")
    constraint = f"{above.rpartition('/')[0]}/{name}.cue"
    verdict, _, _ = file.partition("-")
    if constraint not in known:
        hint = f"name the folder as a file of constraints is named, or write {constraint}"
        return _bad(source, f"there are no constraints in {constraint}", hint)
    if verdict not in {"pass", "fail"}:
        return _bad(
            source, f"{file} says neither that it passes nor that it fails", "call it `pass-…` or `fail-…`"
        )
    read = read_yaml(source.path, source.content)
    if read.value is None:
        return Outcome(None, read.report)
    bound = bind(read.value, ExampleFile)
    if bound.value is None:
        return Outcome(None, read.report + bound.report)
    expected = tuple(bound.value.expect)
    if (verdict == "fail") != bool(expected):
        return _bad(
            source,
            "an example that fails must say what is to be found in it"
            if verdict == "fail"
            else "an example that passes expects nothing",
            "list each finding in `expect:`, `- {code: L9-101, at: deployment.replicas}`"
            if verdict == "fail"
            else "remove `expect:`, or call the file `fail-…`",
        )
    document = read.value.entries["document"].node
    assert isinstance(document, MappingNode)
    return Outcome(Example(source.path, constraint, document, expected), read.report)


def _bad(source: Source, message: str, hint: str) -> Outcome[Example | None]:
    return Outcome(None, Report((Diagnostic(BAD_EXAMPLE, message, start_of(source.path), hint=hint),)))
