"""Answers to "where does this come from" and "what does this reach"."""

from msgspec import Struct

from qpf.model.node import Data
from qpf.model.path import Path
from qpf.model.span import Span


class Moved(Struct, frozen=True):
    """What a migration did to a value on the way.

    Attributes:
        step: Which, `5.9.0 → 6.0.0`.
        before: Where the value is written.
        span: Where the migration says so; None if a plugin does.
    """

    step: str
    before: Path
    span: Span | None


class Speaker(Struct, frozen=True):
    """One layer that sets a value; `moved` says what migrations did to it since it was written."""

    layer: str
    name: str
    span: Span
    value: Data
    won: bool
    moved: tuple[Moved, ...] = ()


class Explanation(Struct, frozen=True):
    """A value and its history.

    Attributes:
        speakers: The layer that won, then everyone overridden, nearest first; for a value that
            several layers made together all of them, lowest first; none for a default of the schema.
    """

    path: Path
    value: Data
    strategy: str
    speakers: tuple[Speaker, ...]


class Reach(Struct, frozen=True):
    """What a source line does for one agent in one environment."""

    environment: str
    agent: str
    path: Path
    value: Data
    won: bool
    artifacts: tuple[str, ...] = ()
