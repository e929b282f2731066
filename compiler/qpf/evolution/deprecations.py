"""Fields that will be removed, and where a program may put what they say."""

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from qpf.evolution.operations import why_not
from qpf.evolution.places import taken_along, written
from qpf.evolution.sense import nowhere
from qpf.model.path import parse_path
from qpf.model.span import Span


class Deprecation(Struct, frozen=True):
    """A field that will be removed.

    Attributes:
        path: Which, where it is at the fleet's version; it may hold `*`.
        removal: In which version; empty if that is not known.
        use: What takes its place; empty if nothing does.
        span: Where it is written.
        stuck: Why no program may move it to `use`; empty if one may, where a document allows it.
    """

    path: str
    removal: str
    use: str
    span: Span | None
    stuck: str = ""


def is_field(use: str) -> bool:
    """Whether what takes the place of a field is a field too, and no sentence for people."""
    return len(use.split()) == 1 and not why_not(use)


def settled(deprecations: Sequence[Deprecation]) -> tuple[Deprecation, ...]:
    """Deprecations that lead to what stays: past a replacement that is deprecated itself."""
    return tuple(_settled(each, deprecations) for each in deprecations)


def _settled(deprecation: Deprecation, others: Sequence[Deprecation]) -> Deprecation:
    if not is_field(deprecation.use):
        why = (
            f"`{deprecation.use}` is no field of a section" if deprecation.use else "nothing takes its place"
        )
        return replace(deprecation, stuck=why)
    why, _ = nowhere(deprecation.path, deprecation.use)
    if why:
        return replace(deprecation, stuck=why)
    use, passed = deprecation.use, [deprecation]
    while later := _about(use, others):
        if later in passed:
            return replace(deprecation, stuck=f"{deprecation.use} is replaced by {deprecation.path} in turn")
        at = taken_along(parse_path(use), later.path, later.use) if _leads(later) else None
        if at is None:
            return replace(deprecation, stuck=f"{use} will be removed too")
        use, passed = written(at), [*passed, later]
    why, _ = nowhere(deprecation.path, use)
    if taken_along(parse_path(deprecation.path), use, use) is not None:
        why = f"{deprecation.path} is inside of {use}"
    return replace(deprecation, use=use, stuck=why)


def _leads(deprecation: Deprecation) -> bool:
    return is_field(deprecation.use) and not nowhere(deprecation.path, deprecation.use)[0]


def _about(path: str, deprecations: Sequence[Deprecation]) -> Deprecation | None:
    """The deprecation that a field falls under, the one that says most of its place."""
    over = (each for each in deprecations if taken_along(parse_path(path), each.path, each.path) is not None)
    return max(over, key=lambda each: len(parse_path(each.path)), default=None)
