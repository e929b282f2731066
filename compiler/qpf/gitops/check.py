"""Committed files against what the sources compile to: one reason a file."""

from collections.abc import Iterable

from qpf.gitops.causes import Causes, Evidence, first_difference
from qpf.io.lockfile import LOCK_NAME, write_lock
from qpf.model.change import Change, Drift, Edit
from qpf.model.compiled import Compiled
from qpf.model.digest import digest
from qpf.model.span import Span, start_of


def check(compiled: Compiled, evidence: Evidence) -> tuple[Change, ...]:
    """Every file of one environment that is not what the sources compile to, by path."""
    name = compiled.environment.name
    folder = f"environments/{name}"
    locked = {each.path: each for each in evidence.lock.artifacts} if evidence.lock else {}
    expected = {each.path: each for each in compiled.artifacts}
    causes = Causes(compiled, evidence)
    changes: list[Change] = []

    def add(
        drift: Drift, path: str, reason: str, subject: str, span: Span | None, edits: tuple[Edit, ...] = ()
    ) -> None:
        after = expected[path].content if path in expected else None
        changes.append(
            Change(
                drift, f"{folder}/{path}", reason, subject, name, span, edits, evidence.disk.get(path), after
            )
        )

    for path, artifact in expected.items():
        there = evidence.disk.get(path)
        entry = locked.get(path)
        if there == artifact.content:
            runs = evidence.programs is None or (path in evidence.programs) == artifact.executable
            if not runs:
                reason = "may not be run any more" if artifact.executable else "may be run, but is no program"
                add(Drift.EDITED, path, reason, artifact.subject, start_of(f"{folder}/{path}"))
            continue
        if there is None:
            add(Drift.MISSING, path, "not there; run `qpf compile`", artifact.subject, None)
        elif entry is None:
            add(
                Drift.UNOWNED,
                path,
                "in the way: qpf did not write it",
                artifact.subject,
                start_of(f"{folder}/{path}"),
            )
        elif digest(there) != entry.digest:
            line = first_difference(there, artifact.content)
            span = Span(f"{folder}/{path}", line, 1, line, 1)
            add(Drift.EDITED, path, f"edited by hand at line {line}", artifact.subject, span)
        else:
            reason, at, edits = causes.of(artifact)
            add(Drift.STALE, path, reason, artifact.subject, at, edits)
    for path, entry in locked.items():
        if path not in expected and path in evidence.disk:
            add(Drift.ORPHAN, path, "no longer produced", entry.subject, None)
    generated = {path.partition("/")[0] for path in expected if "/" in path}
    for path in evidence.disk:
        if (
            path not in expected
            and path not in locked
            and path.partition("/")[0] in generated
            and "/" in path
        ):
            add(
                Drift.UNOWNED,
                path,
                "lies in a generated folder, but qpf did not write it",
                "",
                start_of(f"{folder}/{path}"),
            )
    changes += _lock_change(compiled, evidence, folder, causes)
    return tuple(sorted(changes, key=lambda change: change.path))


def _lock_change(compiled: Compiled, evidence: Evidence, folder: str, causes: Causes) -> Iterable[Change]:
    there, wanted = evidence.disk.get(LOCK_NAME), write_lock(compiled.lock)
    if there == wanted:
        return
    name = compiled.environment.name
    if there is None:
        yield Change(
            Drift.MISSING, f"{folder}/{LOCK_NAME}", "not there; run `qpf compile`", "", name, after=wanted
        )
    elif evidence.lock is None:
        yield Change(
            Drift.EDITED,
            f"{folder}/{LOCK_NAME}",
            "not a lock file",
            "",
            name,
            start_of(f"{folder}/{LOCK_NAME}"),
            (),
            there,
            wanted,
        )
    else:
        drift = Drift.STALE
        reason, span = causes.of_inputs()
        if not reason:
            line = first_difference(there, wanted)
            drift, reason = Drift.EDITED, f"edited by hand at line {line}"
            span = Span(f"{folder}/{LOCK_NAME}", line, 1, line, 1)
        yield Change(drift, f"{folder}/{LOCK_NAME}", reason, "", name, span, (), there, wanted)
