"""Two sides, each all schemas of a fleet or one alone; compared schema by schema."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from qpf.evolution.diff.compare import compare
from qpf.evolution.diff.declared import evolved
from qpf.evolution.diff.deprecated import with_deprecations
from qpf.evolution.diff.fact import Fact
from qpf.evolution.diff.guess import guessed
from qpf.evolution.diff.headers import headers
from qpf.evolution.diff.judge import in_order, judged
from qpf.evolution.diff.lifecycle import lifecycle
from qpf.evolution.diff.policy import Governing
from qpf.evolution.diff.rule import Setting
from qpf.evolution.diff.shape import Shape
from qpf.model.fleet import Document
from qpf.model.migration import Migration
from qpf.model.schema_change import SchemaChange
from qpf.model.version import order


@dataclass(frozen=True, slots=True)
class Subject:
    """One schema.

    Attributes:
        name: `base/core_service`; empty if it is compared alone.
        path: Its file.
        shape: What it says of values.
        version: The schema version that it speaks; empty if it does not say.
        document: The document that it is or is in; None for a JSON Schema.
    """

    name: str
    path: str
    shape: Shape
    version: str = ""
    document: Document | None = None


@dataclass(frozen=True, slots=True)
class Contract:
    """One side of a comparison.

    Attributes:
        subjects: Its schemas by name.
        version: The fleet's schema version, or that of the only schema; empty if it is not known.
        steps: Every migration that is known there.
        documents: The documents of the fleet.
    """

    subjects: Mapping[str, Subject]
    version: str = ""
    steps: tuple[Migration, ...] = ()
    documents: tuple[Document, ...] = field(default=())


def contrast(old: Contract, new: Contract, governing: Governing) -> tuple[SchemaChange, ...]:
    """Everything that differs, judged; the heaviest first.

    Args:
        old: The earlier side.
        new: The later one.
        governing: How a field is governed, if it is.
    """
    setting = Setting(old.version, new.version)
    changes: list[SchemaChange] = []
    seen: set[tuple[int, int]] = set()
    for name in (*old.subjects, *(name for name in new.subjects if name not in old.subjects)):
        before, after = old.subjects.get(name), new.subjects.get(name)
        if before is not None and after is not None:
            steps = way(new.steps, before.version or old.version, after.version or new.version)
            facts, applied = _differences(before, after, steps, new.steps)
            seen |= applied
            changes += judged(facts, setting, governing, name)
        changes += judged(headers(before, after), setting, governing, name)
    changes += judged(lifecycle(old, new, seen, changes), setting, governing)
    return in_order(changes)


def _differences(
    old: Subject, new: Subject, steps: tuple[Migration, ...], known: Iterable[Migration]
) -> tuple[tuple[Fact, ...], set[tuple[int, int]]]:
    """What differs between two schemas, and the operations of which something is seen."""
    before = with_deprecations(
        old.shape, (step for step in known if old.version and order(step.target) <= order(old.version))
    )
    outcome = evolved(before, new.shape, steps)
    facts = (*outcome.facts, *guessed(compare(outcome.shape, new.shape)))
    idle = {(id(step), position) for step, position in outcome.idle}
    applied = {(id(step), position) for step in steps for position in range(len(step.operations))} - idle
    return facts, applied


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


def alone(subject: Subject, steps: tuple[Migration, ...]) -> Contract:
    """A side of one schema."""
    documents = () if subject.document is None else (subject.document,)
    return Contract(MappingProxyType({subject.name: subject}), subject.version, steps, documents)
