"""What a compile would do: for every extraction what becomes of it, and why."""

from typing import Literal, NamedTuple, TypeAlias

from msgspec import Struct

from qpf.model.event import Origin
from qpf.model.plan import Extraction

Reason: TypeAlias = Literal[
    "changed", "new", "gone", "new agent", "no memory of it", "files were changed by hand"
]
"""The first three are about an input, the others about the agent."""


class Place(NamedTuple):
    """Where a cause is written; the file alone, where the line cannot be told."""

    file: str
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        """As `file:line:column`, as far as it is known."""
        return ":".join(str(part) for part in self if part is not None)


class Cause(Struct, frozen=True):
    """One reason why an agent's files are not kept.

    Attributes:
        reason: What happened.
        input: To which input, if to one: a layer's path, `overrides`, `interface of …`, `plugin …` …
        before: Its version, or the digest of what it was at the last compile; empty where there was none.
        after: The same of what it is.
        places: Where it is written.
    """

    reason: Reason
    input: str = ""
    before: str = ""
    after: str = ""
    places: tuple[Place, ...] = ()


class Step(Struct, frozen=True):
    """One extraction.

    Attributes:
        extraction: The agent, and what it waits for.
        origin: Where its files will come from.
        seconds: How long it will take to make them, by how long it took before; None where that is unknown.
        causes: Why they are not kept, if somebody asked.
    """

    extraction: Extraction
    origin: Origin
    seconds: float | None = None
    causes: tuple[Cause, ...] = ()


class Forecast(Struct, frozen=True):
    """One environment.

    Attributes:
        steps: Every extraction, dependencies first.
        critical: Of those that are made anew, the chain of dependencies that takes longest.
        critical_seconds: How long it takes; None where nothing of it was ever measured.
        seconds: How long all of them take, shared by those who work; the same.
    """

    environment: str
    steps: tuple[Step, ...]
    critical: tuple[str, ...] = ()
    critical_seconds: float | None = None
    seconds: float | None = None
