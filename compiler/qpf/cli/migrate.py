"""`qpf migrate`: sources of earlier schema versions, rewritten for a later one."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import NoReturn

import click

from qpf.cli import options
from qpf.cli.edits import write_all
from qpf.cli.exit import CLEAN, FINDINGS
from qpf.cli.fleet import tree
from qpf.cli.output import finish, leave, note, reserved_stdout, show_json, show_report, show_table
from qpf.cli.session import Session
from qpf.evolution.history import History
from qpf.evolution.said import say
from qpf.gitops.migrate import Rewritten, rewritten
from qpf.host.registry import load_registry
from qpf.host.workspace import Workspace
from qpf.model.diagnostic import Report
from qpf.model.migration import Migration
from qpf.model.version import is_version, order
from qpf.pipeline import registered, understand
from qpf.render.diff import render_diff
from qpf.render.migration import FILE, changelog, say_change
from qpf.stages.parse import parse
from qpf.stages.upgrade import history, upgrade


@click.command()
@click.argument("paths", nargs=-1)
@click.option("--to", "target", metavar="VERSION", help="The version to rewrite for. [default: the fleet's]")
@click.option("--check", "mode", flag_value="check", help="Only name the files; exit 1 if any.")
@click.option("--write", "mode", flag_value="write", help="Rewrite the files, and note it in CHANGELOG.md.")
@click.option("--plan", "mode", flag_value="plan", help="Show steps, operations and places.")
@options.output("text", "json")
@click.pass_obj
def migrate(
    session: Session, paths: tuple[str, ...], target: str | None, mode: str | None, form: str
) -> NoReturn:
    """Rewrite sources that speak an earlier schema version.

    Templates and constraints follow: what they call a field that was renamed or moved, they call as it is
    called now. What only a person can decide is a finding.

    PATHS are files or folders of the fleet; by default all. Without --write nothing is written: the
    difference is shown, as a person would have made it: comments, quotes, order and blank lines stay. What
    cannot be rewritten so is refused, with the reason.

    Compiling needs none of this for documents: it takes the same steps in memory. A later version than the
    fleet's (--to) raises `schema_version` in qpf.yaml too.
    """
    if target is not None and not is_version(target):
        message = f"{target} is no version; write it as 6.1.0"
        raise click.BadParameter(message, param_hint="--to")
    with reserved_stdout():
        registry = load_registry()
        read = tree(session, None).sources()
        documents = parse(read.value)
        past = history(documents.value, registered(registry.value), target)
        lifted = upgrade(documents.value, past.value, deliberate=True)
    report = Report.join(each.report for each in (registry, read, documents, past, lifted))
    contents = {source.path: source.content for source in read.value}
    if past.value is None or report.failed:
        finish(report, form, sources=contents, folder=session.folder)
    sources = {source.path: source for source in read.value}
    chosen = [_inside(session, path) for path in paths]
    spoken = lifted.value.fleet and lifted.value.fleet.version
    if chosen and "qpf.yaml" not in chosen and spoken and order(past.value.chain.version) > order(spoken):
        message = f"name qpf.yaml too: no document may speak a later version than the fleet, {spoken}"
        raise click.BadParameter(message, param_hint="PATHS")
    outcome = rewritten(lifted.value, sources, past.value, chosen)
    report += outcome.report
    if report.failed:
        finish(report, form, sources=contents, folder=session.folder)
    done = outcome.value
    users: Mapping[str, list[str]] = {}
    if mode == "plan" or form == "json":
        with reserved_stdout():
            users = _users(understand(registry.value, read.value, lifted.value, past.value).value)
    steps = _taken(past.value, done)
    if mode == "write":
        _write(session.root, done, steps)
    if form == "json":
        shown = [{"step": each.title, "description": each.summary} for each in steps]
        files = [_data(each, users.get(each.path, [])) for each in done]
        show_json({"steps": shown, "files": files, "written": mode == "write"}, report)
        leave(FINDINGS if mode == "check" and done else CLEAN)
    show_report(report, sources=contents)
    if mode == "plan":
        _plan(done, steps, users)
    elif mode is None:
        click.echo(render_diff((each.path, each.before, each.after) for each in done), nl=False)
    else:
        for each in done:
            click.echo(_heading(each))
    _sum_up(done, past.value, mode, target)
    leave(FINDINGS if mode == "check" and done else CLEAN)


def _inside(session: Session, path: str) -> str:
    """A path as the fleet knows it, given relative to the current folder or to the fleet."""
    for base in (Path.cwd(), session.root):
        place = (base / path).resolve()
        if place.exists() and place.is_relative_to(session.root):
            return place.relative_to(session.root).as_posix()
    message = f"there is no {PurePosixPath(path)} in the fleet"
    raise click.BadParameter(message, param_hint="PATHS")


def _taken(past: History, done: Sequence[Rewritten]) -> list[Migration]:
    wanted = {id(step) for each in done for step in past.chain.way(each.source) or ()}
    wanted |= {id(change.step) for each in done for change in each.changes}
    return [step for step in past.chain.past if id(step) in wanted]


def _write(root: Path, done: Sequence[Rewritten], steps: Sequence[Migration]) -> None:
    """Write the fleet's own file before the others, which mean the same from then on, old or new.

    What is done is noted before it is done: after a kill, nobody could tell any more.
    """
    edits = [(each.path, each.after) for each in sorted(done, key=lambda each: each.path != "qpf.yaml")]
    if done and steps:
        log = root / FILE
        before = log.read_text(encoding="utf-8") if log.exists() else ""
        after = changelog(before, steps, {each.path: each.changes for each in done})
        edits.insert(0, (FILE, after.encode()))
    write_all(root, edits)


def _users(workspace: Workspace) -> Mapping[str, list[str]]:
    """The agents that each file is a layer of."""
    users: dict[str, list[str]] = {}
    for name, assembly in workspace.assemblies.agents.items():
        for path in assembly.layers:
            users.setdefault(path, []).append(name)
    return users


def _plan(done: Sequence[Rewritten], steps: Sequence[Migration], users: Mapping[str, list[str]]) -> None:
    touched = Counter(id(change.operation) for each in done for change in each.changes)
    places = [(step, each, touched[id(each)]) for step in steps for each in step.operations]
    rows = [(step.title, say(operation), str(count)) for step, operation, count in places]
    if rows:
        show_table(("step", "operation", "places"), rows, right=(2,))
    for step in steps:
        if step.summary:
            click.echo(f"{step.title}: {step.summary}")
        for text in step.breaking:
            click.echo(f"{step.title} breaks: {text}")
    for each in done:
        click.echo(f"\n{_heading(each)}")
        for change in each.changes:
            click.echo(f"  {change.span.line}:{change.span.column}: {say_change(change)}")
    agents = sorted({name for each in done for name in users.get(each.path, [])})
    if agents:
        click.echo(f"\nagents composed of these files: {', '.join(agents)}")


def _heading(each: Rewritten) -> str:
    return f"{each.path}: {each.source or 'references'} → {each.target}"


def _sum_up(done: Sequence[Rewritten], past: History, mode: str | None, target: str | None) -> None:
    if not done:
        note(f"every document speaks {past.chain.version}")
        return
    files = "1 file" if len(done) == 1 else f"{len(done)} files"
    command = f"qpf migrate --to {target} --write" if target else "qpf migrate --write"
    note(f"{files} rewritten" if mode == "write" else f"{files} to rewrite; `{command}` does it")


def _data(each: Rewritten, agents: list[str]) -> dict[str, object]:
    return {
        "path": each.path,
        "from": each.source or None,
        "to": each.target,
        "agents": agents,
        "changes": [
            {
                "step": change.step.title,
                "operation": say(change.operation),
                "line": change.span.line,
                "column": change.span.column,
                "change": say_change(change),
            }
            for change in each.changes
        ],
        "diff": render_diff([(each.path, each.before, each.after)]),
    }
