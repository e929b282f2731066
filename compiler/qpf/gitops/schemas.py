"""The schemas of a fleet, or of single files, as sides that can be compared."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from types import MappingProxyType

from msgspec.structs import replace
from pydantic import BaseModel

from qpf.evolution.codes import UNREADABLE_SCHEMA
from qpf.evolution.diff.judging.rule import Reliance
from qpf.evolution.diff.shapes import jsonschema, written
from qpf.evolution.diff.shapes.packets import packet_shape, packets
from qpf.evolution.diff.shapes.written import Merging
from qpf.evolution.diff.sides import Contract, Subject, alone
from qpf.evolution.steps import EVOLUTION, read_steps
from qpf.gitops.references import header_references, ports, references
from qpf.model.diagnostic import Diagnostic, Outcome, Report
from qpf.model.extension import Section
from qpf.model.fleet import Document, Source
from qpf.model.merge import Strategy
from qpf.model.migration import Migration
from qpf.model.node import Mapping as MappingNode
from qpf.model.node import find, locate
from qpf.model.path import Path, parse_path
from qpf.model.schema_change import SchemaChange
from qpf.model.span import Span, start_of
from qpf.model.version import is_version
from qpf.stages.claims import Rules
from qpf.stages.parse import Documents
from qpf.stages.schema import Schema
from qpf.stages.upgrade import bodies
from qpf.syntax.known_keys import field_at, stands
from qpf.syntax.reader import read_yaml

_HEADER = frozenset({"name", "schema_version", "role", "type", "parent_base", "composition", EVOLUTION})


def of_fleet(
    documents: Documents,
    merging: Merging,
    schema: Schema,
    registered: Iterable[Migration] = (),
    beside: Contract | None = None,
) -> Outcome[Contract]:
    """The schemas of a fleet: its bases, subs, agents and overrides, and what packets carry.

    Args:
        documents: What the fleet consists of.
        merging: How values are merged.
        schema: What sections declare.
        registered: Migrations of plugins.
        beside: The other side, whose schemas are taken where it has the same document.
    """
    known: dict[int, list[Subject]] = {}
    for subject in beside.subjects.values() if beside else ():
        known.setdefault(id(subject.document), []).append(subject)
    schemas = (each for each in documents.all if each.kind not in {"migration", "approval"})
    steps = read_steps(documents.migrations.values(), schemas)
    subjects = {
        subject.name: subject
        for document in documents.all
        for subject in known.get(id(document)) or _subjects(document, merging)
    }
    version = documents.fleet.version if documents.fleet else None
    contract = Contract(
        MappingProxyType(dict(sorted(subjects.items()))),
        version or "",
        (*steps.value, *registered),
        documents.all,
        documents.all,
        tuple(references(documents, schema)),
        frozenset(ports(documents, schema)),
    )
    return Outcome(contract, steps.report)


def of_file(
    path: str, content: bytes, merging: Merging, steps: tuple[Migration, ...] = ()
) -> Outcome[Contract | None]:
    """One schema: a JSON Schema, or a document of a fleet."""
    read = read_yaml(path, content)
    if read.value is None or read.report.failed:
        return Outcome(None, read.report)
    if jsonschema.is_json_schema(read.value):
        shape = jsonschema.shape_of(read.value)
        said = _text(read.value, "x-schema-version")
        version = said if is_version(said) else ""
        spoken = locate(read.value, ("x-schema-version",))
        subject = Subject("", path, lambda: shape.value, version, spoken=spoken)
        return Outcome(alone(subject, steps), read.report + shape.report)
    document = Document(_kind(read.value), "", path, read.value)
    version_said = document.version
    if version_said is None and EVOLUTION not in read.value.entries:
        found = Diagnostic(
            UNREADABLE_SCHEMA,
            "this is no schema: it has neither `schema_version` nor what a JSON Schema has",
            start_of(path),
            hint="name a base, a sub-schema, an agent, or what `qpf schema export` prints",
        )
        return Outcome(None, read.report + Report.of([found]))
    own = read_steps((), [document])
    sections = _sections(read.value)
    subject = Subject(
        name="",
        path=path,
        make=partial(written.shape_of, read.value, sections, merging),
        version=version_said or "",
        document=document,
        spoken=locate(read.value, ("schema_version",)),
    )
    made_of = header_references(document, "")
    return Outcome(alone(subject, (*own.value, *steps), made_of), read.report + own.report)


def steps_in(files: Iterable[Source]) -> Outcome[tuple[Migration, ...]]:
    """The migrations of some files, each a step."""
    documents = []
    reports = []
    for source in files:
        read = read_yaml(source.path, source.content)
        reports.append(read.report)
        if read.value is not None and not read.report.failed:
            documents.append(Document("migration", source.path, source.path, read.value))
    steps = read_steps(documents, ())
    return Outcome(steps.value, Report.join((*reports, steps.report)))


def _subjects(document: Document, merging: Merging) -> Iterator[Subject]:
    version = document.version or ""
    if document.kind == "glue":
        for name, fields in packets(document.body):
            yield Subject(f"packet/{name}", document.source, partial(packet_shape, fields), version, document)
        return
    folder = {"base": "base", "sub": "sub", "agent": "agents", "environment": "environments"}.get(
        document.kind
    )
    if folder is None:
        return
    for within, part in bodies(document.kind, document.body):
        name = "/".join((folder, document.name, *(str(key) for key in within[1:])))
        yield Subject(
            name,
            document.source,
            partial(written.shape_of, part, _sections(part), merging),
            version,
            document,
        )


def _sections(body: MappingNode) -> frozenset[str]:
    return frozenset(body.entries) - _HEADER


def _kind(body: MappingNode) -> str:
    """What a document is that stands alone."""
    if "composition" in body.entries and "parent_base" not in body.entries and "adds" not in body.entries:
        return "agent"
    return "sub" if {"adds", "parent_base"} & set(body.entries) else "base"


def _text(body: MappingNode, key: str) -> str:
    node = find(body, (key,))
    value = getattr(node, "value", "")
    return value if isinstance(value, str) else ""


def strategy_at(rules: Rules) -> Merging:
    """How values at a path are merged, by what sections declare."""

    def look(path: Path) -> Strategy | None:
        found: Rules | None = rules
        for part in path:
            found = found.below(str(part)) if found is not None else None
        return None if found is None else found.strategy

    return look


def reliance(sections: Iterable[Section]) -> Callable[[Path], Reliance]:
    """What becomes of agents if nobody says a field, by the models of sections."""
    known = {section.name: section for section in sections}
    added: dict[Path, Path] = {
        ("adds", word): (name, *parse_path(place))
        for name, section in known.items()
        for word, place in section.adds.items()
    }

    def look(path: Path) -> Reliance:
        path = (*added.get(path[:2], path[:2]), *path[2:])
        section = known.get(str(path[0])) if path else None
        inner = () if section is None else _counted(section.model, path[1:])
        if section is None or inner is None:
            return "unknown"
        if any(inner[: len(shared)] == shared for shared in map(parse_path, section.interface)):
            return "shared"
        found = field_at(section.model, inner)
        needed = section.required if not inner else found is not None and found.is_required()
        return "needed" if needed else "free"

    return look


def _counted(model: type[BaseModel], path: Path) -> Path | None:
    """A path with list items by position, as models know them; None if nothing may stand there."""
    found: Path = ()
    for part in path:
        there = next((each for each in (part, 0) if stands(model, (*found, each))), None)
        if there is None:
            return None
        found = (*found, there)
    return found


def labelled(change: SchemaChange, old: str, new: str) -> SchemaChange:
    """A change whose places are named so that both sides can be told apart: `main:base/core_service.yaml`.

    Args:
        change: The change.
        old: What stands before the names of files of the earlier side: `main:`, `released/`.
        new: The same of the later side.
    """
    declared = change.declared and replace(change.declared, span=_named(change.declared.span, new))
    return replace(
        change,
        before=replace(change.before, span=_named(change.before.span, old)),
        after=replace(change.after, span=_named(change.after.span, new)),
        declared=declared,
    )


def _named(span: Span | None, prefix: str) -> Span | None:
    return span._replace(source=f"{prefix}{span.source}") if span is not None and prefix else span
