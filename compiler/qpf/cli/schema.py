"""`qpf schema`: the agent schema that the installed plugins make up."""

import json

import click

from qpf.cli import options
from qpf.cli.output import finish, reserved_stdout, show_json, show_table
from qpf.cli.schema_diff import diff
from qpf.cli.schema_document import KINDS, schema_document
from qpf.cli.session import Session
from qpf.evolution.diff.judging.rule import every_rule, summaries
from qpf.host.registry import load_registry
from qpf.model.nearest import did_you_mean
from qpf.render.findings_schema import findings_schema

FINDINGS = "findings"


@click.group()
def schema() -> None:
    """Work with the agent schema."""


schema.add_command(diff)


@schema.command()
@click.option(
    "--kind",
    type=click.Choice((*KINDS, FINDINGS)),
    default="agent",
    show_default=True,
    help="Which file to describe; `composed` is an agent merged, where nothing may be missing, `findings` "
    "what `-o json` prints.",
)
@options.output("text", "json")
@click.pass_obj
def export(session: Session, kind: str, form: str) -> None:
    """Print the JSON Schema of a schema file, for editors and other tools.

    As text it is the bare JSON Schema; `-o json` puts it under `schema`.
    """
    del session  # the schema belongs to the installation, not to a fleet
    with reserved_stdout():
        outcome = load_registry()
        sections = [entry.value for entry in outcome.value.sections]
        document = findings_schema() if kind == FINDINGS else schema_document(kind, sections)
    if outcome.report.failed:
        finish(outcome.report, form)
    if form == "json":
        show_json({"schema": document}, outcome.report)
    else:
        click.echo(json.dumps(document, indent=2, ensure_ascii=False))


@schema.command()
@click.argument("code", required=False)
@options.output("text", "json")
def rules(code: str | None, form: str) -> None:
    """List what `qpf schema diff` knows of changes; with CODE, say what that one means."""
    known = {rule.code: rule for rule in every_rule()}
    if code is not None and code not in known:
        hint = did_you_mean(code, known)
        message = f"no rule {code}" + (f"; {hint}" if hint else "")
        raise click.BadParameter(message, param_hint="CODE")
    chosen = [known[code]] if code else list(known.values())
    if form == "json":
        rows = [
            {"code": each.code, "name": each.name, "kinds": list(each.kinds), "page": each.page}
            for each in chosen
        ]
        show_json({"rules": rows})
    elif code:
        click.echo(f"{code} {known[code].name}\n\n{known[code].page}")
    else:
        show_table(
            ("code", "name", "means"), [(each.code, each.name, summaries()[each.code]) for each in chosen]
        )
