"""Answers to "where does this come from" and "what does this reach"."""

from dataclasses import dataclass, field

from qpf.model.node import Data
from qpf.model.path import Path
from qpf.model.span import Span


@dataclass(frozen=True, slots=True)
class Speaker:
    """One layer that sets a value."""

    layer: str
    name: str
    span: Span
    value: Data
    won: bool


@dataclass(frozen=True, slots=True)
class Explanation:
    """A value and its history.

    Attributes:
        speakers: The layer that won, then everyone overridden, nearest first; for a value that
            several layers made together all of them, lowest first; none for a default of the schema.
    """

    path: Path
    value: Data
    strategy: str
    speakers: tuple[Speaker, ...]


@dataclass(frozen=True, slots=True)
class Reach:
    """What a source line does for one agent in one environment."""

    environment: str
    agent: str
    path: Path
    value: Data
    won: bool
    artifacts: tuple[str, ...] = field(default=())
