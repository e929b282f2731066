"""What documents of a fleet refer to: each other, agents' ports, and kinds of packets."""

from collections.abc import Iterator

from qpf.evolution.diff.sides import Reference
from qpf.evolution.places import entry_at, matches, written
from qpf.model.fleet import Document
from qpf.model.node import Scalar
from qpf.model.path import Path
from qpf.stages.kinds import NAMES
from qpf.stages.parse import Documents
from qpf.stages.schema import Schema

_FOLDERS = {"agent": "agents", "port": "agents"}
"""Where what is named is; a port is its agent's."""


def header_references(document: Document, subject: str) -> Iterator[Reference]:
    """The schemas that one is composed of, or fits.

    Args:
        document: The schema.
        subject: What it is called.
    """
    for path, kind in NAMES.get(document.kind, {}).items():
        yield from _said(document, path, subject, kind)


def references(documents: Documents, schema: Schema) -> Iterator[Reference]:
    """Everything that some document refers to."""
    for name, sub in documents.subs.items():
        yield from header_references(sub, f"sub/{name}")
    for name, agent in documents.agents.items():
        yield from header_references(agent, f"agents/{name}")
        for path in schema.dependencies:
            yield from _said(agent, f"{written(path)}.*", f"agents/{name}", "agent")
    if documents.glue is not None:
        for location, kind in NAMES["glue"].items():
            yield from _said(documents.glue, location, "glue", kind)


def ports(documents: Documents, schema: Schema) -> Iterator[str]:
    """Every port of every agent, `agents/keeper.note`: whatever one of its layers puts where ports belong."""
    locations = [
        written((*path, "*")) for path in (*schema.interface, *(("adds", word) for word in schema.adds))
    ]
    found: dict[str, list[str]] = {}
    for name, agent in documents.agents.items():
        for document in _layers(agent, documents):
            if document.source not in found:
                places = [place for each in locations for place in matches(document.body, each)]
                found[document.source] = [str(place[-1]) for place in places]
            yield from (f"agents/{name}.{port}" for port in found[document.source])


def _layers(agent: Document, documents: Documents) -> Iterator[Document]:
    """An agent, its base, and its sub-schemas with those that they bring along."""
    left, seen = [("agents/", agent)], set[str]()
    while left:
        _, document = left.pop()
        yield document
        for each in header_references(document, ""):
            folder, _, name = each.target.partition("/")
            found = {"base": documents.bases, "sub": documents.subs}[folder].get(name)
            composed = each.path[0] == "composition"
            if composed and found is not None and each.target not in seen:
                seen.add(each.target)
                left.append((each.target, found))


def _said(document: Document, location: str, subject: str, kind: str) -> Iterator[Reference]:
    folder = _FOLDERS.get(kind, kind)
    for place in matches(document.body, location):
        entry = entry_at(document.body, place)
        value = entry.node.value if isinstance(entry.node, Scalar) else None
        if isinstance(value, str):
            path: Path = tuple(part for part in place if isinstance(part, str))
            yield Reference(subject, path, f"{folder}/{value}", entry.node.span)
