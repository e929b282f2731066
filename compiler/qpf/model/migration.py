"""One step in the history of a schema: what changes from a version to a later one, as plain values.

Paths are written as people write them, `reasoningengine.model`; `*` stands for any key or list item:
`governance.escalationtriggers.*.limit`.
"""

from collections.abc import Callable
from typing import Any, Literal, NamedTuple, TypeAlias

from msgspec import Struct

from qpf.model.node import Atom, Data
from qpf.model.path import Path
from qpf.model.span import Span

Type: TypeAlias = Literal["string", "integer", "number", "boolean", "list", "item"]


class _Written(Struct, frozen=True):
    """What is the same wherever it is written: its spans make no difference."""

    @property
    def said(self) -> tuple[Any, ...]:
        """Its values, in order, but for spans."""
        spans = {"span", "origin", "ruled"}
        return tuple(getattr(self, name) for name in self.__struct_fields__ if name not in spans)

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and self.said == other.said

    def __hash__(self) -> int:
        return hash(self.said)


class Operation(_Written, frozen=True, kw_only=True):
    """One change of a step; `span` is where it is written, if it is in a file."""

    span: Span | None = None


class FieldRename(Operation, frozen=True):
    """A field goes by another name in the same place."""

    old: str
    new: str


class FieldMove(Operation, frozen=True):
    """A field goes to another place."""

    old: str
    new: str


class FieldAdd(Operation, frozen=True):
    """A field is new; with a default, that is its value wherever nobody writes one."""

    path: str
    default: Data = None
    has_default: bool = False


class FieldRemove(Operation, frozen=True):
    """A field is gone; `lossy` is the consent that what it says is dropped."""

    path: str
    lossy: bool = False


class FieldDeprecated(Operation, frozen=True):
    """A field is still there, and will not be from version `removal` on; `use` takes its place."""

    path: str
    removal: str = ""
    use: str = ""


class ValueMap(Operation, frozen=True):
    """Values are called otherwise; one that is not listed is kept, or is a finding."""

    path: str
    values: tuple[tuple[Atom, Atom], ...]
    otherwise: Literal["refuse", "keep"] = "refuse"


class TypeChange(Operation, frozen=True):
    """A value is written as another type; `list` puts it into one, `item` takes the only one out."""

    path: str
    to: Type


class ListToMap(Operation, frozen=True):
    """A list of mappings becomes a mapping by one of their fields."""

    path: str
    key: str


class Split(Operation, frozen=True):
    """A text becomes several fields."""

    path: str
    into: tuple[str, ...]
    separator: str


class Join(Operation, frozen=True):
    """Several fields become a text."""

    paths: tuple[str, ...]
    into: str
    separator: str


class Rewrite(Operation, frozen=True):
    """What only code can say, by a plugin: a pure function from a value to a value.

    Attributes:
        path: Whose value.
        function: Raises `ValueError` with a reason for a value that it cannot rewrite.
        summary: What it does, for changelogs.
    """

    path: str
    function: Callable[[Data], Data]
    summary: str


class Migration(_Written, frozen=True):
    """One step.

    Attributes:
        source: The version it leads from.
        target: The later version it leads to.
        operations: What changes, all at once; values are rewritten where their fields are afterwards.
        breaking: What a person has to know before taking the step.
        warnings: What a person should know.
        automatic: Whether compiling takes the step in memory.
        reviewed: Whether a breaking step waits for a person's approval.
        origin: Where it is written; None if a plugin registered it.
        ruled: Where it is said that compiling may not take it.
        author: The plugin that registered it.
        summary: What it is for, for people.
    """

    source: str
    target: str
    operations: tuple[Operation, ...] = ()
    breaking: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    automatic: bool = True
    reviewed: bool = False
    origin: Span | None = None
    ruled: Span | None = None
    author: str = ""
    summary: str = ""

    @property
    def plain(self) -> Data:
        """The step as data: all that can change a document; of functions what they are said to do."""
        operations = [
            [type(each).__name__, *(value for value in each.said if not callable(value))]
            for each in self.operations
        ]
        return [self.source, self.target, self.automatic, operations]

    @property
    def title(self) -> str:
        """`5.9.0 → 6.0.0`."""
        return f"{self.source} → {self.target}"

    def name_of(self, position: int) -> str:
        """What one of its operations is called: `5.9.0 → 6.0.0 #2`."""
        return f"{self.title} #{position}"


class Change(Struct, frozen=True):
    """What one operation did at one place of a document.

    Attributes:
        step: The migration.
        position: Which of its operations.
        before: Where it was found, in the sections.
        after: Where it is there now; empty if it is gone.
        span: What stood there.
        within: Where the sections stand in the document.
    """

    step: Migration
    position: int
    before: Path
    after: Path
    span: Span
    within: Path = ()

    @property
    def operation(self) -> Operation:
        """What was done."""
        return self.step.operations[self.position]


class Trail(NamedTuple):
    """What a fleet has to know of one document's past, whoever read it.

    Attributes:
        source: Path of the document.
        version: The earlier schema version that it speaks; empty if it speaks the fleet's.
        span: Where it says so.
        moved: The renames and moves, by their names, that are true of it.
    """

    source: str
    version: str
    span: Span
    moved: tuple[str, ...] = ()
