"""What a step does to a document: moves first and all at once, then values where their fields are now."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from msgspec import Struct

from qpf.evolution.codes import OCCUPIED_FIELD, UNFIT_VALUE
from qpf.evolution.places import OccupiedError, edited, entry_at, led, matches, put, reshaped
from qpf.evolution.values import rewritten, text_of
from qpf.model.diagnostic import Diagnostic, Note
from qpf.model.migration import (
    Change,
    FieldMove,
    FieldRemove,
    FieldRename,
    Join,
    ListToMap,
    Migration,
    Operation,
    Rewrite,
    Split,
    TypeChange,
    ValueMap,
)
from qpf.model.node import Entry, Node, Scalar, to_data
from qpf.model.node import Mapping as MappingNode
from qpf.model.path import Path, format_path, parse_path
from qpf.model.wording import show


class Rewritten(Struct, frozen=True):
    """A body after a step.

    Attributes:
        body: As it was, if something was found.
        changes: What was done.
        found: Why it could not be.
    """

    body: MappingNode
    changes: tuple[Change, ...] = ()
    found: tuple[Diagnostic, ...] = ()


def rewrite(body: MappingNode, step: Migration, within: Path = ()) -> Rewritten:
    """Take one step with a body of sections.

    Args:
        body: The sections.
        step: The step.
        within: Where the body stands in its document, for what is found.
    """
    taking = _Taking(body, step, within)
    taking.move()
    for position, operation in enumerate(step.operations):
        if not taking.found:
            taking.rewrite_values(position, operation)
    if taking.found:
        return Rewritten(body, (), tuple(taking.found))
    return Rewritten(taking.tree, tuple(taking.changes))


class _Taking:
    """A step being taken."""

    def __init__(self, body: MappingNode, step: Migration, within: Path) -> None:
        self.tree = body
        self.changes: list[Change] = []
        self.found: list[Diagnostic] = []
        self._step, self._within = step, within

    def move(self) -> None:
        """Let entries go where they belong, all at once."""
        plan: dict[Path, Path | None] = {}
        for position, operation in enumerate(self._step.operations):
            for before, after in _moved(self.tree, operation):
                plan[before] = after
                self._note(position, before, after or ())
        if plan:
            with self._refusing():
                self.tree = reshaped(self.tree, plan)

    def rewrite_values(self, position: int, operation: Operation) -> None:
        """Do what an operation does to values."""
        match operation:
            case ValueMap(path) | TypeChange(path) | ListToMap(path) | Rewrite(path):
                for place in tuple(matches(self.tree, path)):
                    self._rewrite(position, operation, place)
            case Split():
                for place in tuple(matches(self.tree, operation.path)):
                    self._split(position, operation, place)
            case Join():
                self._join(position, operation)

    def _rewrite(self, position: int, operation: Operation, place: Path) -> None:
        node = entry_at(self.tree, place).node
        try:
            new = rewritten(operation, node)
        except ValueError as error:
            self._refuse(operation, place, f"the value {error}")
            return
        if new is not node:
            self._note(position, place, place)
            self._become(edited(self.tree, place, new))

    def _split(self, position: int, operation: Split, place: Path) -> None:
        entry = entry_at(self.tree, place)
        value = entry.node.value if isinstance(entry.node, Scalar) else None
        parts = value.split(operation.separator) if isinstance(value, str) else []
        if len(parts) != len(operation.into):
            shown, count = show(to_data(entry.node)), len(operation.into)
            self._refuse(operation, place, f"{shown} has not {count} parts between `{operation.separator}`")
            return
        news = {
            led(target, operation.path, place): Entry(entry.span, Scalar(part, entry.node.span))
            for target, part in zip(operation.into, parts, strict=True)
        }
        for target in news:
            self._note(position, place, target)
        self._replace([place], news)

    def _join(self, position: int, operation: Join) -> None:
        places = [parse_path(path) for path in operation.paths if any(matches(self.tree, path))]
        nodes = [entry_at(self.tree, place).node for place in places]
        texts = [text_of(node.value) for node in nodes if isinstance(node, Scalar)]
        if not places:
            return
        if len(texts) != len(operation.paths):
            here, wanted = ", ".join(map(format_path, places)), ", ".join(operation.paths)
            self._refuse(operation, places[0], f"of {wanted} only {here} can be joined")
            return
        into = parse_path(operation.into)
        for place in places:
            self._note(position, place, into)
        joined = Scalar(operation.separator.join(texts), nodes[0].span)
        self._replace(places, {into: Entry(entry_at(self.tree, places[0]).span, joined)})

    def _replace(self, gone: Iterable[Path], news: Mapping[Path, Entry]) -> None:
        with self._refusing():
            new: Node = reshaped(self.tree, dict.fromkeys(gone))
            for path, entry in news.items():
                new = put(new, path, entry)
            self._become(new)

    def _become(self, tree: Node) -> None:
        assert isinstance(tree, MappingNode)
        self.tree = tree

    def _note(self, position: int, before: Path, after: Path) -> None:
        span = entry_at(self.tree, before).span
        self.changes.append(Change(self._step, position, before, after, span, self._within))

    @contextmanager
    def _refusing(self) -> Iterator[None]:
        """Make a finding of a place that is not free."""
        try:
            yield
        except OccupiedError as error:
            reached = (each for each in self.changes if error.path == each.after[: len(error.path)])
            change = next(reached, self.changes[-1])
            old, new = format_path(change.before), format_path(error.path)
            self.found.append(
                Diagnostic(
                    OCCUPIED_FIELD,
                    f"{old} cannot become {format_path(change.after)}: {new} is there already",
                    change.span,
                    (*self._within, *change.before),
                    (Note(f"{new} is here", error.span), self._by(change.operation)),
                    hint=f"keep one of the two: take away {old}, or {new}",
                    plugin=self._step.author or "qpf",
                )
            )

    def _refuse(self, operation: Operation, place: Path, why: str) -> None:
        path = (*self._within, *place)
        self.found.append(
            Diagnostic(
                UNFIT_VALUE,
                f"{format_path(path)} cannot be migrated: {why}",
                entry_at(self.tree, place).node.span,
                path,
                (self._by(operation),),
                hint="write a value that the migration knows, or teach it this one",
                plugin=self._step.author or "qpf",
            )
        )

    def _by(self, operation: Operation) -> Note:
        return Note(f"the migration {self._step.title} says so", operation.span or self._step.origin)


def _moved(body: Node, operation: Operation) -> Iterator[tuple[Path, Path | None]]:
    match operation:
        case FieldRename(old, new) | FieldMove(old, new):
            for place in matches(body, old):
                yield place, led(new, old, place)
        case FieldRemove(path):
            for place in matches(body, path):
                yield place, None
