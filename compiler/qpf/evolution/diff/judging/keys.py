"""What it means for mappings that keys of a pattern are asked for something."""

from qpf.evolution.diff.shapes.content import named
from qpf.evolution.diff.shapes.shape import Shape
from qpf.model.schema_change import Answer


def added(without: Shape, having: Shape, pattern: str) -> tuple[Answer, Answer]:
    """Whether mappings of a shape without a pattern fit one that has it, and the other way round."""
    inner, beside = having.patterns[pattern], without.extra
    tangled = bool(without.patterns) or any(named(pattern, name) for name in without.fields)
    onward: Answer = "unknown"
    if inner.anything or (beside is False and not tangled):
        onward = "yes"
    elif beside is True and not tangled:
        onward = "no"
    back: Answer = "unknown"
    if beside is True or not inner.types:
        back = "yes"
    elif beside is False and not without.patterns:
        back = "no"
    if isinstance(beside, Shape) and inner.meaning == beside.meaning:
        return "yes" if not tangled else onward, "yes"
    return onward, back
