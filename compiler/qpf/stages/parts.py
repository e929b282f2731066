"""One schema file taken apart: its header, and what it says about an agent."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from types import MappingProxyType

from msgspec import Struct
from pydantic import BaseModel

from qpf.model.diagnostic import Diagnostic, Report
from qpf.model.digest import digest_in_order
from qpf.model.fleet import Document
from qpf.model.layer import AGENT, Contribution, Layer
from qpf.model.nearest import did_you_mean
from qpf.model.node import Entry, Node, find, locate, to_data
from qpf.model.node import Mapping as MappingNode
from qpf.model.path import Path
from qpf.model.respelling import respelt
from qpf.stages import codes
from qpf.stages.alone import ALWAYS, LAST, alone
from qpf.stages.headers import AnySchema
from qpf.stages.schema import Schema
from qpf.syntax.bind import bind


class Part(Struct, frozen=True, dict=True):
    """One schema file taken apart: its header, and what it says about an agent."""

    document: Document
    header: AnySchema
    contributions: tuple[Contribution, ...]

    @cached_property
    def digest(self) -> str:
        """The digest of what it says, wherever and however it is written; in the order it is said."""
        return digest_in_order(to_data(self.document.body))


def parts_of(
    documents: Mapping[str, Document],
    model: type[BaseModel],
    layer: Layer,
    schema: Schema,
    reports: list[Report],
) -> dict[str, Part]:
    """Take files apart, by name; what is wrong with them goes to the reports.

    Sections of an agent are judged once they are composed; here only if its header keeps it from that.
    """
    parts: dict[str, Part] = {}
    for name, document in sorted(documents.items()):
        keys = model.model_fields
        own = {key: entry for key, entry in document.body.entries.items() if key in keys}
        bound = bind(MappingNode(MappingProxyType(own), document.body.span), model)
        sections = {key: entry for key, entry in document.body.entries.items() if key not in keys}
        findings = [*bound.report.diagnostics, *_unknown_sections(sections, schema, keys)]
        known = {key: entry for key, entry in sections.items() if key in schema.sections}
        contributions = tuple(_contributions(document, known, layer, schema))
        if isinstance(bound.value, AnySchema):
            findings += _misnamed(document, bound.value)
            parts[name] = Part(document, bound.value, contributions)
        if layer is not AGENT:
            findings += alone(document, contributions, schema, ALWAYS).diagnostics
        elif name not in parts:
            findings += alone(document, contributions, schema, LAST).diagnostics
        if findings:
            reports.append(Report.of(findings))
    return parts


def _contributions(
    document: Document, sections: Mapping[str, Entry], layer: Layer, schema: Schema
) -> Iterator[Contribution]:
    if sections:
        yield Contribution(
            layer, document.name, MappingNode(MappingProxyType(dict(sections)), document.body.span)
        )
    adds = find(document.body, ("adds",))
    for word, entry in adds.entries.items() if isinstance(adds, MappingNode) else ():
        if word in schema.adds:
            yield Contribution(layer, document.name, _nest(schema.adds[word], entry))


def _nest(path: Path, entry: Entry) -> MappingNode:
    node: Node = entry.node
    for part in reversed(path):
        node = MappingNode(MappingProxyType({str(part): Entry(entry.span, node)}), entry.span)
    assert isinstance(node, MappingNode)
    return node


def _unknown_sections(
    sections: Mapping[str, Entry], schema: Schema, header: Mapping[str, object]
) -> Iterator[Diagnostic]:
    for name, entry in sections.items():
        if name not in schema.sections:
            yield Diagnostic(
                codes.UNKNOWN_SECTION,
                f"{name} is neither a section nor part of the header",
                entry.span,
                (name,),
                hint=did_you_mean(name, (*schema.sections, *header)),
                fix=respelt(entry.span, name, (*schema.sections, *header)),
            )


def _misnamed(document: Document, header: AnySchema) -> Iterator[Diagnostic]:
    if header.name != document.name:
        yield Diagnostic(
            codes.BAD_NAME,
            f"{document.source} calls itself {header.name}",
            locate(document.body, ("name",)),
            ("name",),
            hint=f"write `name: {document.name}`, or rename the file",
        )
