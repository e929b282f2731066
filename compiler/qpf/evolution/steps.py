"""Where migrations are written: one file a step in `migrations/`, or `schema_evolution` in any schema."""

import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from msgspec.structs import replace
from pydantic import Field

from qpf.evolution.codes import BAD_OPERATION
from qpf.evolution.operations import read_operations
from qpf.model.diagnostic import Diagnostic, Note, Outcome, Report
from qpf.model.fleet import Document
from qpf.model.migration import Migration, Operation
from qpf.model.node import Entry, Sequence, find, locate
from qpf.model.node import Mapping as MappingNode
from qpf.model.path import Path
from qpf.model.span import Span
from qpf.model.version import STEP
from qpf.syntax.bind import bind
from qpf.syntax.header import Header, Version

EVOLUTION = "schema_evolution"
"""Key of the block that any schema may have."""

_SPELT = re.compile(rb"\\[xuU\r\n]")
"""How a letter of a key may be written otherwise, or a key be written in two lines."""

_RANGE = re.compile(r"([\dx]+(?:\.[\dx]+)*)\s*(?:->|→)\s*([\dx]+(?:\.[\dx]+)*)")


def may_evolve(content: bytes) -> bool:
    """Whether a file may have that block, told unread."""
    return EVOLUTION.encode() in content or _SPELT.search(content) is not None


class StepFile(Header):
    """`migrations/<any name>.yaml`: one step."""

    source: Version = Field(
        alias="from", description="Schema version that the step leads from.", examples=["5.9.0"]
    )
    target: Version = Field(
        alias="to", description="Later schema version that it leads to.", examples=["6.0.0"]
    )
    description: str = Field(default="", description="What the step is for.")
    operations: list[Any] = Field(
        default=[],
        description="What changes; see the reference of operations.",
        examples=[[{"field_rename": "reasoningengine.model -> reasoningengine.primary_model"}]],
    )
    breaking_changes: list[str] = Field(
        default=[], description="What a person has to know before taking the step."
    )
    deprecation_warnings: list[str] = Field(default=[], description="What a person should know.")
    auto_migrate: bool = Field(default=True, description="Whether compiling takes the step in memory.")
    require_manual_review: bool = Field(
        default=False, description="Whether the step, if it breaks something, waits for an approval."
    )


class SchemaEvolution(Header):
    """`schema_evolution` in `qpf.yaml`, a base, a sub-schema or an agent: any number of steps."""

    version: Version = Field(default="", description="The file's `schema_version`, and no other.")
    migrations: dict[str, list[Any]] = Field(default={}, description="Operations by step, `5.9.0 -> 6.0.0`.")
    breaking_changes: dict[str, list[str]] = Field(
        default={},
        description="What a person has to know, by range of steps, `5.x -> 6.0`.",
        examples=[{"5.x -> 6.0": ["every agent needs `governance`"]}],
    )
    deprecation_warnings: list[str] = Field(default=[], description="What a person should know.")
    auto_migrate: bool = Field(
        default=True, description="Whether compiling takes these steps in memory; in `qpf.yaml`, any step."
    )
    require_manual_review: bool = Field(
        default=False, description="Whether breaking steps wait for an approval; in `qpf.yaml`, any step."
    )


def read_steps(files: Iterable[Document], schemas: Iterable[Document]) -> Outcome[tuple[Migration, ...]]:
    """Read all steps that are written down; what cannot be understood is a finding.

    Args:
        files: The documents of `migrations/`.
        schemas: All others.
    """
    steps: list[Migration] = []
    reports: list[Report] = []
    fleet = _Block()
    for document in sorted(files, key=lambda each: each.source):
        outcome = _file(document)
        steps += outcome.value
        reports.append(outcome.report)
    for document in sorted(schemas, key=lambda each: each.source):
        block = document.body.entries.get(EVOLUTION)
        if block is not None:
            found = _block(document, block)
            steps += found.value.steps
            reports.append(found.report)
            if document.kind == "fleet":
                fleet = found.value
    return Outcome(tuple(_ruled(step, fleet) for step in steps), Report.join(reports))


class _Block(NamedTuple):
    """What a schema says about migrations.

    Attributes:
        steps: Those that it gives.
        forbidden: Where it says that compiling may take none of them.
        reviewed: Whether breaking ones wait for an approval.
    """

    steps: tuple[Migration, ...] = ()
    forbidden: Span | None = None
    reviewed: bool = False


def _ruled(step: Migration, fleet: _Block) -> Migration:
    """A step as the fleet allows it."""
    if fleet.forbidden is None and not fleet.reviewed:
        return step
    return replace(
        step,
        automatic=step.automatic and fleet.forbidden is None,
        ruled=step.ruled or fleet.forbidden,
        reviewed=step.reviewed or fleet.reviewed,
    )


