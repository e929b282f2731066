"""What differs between two schemas, and what that means for the documents written for them."""

from enum import IntEnum
from typing import Literal, TypeAlias

from msgspec import Struct

from qpf.model.node import Data
from qpf.model.path import Path
from qpf.model.span import Span

Answer: TypeAlias = Literal["yes", "no", "unknown"]
Direction: TypeAlias = Literal["", "added", "removed", "tightened", "loosened", "changed"]
Cover: TypeAlias = Literal["none", "lossless", "lossy", "manual"]
Effect: TypeAlias = Literal["neutral", "tightens", "loosens", "undecided"]


class Weight(IntEnum):
    """How much a change asks of whoever has to take it.

    `ANNOTATION` asks nothing; `SAFE` breaks no document; of `DANGEROUS` the schemas alone cannot tell;
    `BREAKING` makes documents invalid; `CRITICAL` loosens what governs agents, valid or not.
    """

    ANNOTATION = 0
    SAFE = 1
    DANGEROUS = 2
    BREAKING = 3
    CRITICAL = 4

    @property
    def word(self) -> str:
        """As it is written: `breaking`."""
        return self.name.lower()


class Declared(Struct, frozen=True):
    """The operation of a migration that says of a change that it is meant.

    Attributes:
        step: The migration: `5.9.0 → 6.0.0`.
        position: Which of its operations.
        span: Where it is written; None if a plugin registered it.
    """

    step: str
    position: int
    span: Span | None


class Side(Struct, frozen=True):
    """What one of the two schemas says at the place of a change.

    Attributes:
        value: As plain data; None if it says nothing.
        span: Where it is written; of what is absent, where it would be.
    """

    value: Data
    span: Span | None


class SchemaChange(Struct, frozen=True, kw_only=True):
    """One change, judged on axes that do not depend on each other.

    Attributes:
        code: `E005`: which rule judged it.
        name: The rule's name, `field-removed`.
        subject: Which schema: `base/core_service`; empty if there is only one.
        path: Which field; `*` stands for any key or list item.
        word: Which keyword or key of it; empty if that is the field itself.
        message: What changed.
        backward: Whether every document that was valid still is.
        forward: Whether every document that is valid now was.
        weight: How much it asks of whoever takes it.
        cover: What carries documents over: nothing is needed, a migration that loses nothing or something,
            or a person.
        effect: What it does to what governs agents.
        policy: The code of that effect; empty if it is neutral.
        direction: What happened to a constraint.
        declared: The operation that says that it is meant.
        before: What the old schema says.
        after: What the new one says.
        hint: What to do.
        also: Other fields that the same edit changes, with their schemas.
        affected: Where documents of the fleet use the field.
    """

    code: str
    name: str
    subject: str = ""
    path: Path = ()
    word: str = ""
    message: str
    backward: Answer
    forward: Answer
    weight: Weight
    cover: Cover = "none"
    effect: Effect = "neutral"
    policy: str = ""
    direction: Direction = ""
    declared: Declared | None = None
    before: Side = Side(None, None)
    after: Side = Side(None, None)
    hint: str = ""
    also: tuple[str, ...] = ()
    affected: tuple[Span, ...] = ()

    @property
    def area(self) -> str:
        """The section that the field belongs to."""
        return str(self.path[0]) if self.path else ""

    @property
    def covered(self) -> bool:
        """Whether a declared migration carries documents over the change."""
        return self.declared is not None and self.cover in {"none", "lossless", "lossy"}
