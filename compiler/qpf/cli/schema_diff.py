"""`qpf schema diff`: what a change of schemas means for the documents written for them."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

import click
from msgspec.structs import replace

from qpf.cli import options
from qpf.cli.exit import status
from qpf.cli.output import finish, leave, reserved_stdout, show_json, show_report
from qpf.cli.schema_sides import Opening, prefix
from qpf.cli.session import Session
from qpf.evolution.diff.contrast import contrast, way
from qpf.evolution.diff.sides import Contract
from qpf.gitops.affected import affected
from qpf.gitops.governed import governing
from qpf.gitops.schemas import labelled, reliance
from qpf.host.registry import load_registry
from qpf.model.diagnostic import Report
from qpf.model.schema_change import SchemaChange, Weight
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
    "--migrations", "places", multiple=True, metavar="PATH", type=click.Path(path_type=Path),
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
    flag_value="migration",
    help="Print a step for migrations/, to be completed.",
)
@options.output("text", "json", "markdown", "github", "sarif")
@click.pass_obj
def diff(session: Session, /, old: str, new: str, *, form: str, **chosen: Any) -> NoReturn:
    """Say what differs between two schemas, and what that means.

    OLD and NEW are files (a JSON Schema, a base, a sub-schema or an agent), files in git (REV:PATH), or
    git revisions of the whole fleet; without NEW, the work tree. Migrations that are declared are applied
    first: what they tell is marked as such, and only the rest can break.
    """
    with reserved_stdout():
        registry = load_registry()
        opened = Opening(session, registry.value, chosen["places"], _environ(), models=chosen["models"])
        sides = [opened.side(old), opened.side(new)] if not registry.report.failed else []
    report = Report.join((registry.report, opened.report, *(each.report for each in sides)))
    before, after = (each.value for each in sides) if sides else (None, None)
    if report.failed or before is None or after is None:
        findings = "text" if form == "markdown" else form
        finish(report, findings, sources=opened.contents, folder=session.folder)
    if before.kind != after.kind:
        message = f"OLD is {before.kind}, and NEW is {after.kind}: they have nothing to be compared by"
        raise click.UsageError(message)
    sections = [entry.value for entry in registry.value.sections]
    changes = tuple(
        labelled(
            schema_changes.masked(replace(each, affected=affected(each, after))),
            prefix(session, old, revisions=True),
            prefix(session, new, revisions=False),
        )
        for each in contrast(before, after, governing(sections), reliance(sections))
    )
    fail_on, product = chosen["fail_on"], chosen["product"]
    least = None if fail_on == "never" else Weight[fail_on.upper()]
    report += Report.of(schema_changes.findings(changes, least))
    made = {}
    if product is not None:
        made[product] = _made(product, changes, before, after)
    if form == "json":
        data = {"changes": schema_changes.changes_data(changes), "verdict": schema_changes.verdict(changes)}
        versions = {
            "old": {"name": old, "version": before.version},
            "new": {"name": new, "version": after.version},
        }
        show_json({**versions, **data, **made}, report)
    elif made:
        click.echo(made[product], nl=False)
    elif form in {"github", "sarif"}:
        show_report(report, form, folder=session.folder)
    else:
        show_report(opened.report)
        text = schema_changes.changes_markdown if form == "markdown" else schema_changes.changes_text
        click.echo(text(changes), nl=False)
    leave(status(report))


def _made(product: str, changes: Sequence[SchemaChange], before: Contract, after: Contract) -> str:
    """What a person asked for besides the changes."""
    steps = way(after.steps, before.version, after.version)
    if product == "migration":
        return skeleton(changes, steps, before.version, after.version)
    return guide(changes, steps, before.version, after.version)


def _environ() -> dict[str, str]:
    """What a process needs to start, and nothing that is secret."""
    return {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "SYSTEMROOT") if name in os.environ}
