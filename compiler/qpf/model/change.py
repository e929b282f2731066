"""How what is differs from what should be."""

from enum import Enum

from msgspec import Struct

from qpf.model.node import Data
from qpf.model.path import Path
from qpf.model.span import Span


class Drift(Enum):
    """The ways in which a committed file can be wrong."""

    STALE = "stale"
    EDITED = "edited"
    MISSING = "missing"
    ORPHAN = "orphan"
    UNOWNED = "unowned"
    UNAPPROVED = "unapproved"


class Edit(Struct, frozen=True):
    """One value that differs.

    Attributes:
        path: Where in the document.
        kind: `changed`, `added` or `removed`.
        before: The value it had; None where added.
        after: The value it has; None where removed.
        span: The source line it comes from, where one is known.
    """

    path: Path
    kind: str
    before: Data = None
    after: Data = None
    span: Span | None = None


class Change(Struct, frozen=True):
    """One file that is not as it should be.

    Attributes:
        drift: How.
        path: The file, relative to the fleet's root.
        reason: Why, in words that name the cause.
        agent: The agent it belongs to; empty for the environment's own files.
        environment: The environment.
        span: The line at fault: of the source that changed, or of the edited file.
        edits: Values that differ, where the file is a document.
        before: The bytes that are there; None for a missing file.
        after: The bytes that should be there; None where there should be none.
    """

    drift: Drift
    path: str
    reason: str
    agent: str = ""
    environment: str = ""
    span: Span | None = None
    edits: tuple[Edit, ...] = ()
    before: bytes | None = None
    after: bytes | None = None
