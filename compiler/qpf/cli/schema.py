"""`qpf schema`: the agent schema that the installed plugins make up."""

import json

import click

from qpf.cli import options
from qpf.cli.output import finish, reserved_stdout, show_json
from qpf.cli.schema_diff import diff
from qpf.cli.schema_document import KINDS, schema_document
from qpf.cli.session import Session
from qpf.host.registry import load_registry


@click.group()
def schema() -> None:
    """Work with the agent schema."""


schema.add_command(diff)


@schema.command()
@click.option(
    "--kind",
    type=click.Choice(tuple(KINDS)),
    default="agent",
    show_default=True,
    help="Which file to describe; `composed` is an agent merged, where nothing may be missing.",
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
        document = schema_document(kind, [entry.value for entry in outcome.value.sections])
    if outcome.report.failed:
        finish(outcome.report, form)
    if form == "json":
        show_json({"schema": document}, outcome.report)
    else:
        click.echo(json.dumps(document, indent=2, ensure_ascii=False))
