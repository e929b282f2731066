"""What a fleet's migrations amount to at its version: the ways there, new defaults, what is deprecated."""

from collections.abc import Iterable, Mapping
from functools import cached_property

from msgspec import Struct

from qpf.evolution.approvals import Approval
from qpf.evolution.chain import Chain, chain_of
from qpf.evolution.deprecations import Deprecation, is_field, settled
from qpf.evolution.places import taken_along, written
from qpf.evolution.sense import ends_of, nowhere, sense
from qpf.model.diagnostic import Outcome, Report
from qpf.model.digest import digest_in_order, digest_of
from qpf.model.migration import (
    FieldAdd,
    FieldDeprecated,
    FieldMove,
    FieldRename,
    Migration,
    Operation,
)
from qpf.model.node import Data
from qpf.model.path import Path, parse_path
from qpf.model.span import Span


class Default(Struct, frozen=True):
    """A value that a field has wherever nobody writes one, since a migration.

    Attributes:
        path: Which field, where it is at the fleet's version; it may hold `*`.
        value: As plain data.
        step: Since when.
        span: Where it is written.
    """

    path: str
    value: Data
    step: Migration
    span: Span | None


class History(Struct, frozen=True, dict=True):
    """What is known of a fleet's past: the ways to its version, and what was approved of them."""

    chain: Chain
    approvals: tuple[Approval, ...] = ()

    @cached_property
    def defaults(self) -> tuple[Default, ...]:
        """Every default that migrations gave; the latest first, so that it counts."""
        found: dict[str, Default] = {}
        for step, operation in reversed(self._operations):
            if isinstance(operation, FieldAdd) and operation.has_default:
                path = self._followed(operation.path, step)
                if path is not None:
                    span = operation.span or step.origin
                    found.setdefault(path, Default(path, operation.default, step, span))
        return tuple(found.values())

    @cached_property
    def deprecations(self) -> tuple[Deprecation, ...]:
        """Every field that is deprecated at the fleet's version, and has not become what takes its place."""
        found: dict[str, Deprecation] = {}
        for step, operation in reversed(self._operations):
            if isinstance(operation, FieldDeprecated):
                path = self._followed(operation.path, step)
                use = self._followed(operation.use, step) if is_field(operation.use) else operation.use
                arrived = path == use and operation.path != operation.use
                if path is not None and not arrived:
                    span = operation.span or step.origin
                    found.setdefault(path, Deprecation(path, operation.removal, use or "", span))
        return settled(tuple(found.values()))

    @cached_property
    def moves(self) -> Mapping[str, tuple[Migration, Operation, str]]:
        """Every rename and move that is written down, by a name of its own, with where its field is now.

        Those of plugins are left out: they are for many fleets, and not all have all fields.
        """
        found: dict[str, tuple[Migration, Operation, str]] = {}
        for step in self.chain.past:
            for position, operation in enumerate(step.operations if not step.author else ()):
                if isinstance(operation, FieldRename | FieldMove):
                    path = self._followed(operation.new, step)
                    found[step.name_of(position)] = (step, operation, path or "")
        return found

    @cached_property
    def digest(self) -> str:
        """The digest of all that can change what a document becomes; of a plugin's code its pin tells."""
        return digest_of(
            [self.chain.version, *(step.plain for step in self.chain.steps)],
        )

    @cached_property
    def defaults_digest(self) -> str:
        """The digest of the defaults."""
        return digest_in_order([[each.path, each.value] for each in self.defaults])

    @property
    def _operations(self) -> list[tuple[Migration, Operation]]:
        return [(step, operation) for step in self.chain.past for operation in step.operations]

    def _followed(self, path: str, since: Migration) -> str | None:
        """Where a field is at the fleet's version that is somewhere after a step; None if it is gone."""
        at: Path | None = parse_path(path)
        for step in self.chain.way(since.target) or ():
            at = None if at is None else moved(at, step)
        return None if at is None else written(at)


def history_of(
    version: str, steps: Iterable[Migration], approvals: tuple[Approval, ...] = ()
) -> Outcome[History]:
    """Put the steps of a fleet in order; what contradicts itself or leaves a choice is a finding."""
    known = tuple(steps)
    chain = chain_of(version, known)
    report = Report.of(found for step in known for found in sense(step))
    return Outcome(History(chain.value, approvals), chain.report + report)


def moved(path: Path, step: Migration) -> Path | None:
    """Where a step takes a field."""
    for operation in step.operations:
        gone, made = ends_of(operation)
        for old in gone:
            moves = isinstance(operation, FieldRename | FieldMove) and not nowhere(old, made[0])[0]
            at = taken_along(path, old, made[0] if moves else old)
            if at is not None:
                return at if moves else None
    return path
