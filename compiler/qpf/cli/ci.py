"""`qpf ci`: all that a pull request needs to know, in one run and one report."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NoReturn

import click

from qpf import inspection
from qpf.cli import options
from qpf.cli.exit import status
from qpf.cli.fleet import Fleet, open_fleet
from qpf.cli.output import leave, note, reserved_stdout, show_json, show_report, show_table
from qpf.cli.session import Session
from qpf.evolution.codes import UNMIGRATED
from qpf.formatting.fleet import layout_of, misformed
from qpf.gitops.codes import findings
from qpf.gitops.migrate import rewritten
from qpf.model.compiled import Compiled
from qpf.model.diagnostic import Diagnostic, Report
from qpf.model.span import start_of
from qpf.render.steps import HEADS, Step, steps_data, steps_markdown

FORMS = ("auto", *options.FINDINGS, "gitlab")
_INVALID = "not run: the fleet is not valid"


@click.command("ci")
@options.environments
@click.option(
    "--format", "with_format", is_flag=True, help="Ask too whether every schema file is in its form."
)
@click.option(
    "--against",
    metavar="REV",
    help="Ask too what breaks for documents written before this branch left REV, for instance origin/main.",
)
@options.output(*FORMS)
@click.pass_obj
def ci(
    session: Session, environments: tuple[str, ...], against: str | None, form: str, *, with_format: bool
) -> NoReturn:
    """Check all that a pull request needs to know, in one run.

    Is the fleet valid, does every document speak its version, is what is committed what the sources compile
    to, and was it approved (if there is a folder golden/)? Nothing is written. All findings come in one
    report, a table of the steps comes last, and the exit code is that of the worst step.

    By default the output is what the surroundings show best: annotations and a summary on GitHub, a Code
    Quality report on GitLab (the text goes to stderr), else text.
    """
    shown = _fitting(os.environ) if form == "auto" else form
    fleet = open_fleet(session, "text" if shown == "gitlab" else shown, environments=environments)
    steps = [*_steps(fleet), *([_formatted(fleet)] if with_format else []), *_compared(fleet, against)]
    report = Report.join(step.report for step in steps if step.report)
    _show(fleet, shown, steps, report)
    _summarize(os.environ.get("GITHUB_STEP_SUMMARY", "") if shown == "github" else "", steps, report)
    leave(status(report))


def _fitting(environ: Mapping[str, str]) -> str:
    """The form that the surroundings show best."""
    if environ.get("GITHUB_ACTIONS") == "true":
        return "github"
    return "gitlab" if environ.get("GITLAB_CI") == "true" else "text"


def _steps(fleet: Fleet) -> Iterator[Step]:
    """What is always asked."""
    valid = fleet.check()
    yield Step("valid", "does the fleet pass every check?", valid)
    yield Step("migrated", "does every document speak the fleet's version?", *_unmigrated(fleet))
    compiled: tuple[Compiled, ...] = ()
    built = Report()
    if not valid.failed:
        outcome = fleet.compile()
        compiled, built = outcome.value, outcome.report
    why_not = _INVALID if valid.failed else ""
    current = "is what is committed what the sources compile to?"
    approved = "has somebody approved what is committed?"
    root, workspace = fleet.session.root, fleet.workspace
    if why_not:
        yield Step("compiled", current, None, why_not)
        yield Step("approved", approved, None, why_not)
        return
    with reserved_stdout():
        stale = [change for each in compiled for change in inspection.output_changes(workspace, each, root)]
        yield Step("compiled", current, built + findings(stale))
        if not (root / "golden").is_dir():
            yield Step("approved", approved, None, "not run: there is no golden/")
            return
        unapproved = [
            change for each in compiled for change in inspection.unapproved_changes(workspace, each, root)
        ]
    yield Step("approved", approved, findings(unapproved))


def _unmigrated(fleet: Fleet) -> tuple[Report | None, str]:
    """Documents that `qpf migrate` would rewrite."""
    workspace = fleet.workspace
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


def _formatted(fleet: Fleet) -> Step:
    with reserved_stdout():
        outcome = misformed(fleet.workspace.sources, layout_of(fleet.workspace.registry))
    report = outcome.report + Report.of(each.finding for each in outcome.value)
    return Step("formatted", "is every schema file in its form?", report)


def _compared(fleet: Fleet, rev: str | None) -> Iterator[Step]:
    """What breaks for documents that were written before a branch was left, if somebody asks."""
    if rev is None:
        return
    from qpf.cli.schema_breaks import breaks
    from qpf.io.mergebase import merge_base

    with reserved_stdout():
        report = breaks(fleet.session, fleet.workspace.registry, merge_base(fleet.session.root, rev))
    yield Step("compatible", f"does every change since {rev} carry documents along?", report)


def _show(fleet: Fleet, form: str, steps: list[Step], report: Report) -> None:
    folder = fleet.session.folder
    if form == "json":
        show_json({"steps": steps_data(steps)}, report)
        return
    show_report(report, "text" if form == "gitlab" else form, sources=fleet.sources, folder=folder)
    if form == "gitlab":
        from qpf.render.gitlab import render_gitlab

        click.echo(render_gitlab(report, fleet.sources, folder=folder), nl=False)
    if form in {"gitlab", "sarif"}:
        for step in steps:
            note(f"{step.name}: {step.verdict}")
    else:
        show_table(HEADS, [step.row for step in steps], right=(2, 3))


def _summarize(file: str, steps: list[Step], report: Report) -> None:
    """Add a page to the summary that GitHub shows of a run."""
    if not file:
        return
    try:
        with Path(file).open("a", encoding="utf-8", newline="\n") as page:
            page.write(steps_markdown(steps, report))
    except OSError as error:
        note(f"qpf: the summary cannot be written: {error.strerror}")
