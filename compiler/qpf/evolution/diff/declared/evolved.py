"""Migrations applied to an earlier shape, so that only what they do not tell is left to differ."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from types import MappingProxyType

from msgspec import Struct
from msgspec.structs import replace

from qpf.evolution.diff.declared.recast import recast
from qpf.evolution.diff.facts.defaults import declared_unfit
from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.shapes.shape import DEPRECATION, Field, Shape, Word
from qpf.evolution.places import ANY
from qpf.evolution.sense import ends_of
from qpf.model.migration import (
    FieldAdd,
    FieldDeprecated,
    FieldMove,
    FieldRemove,
    FieldRename,
    Join,
    Migration,
    Operation,
    Split,
)
from qpf.model.path import Path, parse_path
from qpf.model.schema_change import Declared


class Evolved(Struct, frozen=True):
    """An earlier shape after migrations.

    Attributes:
        shape: What is left to be compared.
        facts: What the migrations say, as far as it is seen in the later shape.
        idle: Operations of which nothing is seen, with their migrations.
    """

    shape: Shape
    facts: tuple[Fact, ...] = ()
    idle: tuple[tuple[Migration, int], ...] = ()


def evolved(old: Shape, new: Shape, steps: Iterable[Migration]) -> Evolved:
    """Apply migrations to an earlier shape.

    Args:
        old: The earlier shape.
        new: The later one: it says what new fields are like.
        steps: The migrations between the two, in order.
    """
    evolving = _Evolving(old, new)
    for step in steps:
        evolving.take(step)
    evolving.settle()
    return Evolved(evolving.shape, tuple(evolving.facts), tuple(evolving.idle))


@dataclass
class _Evolving:
    """A shape on its way.

    Attributes:
        coming: Fields that operations make, with where they are by now.
    """

    shape: Shape
    new: Shape
    facts: list[Fact] = field(default_factory=list)
    idle: list[tuple[Migration, int]] = field(default_factory=list)
    coming: list[tuple[Path, Migration, int, Fact | None]] = field(default_factory=list)

    def take(self, step: Migration) -> None:
        """Take one step: moves first and all at once, then what becomes of values."""
        taken: list[tuple[int, Operation, dict[str, Field]]] = []
        for position, operation in enumerate(step.operations):
            gone = {
                path: found for path in ends_of(operation)[0] if (found := self.shape.at(parse_path(path)))
            }
            taken.append((position, operation, gone))
        for _, _, gone in taken:
            for path in gone:
                self.shape = self.shape.with_field(parse_path(path), None)
        self.coming = [(_carried(path, step), *rest) for path, *rest in self.coming]  # type: ignore[misc]  # same tuple
        for position, operation, gone in taken:
            self._taken(step, position, operation, gone)

    def _taken(self, step: Migration, position: int, operation: Operation, gone: dict[str, Field]) -> None:
        declared = _declared(step, position)
        match operation:
            case FieldRename(old, new) | FieldMove(old, new):
                if not gone or self.shape.at(parse_path(new)) is not None:
                    self._give_back(step, position, gone)
                    return
                found = gone[old]
                self.shape = self.shape.with_field(parse_path(new), found)
                self._note_moved(operation, old, new, found, declared)
            case FieldRemove(path):
                if not gone or self.new.at(parse_path(path)) is not None:
                    self._give_back(step, position, gone)
                    return
                found = gone[path]
                at = parse_path(path)
                self.facts.append(
                    Fact(
                        kind="field-removed", path=at, word=str(at[-1]), before=found.shape.value("default"),
                        old=_parent(self.shape, at),
                        new=_parent(self.new, at), old_field=found,
                        old_span=found.span, new_span=_parent(self.new, at).span,
                        declared=declared,
                    )
                )  # fmt: skip
            case FieldAdd(path):
                self.coming.append((parse_path(path), step, position, None))
            case FieldDeprecated(path):
                self._deprecated(step, position, operation, parse_path(path))
            case Split() | Join():
                if not gone:
                    self.idle.append((step, position))
                    return
                first = next(iter(gone.values()))
                for target in ends_of(operation)[1]:
                    fact = Fact(
                        kind="field-moved", path=parse_path(target), word=type(operation).__name__.lower(),
                        before=", ".join(gone), after=target, old_field=first, old_span=first.span,
                        declared=declared,
                    )  # fmt: skip
                    self.coming.append((parse_path(target), step, position, fact))
            case _:
                self._recast(step, position, operation)

    def settle(self) -> None:
        """Give the shape the fields that came, as they are in the later one."""
        for path, step, position, moved in self.coming:
            there = self.new.at(path)
            operation = step.operations[position]
            known = self.shape.at(path)
            if there is None or (known is not None and not _filled(operation, known, there)):
                self.idle.append((step, position))
                continue
            given = _given(operation, there)
            self.facts += declared_unfit(given.shape, path, _declared(step, position))
            if known is not None:
                self._ask(step, position, path, known, given)
                continue
            self.shape = _with_parents(self.shape, self.new, path, needed=_fills(operation))
            before = _parent(self.shape, path)
            fact = moved or Fact(
                kind="field-added", path=path, word=str(path[-1]), after=given.shape.value("default"),
                declared=_declared(step, position),
            )  # fmt: skip
            self.facts.append(
                replace(
                    fact,
                    path=path,
                    old=before,
                    new=_parent(self.new, path),
                    new_field=given,
                    new_span=there.span,
                    old_span=fact.old_span or before.span,
                )
            )
            told = {"default"} <= set(there.shape.words) & set(given.shape.words)
            self.shape = self.shape.with_field(path, given if told else there)

    def _ask(self, step: Migration, position: int, path: Path, known: Field, given: Field) -> None:
        """A field that was there must be, from now on, and has a value wherever nobody wrote one."""
        self.shape = self.shape.with_field(path, known._replace(required=True))
        self.facts.append(
            Fact(
                kind="required", path=path, word=str(path[-1]), direction="tightened",
                before=known.shape.value("default"), after=given.shape.value("default"),
                old=_parent(self.shape, path), new=_parent(self.new, path), old_field=known, new_field=given,
                old_span=known.span, new_span=given.span, declared=_declared(step, position),
            )
        )  # fmt: skip

    def _note_moved(self, operation: Operation, old: str, new: str, found: Field, declared: Declared) -> None:
        path = parse_path(new)
        now = self.new.at(path)
        self.facts.append(
            Fact(
                kind="field-renamed" if isinstance(operation, FieldRename) else "field-moved",
                path=path, word=str(path[-1]), before=old, after=new, old_field=found, new_field=now,
                old_span=found.span, new_span=now.span if now else self.new.span, declared=declared,
            )
        )  # fmt: skip

    def _deprecated(self, step: Migration, position: int, operation: FieldDeprecated, path: Path) -> None:
        found = self.shape.at(path)
        if found is None:
            self.idle.append((step, position))
            return
        there = self.new.at(path)
        said = {
            word: each for word, each in (there.shape.words.items() if there else ()) if word in DEPRECATION
        }
        words = MappingProxyType({**found.shape.words, **said})
        self.shape = self.shape.with_field(path, found._replace(shape=replace(found.shape, words=words)))
        self.facts.append(
            Fact(
                kind="deprecation", path=path, word="deprecated", direction="added", before=None,
                after={"removal": operation.removal, "use": operation.use}, old=found.shape,
                new=there.shape if there else None,
                old_span=found.span, new_span=operation.span or step.origin,
                declared=_declared(step, position),
            )
        )  # fmt: skip

    def _recast(self, step: Migration, position: int, operation: Operation) -> None:
        path = parse_path(operation.path)  # type: ignore[attr-defined]  # every other operation has one
        found, there = self.shape.at(path), self.new.at(path)
        if found is None or there is None:
            self.idle.append((step, position))
            return
        outcome = recast(operation, found.shape, there.shape)
        self.shape = self.shape.with_field(path, found._replace(shape=outcome.shape))
        self.facts.append(
            Fact(
                kind=outcome.kind, path=path, word=outcome.word, direction="changed", before=outcome.before,
                after=outcome.after, old=found.shape, new=there.shape,
                old_span=found.span, new_span=there.span,
                declared=_declared(step, position),
            )
        )  # fmt: skip

    def _give_back(self, step: Migration, position: int, gone: dict[str, Field]) -> None:
        """Nothing is seen of an operation: what it would have taken stays where it was."""
        for path, found in gone.items():
            self.shape = self.shape.with_field(parse_path(path), found)
        self.idle.append((step, position))


def _parent(shape: Shape, path: Path) -> Shape:
    """The mapping that a field is in, or would be."""
    found = shape.at(path[:-1])
    return found.shape if found else shape


def _with_parents(shape: Shape, new: Shape, path: Path, *, needed: bool) -> Shape:
    """A shape in which a field has the parents that it has in a later one, without their other fields.

    Args:
        shape: The shape.
        new: The later one.
        path: Where the field is.
        needed: Whether the parents are there wherever the field is, so that they may be asked for.
    """
    for depth in range(1, len(path)):
        there = new.at(path[:depth])
        if shape.at(path[:depth]) is None and there is not None:
            bare = replace(there.shape, fields=MappingProxyType({}))
            shape = shape.with_field(path[:depth], Field(there.span, bare, there.required and needed))
    return shape


def _fills(operation: Operation) -> bool:
    """Whether an operation gives every document a value."""
    return not isinstance(operation, FieldAdd) or operation.has_default


def _filled(operation: Operation, known: Field, there: Field) -> bool:
    """Whether a field that was there is given to documents that lack it, since it must be there now."""
    return isinstance(operation, FieldAdd) and operation.has_default and there.required and not known.required


def _given(operation: Operation, there: Field) -> Field:
    """The field that an operation makes, with the default that it gives, if it does."""
    if not isinstance(operation, FieldAdd) or there.shape.written:
        return there
    words = {word: said for word, said in there.shape.words.items() if word != "default"}
    if operation.has_default:
        words["default"] = Word(operation.default, operation.span or there.span)
    return there._replace(shape=replace(there.shape, words=MappingProxyType(words)))


def _declared(step: Migration, position: int) -> Declared:
    return Declared(step.title, position, step.operations[position].span or step.origin)


def _carried(path: Path, step: Migration) -> Path:
    """Where a step takes a field that an earlier one made."""
    for operation in step.operations:
        if isinstance(operation, FieldRename | FieldMove):
            old, new = parse_path(operation.old), parse_path(operation.new)
            if path[: len(old)] == old and ANY not in old:
                return (*new, *path[len(old) :])
    return path
