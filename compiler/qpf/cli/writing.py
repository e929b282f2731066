"""Writing compiled environments to their folders."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from qpf.cli.session import Session
from qpf.gitops.narrow import narrow
from qpf.io.compare import Wanted
from qpf.io.lockfile import LOCK_NAME, read_lock, write_lock
from qpf.io.observe import observe
from qpf.io.publish import Changes, Job, publish_all
from qpf.model.compiled import Compiled
from qpf.model.diagnostic import Outcome, Report
from qpf.model.lock import Lock


@dataclass(frozen=True, slots=True)
class Written:
    """An environment with what writing it did.

    Attributes:
        shown: What messages call its folder.
    """

    compiled: Compiled
    shown: str
    changes: Changes
    report: Report


def write(
    session: Session, compiled: Iterable[Compiled], out: Path | None = None, agents: Collection[str] = ()
) -> list[Written]:
    """Write environments, or some of their agents, to `environments/` or to their folders in `out`.

    What stops one stops all: then nothing is written.
    """
    jobs: list[Job] = []
    described: list[tuple[Compiled, Report]] = []
    for each in compiled:
        name = each.environment.name
        folder = (session.root / "environments" if out is None else out) / name
        shown = f"environments/{name}" if out is None else folder.as_posix()
        previous, found = _previous(folder, shown)
        chosen = narrow(each, agents, observe(folder), previous) if agents else each
        files = [
            (artifact.path, Wanted.of(artifact.content, executable=artifact.executable))
            for artifact in chosen.artifacts
        ]
        jobs.append(Job(folder, files, write_lock(chosen.lock), previous, shown))
        described.append((chosen, found))
    if any(found.failed for _, found in described):
        outcomes = [Outcome(Changes()) for _ in jobs]
    else:
        outcomes = publish_all(jobs, workshop=session.root / ".qpf" if out is None else None)
    return [
        Written(chosen, job.shown, outcome.value, found + outcome.report)
        for job, (chosen, found), outcome in zip(jobs, described, outcomes, strict=True)
    ]


def _previous(folder: Path, shown: str) -> tuple[Lock | None, Report]:
    """The lock that is there; a damaged one is a warning, because the next one replaces it."""
    try:
        content = (folder / LOCK_NAME).read_bytes()
    except OSError:
        return None, Report()
    outcome = read_lock(f"{shown}/{LOCK_NAME}", content)
    return outcome.value, outcome.report
