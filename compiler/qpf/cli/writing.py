"""Writing one compiled environment to its folder."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from qpf.cli.session import Session
from qpf.gitops.narrow import narrow
from qpf.io.lockfile import LOCK_NAME, read_lock, write_lock
from qpf.io.observe import observe
from qpf.io.publish import Changes, publish
from qpf.model.compiled import Compiled
from qpf.model.diagnostic import Report
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
    session: Session, compiled: Compiled, out: Path | None = None, agents: Collection[str] = ()
) -> Written:
    """Write an environment, or some of its agents, to `environments/` or to its folder in `out`."""
    name = compiled.environment.name
    if out is None:
        folder, workshop, shown = (
            session.root / "environments" / name,
            session.root / ".qpf",
            f"environments/{name}",
        )
    else:
        folder, workshop, shown = out / name, None, (out / name).as_posix()
    previous, found = _previous(folder, shown)
    if found.failed:
        return Written(compiled, shown, Changes(), found)
    if agents:
        compiled = narrow(compiled, agents, observe(folder), previous)
    outcome = publish(
        folder,
        ((artifact.path, artifact.content, artifact.executable) for artifact in compiled.artifacts),
        write_lock(compiled.lock),
        previous,
        workshop=workshop,
        shown=shown,
    )
    return Written(compiled, shown, outcome.value, found + outcome.report)


def _previous(folder: Path, shown: str) -> tuple[Lock | None, Report]:
    """The lock that is there; a damaged one is a warning, because the next one replaces it."""
    try:
        content = (folder / LOCK_NAME).read_bytes()
    except OSError:
        return None, Report()
    outcome = read_lock(f"{shown}/{LOCK_NAME}", content)
    return outcome.value, outcome.report
