"""`qpf schema diff`: what a change of schemas means for the documents written for them."""

import os
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import click

from qpf.cli import options
from qpf.cli.exit import status
from qpf.cli.output import finish, leave, reserved_stdout, show_json, show_report
from qpf.cli.schema_sides import Opening, revision
from qpf.cli.session import Session
from qpf.evolution.diff.contract import contrast
from qpf.gitops.affected import affected
from qpf.gitops.schemas import governing, labelled
from qpf.host.registry import load_registry
from qpf.model.diagnostic import Report
from qpf.model.schema_change import Weight
from qpf.render import schema_changes
from qpf.render.migration_guide import guide
from qpf.render.migration_skeleton import skeleton

WEIGHTS = tuple(weight.word for weight in Weight if weight > Weight.ANNOTATION)


@click.command()
@click.argument("old")
@click.argument("new", required=False, default="")
@click.option(
    "--models", is_flag=True, help="Compare what the plugins of two revisions accept; runs their code."
)
@click.option(
    "--migrations", "places", multiple=True, metavar="PATH", type=click.Path(exists=True, path_type=Path),
    help="A migration, or a folder of them, that leads from OLD to NEW; may be repeated.",
)  # fmt: skip
@click.option(
    "--fail-on", type=click.Choice((*WEIGHTS, "never")), default="breaking", show_default=True,
    help="Exit 1 on a change of this severity or a heavier one that no migration carries over.",
)  # fmt: skip
@click.option(
    "--generate-migration-guide",
    "product",
    flag_value="guide",
    help="Print what people have to do, as Markdown.",
)
@click.option(
    "--generate-migration",
    "product",
    flag_value="skeleton",
    help="Print a step for migrations/, to be completed.",
)
@options.output("text", "json", "markdown", "github", "sarif")
@click.pass_obj
def diff(
    session: Session, old: str, new: str, *, models: bool, places: tuple[Path, ...], fail_on: str, product: str | None,
    form: str,
) -> NoReturn:  # fmt: skip
    """Say what differs between two schemas, and what that means.

    OLD and NEW are files (a JSON Schema, a base, a sub-schema or an agent), files in git (REV:PATH), or
    git revisions of the whole fleet; without NEW, the work tree. Migrations that are declared are applied
    first: what they tell is marked as such, and only the rest can break.
    """
    with reserved_stdout():
        registry = load_registry()
        opened = Opening(session, registry.value, places, _environ(), models=models)
        sides = [opened.side(old), opened.side(new)] if not registry.report.failed else []
    report = Report.join((registry.report, opened.report, *(each.report for each in sides)))
    before, after = (each.value for each in sides) if sides else (None, None)
    if report.failed or before is None or after is None:
        finish(report, "text" if form == "markdown" else form, folder=session.folder)
    sections = [entry.value for entry in registry.value.sections]
    changes = tuple(
        labelled(replace(each, affected=affected(each, before, after)), revision(old), revision(new))
        for each in contrast(before, after, governing(sections))
    )
    least = None if fail_on == "never" else Weight[fail_on.upper()]
    report += Report.of(schema_changes.findings(changes, least))
    if product is not None:
        made = (
            guide(changes, before.version, after.version)
            if product == "guide"
            else skeleton(changes, before.version, after.version)
        )
        click.echo(made, nl=False)
    elif form == "json":
        data = {"changes": schema_changes.changes_data(changes), "verdict": schema_changes.verdict(changes)}
        versions = {
            "old": {"name": old, "version": before.version},
            "new": {"name": new, "version": after.version},
        }
        show_json({**versions, **data}, report)
    elif form in {"github", "sarif"}:
        show_report(report, form, folder=session.folder)
    else:
        show_report(opened.report)
        text = schema_changes.changes_markdown if form == "markdown" else schema_changes.changes_text
        click.echo(text(changes), nl=False)
    leave(status(report))


def _environ() -> dict[str, str]:
    """What a process needs to start, and nothing that is secret."""
    return {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "SYSTEMROOT") if name in os.environ}
