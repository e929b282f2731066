"""One difference between two schemas, before anybody judges it."""

from typing import Literal, TypeAlias

from msgspec import Struct

from qpf.evolution.diff.shapes.shape import Field, Shape
from qpf.model.node import Data
from qpf.model.path import Path
from qpf.model.schema_change import Declared, Direction
from qpf.model.span import Span

Kind: TypeAlias = Literal[
    "field-added",
    "field-removed",
    "field-renamed",
    "field-moved",
    "required",
    "null",
    "dependency",
    "default",
    "type",
    "constraint",
    "enum",
    "prefix",
    "openness",
    "pattern-fields",
    "secret",
    "unit",
    "branch-added",
    "branch-removed",
    "branches-overlap",
    "discriminator",
    "part",
    "condition",
    "cycle",
    "deprecation",
    "stability",
    "annotation",
    "merge",
    "constraint-file",
    "header",
    "reference",
    "document",
    "step",
    "version",
    "unknown",
]
"""What can differ."""

Within: TypeAlias = Literal["", "list", "mapping"]
"""What a value is any member of."""


class Fact(Struct, frozen=True, kw_only=True):
    """A difference.

    Attributes:
        kind: What differs.
        path: Of which field, where it is in the new schema; of a field that is gone, where it was.
        word: Which keyword, or which key.
        direction: Of a constraint or a set of values: what happened to what fits.
        before: What the old schema says; None if nothing.
        after: What the new one says.
        old: The shape around it in the old schema: of what is about whole fields, of the mapping at the
            place where the new schema has the field.
        new: The same in the new schema: of a field gone, renamed or moved, of the mapping at its old place.
        old_field: The field in the old schema, of what is about whole fields.
        new_field: The field in the new one.
        old_span: Where the old schema says it, or would.
        new_span: Where the new one does.
        declared: The operation that says that it is meant.
        guessed: Whether that a field was renamed or moved is a guess.
        also: Other paths at which the same lines differ.
        within: What the value is any member of, `list` or `mapping`; empty if it has a name of its own.
        among: Whether a value that it refuses may fit beside it, or be refused beside it anyway.
    """

    kind: Kind
    path: Path = ()
    word: str = ""
    direction: Direction = ""
    before: Data = None
    after: Data = None
    old: Shape | None = None
    new: Shape | None = None
    old_field: Field | None = None
    new_field: Field | None = None
    old_span: Span | None = None
    new_span: Span | None = None
    declared: Declared | None = None
    guessed: bool = False
    also: tuple[Path, ...] = ()
    within: Within = ""
    among: bool = False
