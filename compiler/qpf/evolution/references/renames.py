"""Which names of fields are no more, by the steps that lead to a version.

A reference has no version of its own. So its name is stale if a step took the field away from there, and
neither that step nor a later one made anything there again.
"""

from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple

from msgspec import Struct

from qpf.evolution.places import ANY, led
from qpf.evolution.references.mention import UNKNOWN
from qpf.evolution.sense import ends_of, one_holds_other
from qpf.model.migration import FieldAdd, FieldMove, FieldRename, Migration, Operation
from qpf.model.path import Path, parse_path


class Hop(NamedTuple):
    """What one step does to the name of a field.

    Attributes:
        step: The step.
        position: Which of its operations.
        before: The name before.
        after: The name behind; empty if the field is gone.
        depth: So many parts of the name before are what the operation names.
    """

    step: Migration
    position: int
    before: Path
    after: Path
    depth: int

    @property
    def operation(self) -> Operation:
        """Which it is."""
        return self.step.operations[self.position]


class Rename(NamedTuple):
    """An operation that gives a field another name; `since` is which of all steps it is in."""

    since: int
    step: Migration
    operation: FieldRename | FieldMove
    old: Path


class Renames(Struct, frozen=True, dict=True):
    """What steps do to names.

    Attributes:
        steps: Every step that leads to a version, the earliest first.
    """

    steps: tuple[Migration, ...]

    @cached_property
    def all(self) -> tuple[Rename, ...]:
        """Every operation that takes a name from a field."""
        return tuple(
            Rename(index, step, operation, parse_path(operation.old))
            for index, step in enumerate(self.steps)
            for operation in step.operations
            if isinstance(operation, FieldRename | FieldMove)
        )

    @cached_property
    def words(self) -> frozenset[bytes]:
        """Words one of which a text must hold, if it speaks of any such field."""
        return frozenset(str(word).encode() for each in self.all for word in each.old if word != ANY)

    def hops(self, path: Path) -> tuple[Hop, ...]:
        """What becomes of a name; nothing if it is not stale."""
        found: list[Hop] = []
        for index, step in enumerate(self.steps):
            hop = self._hop(index, step, path, moved=bool(found))
            if hop is not None:
                found.append(hop)
                path = hop.after
                if not path:
                    break
        return tuple(found)

    def _hop(self, index: int, step: Migration, path: Path, *, moved: bool) -> Hop | None:
        for position, operation in enumerate(step.operations):
            gone, made = ends_of(operation)
            renames = isinstance(operation, FieldRename | FieldMove)
            for old in gone if renames or moved else ():
                depth = len(parse_path(old))
                if _is_within(path, parse_path(old)) and not self._is_made(path, index):
                    new = led(made[0], old, path[:depth]) if renames else ()
                    return Hop(step, position, path, (*new, *path[depth:]) if new else (), depth)
        return None

    def maybe(self, path: Path) -> Iterator[Rename]:
        """The renames of fields that a name with unknown parts may be about."""
        if UNKNOWN in path:
            for each in self.all:
                known = tuple(
                    ANY if part == UNKNOWN else word for part, word in zip(path, each.old, strict=False)
                )
                if _is_within(path, known) and len(path) >= len(each.old) and self._is_taken(each):
                    yield each

    def maybe_ending(self, path: Path) -> Iterator[tuple[Rename, int]]:
        """The renames of fields that a name may be about whose beginning is not known.

        With each comes how many parts of the name it would be about.
        """
        for each in filter(self._is_taken, self.all):
            for depth in range(1, len(each.old)):
                if each.old[-1] != ANY and _is_within(path, each.old[-depth:]):
                    yield each, depth
                    break

    def maybe_called(self, word: str) -> Iterator[Rename]:
        """The renames of fields whose last name is a word."""
        return (each for each in self.all if each.old[-1] == word and self._is_taken(each))

    def _is_taken(self, rename: Rename) -> bool:
        return not self._is_made(rename.old, rename.since)

    def _is_made(self, path: Path, since: int) -> bool:
        """Whether a step, or one after it, makes what a name leads to."""
        for step in self.steps[since:]:
            for operation in step.operations:
                made = [operation.path] if isinstance(operation, FieldAdd) else ends_of(operation)[1]
                if any(one_holds_other(parse_path(each), path) for each in made):
                    return True
        return False


def _is_within(path: Path, old: Path) -> bool:
    """Whether a path leads to what another one leads to, which may hold `*`, or further on."""
    return len(old) <= len(path) and all(word in {ANY, part} for part, word in zip(path, old, strict=False))
