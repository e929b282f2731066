"""What migrations said of fields: which are deprecated, until when, and what takes their place."""

from collections.abc import Iterable
from types import MappingProxyType

from msgspec.structs import replace

from qpf.evolution.diff.shapes.shape import DEPRECATION, Shape, Word
from qpf.evolution.history import moved
from qpf.model.migration import FieldDeprecated, Migration
from qpf.model.path import Path, parse_path
from qpf.model.version import order


def with_deprecations(shape: Shape, steps: Iterable[Migration], version: str) -> Shape:
    """A shape whose deprecated fields say so, as far as they do not themselves.

    Args:
        shape: The shape.
        steps: Every migration that is known.
        version: The version that the shape speaks; empty if that is not known: nothing is added.
    """
    past = [step for step in steps if version and order(step.target) <= order(version)]
    for path, operation, step in _deprecations(past):
        found = shape.at(path)
        if found is not None and found.shape.words.keys().isdisjoint(DEPRECATION):
            span = operation.span or step.origin or found.span
            said = zip(DEPRECATION, (True, operation.removal, operation.use), strict=True)
            words = {**found.shape.words, **{word: Word(each, span) for word, each in said if each}}
            new = replace(found.shape, words=MappingProxyType(words))
            shape = shape.with_field(path, found._replace(shape=new))
    return shape


def _deprecations(steps: list[Migration]) -> list[tuple[Path, FieldDeprecated, Migration]]:
    """Every field that was deprecated, where it is after all steps, the latest first."""
    found: list[tuple[Path, FieldDeprecated, Migration]] = []
    for step in sorted(steps, key=lambda each: (order(each.source), order(each.target))):
        found = [(now, *rest) for path, *rest in found if (now := moved(path, step)) is not None]  # type: ignore[misc]  # same tuple
        found += [
            (parse_path(each.path), each, step)
            for each in step.operations
            if isinstance(each, FieldDeprecated)
        ]
    return found[::-1]
