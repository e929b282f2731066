"""What it means for lists that more of their positions are asked for something."""

from qpf.evolution.diff.facts.items import closed
from qpf.evolution.diff.shapes.shape import Shape
from qpf.model.schema_change import Answer


def longer(short: Shape, long: Shape) -> tuple[Answer, Answer]:
    """Whether lists of a shape with fewer positions fit one with more, and the other way round."""
    more = long.prefix[len(short.prefix) :]
    ends = _ends(short)
    onward: Answer = "unknown"
    if ends or all(each.anything or _same(short, each) for each in more):
        onward = "yes"
    elif short.items is None and not closed(short):
        onward = "no"
    back: Answer = "unknown"
    if _ends(long, len(short.prefix)):
        back = "yes"
    elif ends:
        back = "no" if all(each.types for each in more) else "unknown"
    elif short.items is None or all(_same(short, each) for each in more):
        back = "yes"
    return onward, back


def _ends(shape: Shape, positions: int | None = None) -> bool:
    """Whether no list has more items than there are positions."""
    most = shape.value("maxItems")
    return most is not None and most <= (len(shape.prefix) if positions is None else positions)


def _same(shape: Shape, position: Shape) -> bool:
    return shape.items is not None and shape.items.meaning == position.meaning
