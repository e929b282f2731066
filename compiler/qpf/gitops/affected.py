"""Which lines of a fleet's documents a change of schemas is about: who has to look."""

from collections.abc import Iterator

from qpf.evolution.diff.sides import Contract
from qpf.evolution.places import entry_at, matches, written
from qpf.model.fleet import Document
from qpf.model.node import Sequence, find, to_data
from qpf.model.schema_change import SchemaChange, Weight
from qpf.model.span import Span
from qpf.stages.upgrade import bodies

_MOST = 100
_FROM_ELSEWHERE = frozenset({"E009", "E010", "E011"})
"""Changes of fields that were at another place before, which they name; several that were made one, all."""


def affected(change: SchemaChange, new: Contract) -> tuple[Span, ...]:
    """Where documents of the later side use what changes.

    Of a change to what plugins accept: every place where a document says the field. Of a change to a base
    or a sub-schema: every agent that is composed of it.
    """
    if change.weight < Weight.DANGEROUS or not new.users:
        return ()
    spans = _composed(change.subject, new.users) if change.subject else _said(change, new.users)
    return tuple(sorted(spans)[:_MOST])


def _said(change: SchemaChange, documents: tuple[Document, ...]) -> Iterator[Span]:
    renamed = change.code in _FROM_ELSEWHERE and isinstance(change.before.value, str)
    paths = change.before.value.split(", ") if renamed else [written(change.path)]
    for document in documents:
        for _, sections in bodies(document.kind, document.body):
            for path in filter(None, paths):
                yield from (entry_at(sections, place).span for place in matches(sections, path))


def _composed(subject: str, documents: tuple[Document, ...]) -> Iterator[Span]:
    folder, _, name = subject.partition("/")
    for document in documents if folder in {"base", "sub"} else ():
        if document.kind != "agent":
            continue
        if folder == "base":
            node = find(document.body, ("composition", "base"))
            if node is not None and to_data(node) == name:
                yield node.span
        elif folder == "sub":
            listed = find(document.body, ("composition", "subs"))
            yield from (
                item.span
                for item in (listed.items if isinstance(listed, Sequence) else ())
                if to_data(item) == name
            )
