"""`qpf ci`: all that a pull request needs to know, in one run and one report."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

import click

from qpf.cli import ci_steps, options
from qpf.cli.ci_quick import quick
from qpf.cli.exit import NO_VERDICT, status
from qpf.cli.fleet import read_fleet
from qpf.cli.output import leave, note, show_json, show_report, show_table
from qpf.cli.session import Session
from qpf.io.codes import BAD_REVISION
from qpf.model.diagnostic import Report
from qpf.render.steps import HEADS, Step, steps_data, steps_markdown

FORMS = ("auto", *options.FINDINGS, "gitlab")


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
@click.option("--no-cache", is_flag=True, help="Look at everything anew; remember and keep nothing.")
@options.output(*FORMS)
@click.pass_obj
def ci(
    session: Session,
    environments: tuple[str, ...],
    against: str | None,
    form: str,
    *,
    with_format: bool,
    no_cache: bool,
) -> NoReturn:
    """Check all that a pull request needs to know, in one run.

    Is the fleet valid, does every document speak its version, is what is committed what the sources compile
    to, and was it approved (if there is a folder golden/)? Nothing is written, but for what is remembered in
    .qpf where nothing is approved. All findings come in one report, a table of the steps comes last, and the
    exit code is that of the worst step.

    By default the output is what the surroundings show best: annotations and a summary on GitHub, a Code
    Quality report on GitLab (the text goes to stderr), else text.
    """
    shown = _fitting(os.environ) if form == "auto" else form
    sources, steps = _asked(session, environments, against, with_format=with_format, no_cache=no_cache)
    report = Report.join(step.report for step in steps if step.report)
    _show(session, sources, shown, steps, report)
    _summarize(os.environ.get("GITHUB_STEP_SUMMARY", "") if shown == "github" else "", steps, report)
    unread = any(found.code is BAD_REVISION for found in report.diagnostics)
    leave(NO_VERDICT if unread else status(report))


def _fitting(environ: Mapping[str, str]) -> str:
    """The form that the surroundings show best."""
    if environ.get("GITHUB_ACTIONS") == "true":
        return "github"
    return "gitlab" if environ.get("GITLAB_CI") == "true" else "text"


def _asked(
    session: Session, environments: tuple[str, ...], against: str | None, *, with_format: bool, no_cache: bool
) -> tuple[Mapping[str, bytes], list[Step]]:
    """The content of the sources, and the steps."""
    known = None if no_cache else quick(session, "text", environments)
    if known is not None:
        fleet, steps = known
    else:
        read = read_fleet(session, "text", environments=environments)
        if read.value is None:
            steps = [*ci_steps.unread(read.report, with_format=with_format)]
            return {}, [*steps, *([] if against is None else [ci_steps.compatible(session, None, against)])]
        fleet = read.value
        steps = [*ci_steps.always(fleet)]
    if with_format:
        steps.append(ci_steps.formatted(fleet.workspace))
    if against is not None:
        steps.append(ci_steps.compatible(session, fleet.workspace.registry, against))
    return fleet.sources, steps


def _show(
    session: Session, sources: Mapping[str, bytes], form: str, steps: list[Step], report: Report
) -> None:
    folder = session.folder
    if form == "json":
        show_json({"steps": steps_data(steps)}, report)
        return
    show_report(report, "text" if form == "gitlab" else form, sources=sources, folder=folder)
    if form == "gitlab":
        from qpf.render.gitlab import render_gitlab

        click.echo(render_gitlab(report, sources, folder=folder), nl=False)
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
