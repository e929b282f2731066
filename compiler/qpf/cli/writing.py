"""Writing environments that were compiled in memory: some agents of them, or copies for a look."""

from collections.abc import Collection, Iterable
from pathlib import Path
from typing import NoReturn

from qpf.cli.done import Done, tell
from qpf.cli.fleet import Fleet
from qpf.cli.session import Session
from qpf.gitops.narrow import narrow
from qpf.io.lockfile import previous_lock, write_lock
from qpf.io.observe import observe
from qpf.io.publish import Job, publish_all
from qpf.io.standstill import forget
from qpf.io.workshop import WORKSHOP
from qpf.model.compiled import Compiled
from qpf.model.diagnostic import Outcome, Report


def write(
    session: Session, compiled: Iterable[Compiled], out: Path | None = None, agents: Collection[str] = ()
) -> Outcome[tuple[Done, ...]]:
    """Write environments, or some of their agents, to `environments/` or to their folders in `out`.

    What stops one stops all: then nothing is written.
    """
    jobs: list[Job] = []
    found: list[Report] = []
    names: list[tuple[str, tuple[str, ...]]] = []
    for each in compiled:
        name = each.environment.name
        folder = (session.root / "environments" if out is None else out) / name
        shown = f"environments/{name}" if out is None else folder.as_posix()
        previous = previous_lock(folder, shown)
        chosen = narrow(each, agents, observe(folder), previous.value) if agents else each
        owned = None if previous.value is None else previous.value.digests
        outputs = [artifact.output for artifact in chosen.artifacts]
        jobs.append(Job(folder, outputs, chosen.content, write_lock(chosen.lock), owned, shown))
        found.append(previous.report)
        names.append((name, tuple(each.environment.agents)))
    report = Report.join(found)
    if report.failed:
        return Outcome((), report)
    outcomes = publish_all(jobs, workshop=session.root / WORKSHOP if out is None else None)
    done = tuple(
        Done.of(name, job.shown, agents_, each.value)
        for (name, agents_), job, each in zip(names, jobs, outcomes, strict=True)
    )
    return Outcome(done, Report.join((report, *(each.report for each in outcomes))))


def write_agents(fleet: Fleet, out: Path | None) -> NoReturn:
    """Compile in memory, write the chosen agents, and end the command."""
    outcome = fleet.compile()
    if outcome.report.failed:
        fleet.finish(outcome.report)
    forget(fleet.session.root / WORKSHOP)
    written = write(fleet.session, outcome.value, out, fleet.agents)
    report = outcome.report + written.report
    tell(written.value, fleet.form, report, sources=fleet.sources, folder=fleet.session.folder)
