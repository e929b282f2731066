"""What is told of a whole fleet's migrations, once all its documents were looked into."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from qpf.evolution.chain import order
from qpf.evolution.codes import MIGRATED, UNMATCHED_OPERATION
from qpf.evolution.history import History
from qpf.model.diagnostic import Diagnostic, Note, Report
from qpf.model.migration import FieldMove, FieldRename, Migration, Trail

_NAMED = 5
"""So many documents are named; the others are counted."""


def told(past: History | None, trails: Iterable[Trail]) -> Report:
    """Say which documents are migrated on the way, and which renames are about nothing.

    Args:
        past: The fleet's migrations.
        trails: Of all documents, whatever version they speak.
    """
    if past is None:
        return Report()
    known = sorted(trails)
    earlier: dict[str, list[Trail]] = defaultdict(list)
    for trail in known:
        if trail.version:
            earlier[trail.version].append(trail)
    found = [_migrated(past, version, each) for version, each in earlier.items()]
    if earlier:
        taken = {step.title: step for version in earlier for step in past.chain.way(version) or ()}
        moved = {name for trail in known for name in trail.moved}
        found += _unmatched(past, list(taken.values()), moved)
    return Report.of(found)


def _migrated(past: History, version: str, trails: list[Trail]) -> Diagnostic:
    first, *others = trails
    speak = "document speaks" if not others else "documents speak"
    rest = len(others) - _NAMED
    return Diagnostic(
        MIGRATED,
        f"{len(trails)} {speak} schema version {version}, and "
        f"{'is' if not others else 'are'} migrated to {past.chain.version} on the way",
        first.span,
        notes=(
            *(Note(f"{trail.source} is another", trail.span) for trail in others[:_NAMED]),
            *((Note(f"and {rest} more"),) if rest > 0 else ()),
        ),
        hint="`qpf migrate` shows what is done to each; `qpf migrate --write` rewrites them",
    )


def _unmatched(past: History, taken: list[Migration], moved: set[str]) -> Iterator[Diagnostic]:
    for name, (step, operation, _) in sorted(past.moves.items(), key=lambda item: order(item[1][0].target)):
        if step in taken and name not in moved and isinstance(operation, FieldRename | FieldMove):
            yield Diagnostic(
                UNMATCHED_OPERATION,
                f"no document has {operation.old} or {operation.new}",
                operation.span,
                hint="see how the field is really called, or take the operation away",
            )
