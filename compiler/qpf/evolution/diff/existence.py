"""What it means for documents that a field is new or gone, by what may stand in its place without it."""

from qpf.evolution.diff.fact import Fact
from qpf.evolution.diff.objects import content
from qpf.evolution.diff.shape import Field, Shape
from qpf.model.schema_change import Answer


def added(before: Shape, field: Field, name: str) -> tuple[Answer, Answer]:
    """Whether documents stay valid, and new ones were, when a mapping gets a field.

    Where other fields were held to something, what differs from that is told on its own.

    Args:
        before: The mapping as it was.
        field: The field.
        name: Its name.
    """
    known = content(before, name)
    backward: Answer = "no" if field.required or (known is True and not field.shape.anything) else "yes"
    forward: Answer = "no" if known is False and field.shape.types else "yes"
    return backward, "unknown" if forward == "yes" and _sealed(before) else forward


def removed(field: Field, after: Shape, name: str) -> tuple[Answer, Answer]:
    """Whether documents stay valid, and new ones were, when a mapping loses a field.

    Args:
        field: The field.
        after: The mapping as it is now.
        name: The field's name.
    """
    known = content(after, name)
    backward: Answer = "no" if known is False and field.shape.types else "yes"
    forward: Answer = "no" if field.required or (known is True and not field.shape.anything) else "yes"
    return "unknown" if backward == "yes" and _sealed(after) else backward, forward


def open_to(shape: Shape, name: str) -> bool:
    """Whether a mapping may hold something under a name that it does not list."""
    return content(shape, name) is not False


def gives(field: Field) -> bool:
    """Whether a field says what it is where nobody says it."""
    return "default" in field.shape.words


def of_addition(fact: Fact) -> tuple[Shape, Field, str]:
    """The mapping that a fact is about, as it was, with the field that it gets."""
    assert fact.old is not None
    assert fact.new_field is not None
    return fact.old, fact.new_field, fact.word


def of_removal(fact: Fact) -> tuple[Field, Shape, str]:
    """The field that a fact is about, with the mapping that loses it, as it is now."""
    assert fact.old_field is not None
    assert fact.new is not None
    return fact.old_field, fact.new, fact.word


def _sealed(shape: Shape) -> bool:
    """Whether the mapping is closed by what its branches know, which is not seen here."""
    return "unevaluatedProperties" in shape.words
