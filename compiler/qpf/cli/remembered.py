"""Validating a fleet of which most is known: only agents that something changed for are looked at."""

from collections.abc import Collection

from qpf.cli.engine import Choices, alone
from qpf.cli.fleet import Fleet, chosen, refuse_unknown, tree
from qpf.cli.output import note, reserved_stdout
from qpf.cli.session import Session
from qpf.cli.today import today
from qpf.compilation.fleet import Compilation
from qpf.compilation.folders import Folders
from qpf.compilation.front import Front, load_front
from qpf.evolution.codes import DEPRECATED_FIELD
from qpf.host.policy import idle
from qpf.io.workshop import WORKSHOP, hide
from qpf.model.diagnostic import Report


def remembered(session: Session, form: str, environments: Collection[str]) -> tuple[Fleet, Report] | None:
    """Validate the chosen environments of the work tree; the fleet without its agents, and all findings.

    None if that takes the whole fleet: where it cannot be read, where it does not want to be remembered, and
    where something can be mended, which is tried on all of it.
    """
    with reserved_stdout():
        known = opened(session, environments)
        if known is None:
            return None
        front, names, compilation = known
        with compilation.tiers() as tiers:
            report = compilation.check(names, tiers)
    if any(found.fix or found.code == DEPRECATED_FIELD for found in report.diagnostics):
        return None
    for sentence in compilation.notes:
        note(sentence)
    fleet = Fleet(session, form, front.workspace, names, frozenset(), front.report)
    if fleet.is_whole:
        report += idle(front.registry, front.workspace.policy, report)
    return fleet, report


def opened(
    session: Session, environments: Collection[str]
) -> tuple[Front, tuple[str, ...], Compilation] | None:
    """The work tree without its agents, the chosen environments, and what compiles them from memory.

    None where the fleet cannot be read, or does not want to be remembered, or has no environment.
    """
    folders = Folders(session.root, remember=True)
    before = folders.texts()
    front = load_front(tree(session, None), today=today(), texts=before).value
    if front is None or not front.configuration.engine.cache.enabled:
        return None
    refuse_unknown("environment", "--env", environments, front.configuration.fleet.environments)
    names = chosen(front.configuration, environments)
    if not names:
        return None  # Agents are read for an environment.
    hide(session.root / WORKSHOP)
    folders.keep_texts(front, before)
    return front, names, Compilation(front, session.root, alone(front, Choices()))
