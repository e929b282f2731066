"""What is told of a whole fleet's migrations, once all its documents were looked into."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from qpf.evolution.approvals import fingerprint
from qpf.evolution.codes import MIGRATED, UNAPPROVED_MIGRATION, UNMATCHED_OPERATION, UNUSED_APPROVAL
from qpf.evolution.history import History
from qpf.model.diagnostic import Diagnostic, Note, Report
from qpf.model.migration import FieldMove, FieldRename, Migration, Trail
from qpf.model.version import order

_NAMED = 5
"""So many documents are named; the others are counted."""


def told(past: History | None, trails: Iterable[Trail], today: str) -> Report:
    """Say which documents are migrated, which renames are about nothing, and what waits for a person.

    Args:
        past: The fleet's migrations.
        trails: Of all documents, whatever version they speak.
        today: The date, `2026-11-26`: approvals expire.
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
        found += _unapproved(past, list(taken.values()), today)
    found += _unused(past, today)
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


def _unapproved(past: History, taken: list[Migration], today: str) -> Iterator[Diagnostic]:
    for step in taken:
        if not step.breaking or not step.reviewed:
            continue
        about = [each for each in past.approvals if (each.source, each.target) == (step.source, step.target)]
        wanted = fingerprint(step)
        if any(each.fingerprint == wanted and each.expires >= today for each in about):
            continue
        notes = [
            Note(
                "this approval has expired"
                if each.fingerprint == wanted
                else "this approval is of another step",
                each.span,
            )
            for each in about
        ]
        yield Diagnostic(
            UNAPPROVED_MIGRATION,
            f"{step.title} breaks something, and waits for an approval: {step.breaking[0]}",
            step.origin,
            notes=tuple(notes),
            hint="write a file in approvals/ with `migration`, `reviewer`, `reason`, `expires`, and "
            f"`fingerprint: {wanted}`",
            plugin=step.author or "qpf",
        )


def _unused(past: History, today: str) -> Iterator[Diagnostic]:
    known = {(step.source, step.target): step for step in past.chain.steps}
    for approval in past.approvals:
        step = known.get((approval.source, approval.target))
        if step is None or approval.expires < today:
            why = "is about no step of this fleet" if step is None else f"has expired on {approval.expires}"
            yield Diagnostic(
                UNUSED_APPROVAL, f"this approval {why}", approval.span, hint="remove the file, or renew it"
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
