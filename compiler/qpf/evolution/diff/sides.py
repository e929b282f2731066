"""Two sides, each all schemas of a fleet or one alone."""

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from types import MappingProxyType
from typing import NamedTuple

from msgspec import Struct

from qpf.evolution.diff.shapes.shape import Shape
from qpf.model.fleet import Document
from qpf.model.migration import Migration
from qpf.model.path import Path
from qpf.model.span import Span


class Reference(NamedTuple):
    """A name of something else.

    Attributes:
        subject: Who says it: `agents/keeper`, `glue`.
        path: Where: `composition.base`.
        target: What is meant: `base/service`, `packet/note`, `agents/keeper.note` for a port.
        span: Where it is written.
    """

    subject: str
    path: Path
    target: str
    span: Span


class Subject(Struct, frozen=True, dict=True):
    """One schema.

    Attributes:
        name: `base/core_service`; empty if it is compared alone.
        path: Its file.
        make: Says what it says of values: most schemas of two fleets are the same, and never asked.
        version: The schema version that it speaks; empty if it does not say.
        document: The document that it is or is in; None for a JSON Schema.
        spoken: Where it says its version, or would.
    """

    name: str
    path: str
    make: Callable[[], Shape]
    version: str = ""
    document: Document | None = None
    spoken: Span | None = None

    @cached_property
    def shape(self) -> Shape:
        """What it says of values."""
        return self.make()

    @property
    def packet(self) -> bool:
        """Whether it is a kind of packets."""
        return self.document is not None and self.document.kind == "glue"


class Contract(Struct, frozen=True, dict=True):
    """One side of a comparison.

    Attributes:
        subjects: Its schemas by name.
        version: The fleet's schema version, or that of the only schema; empty if it is not known.
        steps: Every migration that is known there.
        documents: The documents of the fleet.
        users: Documents that say fields of its schemas: of a fleet all; of a schema alone those around it.
        references: What its documents refer to.
        ports: What can be referred to besides schemas.
        constraints: Files of constraints, by path.
    """

    subjects: Mapping[str, Subject]
    version: str = ""
    steps: tuple[Migration, ...] = ()
    documents: tuple[Document, ...] = ()
    users: tuple[Document, ...] = ()
    references: tuple[Reference, ...] = ()
    ports: frozenset[str] = frozenset()
    constraints: Mapping[str, str] = {}

    @property
    def kind(self) -> str:
        """What it is, in words."""
        if "" not in self.subjects:
            return "a fleet"
        return "a document" if self.documents else "a JSON Schema"

    @cached_property
    def known(self) -> frozenset[str]:
        """Whatever can be referred to."""
        return self.ports | set(self.subjects)

    @cached_property
    def said(self) -> Mapping[str, tuple[Reference, ...]]:
        """What each schema refers to."""
        return _grouped((each.subject, each) for each in self.references)

    @cached_property
    def meant(self) -> Mapping[str, tuple[Reference, ...]]:
        """What refers to each schema, or to a port of it."""
        return _grouped((each.target.partition(".")[0], each) for each in self.references)

    @cached_property
    def spoken(self) -> frozenset[str]:
        """Schema versions that its documents speak."""
        return frozenset(each.version for each in self.subjects.values() if each.version)

    @property
    def fleet(self) -> Document | None:
        """What the fleet says of itself; None if this is a schema alone."""
        return next((each for each in self.documents if each.kind == "fleet"), None)


def _grouped(pairs: Iterable[tuple[str, Reference]]) -> Mapping[str, tuple[Reference, ...]]:
    groups: dict[str, list[Reference]] = {}
    for key, each in pairs:
        groups.setdefault(key, []).append(each)
    return {key: tuple(group) for key, group in groups.items()}


def alone(subject: Subject, steps: tuple[Migration, ...], references: Iterable[Reference] = ()) -> Contract:
    """A side of one schema."""
    documents = () if subject.document is None else (subject.document,)
    subjects = MappingProxyType({subject.name: subject})
    return Contract(subjects, subject.version, steps, documents, references=tuple(references))