def _file(document: Document) -> Outcome[list[Migration]]:
    bound = bind(document.body, StepFile)
    step = bound.value
    if step is None:
        return Outcome([], bound.report)
    operations = _operations(document.body, ("operations",))
    entries = document.body.entries
    made = Migration(
        step.source,
        step.target,
        operations.value,
        tuple(step.breaking_changes),
        tuple(step.deprecation_warnings),
        automatic=step.auto_migrate,
        reviewed=step.require_manual_review,
        origin=entries["from"].span,
        ruled=None if step.auto_migrate else entries["auto_migrate"].span,
        summary=step.description.strip(),
    )
    return Outcome([made], bound.report + operations.report)


def _block(document: Document, block: Entry) -> Outcome[_Block]:
    at: Path = (EVOLUTION,)
    if not isinstance(block.node, MappingNode):
        message = f"{EVOLUTION} is no mapping"
        found = Diagnostic(BAD_OPERATION, message, block.span, at, hint="write `migrations:` in it")
        return Outcome(_Block(), Report.of([found]))
    bound = bind(block.node, SchemaEvolution, prefix=at)
    if bound.value is None:
        return Outcome(_Block(), bound.report)
    rules = bound.value
    forbidden = None if rules.auto_migrate else block.node.entries["auto_migrate"].span
    steps: list[Migration] = []
    found_here = [*bound.report.diagnostics, *_bad_ranges(rules, block.node)]
    if rules.version and document.version and rules.version != document.version:
        found_here.append(_other_version(document, rules.version))
    for name in rules.migrations:
        inner = (*at, "migrations", name)
        key = _key(document.body, inner)
        ends = STEP.fullmatch(name.strip())
        if ends is None:
            hint = "write `5.9.0 -> 6.0.0`"
            found_here.append(Diagnostic(BAD_OPERATION, f"`{name}` is no step", key, inner, hint=hint))
            continue
        operations = _operations(document.body, inner)
        found_here += operations.report.diagnostics
        steps.append(
            Migration(
                ends[1],
                ends[2],
                operations.value,
                _breaking(rules, ends[1], ends[2]),
                tuple(rules.deprecation_warnings),
                automatic=rules.auto_migrate,
                reviewed=rules.require_manual_review,
                origin=key,
                ruled=forbidden,
            )
        )
    return Outcome(_Block(tuple(steps), forbidden, rules.require_manual_review), Report.of(found_here))


def _breaking(rules: SchemaEvolution, source: str, target: str) -> tuple[str, ...]:
    """What is said to break by a step."""
    ranges = (texts for around, texts in rules.breaking_changes.items() if _covers(around, source, target))
    return tuple(text for texts in ranges for text in texts)


def _operations(body: MappingNode, at: Path) -> Outcome[tuple[Operation, ...]]:
    node = find(body, at)
    return read_operations(node, at) if isinstance(node, Sequence) else Outcome(())


def _key(body: MappingNode, at: Path) -> Span:
    above = find(body, at[:-1])
    assert isinstance(above, MappingNode)
    return above.entries[str(at[-1])].span


def _other_version(document: Document, version: str) -> Diagnostic:
    at: Path = (EVOLUTION, "version")
    return Diagnostic(
        BAD_OPERATION,
        f"{EVOLUTION} is about version {version}, but {document.source} speaks {document.version}",
        locate(document.body, at),
        at,
        (Note("it says so here", locate(document.body, ("schema_version",))),),
        hint=f"write `version: {document.version}`, or take it away",
    )


def _bad_ranges(rules: SchemaEvolution, block: MappingNode) -> Iterator[Diagnostic]:
    for name in rules.breaking_changes:
        if _RANGE.fullmatch(name.strip()) is None:
            inner = ("breaking_changes", name)
            hint = "write `5.x -> 6.0` or `5.9.0 -> 6.0.0`"
            message = f"`{name}` is no range of steps"
            yield Diagnostic(BAD_OPERATION, message, _key(block, inner), (EVOLUTION, *inner), hint=hint)


def _covers(around: str, source: str, target: str) -> bool:
    """Whether a range, `5.x -> 6.0`, is about a step."""
    ends = _RANGE.fullmatch(around.strip())
    return ends is not None and _within(source, ends[1]) and _within(target, ends[2])


def _within(version: str, pattern: str) -> bool:
    """Whether a version is one of those that `6.0` or `5.x` stands for."""
    wanted = pattern.split(".")
    return all(want in {"x", part} for part, want in zip(version.split("."), wanted, strict=False))
