"""The steps of `qpf ci`: each is one question, and what was found when it was asked."""

from collections.abc import Iterator

from qpf import inspection
from qpf.cli.fleet import Fleet
from qpf.cli.output import reserved_stdout
from qpf.cli.session import Session
from qpf.evolution.codes import UNMIGRATED
from qpf.formatting.fleet import layout_of, misformed
from qpf.gitops.codes import findings
from qpf.gitops.migrate import rewritten
from qpf.host.registry import Registry
from qpf.host.workspace import Workspace
from qpf.model.compiled import Compiled
from qpf.model.diagnostic import Diagnostic, Report
from qpf.model.span import start_of
from qpf.render.steps import Step

ALWAYS = {
    "valid": "does the fleet pass every check?",
    "migrated": "does every document speak the fleet's version?",
    "compiled": "is what is committed what the sources compile to?",
    "approved": "has somebody approved what is committed?",
}
"""What is always asked."""

FORMATTED = "is every schema file in its form?"
NO_GOLDEN = "not run: there is no golden/"
_INVALID = "not run: the fleet is not valid"
_UNREAD = "not run: the fleet cannot be read"


def step(name: str, report: Report | None, why_not: str = "") -> Step:
    """One of those that are always asked."""
    return Step(name, ALWAYS[name], report, why_not)


def unread(report: Report, *, with_format: bool) -> Iterator[Step]:
    """The steps where plugins keep a fleet from being read: one says why, the others say so."""
    first, *others = ALWAYS
    yield step(first, report)
    yield from (step(each, None, _UNREAD) for each in others)
    if with_format:
        yield Step("formatted", FORMATTED, None, _UNREAD)


def always(fleet: Fleet) -> Iterator[Step]:
    """The steps that are always asked, of all that there is."""
    valid = fleet.check()
    yield step("valid", valid)
    yield step("migrated", *_unmigrated(fleet.workspace))
    if valid.failed:
        yield step("compiled", None, _INVALID)
        yield step("approved", None, _INVALID)
        return
    root, workspace = fleet.session.root, fleet.workspace
    built = fleet.compile()
    with reserved_stdout():
        stale = [
            change for each in built.value for change in inspection.output_changes(workspace, each, root)
        ]
        yield step("compiled", built.report + findings(stale))
        yield _approved(fleet, built.value)


def _approved(fleet: Fleet, compiled: tuple[Compiled, ...]) -> Step:
    root = fleet.session.root
    if not (root / "golden").is_dir():
        return step("approved", None, NO_GOLDEN)
    unapproved = [
        change for each in compiled for change in inspection.unapproved_changes(fleet.workspace, each, root)
    ]
    return step("approved", findings(unapproved))


def _unmigrated(workspace: Workspace) -> tuple[Report | None, str]:
    """Documents that `qpf migrate` would rewrite."""
    if workspace.history is None:
        return None, "not run: the versions cannot be read"
    sources = {source.path: source for source in workspace.sources}
    outcome = rewritten(workspace.documents, sources, workspace.history)
    return outcome.report + Report.of(
        Diagnostic(
            UNMIGRATED,
            f"this file speaks {each.source or 'of fields by names of an earlier version'}"
            f" and the fleet speaks {each.target}",
            start_of(each.path),
            hint="run `qpf migrate --write` and commit the result",
        )
        for each in outcome.value
    ), ""


def formatted(workspace: Workspace) -> Step:
    """Whether every schema file is in its form."""
    with reserved_stdout():
        outcome = misformed(workspace.sources, layout_of(workspace.registry))
    report = outcome.report + Report.of(each.finding for each in outcome.value)
    return Step("formatted", FORMATTED, report)


def compatible(session: Session, registry: Registry | None, rev: str) -> Step:
    """What breaks for documents that were written before a branch was left."""
    asked = f"does every change since {rev} carry documents along?"
    if registry is None:
        return Step("compatible", asked, None, _UNREAD)
    from qpf.cli.schema_breaks import breaks
    from qpf.io.mergebase import merge_base

    with reserved_stdout():
        return Step("compatible", asked, breaks(session, registry, merge_base(session.root, rev)))
