"""The steps of `qpf ci` where there is nothing to tell of them: found out from what `.qpf` remembers."""

from collections.abc import Collection

from qpf.cli.ci_steps import NO_GOLDEN, step
from qpf.cli.fleet import Fleet
from qpf.cli.output import note, reserved_stdout
from qpf.cli.remembered import opened
from qpf.cli.session import Session
from qpf.compilation.fleet import Compilation
from qpf.compilation.front import Front
from qpf.compilation.run import Built
from qpf.gitops.migrate import rewritten
from qpf.model.diagnostic import Report
from qpf.render.steps import Step


def quick(session: Session, form: str, environments: Collection[str]) -> tuple[Fleet, list[Step]] | None:
    """The fleet without its agents, and the steps; None if somebody has to look at all of it.

    That is where anything is to be told, where the fleet does not want to be remembered, and where states
    are approved: what files stand for there is not remembered.
    """
    if (session.root / "golden").is_dir():
        return None
    with reserved_stdout():
        known = opened(session, environments)
        if known is None:
            return None
        front, names, compilation = known
        with compilation.tiers() as tiers:
            built = compilation.build(names, tiers)
            nothing = not built.report.diagnostics and not built.report.suppressed
            if not nothing or not _in_place(compilation, built.value) or not _migrated(front, built.value):
                return None
    for sentence in compilation.notes:
        note(sentence)
    fleet = Fleet(session, form, front.workspace, names, frozenset(), front.report)
    steps = [step(name, Report()) for name in ("valid", "migrated", "compiled")]
    return fleet, [*steps, step("approved", None, NO_GOLDEN)]


def _in_place(compilation: Compilation, built: tuple[Built, ...]) -> bool:
    try:
        return compilation.folders.in_place(built)
    except OSError:
        return False  # Whoever compares at length says what cannot be read.


def _migrated(front: Front, built: tuple[Built, ...]) -> bool:
    """Whether nothing is to be rewritten; of agents, whose documents were not read, the locks tell."""
    past = front.workspace.history
    if past is None or any(each.lock.migrated for each in built):
        return False
    others = rewritten(front.workspace.documents, front.sources, past)
    return not others.value and not others.report.diagnostics
