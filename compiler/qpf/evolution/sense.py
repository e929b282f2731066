"""Whether the operations of one step go together: before any document is looked at."""

from collections.abc import Iterator, Sequence

from qpf.evolution.codes import CONTRADICTION, LOSSY_OPERATION
from qpf.evolution.places import ANY, written
from qpf.model.diagnostic import Diagnostic, Note
from qpf.model.migration import FieldMove, FieldRemove, FieldRename, Join, Migration, Operation, Split
from qpf.model.path import Path, parse_path


def sense(step: Migration) -> Iterator[Diagnostic]:
    """Every way in which a step contradicts itself, or drops something without saying that it may."""
    leaving: list[tuple[Path, Operation]] = []
    arriving: list[tuple[Path, Operation]] = []
    for operation in step.operations:
        yield from _alone(step, operation)
        gone, made = ends_of(operation)
        for path in map(parse_path, gone):
            for other, first in leaving:
                if one_holds_other(path, other):
                    yield _against(step, operation, first, f"{written(path)} is taken from its place twice")
            leaving.append((path, operation))
        for path in map(parse_path, made):
            for other, first in arriving:
                if one_holds_other(path, other):
                    yield _against(step, operation, first, f"two fields become {written(path)}")
            arriving.append((path, operation))


def ends_of(operation: Operation) -> tuple[Sequence[str], Sequence[str]]:
    """The fields an operation takes from their places, and those it makes."""
    match operation:
        case FieldRename(old, new) | FieldMove(old, new):
            return [old], [new]
        case FieldRemove(path):
            return [path], []
        case Split(path, into):
            return [path], into
        case Join(paths, into):
            return paths, [into]
    return [], []


def _alone(step: Migration, operation: Operation) -> Iterator[Diagnostic]:
    match operation:
        case FieldRemove(path, lossy=False):
            yield Diagnostic(
                LOSSY_OPERATION,
                f"{path} is removed, and what documents say there would be lost",
                operation.span or step.origin,
                hint=f"move it elsewhere, or consent: `field_remove: {{path: {path}, lossy: true}}`",
                plugin=step.author or "qpf",
            )
        case FieldRename(old, new) if parse_path(old)[:-1] != parse_path(new)[:-1]:
            yield _against(step, operation, None, f"{old} would leave its place", "write `field_move`")
        case Join(paths, into) if any(ANY in parse_path(path) for path in (*paths, into)):
            why = "only fields that stand once can be joined"
            yield _against(step, operation, None, why, "name each field")
            return
    gone, made = ends_of(operation)
    for old in gone:
        for new in made:
            yield from _from_to(step, operation, old, new)


def _from_to(step: Migration, operation: Operation, old: str, new: str) -> Iterator[Diagnostic]:
    why, hint = nowhere(old, new)
    if why:
        yield _against(step, operation, None, why, hint)


def nowhere(old: str, new: str) -> tuple[str, str]:
    """Why a field can go from one place to another in no document, and the remedy; empty if it can."""
    before, after = parse_path(old), parse_path(new)
    if before == after:
        return f"{old} becomes itself", "take it away"
    if after[: len(before)] == before:
        return f"{old} would go inside itself", ""
    if _shared(before) != _shared(after):
        return f"{old} and {new} are not in the same items", "let both begin alike up to the last `*`"
    return "", ""


def _shared(path: Path) -> Path:
    """A path up to its last `*`."""
    return path[: len(path) - path[::-1].index(ANY)] if ANY in path else ()


def one_holds_other(first: Path, other: Path) -> bool:
    """Whether two paths lead to one field, or to fields of which one is in the other."""
    return all(one == two or ANY in (one, two) for one, two in zip(first, other, strict=False))


def _against(
    step: Migration, operation: Operation, other: Operation | None, why: str, hint: str = ""
) -> Diagnostic:
    return Diagnostic(
        CONTRADICTION,
        f"the migration {step.title} contradicts itself: {why}",
        operation.span or step.origin,
        notes=(Note("the other operation is here", other.span),) if other is not None else (),
        hint=hint or "make one operation of the two, or two migrations",
        plugin=step.author or "qpf",
    )
