"""`qpf format`: schema files in the one form that they are kept in."""

import os
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import NoReturn

import click

from qpf.cli import options
from qpf.cli.edits import write_all
from qpf.cli.exit import CLEAN, FINDINGS, status
from qpf.cli.fleet import tree
from qpf.cli.output import finish, leave, note, reserved_stdout, show_json, show_report
from qpf.cli.session import Session
from qpf.formatting.fleet import Formed, layout_of, misformed
from qpf.host.registry import load_registry
from qpf.model.diagnostic import Report
from qpf.render.diff import render_diff
from qpf.stages.parse import kind_of


@click.command("format")
@click.argument("files", nargs=-1, metavar="[FILES]...")
@click.option("--check", "mode", flag_value="check", help="Write nothing; exit 1 if a file would change.")
@click.option(
    "--diff", "mode", flag_value="diff", help="Write nothing; show what would change. Implies --check."
)
@options.output(*options.FINDINGS)
@click.pass_obj
def format_command(session: Session, files: tuple[str, ...], mode: str | None, form: str) -> NoReturn:
    """Bring schema files into their form.

    FILES are schema files; by default all of the fleet. One that is something else, or is not there, is
    passed over: a hook may hand over whatever a commit touches.

    Keys stand in the order of what reads them, two spaces a level; comments stay with what they speak of,
    and no value changes. What takes a guess is left as it is, and said. A file in its form is not written.
    """
    if mode == "diff" and form in {"sarif", "github"}:
        message = f"--diff prints a difference, which is no {form}"
        raise click.UsageError(message)
    with reserved_stdout():
        registry = load_registry()
        read = tree(session, None).sources()
    contents = {source.path: source.content for source in read.value}
    if registry.report.failed or not contents:
        finish(registry.report + read.report, form, sources=contents, folder=session.folder)
    told = {found.span.source for found in read.report.diagnostics if found.span}
    chosen = _chosen(session.root, files, contents.keys() | told)
    with reserved_stdout():
        sources = [source for source in read.value if not files or source.path in chosen]
        outcome = misformed(sources, layout_of(registry.value))
    unread = [
        found
        for found in read.report.diagnostics
        if not files or (found.span and found.span.source in chosen)
    ]
    report = outcome.report + Report.of(unread)
    if mode is None:
        write_all(session.root, ((each.path, each.after) for each in outcome.value))
    _show(session, form, mode, outcome.value, report, contents)
    if form == "text" and (outcome.value or (sources and not report.failed)):
        _sum_up(len(outcome.value), mode)
    verdict = status(report)
    leave(FINDINGS if mode is not None and outcome.value and verdict == CLEAN else verdict)


def _chosen(root: Path, files: tuple[str, ...], known: Collection[str]) -> frozenset[str]:
    """The fleet's names of files that were named relative to the current folder or to the fleet.

    Only what was read, or could not be, is known; a hidden file for instance is neither.
    """
    chosen = set()
    for file in files:
        places = (Path(os.path.normpath(base / file)) for base in (Path.cwd(), root))
        names = [
            real.relative_to(root).as_posix()
            for place in places
            if (real := place.parent.resolve() / place.name).is_relative_to(root)
        ]
        name = next((each for each in names if each in known), names[0] if names else "")
        is_schema = bool(kind_of(name)[0])
        if is_schema and not os.path.lexists(root / name):
            note(f"passed over: {file} is not there")
        elif is_schema and name in known:
            chosen.add(name)
        else:
            note(f"passed over: {file} is no schema file of this fleet")
    return frozenset(chosen)


def _show(
    session: Session,
    form: str,
    mode: str | None,
    done: tuple[Formed, ...],
    report: Report,
    contents: Mapping[str, bytes],
) -> None:
    """Say what was done, or what would be."""
    diff = render_diff((each.path, each.before, each.after) for each in done) if mode == "diff" else ""
    if form == "json":
        data = {"files": [each.path for each in done], "written": mode is None}
        show_json({**data, "diff": diff} if mode == "diff" else data, report)
        return
    if form in {"sarif", "github"}:
        wanted = Report.of(each.finding for each in done) if mode else Report()
        show_report(report + wanted, form, sources=contents, folder=session.folder)
        return
    show_report(report, sources=contents)
    if mode == "diff":
        click.echo(diff, nl=False)
    else:
        for each in done:
            click.echo(each.path)


def _sum_up(done: int, mode: str | None) -> None:
    count = "1 file" if done == 1 else f"{done} files"
    if not done:
        note("every file is in its form")
    elif mode is None:
        note(f"{count} written")
    else:
        note(f"{count} to format; `qpf format` does it")
