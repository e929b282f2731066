"""Two sides, each all schemas of a fleet or one alone; compared schema by schema."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType

from qpf.evolution.diff.compare import compare
from qpf.evolution.diff.constraint_files import constraint_files
from qpf.evolution.diff.declared import Evolved, evolved
from qpf.evolution.diff.deprecated import with_deprecations
from qpf.evolution.diff.fact import Fact
from qpf.evolution.diff.guess import guessed
from qpf.evolution.diff.headers import headers, renamed
from qpf.evolution.diff.judge import in_order, judged
from qpf.evolution.diff.lifecycle import Taken, lifecycle
from qpf.evolution.diff.policy import Governing
from qpf.evolution.diff.reference import Reference, cycles, dangling
from qpf.evolution.diff.rule import Reliance, Setting
from qpf.evolution.diff.shape import Shape
from qpf.evolution.places import written
from qpf.model.fleet import Document
from qpf.model.migration import Migration
from qpf.model.path import Path
from qpf.model.schema_change import SchemaChange, Weight
from qpf.model.span import Span
from qpf.model.version import order


@dataclass(frozen=True)
class Subject:
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


@dataclass(frozen=True)
class Contract:
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
    constraints: Mapping[str, str] = field(default_factory=dict)

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


def contrast(
    old: Contract, new: Contract, governing: Governing, reliance: Callable[[Path], Reliance]
) -> tuple[SchemaChange, ...]:
    """Everything that differs, judged; the heaviest first.

    Args:
        old: The earlier side.
        new: The later one.
        governing: How a field is governed, if it is.
        reliance: What becomes of agents if nobody says a field.
    """
    setting = Setting(old.version, new.version, reliance=reliance, spoken=new.spoken)
    called = renamed(old, new)
    changes: list[SchemaChange] = []
    taken: list[Taken] = []
    known = {*old.subjects, *called.values()}
    for name in (*old.subjects, *(each for each in new.subjects if each not in known)):
        before, after = old.subjects.get(name), new.subjects.get(called.get(name, name))
        if before is after and before is not None:
            taken.append(Taken(before, before, (), ()))
            continue
        here = replace(setting, shape=after.shape if after else None)
        now = after.name if after else name
        if before is not None and after is not None:
            migrations = () if before.packet else new.steps  # migrations are about sections
            steps = way(migrations, before.version or old.version, after.version or new.version)
            facts, evolving = _differences(before, after, steps, migrations)
            taken.append(Taken(before, after, steps, evolving.idle))
            changes += judged(facts, here, governing, now)
        changes += judged(headers(before, after, old, new, called), here, governing, now)
    files = constraint_files(old.constraints, new.constraints)
    for subject, fact in (*dangling(old, new, called), *cycles(old, new), *files):
        changes += judged([fact], setting, governing, subject)
    setting = replace(
        setting,
        broken=_broken(changes),
        uncovered=_broken(each for each in changes if not each.covered),
        undeclared=_broken(each for each in changes if each.declared is None),
    )
    changes += judged(lifecycle(old, new, taken, setting), setting, governing)
    return in_order(folded(changes))


def folded(changes: Iterable[SchemaChange]) -> Iterable[SchemaChange]:
    """One change an operation: what it does to many schemas in the same way is told of the first of them."""
    told: dict[object, SchemaChange] = {}
    for change in changes:
        key: object = id(change)
        if change.declared is not None:
            key = (change.declared, change.code, change.path, change.message, change.policy)
        first = told.setdefault(key, change)
        if first is not change:
            place = " ".join((change.subject, written(change.path)))
            told[key] = replace(first, also=(*first.also, place, *change.also))
    return told.values()


def _broken(changes: Iterable[SchemaChange]) -> tuple[str, ...]:
    """Where documents are no longer valid."""
    return tuple(
        " ".join(part for part in (each.subject, written(each.path)) if part) or each.message
        for each in in_order(changes)
        if each.backward == "no" and (each.weight >= Weight.BREAKING or each.declared)
    )


def _differences(
    old: Subject, new: Subject, steps: tuple[Migration, ...], known: tuple[Migration, ...]
) -> tuple[tuple[Fact, ...], Evolved]:
    """What differs between two schemas, and what became of the earlier one by migrations."""
    before, after = (with_deprecations(each.shape, known, each.version) for each in (old, new))
    outcome = evolved(before, after, steps)
    return (*outcome.facts, *guessed(compare(outcome.shape, after))), outcome


def way(steps: Iterable[Migration], source: str, target: str) -> tuple[Migration, ...]:
    """The migrations from one version to another; all of them, if versions are not known."""
    ordered = sorted(steps, key=lambda step: (order(step.source), order(step.target)))
    if not source or not target:
        return tuple(ordered)
    found: list[Migration] = []
    for step in ordered:
        if step.source == (found[-1].target if found else source) and order(step.target) <= order(target):
            found.append(step)
    return tuple(found)


def alone(subject: Subject, steps: tuple[Migration, ...], references: Iterable[Reference] = ()) -> Contract:
    """A side of one schema."""
    documents = () if subject.document is None else (subject.document,)
    subjects = MappingProxyType({subject.name: subject})
    return Contract(subjects, subject.version, steps, documents, references=tuple(references))
