"""What migrations said of fields before: which are deprecated, until when, and what takes their place."""

from collections.abc import Iterable
from dataclasses import replace
from types import MappingProxyType

from qpf.evolution.diff.shape import Shape, Word
from qpf.model.migration import FieldDeprecated, Migration
from qpf.model.path import parse_path


def with_deprecations(shape: Shape, steps: Iterable[Migration]) -> Shape:
    """A shape whose deprecated fields say so.

    Args:
        shape: The shape.
        steps: The migrations that led to its version.
    """
    for step in steps:
        for operation in step.operations:
            if isinstance(operation, FieldDeprecated):
                path = parse_path(operation.path)
                found = shape.at(path)
                if found is not None:
                    span = operation.span or step.origin or found.span
                    said = {"deprecated": True, "x-removed-in": operation.removal, "x-use": operation.use}
                    words = {
                        **found.shape.words,
                        **{word: Word(each, span) for word, each in said.items() if each},
                    }
                    new = replace(found.shape, words=MappingProxyType(words))
                    shape = shape.with_field(path, found._replace(shape=new))
    return shape
