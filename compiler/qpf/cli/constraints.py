"""`qpf test constraints`: the fleet's constraints, tried on the examples beside them."""

from typing import Any

import click

from qpf.cli import options
from qpf.cli.exit import CLEAN, FINDINGS, status
from qpf.cli.fleet import open_fleet
from qpf.cli.output import leave, note, reserved_stdout, show_json, show_report, show_table
from qpf.cli.session import Session
from qpf.host.trying import Trial, Tried, try_examples
from qpf.io.examples import read_examples
from qpf.io.selection import CONSTRAINTS
from qpf.io.tree import UnreadableError
from qpf.io.worktree import WorkTree
from qpf.model.diagnostic import Diagnostic
from qpf.model.path import format_path
from qpf.stages.examples import examples


@click.command()
@options.output("text", "json")
@click.pass_obj
def constraints(session: Session, form: str) -> None:
    """Try the constraints in base/constraints on their examples.

    Examples for base/constraints/NAME.cue are base/constraints/tests/NAME/pass-*.yaml, in which it must find
    nothing, and fail-*.yaml, in which it must find what they expect, and nothing else. Exits with 1 if one is
    not as expected, or if no example violates a constraint that has a code.
    """
    fleet = open_fleet(session, form)
    try:
        files = read_examples(WorkTree(session.root))
    except UnreadableError as error:
        message = f"the examples cannot be read: {error}"
        raise click.ClickException(message) from error
    paths = [source.path for source in fleet.workspace.sources if source.path.startswith(f"{CONSTRAINTS}/")]
    read = examples(files, paths)
    with reserved_stdout():
        outcome = try_examples(fleet.workspace, CONSTRAINTS, read.value)
    report = read.report + outcome.report
    trial = outcome.value
    if form == "json":
        show_json({"examples": [_data(each) for each in trial.tried], "uncovered": _uncovered(trial)}, report)
    else:
        show_report(report, sources={each.path: each.content for each in (*fleet.workspace.sources, *files)})
        _show(trial)
    verdict = status(report)
    leave(FINDINGS if verdict == CLEAN and not trial.passed else verdict)


def _show(trial: Trial) -> None:
    rows = [
        (
            each.example.path.removeprefix(f"{CONSTRAINTS}/tests/"),
            _words(each),
            "ok" if each.passed else "FAILED",
        )
        for each in trial.tried
    ]
    if rows:
        show_table(("example", "found", ""), rows)
    for each in trial.uncovered:
        note(f"{each.span}: no example violates {each.code.id} {each.code.name}")
    failed = sum(not each.passed for each in trial.tried)
    without = len(trial.uncovered)
    note(
        f"{len(rows)} example{'s' * (len(rows) != 1)}, {failed} not as expected; "
        f"{without} constraint{'s' * (without != 1)} without one"
    )


def _words(tried: Tried) -> str:
    found = ", ".join(_said(each) for each in tried.found) or "nothing"
    if tried.passed:
        return found
    wanted = ", ".join(f"{each.code} {each.at or ''}".strip() for each in tried.example.expected)
    return f"{found}; expected {wanted or 'nothing'}"


def _said(found: Diagnostic) -> str:
    return f"{found.code.id} {format_path(found.path)}".strip()


def _data(tried: Tried) -> dict[str, Any]:
    return {
        "file": tried.example.path,
        "constraint": tried.example.constraint,
        "passed": tried.passed,
        "expected": [{"code": each.code, "at": each.at} for each in tried.example.expected],
        "found": [
            {"code": each.code.id, "at": format_path(each.path), "message": each.message}
            for each in tried.found
        ],
    }


def _uncovered(trial: Trial) -> list[dict[str, Any]]:
    return [
        {
            "code": each.code.id,
            "name": each.code.name,
            "file": each.span.source,
            "line": each.span.line,
            "column": each.span.column,
        }
        for each in trial.uncovered
    ]
