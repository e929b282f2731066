"""What both sides say of versions and migrations, held against what is seen to have changed."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from qpf.evolution.chain import Chain
from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging.rule import Setting
from qpf.evolution.diff.sides import Contract, Subject
from qpf.evolution.said import say
from qpf.evolution.sense import ends_of
from qpf.model.digest import canonical
from qpf.model.migration import FieldAdd, FieldDeprecated, Migration, Operation
from qpf.model.node import locate
from qpf.model.path import parse_path
from qpf.model.schema_change import Declared
from qpf.model.span import Span
from qpf.model.version import order


class Taken(NamedTuple):
    """A pair of schemas, and the migrations between the two.

    Attributes:
        before: The earlier schema.
        after: The later one.
        steps: The migrations.
        idle: Operations of which nothing is seen.
    """

    before: Subject
    after: Subject
    steps: tuple[Migration, ...]
    idle: tuple[tuple[Migration, int], ...]


def lifecycle(old: Contract, new: Contract, taken: Sequence[Taken], setting: Setting) -> Iterator[Fact]:
    """Differences of versions and migrations.

    Args:
        old: The earlier side.
        new: The later one.
        taken: Every pair of schemas, with what is seen of migrations.
        setting: What is known of both by now.
    """
    if old.version and new.version:
        word = _wrong(old.version, new.version, setting, alone=new.fleet is None)
        if word:
            yield Fact(kind="version", word=word, before=old.version, after=new.version,
                       old_span=_spoken_at(old), new_span=_spoken_at(new))  # fmt: skip
        if setting.undeclared:
            yield from _way(old, new)
        yield from _idle(new, taken)
    theirs = {(step.source, step.target): step for step in new.steps}
    for step in old.steps:
        other = theirs.get((step.source, step.target))
        if other is not None:
            yield from _edited(step, other, old.version)
    if old.fleet is not None and new.fleet is not None and new.version:
        yield from _left(old, new)


def _wrong(old: str, new: str, setting: Setting, *, alone: bool) -> str:
    """What is wrong with a version, seen from the one before; empty if nothing is."""
    one, other = order(old), order(new)
    if other < one:
        return "lower" if alone else "decreased"
    if one == other:
        return "unchanged" if setting.uncovered else ""
    most = 2 if one[0] == 0 and other[0] == 0 else 1
    return "small" if setting.broken and one[:most] == other[:most] else ""


def _way(old: Contract, new: Contract) -> Iterator[Fact]:
    """That migrations lead from one version to the other, so that they should say what changed."""
    way = Chain(new.version, new.steps).way(old.version)
    if way and any(step.operations for step in way):
        titles = [step.title for step in way]
        yield Fact(kind="step", word="way", before=titles, old_span=_spoken_at(old), new_span=way[-1].origin)


def _edited(step: Migration, other: Migration, version: str) -> Iterator[Fact]:
    """A step that both sides have, and that somebody may have taken."""
    released = not version or order(step.target) <= order(version)
    spans = {"old_span": step.origin, "new_span": other.origin}
    for word, one, now in (
        ("auto_migrate", step.automatic, other.automatic),
        ("require_manual_review", step.reviewed, other.reviewed),
    ):
        if one != now:
            yield Fact(kind="step", word=word, before=[step.title, one], after=[step.title, now], **spans)  # type: ignore[arg-type]  # spans
    if released and _operations(step) != _operations(other):
        before, after = ([say(each) for each in some.operations] for some in (step, other))
        yield Fact(kind="step", word="operations", before=before, after=after, direction="changed", **spans)  # type: ignore[arg-type]  # spans


def _operations(step: Migration) -> list[bytes]:
    """What a step does; the order of operations has no meaning."""
    _, _, _, operations = step.plain
    return sorted(map(canonical, operations))


def _left(old: Contract, new: Contract) -> Iterator[Fact]:
    """Versions from which documents could be read, and cannot any longer."""
    ways, now = Chain(old.version, old.steps), Chain(new.version, new.steps)
    steps = {step.source: step for step in ways.past}
    for version in sorted({old.version, *steps}, key=order):
        step = steps.get(version)
        follows = step is not None and any(
            (each.source, each.target) == (step.source, step.target) for each in new.steps
        )  # what it leads to is left behind, and told of
        if order(version) <= order(new.version) and now.way(version) is None and not follows:
            yield Fact(
                kind="step", word="left", before=version, after=new.version,
                old_span=step.origin if step else _spoken_at(old), new_span=_spoken_at(new),
            )  # fmt: skip


def _idle(new: Contract, taken: Sequence[Taken]) -> Iterator[Fact]:
    """Operations on the way that were taken for some schema, and of which nothing is seen anywhere."""
    every = {id(step): step for each in taken for step in each.steps}
    for step in sorted(every.values(), key=lambda each: order(each.source)):
        crossing = [each for each in taken if step in each.steps]
        waiting = [each.after for each in taken if step not in each.steps]
        for position, operation in enumerate(step.operations):
            idle = all((step, position) in each.idle for each in crossing)
            if idle and _expected(step, operation, crossing, waiting, alone=new.fleet is None):
                span = operation.span or step.origin
                yield Fact(
                    kind="step", word="idle", before=say(operation), after=None, new_span=span,
                    declared=Declared(step.title, position, span),
                )  # fmt: skip


def _expected(
    step: Migration, operation: Operation, crossing: list[Taken], waiting: list[Subject], *, alone: bool
) -> bool:
    """Whether something should be seen of an operation: a document says but a part of what can be said."""
    if not any(each.after.shape.written for each in crossing):
        return True
    if isinstance(operation, FieldAdd | FieldDeprecated) or step.author:
        return False
    gone, made = ends_of(operation)
    gone = gone or [operation.path]  # type: ignore[attr-defined]  # every other operation has one
    if any(_there(each, [*gone, *made]) for each in waiting):
        return False
    touched = any(_there(each.before, gone) or _there(each.after, made) for each in crossing)
    return touched or not alone


def _there(subject: Subject, paths: Sequence[str]) -> bool:
    return any(subject.shape.at(parse_path(path)) is not None for path in paths)


def _spoken_at(contract: Contract) -> Span | None:
    """Where a side says which version it speaks."""
    if contract.fleet is not None:
        return locate(contract.fleet.body, ("schema_version",))
    return next((each.spoken for each in contract.subjects.values()), None)
