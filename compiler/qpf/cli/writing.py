"""Writing environments that were compiled in memory: some agents of them, or copies for a look."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from qpf.cli.done import Done, tell
from qpf.cli.fleet import Fleet
from qpf.cli.session import Session
from qpf.gitops.narrow import narrow
from qpf.io.compare import Wanted
from qpf.io.lockfile import previous_lock, write_lock
from qpf.io.observe import observe
from qpf.io.publish import Changes, Job, publish_all
from qpf.io.standstill import forget
from qpf.model.compiled import Compiled
from qpf.model.diagnostic import Outcome, Report


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
        previous = previous_lock(folder, shown)
        chosen = narrow(each, agents, observe(folder), previous.value) if agents else each
        files = [
            (artifact.path, Wanted.of(artifact.content, executable=artifact.executable))
            for artifact in chosen.artifacts
        ]
        jobs.append(Job(folder, files, write_lock(chosen.lock), previous.value, shown))
        described.append((chosen, previous.report))
    if any(found.failed for _, found in described):
        outcomes = [Outcome(Changes()) for _ in jobs]
    else:
        outcomes = publish_all(jobs, workshop=session.root / ".qpf" if out is None else None)
    return [
        Written(chosen, job.shown, outcome.value, found + outcome.report)
        for job, (chosen, found), outcome in zip(jobs, described, outcomes, strict=True)
    ]


def write_agents(fleet: Fleet, out: Path | None) -> NoReturn:
    """Compile in memory, write the chosen agents, and end the command."""
    outcome = fleet.compile()
    if outcome.report.failed:
        fleet.finish(outcome.report)
    forget(fleet.session.root / ".qpf")
    written = write(fleet.session, outcome.value, out, fleet.agents)
    done = [
        Done(
            name=each.compiled.environment.name,
            folder=each.shown,
            agents=tuple(each.compiled.environment.agents),
            written=each.changes.written,
            removed=each.changes.removed,
            edited=each.changes.edited,
            unchanged=len(each.changes.unchanged),
        )
        for each in written
    ]
    report = Report.join((outcome.report, *(each.report for each in written)))
    tell(done, fleet.form, report, sources=fleet.sources, folder=fleet.session.folder)
